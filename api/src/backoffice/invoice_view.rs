//! How an invoice is printed on this surface.

use super::time;
use crate::csv::CsvRow;
use crate::wire::{Amount, Number};
use serde::Serialize;
use sunledger_domain::invoice::{Invoice, Line, Settlement};
use utoipa::ToSchema;
use uuid::Uuid;

/// An invoice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Invoice)]
pub struct InvoiceView {
    /// Its number in the tenant.
    #[schema(example = 1)]
    id: i64,
    /// Its id on the other surfaces.
    uuid: Uuid,
    /// The number that people see.
    #[schema(example = "INV-2024-001")]
    invoice_number: String,
    /// Who is billed, by number.
    #[schema(example = 1)]
    customer_id: Option<i64>,
    /// Who is billed, by the id on the other surfaces.
    customer_uuid: Uuid,
    /// What is to be paid.
    amount: Amount,
    /// What is paid.
    paid: Amount,
    /// What is left to pay.
    balance: Amount,
    /// ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
    /// `Unpaid`, `Partially Paid`, `Paid` or `Cancelled`.
    #[schema(example = "Unpaid")]
    status: &'static str,
    /// The date it bears.
    #[schema(format = Date, example = "2024-01-15")]
    date: String,
    /// Until when it is to be paid.
    #[schema(format = Date, example = "2024-02-15")]
    due_date: String,
    /// What is billed.
    items: Vec<ItemView>,
    /// A word to the customer.
    notes: Option<String>,
    /// When it was made.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    created_at: String,
    /// When something last happened to it.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    updated_at: String,
}

/// One of the things that are billed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Item)]
pub struct ItemView {
    /// What it is.
    #[schema(example = "Web Development")]
    description: String,
    /// What one costs, before tax.
    amount: Amount,
    /// How much of it.
    qty: Number,
    /// Tax in percent.
    tax_rate: Number,
}

impl InvoiceView {
    /// An invoice, printed; `customer` is its client's number.
    pub fn new(id: Uuid, invoice: &Invoice, customer: Option<i64>) -> Self {
        Self {
            id: invoice.number.get(),
            uuid: id,
            invoice_number: invoice.invoice_number.as_str().to_owned(),
            customer_id: customer,
            customer_uuid: invoice.client_id,
            amount: Amount(invoice.total),
            paid: Amount(invoice.paid),
            balance: Amount(invoice.balance),
            currency: invoice.currency.code().to_owned(),
            status: status(invoice.settlement()),
            date: invoice.issue_date.to_string(),
            due_date: invoice.due_date.to_string(),
            items: invoice.lines.iter().map(ItemView::new).collect(),
            notes: invoice.notes.clone(),
            created_at: time(invoice.created_at),
            updated_at: time(invoice.updated_at),
        }
    }
}

impl ItemView {
    /// A line, printed.
    pub(super) fn new(line: &Line) -> Self {
        Self {
            description: line.description.clone(),
            amount: Amount(line.unit_price.get()),
            qty: Number(line.quantity.get()),
            tax_rate: Number(line.tax_rate.get()),
        }
    }
}

impl CsvRow for InvoiceView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "uuid",
        "invoice_number",
        "customer_id",
        "customer_uuid",
        "amount",
        "paid",
        "balance",
        "currency",
        "status",
        "date",
        "due_date",
        "items",
        "notes",
        "created_at",
        "updated_at",
    ];
}

/// How far an invoice is paid, as this surface writes it.
pub fn status(settlement: Settlement) -> &'static str {
    match settlement {
        Settlement::Unpaid => "Unpaid",
        Settlement::PartiallyPaid => "Partially Paid",
        Settlement::Paid => "Paid",
        Settlement::Cancelled => "Cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, INVOICE};

    #[test]
    fn an_invoice_prints_as_in_the_document_and_more() {
        let view = InvoiceView::new(INVOICE, &samples::invoice(), Some(1));
        insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
    }

    #[test]
    fn every_field_is_a_column() {
        crate::csv::assert_columns(&InvoiceView::new(INVOICE, &samples::invoice(), Some(1)), &[]);
    }
}
