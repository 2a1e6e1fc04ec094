//! The days of a month as bars, before those of the month before.

use super::super::bars::{fill, heading, share, text};
use super::super::block::{Align, Block};
use super::super::flow::Flow;
use super::super::theme::{ACCENT, BAR, DETAIL, HAIRLINE, HAIRLINE_WIDTH, INK, LABEL, MUTED, Style};
use super::{SECTION, kwh, month, total};
use crate::locale::Locale;
use crate::page::{Area, Color, Role};
use crate::{DayEnergy, ProductionDocument};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// Height of the whole section.
const HEIGHT: f32 = 176.0;
/// Days that have a place, whatever the months' lengths.
const DAYS: usize = 31;
/// Of a day's place, how much the bar of the month before takes, and the bar that stands before it.
const BEHIND: f32 = 0.82;
const BEFORE: f32 = 0.46;
const DAY: Style = DETAIL.sized(6.2).colored(MUTED);
const MOST: Style = LABEL.colored(INK).sized(6.4);
const LEGEND: Style = DETAIL.sized(7.6);
/// Side of a colour in the legend.
const KEY: f32 = 7.0;

/// A month that is drawn.
struct Month {
    name: String,
    /// By the day of the month.
    days: [Option<Decimal>; DAYS],
    total: Decimal,
    color: Color,
}

impl Month {
    fn new(of: Date, all: &[DayEnergy], color: Color) -> Self {
        let own = all.iter().filter(|day| (day.day.year(), day.day.month()) == (of.year(), of.month()));
        let mut days = [None; DAYS];
        for day in own.clone() {
            let index = usize::try_from(day.day.day()).unwrap_or(1).saturating_sub(1);
            if let Some(place) = days.get_mut(index) {
                *place = Some(day.kwh);
            }
        }
        Self { name: month(of), days, total: total(own), color }
    }

    fn most(&self) -> Decimal {
        self.days.iter().flatten().copied().max().unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        self.days.iter().all(Option::is_none)
    }
}

/// Places the chart with its heading and its legend; a line instead of it where neither month has a day.
pub(super) fn place(flow: &mut Flow, document: &ProductionDocument, locale: &Locale) {
    let now = Month::new(document.chart_month, &document.chart_days, ACCENT);
    let first = document.chart_month.first_of_month();
    let before = first.yesterday().ok().map(|last| Month::new(last, &document.chart_days, BAR));
    let before = before.filter(|before| !before.is_empty());
    flow.ensure(HEIGHT);
    let top = flow.y;
    let (x, width) = (flow.left(), flow.width());
    let below = top + heading(flow, locale.production().daily, x, top, width);
    if now.is_empty() && before.is_none() {
        let mut block = Block::new(width, Align::Left);
        block.line(&mut flow.shaper, locale.production().nothing, DETAIL);
        block.draw_next(&mut flow.canvas, x, below + 4.0);
        flow.y = below + 4.0 + block.height();
    } else {
        let months: Vec<&Month> = before.iter().chain([&now]).collect();
        let bars_top = below + legend(flow, &months, locale, below + 3.0) + 6.0;
        draw(flow, &months, locale, Area { x, y: bars_top, width, height: top + HEIGHT - bars_top });
        flow.y = top + HEIGHT;
    }
    flow.space(SECTION);
}

/// The colour of each month with its sum; gives its height.
fn legend(flow: &mut Flow, months: &[&Month], locale: &Locale, y: f32) -> f32 {
    let mut x = flow.left();
    let each = flow.width() / 2.0;
    let mut height: f32 = 0.0;
    for shown in months.iter().rev() {
        let mut block = Block::new(each - KEY - 14.0, Align::Left);
        let told = format!("{}: {}", shown.name, kwh(shown.total, locale));
        block.fitted(&mut flow.shaper, &told, LEGEND, 5.0);
        let area = Area { x, y: y + 2.0, width: KEY, height: KEY };
        flow.fill(area, 1.5, shown.color);
        block.draw_next(&mut flow.canvas, x + KEY + 5.0, y);
        height = height.max(block.height());
        x += each;
    }
    height
}

/// Draws the bars of the months, each before those of the one before, and the days below them, into `area`.
fn draw(flow: &mut Flow, months: &[&Month], locale: &Locale, area: Area) {
    let figure = flow.canvas.node(None, Role::Figure { alt: told(months, locale) });
    let most = months.iter().map(|month| month.most()).max().unwrap_or_default();
    let baseline = area.y + area.height - DAY.size * DAY.leading - 2.0;
    let top = area.y + MOST.size * MOST.leading + 2.0;
    for (y, shown) in [(top, most > Decimal::ZERO), (baseline, true)] {
        if shown {
            let line = Area { x: area.x, y, width: area.width, height: HAIRLINE_WIDTH };
            fill(flow, figure, line, 0.0, HAIRLINE);
        }
    }
    if most > Decimal::ZERO {
        let mut block = Block::new(area.width, Align::Left);
        block.fitted(&mut flow.shaper, &kwh(most, locale), MOST, 4.0);
        block.draw_first_line(&mut flow.canvas, area.x, area.y, figure);
    }
    let slot = area.width / DAYS as f32;
    for index in 0..DAYS {
        let x = area.x + index as f32 * slot;
        for (place, shown) in months.iter().enumerate() {
            let value = shown.days.get(index).copied().flatten().unwrap_or_default();
            let height = share(value, most) * (baseline - top);
            // The last month stands before the others.
            let width = slot * if place.saturating_add(1) == months.len() { BEFORE } else { BEHIND };
            if height > 0.0 {
                let bar = Area { x: x + (slot - width) / 2.0, y: baseline - height, width, height };
                fill(flow, figure, bar, 1.2, shown.color);
            }
        }
        let day = index.saturating_add(1).to_string();
        text(flow, figure, &day, DAY, x, baseline + 2.0, slot);
    }
}

/// What a screen reader says for the picture.
fn told(months: &[&Month], locale: &Locale) -> String {
    let month = |month: &&Month| {
        let days = month.days.iter().enumerate().filter_map(|(index, energy)| {
            let energy = kwh((*energy)?, locale);
            Some(format!("{} {energy}", index.saturating_add(1)))
        });
        format!("{}: {}", month.name, days.collect::<Vec<_>>().join("; "))
    };
    let months: Vec<String> = months.iter().rev().map(month).collect();
    format!("{}. {}", locale.production().daily, months.join(". "))
}
