//! Where everything stands on an energy invoice: payment first, then who and what, how the amount came about, and what
//! the plan saved.

mod chart;
mod hero;
mod people;
mod savings;
mod steps;
#[cfg(test)]
mod tests;
mod words;

use super::closing::{self, Spacing};
use super::flow::Flow;
use super::head::{self, Head};
use crate::EnergyInvoiceDocument;
use crate::locale::Locale;
use crate::page::{Canvas, Logo};
use crate::text::Shaper;

/// The currency of all amounts.
const BRL: &str = "BRL";

/// Between sections: closer than on other documents, so that a usual invoice is one page.
const SECTION: f32 = 12.0;
/// Above and below the text of a table's row.
const ROW_PADDING: f32 = 3.6;

/// Lays the whole invoice out.
pub(crate) fn invoice(
    document: &EnergyInvoiceDocument,
    locale: &Locale,
    page: (f32, f32),
    logo: Option<&Logo>,
    shaper: Shaper,
) -> Canvas {
    let mut flow = Flow::new(shaper, page);
    let head = Head {
        title: words::TITLE,
        number: &document.number,
        status: document.status,
        issuer: &document.issuer.party.name,
        space: (8.0, 10.0),
    };
    head::place(&mut flow, &head, locale, logo);
    hero::place(&mut flow, document, locale);
    people::place(&mut flow, document, locale);
    let paid = steps::place(&mut flow, document, locale);
    savings::place(&mut flow, document, locale);
    if !paid {
        let spacing = Spacing { section: SECTION, row: ROW_PADDING };
        closing::place_payments(&mut flow, &document.payments, BRL, locale, spacing);
    }
    closing::place_texts(&mut flow, &[(locale.labels().notes, &document.notes)]);
    head::place_footers(&mut flow, &head, locale);
    flow.canvas
}
