//! Where everything stands on the pages of an invoice.

mod block;
mod closing;
mod flow;
mod head;
mod lines;
mod parties;
mod table;
#[cfg(test)]
mod tests;
mod theme;
mod totals;

use crate::locale::Locale;
use crate::page::{Canvas, Logo};
use crate::text::Shaper;
use crate::{InvoiceDocument, PageSize};
use flow::Flow;

/// Width and height in points.
pub(crate) fn dimensions(size: PageSize) -> (f32, f32) {
    match size {
        PageSize::A4 => (595.276, 841.89),
        PageSize::Letter => (612.0, 792.0),
    }
}

/// Lays the whole invoice out.
pub(crate) fn invoice(
    document: &InvoiceDocument,
    locale: &Locale,
    page: (f32, f32),
    logo: Option<&Logo>,
    shaper: Shaper,
) -> Canvas {
    let mut flow = Flow::new(shaper, page);
    head::place(&mut flow, document, locale, logo);
    parties::place(&mut flow, document, locale);
    // The sums are measured first: the last line goes over to a new page with them rather than leave them alone there.
    let totals = totals::Totals::prepare(&mut flow, document, locale);
    lines::place(&mut flow, document, locale, totals.height());
    totals.place(&mut flow);
    closing::place(&mut flow, document, locale);
    head::place_footers(&mut flow, document, locale);
    flow.canvas
}
