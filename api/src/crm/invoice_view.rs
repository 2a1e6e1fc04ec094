//! How an invoice is printed.

use crate::wire::{Amount, Instant, Number};
use serde::Serialize;
use sunledger_domain::invoice::{Invoice, InvoiceStatus, Line, Payment};
use utoipa::ToSchema;
use uuid::Uuid;

/// Each status of this surface, and those of an invoice's life that it stands for.
pub(super) const STATUSES: [(&str, &[InvoiceStatus]); 5] = [
    ("draft", &[InvoiceStatus::Draft]),
    ("sent", &[InvoiceStatus::Sent, InvoiceStatus::Viewed, InvoiceStatus::PartiallyPaid]),
    ("paid", &[InvoiceStatus::Paid]),
    ("overdue", &[InvoiceStatus::Overdue]),
    ("cancelled", &[InvoiceStatus::Cancelled]),
];

/// A status as this surface names it.
fn status(status: InvoiceStatus) -> &'static str {
    match status {
        InvoiceStatus::Draft => "draft",
        InvoiceStatus::Sent | InvoiceStatus::Viewed | InvoiceStatus::PartiallyPaid => "sent",
        InvoiceStatus::Paid => "paid",
        InvoiceStatus::Overdue => "overdue",
        InvoiceStatus::Cancelled => "cancelled",
    }
}

/// An invoice.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::Invoice)]
pub(super) struct InvoiceView {
    /// Its id.
    id: Uuid,
    /// The number that people see.
    #[schema(example = "INV-0042")]
    invoice_number: String,
    /// Who is billed.
    client_id: Uuid,
    /// The project it is for.
    project_id: Option<Uuid>,
    /// `draft`, `sent`, `paid`, `overdue` or `cancelled`.
    #[schema(example = "sent")]
    status: &'static str,
    /// What is billed.
    items: Vec<ItemView>,
    /// ISO 4217 code.
    #[schema(example = "BRL")]
    currency: String,
    /// Sum of the items, before tax.
    subtotal: Amount,
    /// Sum of the items' taxes.
    tax_total: Amount,
    /// What another surface took off.
    discount_total: Amount,
    /// What is to be paid.
    total: Amount,
    /// Sum of the payments that were not reversed.
    paid_total: Amount,
    /// What is left to pay.
    balance: Amount,
    /// The date it bears.
    #[schema(format = Date, example = "2024-06-01")]
    issue_date: String,
    /// Until when it is to be paid.
    #[schema(format = Date, example = "2024-07-01")]
    due_date: String,
    /// A word to the client.
    notes: Option<String>,
    /// Every payment, the reversed ones too.
    payments: Vec<PaymentView>,
    /// When it was made.
    created_at: Instant,
    /// When something last happened to it.
    updated_at: Instant,
}

impl InvoiceView {
    /// An invoice, printed.
    pub(super) fn new(id: Uuid, invoice: &Invoice) -> Self {
        Self {
            id,
            invoice_number: invoice.invoice_number.as_str().to_owned(),
            client_id: invoice.client_id,
            project_id: invoice.project_id,
            status: status(invoice.status),
            items: invoice.lines.iter().map(ItemView::new).collect(),
            currency: invoice.currency.code().to_owned(),
            subtotal: Amount(invoice.subtotal),
            tax_total: Amount(invoice.tax_total),
            discount_total: Amount(invoice.discount_total),
            total: Amount(invoice.total),
            paid_total: Amount(invoice.paid),
            balance: Amount(invoice.balance),
            issue_date: invoice.issue_date.to_string(),
            due_date: invoice.due_date.to_string(),
            notes: invoice.notes.clone(),
            payments: invoice.payments.iter().map(PaymentView::new).collect(),
            created_at: Instant(invoice.created_at),
            updated_at: Instant(invoice.updated_at),
        }
    }
}

/// One of the things that are billed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::Item)]
struct ItemView {
    /// What it is.
    #[schema(example = "Painel 550 W")]
    description: String,
    /// How much of it.
    quantity: Number,
    /// What one costs, before tax.
    unit_price: Amount,
    /// Quantity times unit price, rounded.
    amount: Amount,
    /// Tax in percent.
    tax_rate: Number,
    /// The tax on the amount, rounded.
    tax_amount: Amount,
}

impl ItemView {
    fn new(line: &Line) -> Self {
        Self {
            description: line.description.clone(),
            quantity: Number(line.quantity.get()),
            unit_price: Amount(line.unit_price.get()),
            amount: Amount(line.amount),
            tax_rate: Number(line.tax_rate.get()),
            tax_amount: Amount(line.tax),
        }
    }
}

/// Money that came in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::Payment)]
struct PaymentView {
    /// Its id.
    id: Uuid,
    /// How much, in the invoice's currency.
    amount: Amount,
    /// The day it came in.
    #[schema(format = Date, example = "2024-06-15")]
    date: String,
    /// How.
    #[schema(example = "pix")]
    method: Option<String>,
    /// What the bank calls it.
    reference: Option<String>,
    /// When it was recorded.
    created_at: Instant,
    /// When it was taken back.
    reversed_at: Option<Instant>,
}

impl PaymentView {
    fn new(payment: &Payment) -> Self {
        Self {
            id: payment.id,
            amount: Amount(payment.amount),
            date: payment.date.to_string(),
            method: payment.method.clone(),
            reference: payment.reference.clone(),
            created_at: Instant(payment.recorded_at),
            reversed_at: payment.reversed_at.map(Instant),
        }
    }
}

/// A payment just recorded, and what it made of its invoice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = crm::RecordedPayment)]
pub(super) struct RecordedPaymentView {
    #[serde(flatten)]
    payment: PaymentView,
    /// The invoice after it.
    invoice: InvoiceBalanceView,
}

/// What is paid of an invoice, and what is left.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::InvoiceBalance)]
struct InvoiceBalanceView {
    /// The invoice.
    id: Uuid,
    /// Where in its life it is.
    #[schema(example = "sent")]
    status: &'static str,
    /// What was to be paid.
    total: Amount,
    /// Sum of the payments that were not reversed.
    paid_total: Amount,
    /// What is left to pay.
    balance: Amount,
}

impl RecordedPaymentView {
    /// A payment of an invoice, printed.
    pub(super) fn new(payment: &Payment, id: Uuid, invoice: &Invoice) -> Self {
        let invoice = InvoiceBalanceView {
            id,
            status: status(invoice.status),
            total: Amount(invoice.total),
            paid_total: Amount(invoice.paid),
            balance: Amount(invoice.balance),
        };
        Self { payment: PaymentView::new(payment), invoice }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, INVOICE};

    /// As it goes over the wire: a snapshot of a JSON value would not show how amounts are written.
    fn printed(view: &impl Serialize) -> String {
        serde_json::to_string_pretty(view).unwrap_or_default()
    }

    #[test]
    fn an_invoice_prints_in_full() {
        insta::assert_snapshot!(printed(&InvoiceView::new(INVOICE, &samples::invoice())));
    }

    #[test]
    fn a_payment_prints_with_what_is_left() {
        let invoice = samples::invoice();
        insta::assert_snapshot!(printed(&RecordedPaymentView::new(&invoice.payments[1], INVOICE, &invoice)));
    }

    #[test]
    fn statuses_print_as_they_filter() {
        for (name, meant) in STATUSES {
            assert!(meant.iter().all(|one| status(*one) == name), "{name}");
        }
        assert_eq!(STATUSES.iter().map(|(_, meant)| meant.len()).sum::<usize>(), 7, "every status is found");
    }
}
