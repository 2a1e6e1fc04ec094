//! How a quote is printed.

use super::invoice_view::{InvoiceView, ItemView};
use super::time;
use crate::csv::CsvRow;
use crate::wire::Amount;
use serde::Serialize;
use sunledger_domain::quote::{Quote, QuoteStatus};
use utoipa::ToSchema;
use uuid::Uuid;

/// A quote.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Quote)]
pub struct QuoteView {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    /// Its id elsewhere.
    uuid: Uuid,
    /// Whom it is offered to, by number.
    #[schema(example = 1)]
    customer_id: i64,
    /// Whom it is offered to, by the id on the other surfaces.
    customer_uuid: Uuid,
    /// Until when the offer stands.
    #[schema(format = Date, example = "2024-02-15")]
    valid_until: String,
    /// What is offered.
    items: Vec<ItemView>,
    /// Sum of the items, before tax.
    subtotal: Amount,
    /// Sum of their taxes.
    tax_total: Amount,
    /// What it comes to.
    total: Amount,
    /// ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
    /// `Open`, or `Converted` once it is an invoice.
    #[schema(example = "Open")]
    status: &'static str,
    /// The number of the invoice that it became.
    #[schema(example = 1)]
    invoice_id: Option<i64>,
    /// The id of that invoice on the other surfaces.
    invoice_uuid: Option<Uuid>,
    /// A word to the customer.
    notes: Option<String>,
    /// When it was made.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    created_at: String,
    /// When something last happened to it.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    updated_at: String,
}

/// The invoice that a quote became.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::ConvertedQuote)]
pub(super) struct ConvertedQuote {
    #[serde(flatten)]
    pub(super) invoice: InvoiceView,
    /// The number of that invoice.
    #[schema(example = 1)]
    pub(super) invoice_id: i64,
    /// The number of the quote.
    #[schema(example = 1)]
    pub(super) quote_id: i64,
}

impl QuoteView {
    /// A quote, printed; `invoice` is the number of the one that it became.
    pub fn new(id: Uuid, quote: &Quote, invoice: Option<i64>) -> Self {
        Self {
            id: quote.number.get(),
            uuid: id,
            customer_id: quote.client.number,
            customer_uuid: quote.client.id,
            valid_until: quote.valid_until.to_string(),
            items: quote.lines.iter().map(ItemView::new).collect(),
            subtotal: Amount(quote.totals.subtotal),
            tax_total: Amount(quote.totals.tax_total),
            total: Amount(quote.totals.total),
            currency: quote.currency.code().to_owned(),
            status: name(quote.status()),
            invoice_id: invoice,
            invoice_uuid: quote.invoice_id,
            notes: quote.notes.clone(),
            created_at: time(quote.created_at),
            updated_at: time(quote.updated_at),
        }
    }
}

/// A status as this surface writes it.
pub(super) fn name(status: QuoteStatus) -> &'static str {
    match status {
        QuoteStatus::Open => "Open",
        QuoteStatus::Converted => "Converted",
    }
}

impl CsvRow for QuoteView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "uuid",
        "customer_id",
        "customer_uuid",
        "valid_until",
        "items",
        "subtotal",
        "tax_total",
        "total",
        "currency",
        "status",
        "invoice_id",
        "invoice_uuid",
        "notes",
        "created_at",
        "updated_at",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, CLIENT, INVOICE};
    use sunledger_domain::Number;
    use sunledger_domain::invoice::Totals;
    use sunledger_domain::reference::Reference;

    #[test]
    fn a_quote_prints_with_its_items_as_an_invoice_has_them() {
        let invoice = samples::invoice();
        let quote = Quote {
            number: Number(1),
            client: Reference { id: CLIENT, number: 1 },
            currency: invoice.currency,
            valid_until: invoice.due_date,
            lines: invoice.lines,
            totals: Totals { total: invoice.total, subtotal: invoice.subtotal, ..Totals::default() },
            invoice_id: Some(INVOICE),
            created_at: samples::at("2024-01-15T10:00:00Z"),
            updated_at: samples::at("2024-01-15T10:00:00Z"),
            ..Quote::default()
        };
        let view = QuoteView::new(INVOICE, &quote, Some(7));
        crate::csv::assert_columns(&view, &[]);
        insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
    }
}
