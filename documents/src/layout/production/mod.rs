//! Where everything stands on a report of energy production: whose it is and what it comes to, the last month drawn against
//! the one before, and every month with its days.

mod chart;
mod days;
mod summary;
#[cfg(test)]
mod tests;

use super::flow::Flow;
use super::head::{self, Head};
use crate::locale::Locale;
use crate::page::{Canvas, Logo};
use crate::text::Shaper;
use crate::{DayEnergy, ProductionDocument, Status};
use rust_decimal::{Decimal, RoundingStrategy};

/// Between sections.
const SECTION: f32 = 16.0;
/// Decimals of an amount of energy that are printed: to the watt-hour.
const DECIMALS: u32 = 3;

/// Lays the whole report out.
pub(crate) fn report(
    document: &ProductionDocument,
    locale: &Locale,
    page: (f32, f32),
    logo: Option<&Logo>,
    shaper: Shaper,
) -> Canvas {
    let mut flow = Flow::new(shaper, page);
    let period = format!("{} – {}", locale.date(document.first), locale.date(document.last));
    let head = Head {
        title: locale.production().title,
        number: &period,
        status: Status::Open,
        issuer: &document.issuer.party.name,
        space: (10.0, 12.0),
    };
    head::place(&mut flow, &head, locale, logo);
    summary::place(&mut flow, document, locale);
    chart::place(&mut flow, document, locale);
    days::place(&mut flow, &document.days, locale);
    head::place_footers(&mut flow, &head, locale);
    flow.canvas
}

/// kWh of some days.
fn total<'d>(days: impl IntoIterator<Item = &'d DayEnergy>) -> Decimal {
    days.into_iter().fold(Decimal::ZERO, |sum, day| sum.saturating_add(day.kwh))
}

/// An amount of energy, as printed.
fn kwh(energy: Decimal, locale: &Locale) -> String {
    let rounded = energy.round_dp_with_strategy(DECIMALS, RoundingStrategy::MidpointAwayFromZero);
    format!("{}\u{a0}kWh", locale.number(rounded))
}

/// The month of a day, as printed: `03/2026`.
fn month(day: jiff::civil::Date) -> String {
    format!("{:02}/{:04}", day.month(), day.year())
}
