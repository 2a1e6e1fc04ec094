//! Consumption of the last months as bars.

use super::super::bars::{fill, heading, share, text};
use super::super::block::{Align, Block};
use super::super::flow::Flow;
use super::super::theme::{ACCENT, BAR, DETAIL, HAIRLINE, HAIRLINE_WIDTH, INK, LABEL, MUTED, Style};
use super::words;
use crate::Consumption;
use crate::locale::Locale;
use crate::page::{Area, Role};
use crate::text::clean_line;
use rust_decimal::{Decimal, RoundingStrategy};

/// Height of the whole section.
pub(super) const HEIGHT: f32 = 116.0;
/// Months that are drawn.
const MONTHS: usize = 13;
/// Fewer months leave room on the right rather than becoming wider than this share of the chart.
const LEAST_SLOTS: usize = 8;
const BAR_SHARE: f32 = 0.6;
const VALUE: Style = LABEL.colored(INK).sized(5.8);
const MONTH: Style = DETAIL.sized(6.2).colored(MUTED);

/// Draws heading, bars, their values above and the months below them into `area`.
pub(super) fn draw(flow: &mut Flow, history: &[Consumption], locale: &Locale, area: Area) {
    let top = area.y + heading(flow, words::HISTORY, area.x, area.y, area.width) + 4.0;
    let months = history.get(history.len().saturating_sub(MONTHS)..).unwrap_or_default();
    if months.is_empty() {
        let mut block = Block::new(area.width, Align::Left);
        block.line(&mut flow.shaper, words::NO_HISTORY, DETAIL);
        block.draw_next(&mut flow.canvas, area.x, top);
        return;
    }
    let figure = flow.canvas.node(None, Role::Figure { alt: told(months, locale) });
    let label_height = MONTH.size * MONTH.leading;
    let baseline = area.y + area.height - label_height - 2.0;
    let bars_top = top + VALUE.size * VALUE.leading;
    let most = months.iter().filter_map(|month| month.kwh).max().unwrap_or_default();
    let slot = area.width / months.len().max(LEAST_SLOTS) as f32;
    let axis = Area { x: area.x, y: baseline, width: area.width, height: HAIRLINE_WIDTH };
    fill(flow, figure, axis, 0.0, HAIRLINE);
    for (index, month) in months.iter().enumerate() {
        let x = area.x + index as f32 * slot;
        let height = share(month.kwh.unwrap_or_default(), most) * (baseline - bars_top);
        let width = slot * BAR_SHARE;
        let bar = Area { x: x + (slot - width) / 2.0, y: baseline - height, width, height };
        let color = if index.saturating_add(1) == months.len() { ACCENT } else { BAR };
        if height > 0.0 {
            fill(flow, figure, bar, 1.5, color);
        }
        let value = month.kwh.map_or_else(|| "–".to_owned(), |kwh| compact(kwh, locale));
        text(flow, figure, &value, VALUE, x, bar.y - VALUE.size * VALUE.leading, slot);
        text(flow, figure, &clean_line(&month.month), MONTH, x, baseline + 2.0, slot);
    }
}

/// What a screen reader says for the picture.
fn told(months: &[Consumption], locale: &Locale) -> String {
    let month = |month: &Consumption| {
        let kwh = month.kwh.map_or_else(|| words::NOT_BILLED.to_owned(), |kwh| locale.number(kwh));
        format!("{} {kwh}", clean_line(&month.month))
    };
    format!("{}: {}", words::HISTORY, months.iter().map(month).collect::<Vec<_>>().join("; "))
}

/// A number that has room over a bar: whole kWh, large ones in thousands (`mil`), millions (`mi`) and so on.
fn compact(kwh: Decimal, locale: &Locale) -> String {
    let units: [(i64, &str); 4] =
        [(1_000_000_000_000, "tri"), (1_000_000_000, "bi"), (1_000_000, "mi"), (1_000, "mil")];
    if kwh.abs() < Decimal::from(100_000) {
        return locale.number(whole(kwh));
    }
    let found = units.into_iter().find(|(size, _)| kwh.abs() >= Decimal::from(*size));
    let Some((size, unit)) = found else { return locale.number(whole(kwh)) };
    let amount = kwh.checked_div(Decimal::from(size)).unwrap_or_default();
    if amount.abs() >= Decimal::from(1000) {
        return format!("> 999\u{a0}{unit}");
    }
    let places = if amount.abs() < Decimal::from(10) { 1 } else { 0 };
    format!("{}\u{a0}{unit}", locale.number(amount.round_dp(places)))
}

fn whole(kwh: Decimal) -> Decimal {
    kwh.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_shortened_to_their_slot() {
        let locale = Locale::resolve("pt-BR");
        for (kwh, printed) in [
            ("0", "0"),
            ("1496.4", "1.496"),
            ("99999", "99.999"),
            ("123456", "123\u{a0}mil"),
            ("1234567", "1,2\u{a0}mi"),
            ("12345678901", "12\u{a0}bi"),
            ("1234567890123", "1,2\u{a0}tri"),
            ("79228162514264337593543950335", "> 999\u{a0}tri"),
        ] {
            assert_eq!(compact(kwh.parse().unwrap(), &locale), printed);
        }
    }
}
