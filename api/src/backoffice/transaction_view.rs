//! How a payment of an invoice is printed: as an income.

use super::invoice_view::InvoiceView;
use super::time;
use crate::csv::CsvRow;
use crate::wire::Amount;
use serde::Serialize;
use sunledger_domain::invoice::{Invoice, Payment};
use utoipa::ToSchema;
use uuid::Uuid;

/// A payment of an invoice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Payment)]
pub struct PaymentView {
    /// The payment's id.
    id: Uuid,
    /// The same.
    uuid: Uuid,
    /// Always `Income`.
    #[schema(example = "Income")]
    r#type: &'static str,
    /// How much.
    amount: Amount,
    /// ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
    /// The day it came in.
    #[schema(format = Date, example = "2024-01-15")]
    date: String,
    /// How.
    #[schema(example = "pix")]
    method: Option<String>,
    /// What the bank calls it.
    reference: Option<String>,
    /// Which invoice it pays, by number.
    #[schema(example = 1)]
    invoice_id: i64,
    /// Which invoice it pays, by the id on the other surfaces.
    invoice_uuid: Uuid,
    /// The number that people see on it.
    #[schema(example = "INV-2024-001")]
    invoice_number: String,
    /// Whose invoice, by number.
    customer_id: Option<i64>,
    /// Whose invoice, by the id on the other surfaces.
    customer_uuid: Uuid,
    /// What is left to pay of the invoice.
    balance: Amount,
    /// When it was recorded.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was taken back.
    #[schema(format = DateTime)]
    reversed_at: Option<String>,
    /// The invoice after it.
    invoice: InvoiceView,
}

impl PaymentView {
    /// A payment, printed, with its invoice `id` and the number of that invoice's client.
    pub fn new(payment: &Payment, id: Uuid, invoice: &Invoice, customer: Option<i64>) -> Self {
        Self {
            id: payment.id,
            uuid: payment.id,
            r#type: "Income",
            amount: Amount(payment.amount),
            currency: invoice.currency.code().to_owned(),
            date: payment.date.to_string(),
            method: payment.method.clone(),
            reference: payment.reference.clone(),
            invoice_id: invoice.number.get(),
            invoice_uuid: id,
            invoice_number: invoice.invoice_number.as_str().to_owned(),
            customer_id: customer,
            customer_uuid: invoice.client_id,
            balance: Amount(invoice.balance),
            created_at: time(payment.recorded_at),
            reversed_at: payment.reversed_at.map(time),
            invoice: InvoiceView::new(id, invoice, customer),
        }
    }
}

impl CsvRow for PaymentView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "uuid",
        "type",
        "amount",
        "currency",
        "date",
        "method",
        "reference",
        "invoice_id",
        "invoice_uuid",
        "invoice_number",
        "customer_id",
        "customer_uuid",
        "balance",
        "created_at",
        "reversed_at",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, INVOICE};

    #[test]
    fn every_field_is_a_column_but_the_invoice() {
        let invoice = samples::invoice();
        let view = PaymentView::new(&invoice.payments[0], INVOICE, &invoice, Some(1));
        crate::csv::assert_columns(&view, &["invoice"]);
    }

    #[test]
    fn a_payment_prints_as_an_income_with_its_invoice() {
        let invoice = samples::invoice();
        let view = PaymentView::new(&invoice.payments[0], INVOICE, &invoice, Some(1));
        insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
    }
}
