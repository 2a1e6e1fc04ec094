//! PDF documents that a company sends.
//!
//! [`invoice_pdf`] prints an [`InvoiceDocument`], [`energy_invoice_pdf`] an [`EnergyInvoiceDocument`], [`production_pdf`] a
//! [`ProductionDocument`]: plain values in, a PDF out, the same bytes for the same values, and no input that they fail on.
//! The crate knows nothing of the rest of the system and computes no amounts, but for the sums of a report's days: what it is
//! told, it prints.
//!
//! A document passes through four modules. `locale` turns amounts and dates into the text that a reader expects.
//! `text` turns text into glyphs on lines: cleaning, font fallback, shaping, bidirectional order, line breaking.
//! `layout` decides where the lines stand. `page` holds what is drawn and writes the PDF, tagged for screen readers,
//! with its fonts subset and embedded.

// The samples of the integration tests name the crate from outside, and the layout's own tests use them too.
#[cfg(test)]
extern crate self as sunledger_documents;

mod energy;
mod error;
mod invoice;
#[expect(clippy::float_arithmetic, reason = "positions on paper, in points; amounts arrive here as text")]
mod layout;
mod locale;
#[expect(clippy::float_arithmetic, reason = "positions on paper, in points; amounts arrive here as text")]
mod page;
mod production;
mod qr;
#[expect(clippy::float_arithmetic, reason = "widths of glyphs, in ems; amounts arrive here as text")]
mod text;

pub use energy::{
    Consumption, DiscountRest, EnergyFigures, EnergyInvoiceDocument, EnergySavings, EnergyStep, EnergyUnit,
    UtilityBill,
};
pub use error::DocumentError;
pub use invoice::{InvoiceDocument, Issuer, Line, PageSize, Party, Payment, Status, TaxAmount};
pub use locale::{format_date, format_money};
pub use production::{DayEnergy, ProductionDocument};
pub use qr::qr_svg;

use page::{Canvas, Logo, Properties, WriteError};
use text::Shaper;

/// Prints an invoice.
///
/// # Errors
/// Where the built-in fonts cannot be read or the PDF cannot be written: never because of what the document says. A
/// logo that cannot be read is left out, and the issuer's name takes its place.
pub fn invoice_pdf(document: &InvoiceDocument) -> Result<Vec<u8>, DocumentError> {
    let locale = locale::Locale::resolve(&document.locale);
    let size = layout::dimensions(document.page_size.unwrap_or_else(|| locale.page_size()));
    write(&document.issuer, &document.number, &locale, size, |logo, shaper| {
        layout::invoice(document, &locale, size, logo, shaper)
    })
}

/// Prints an invoice for solar credits, in Brazilian Portuguese on A4.
///
/// # Errors
/// As [`invoice_pdf`].
pub fn energy_invoice_pdf(document: &EnergyInvoiceDocument) -> Result<Vec<u8>, DocumentError> {
    let locale = locale::Locale::resolve("pt-BR");
    let size = layout::dimensions(PageSize::A4);
    write(&document.issuer, &document.number, &locale, size, |logo, shaper| {
        layout::energy::invoice(document, &locale, size, logo, shaper)
    })
}

/// Prints a report of energy production.
///
/// # Errors
/// As [`invoice_pdf`].
pub fn production_pdf(document: &ProductionDocument) -> Result<Vec<u8>, DocumentError> {
    let locale = locale::Locale::resolve(&document.locale);
    let size = layout::dimensions(document.page_size.unwrap_or_else(|| locale.page_size()));
    write(&document.issuer, locale.production().title, &locale, size, |logo, shaper| {
        layout::production::report(document, &locale, size, logo, shaper)
    })
}

/// Lays a document out and writes it; once more without its logo, where that turns out to be broken.
fn write(
    issuer: &Issuer,
    number: &str,
    locale: &locale::Locale,
    size: (f32, f32),
    lay_out: impl Fn(Option<&Logo>, Shaper) -> Canvas,
) -> Result<Vec<u8>, DocumentError> {
    let attempt = |logo: Option<&Logo>| {
        let canvas = lay_out(logo, Shaper::new().map_err(WriteError::Other)?);
        let properties = Properties {
            title: text::clean_line(number),
            author: text::clean_line(&issuer.party.name),
            language: locale.tag(),
        };
        page::write(&canvas, size, properties)
    };
    let logo = issuer.logo.as_deref().and_then(Logo::read);
    match attempt(logo.as_ref()) {
        Err(WriteError::Image) => attempt(None),
        other => other,
    }
    .map_err(|error| match error {
        WriteError::Other(error) => error,
        WriteError::Image => DocumentError::Pdf("an image could not be read".to_owned()),
    })
}
