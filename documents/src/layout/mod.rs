//! Where everything stands on the pages of an invoice; of one for energy: `energy/`; of a report of production:
//! `production/`.

mod bars;
mod block;
mod closing;
mod columns;
pub(crate) mod energy;
mod flow;
mod head;
mod lines;
mod parties;
pub(crate) mod production;
mod qr;
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
use head::Head;

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
    let head = Head {
        title: locale.labels().invoice,
        number: &document.number,
        status: document.status,
        issuer: &document.issuer.party.name,
        space: (16.0, 18.0),
    };
    head::place(&mut flow, &head, locale, logo);
    parties::place(&mut flow, document, locale);
    // The sums are measured first: the last line goes over to a new page with them rather than leave them alone there.
    let totals = totals::Totals::prepare(&mut flow, document, locale);
    lines::place(&mut flow, document, locale, totals.height());
    totals.place(&mut flow);
    closing::place(&mut flow, document, locale);
    head::place_footers(&mut flow, &head, locale);
    flow.canvas
}
