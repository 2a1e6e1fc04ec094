//! How transactions are printed; and payments of invoices, as the income that they are.

use super::invoice_view::InvoiceView;
use super::time;
use crate::csv::CsvRow;
use crate::wire::Amount;
use serde::Serialize;
use sunledger_domain::invoice::{Invoice, Payment};
use sunledger_domain::transaction::{Direction, Transaction};
use utoipa::ToSchema;
use uuid::Uuid;

/// A transaction.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Transaction)]
pub struct TransactionView {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    /// Its id elsewhere; where it pays an invoice, also the id of that payment.
    uuid: Uuid,
    /// `Income` or `Expense`.
    #[schema(example = "Income")]
    r#type: &'static str,
    /// The account, by number.
    #[schema(example = 1)]
    account_id: i64,
    /// How much.
    amount: Amount,
    /// ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
    /// The category, by number.
    #[schema(example = 1)]
    category_id: Option<i64>,
    /// What it was.
    #[schema(example = "Website Development Payment")]
    description: Option<String>,
    /// The day.
    #[schema(format = Date, example = "2024-01-15")]
    date: String,
    /// The invoice that it pays, by number.
    #[schema(example = 1)]
    invoice_id: Option<i64>,
    /// The invoice that it pays, by the id on the other surfaces.
    invoice_uuid: Option<Uuid>,
    /// When it was recorded.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    updated_at: String,
}

impl TransactionView {
    /// A transaction, printed.
    pub fn new(id: Uuid, transaction: &Transaction) -> Self {
        Self {
            id: transaction.number.get(),
            uuid: id,
            r#type: match transaction.booking.direction {
                Direction::Income => "Income",
                Direction::Expense => "Expense",
            },
            account_id: transaction.account.number,
            amount: Amount(transaction.booking.amount),
            currency: transaction.currency.code().to_owned(),
            category_id: transaction.category.map(|category| category.number),
            description: transaction.description.clone(),
            date: transaction.booking.date.to_string(),
            invoice_id: transaction.invoice.map(|invoice| invoice.number),
            invoice_uuid: transaction.invoice.map(|invoice| invoice.id),
            created_at: time(transaction.created_at),
            updated_at: time(transaction.updated_at),
        }
    }
}

impl CsvRow for TransactionView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "uuid",
        "type",
        "account_id",
        "amount",
        "currency",
        "category_id",
        "description",
        "date",
        "invoice_id",
        "invoice_uuid",
        "created_at",
        "updated_at",
    ];
}

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
    fn a_transaction_prints_as_it_came_in() {
        use sunledger_domain::reference::Reference;
        use sunledger_domain::transaction::Booking;
        let reference = |number| Reference { id: INVOICE, number };
        let transaction = Transaction {
            number: sunledger_domain::Number(1),
            booking: Booking { amount: samples::decimal("1500.00"), ..Booking::default() },
            account: reference(1),
            category: Some(reference(2)),
            description: Some("Website Development Payment".to_owned()),
            invoice: Some(reference(3)),
            ..Transaction::default()
        };
        let view = TransactionView::new(INVOICE, &transaction);
        crate::csv::assert_columns(&view, &[]);
        insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
    }

    #[test]
    fn a_payment_prints_as_an_income_with_its_invoice() {
        let invoice = samples::invoice();
        let view = PaymentView::new(&invoice.payments[0], INVOICE, &invoice, Some(1));
        insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
    }
}
