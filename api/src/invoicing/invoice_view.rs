//! How an invoice is printed: in lists, in full, and after it was written.

use super::client_view::ClientBrief;
use crate::wire::{Amount, Instant, Number};
use serde::Serialize;
use sunledger_domain::client::Client;
use sunledger_domain::invoice::{Discount, Invoice, InvoiceStatus, Line, Payment};
use utoipa::ToSchema;
use uuid::Uuid;

/// Where in its life an invoice is, as this surface writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = invoicing::Status, example = "SENT")]
pub(super) enum Status {
    Draft,
    Sent,
    Viewed,
    PartiallyPaid,
    Paid,
    Overdue,
    Cancelled,
}

/// Every status by its name.
pub(super) const STATUSES: [(&str, InvoiceStatus); 7] = [
    ("DRAFT", InvoiceStatus::Draft),
    ("SENT", InvoiceStatus::Sent),
    ("VIEWED", InvoiceStatus::Viewed),
    ("PARTIALLY_PAID", InvoiceStatus::PartiallyPaid),
    ("PAID", InvoiceStatus::Paid),
    ("OVERDUE", InvoiceStatus::Overdue),
    ("CANCELLED", InvoiceStatus::Cancelled),
];

impl From<InvoiceStatus> for Status {
    fn from(status: InvoiceStatus) -> Self {
        match status {
            InvoiceStatus::Draft => Self::Draft,
            InvoiceStatus::Sent => Self::Sent,
            InvoiceStatus::Viewed => Self::Viewed,
            InvoiceStatus::PartiallyPaid => Self::PartiallyPaid,
            InvoiceStatus::Paid => Self::Paid,
            InvoiceStatus::Overdue => Self::Overdue,
            InvoiceStatus::Cancelled => Self::Cancelled,
        }
    }
}

/// An invoice as its list shows it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = invoicing::InvoiceRow)]
pub(super) struct InvoiceRow {
    /// Its id.
    id: Uuid,
    /// Its sequential number.
    #[schema(example = 1)]
    number: i64,
    /// Who is billed.
    client_id: Uuid,
    /// The number that people see.
    #[schema(example = "INV-0001")]
    invoice_number: String,
    /// ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
    /// The date it bears.
    #[schema(format = Date, example = "2024-06-01")]
    issue_date: String,
    /// Until when it is to be paid.
    #[schema(format = Date, example = "2024-07-01")]
    due_date: String,
    /// Sum of the line items, before tax.
    subtotal: Amount,
    /// Sum of the line items' taxes.
    tax_total: Amount,
    /// The discount as an amount.
    discount_total: Amount,
    /// What is to be paid.
    total: Amount,
    /// What is left to pay.
    balance: Amount,
    /// Where in its life it is.
    status: Status,
    /// When it was made.
    created_at: Instant,
    /// When something last happened to it.
    updated_at: Instant,
    /// Who is billed.
    client: Option<ClientBrief>,
}

impl InvoiceRow {
    /// An invoice, printed.
    pub(super) fn new(id: Uuid, invoice: &Invoice, client: Option<&Client>) -> Self {
        Self {
            id,
            number: invoice.number.get(),
            client_id: invoice.client_id,
            invoice_number: invoice.invoice_number.as_str().to_owned(),
            currency: invoice.currency.code().to_owned(),
            issue_date: invoice.issue_date.to_string(),
            due_date: invoice.due_date.to_string(),
            subtotal: Amount(invoice.subtotal),
            tax_total: Amount(invoice.tax_total),
            discount_total: Amount(invoice.discount_total),
            total: Amount(invoice.total),
            balance: Amount(invoice.balance),
            status: invoice.status.into(),
            created_at: Instant(invoice.created_at),
            updated_at: Instant(invoice.updated_at),
            client: client.map(ClientBrief::new),
        }
    }
}

/// An invoice in full.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = invoicing::Invoice)]
pub(super) struct InvoiceView {
    /// Its id.
    id: Uuid,
    /// Its sequential number.
    #[schema(example = 42)]
    number: i64,
    /// Who is billed.
    client_id: Uuid,
    /// The number that people see.
    #[schema(example = "INV-0042")]
    invoice_number: String,
    /// ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
    /// The date it bears.
    #[schema(format = Date, example = "2024-06-01")]
    issue_date: String,
    /// Until when it is to be paid.
    #[schema(format = Date, example = "2024-07-01")]
    due_date: String,
    /// What is billed.
    line_items: Vec<LineItemView>,
    /// What is taken off.
    discount: Option<DiscountView>,
    /// Sum of the line items, before tax.
    subtotal: Amount,
    /// Sum of the line items' taxes.
    tax_total: Amount,
    /// The discount as an amount.
    discount_total: Amount,
    /// What is to be paid: subtotal, plus taxes, less the discount.
    total: Amount,
    /// Sum of the payments that were not reversed.
    paid_total: Amount,
    /// What is left to pay.
    balance: Amount,
    /// Where in its life it is.
    status: Status,
    /// A word to the client.
    #[schema(example = "Thank you for your business")]
    notes: Option<String>,
    /// Terms of payment.
    #[schema(example = "Payment due within 30 days")]
    terms: Option<String>,
    /// Whether it went out by e-mail.
    sent_via_email: bool,
    /// When it was issued.
    sent_at: Option<Instant>,
    /// When the client first looked at it.
    viewed_at: Option<Instant>,
    /// When it was settled.
    paid_at: Option<Instant>,
    /// When it was cancelled.
    cancelled_at: Option<Instant>,
    /// Why it was cancelled.
    cancel_reason: Option<String>,
    /// Every payment, the reversed ones too.
    payments: Vec<PaymentView>,
    /// When it was made.
    created_at: Instant,
    /// When something last happened to it.
    updated_at: Instant,
    /// Who is billed.
    client: Option<ClientBrief>,
}

impl InvoiceView {
    /// An invoice, printed.
    pub(super) fn new(id: Uuid, invoice: &Invoice, client: Option<&Client>) -> Self {
        Self {
            id,
            number: invoice.number.get(),
            client_id: invoice.client_id,
            invoice_number: invoice.invoice_number.as_str().to_owned(),
            currency: invoice.currency.code().to_owned(),
            issue_date: invoice.issue_date.to_string(),
            due_date: invoice.due_date.to_string(),
            line_items: invoice.lines.iter().map(LineItemView::new).collect(),
            discount: invoice.discount.as_ref().map(DiscountView::new),
            subtotal: Amount(invoice.subtotal),
            tax_total: Amount(invoice.tax_total),
            discount_total: Amount(invoice.discount_total),
            total: Amount(invoice.total),
            paid_total: Amount(invoice.paid),
            balance: Amount(invoice.balance),
            status: invoice.status.into(),
            notes: invoice.notes.clone(),
            terms: invoice.terms.clone(),
            sent_via_email: invoice.sent_via_email,
            sent_at: invoice.sent_at.map(Instant),
            viewed_at: invoice.viewed_at.map(Instant),
            paid_at: invoice.paid_at.map(Instant),
            cancelled_at: invoice.cancelled_at.map(Instant),
            cancel_reason: invoice.cancel_reason.clone(),
            payments: invoice.payments.iter().map(PaymentView::new).collect(),
            created_at: Instant(invoice.created_at),
            updated_at: Instant(invoice.updated_at),
            client: client.map(ClientBrief::new),
        }
    }
}

/// One of the things that are billed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = invoicing::LineItem)]
pub(super) struct LineItemView {
    /// What it is.
    #[schema(example = "Web Development")]
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

impl LineItemView {
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

/// What is taken off.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = invoicing::Discount)]
pub(super) struct DiscountView {
    /// `amount`, or `percent` of the subtotal.
    #[schema(example = "percent")]
    r#type: &'static str,
    /// The amount, or the percentage.
    value: Number,
}

impl DiscountView {
    fn new(discount: &Discount) -> Self {
        match discount {
            Discount::Amount(amount) => Self { r#type: "amount", value: Number(*amount) },
            Discount::Percent(percent) => Self { r#type: "percent", value: Number(*percent) },
        }
    }
}

/// Money that came in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = invoicing::Payment)]
pub(super) struct PaymentView {
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
    /// A payment, printed.
    pub(super) fn new(payment: &Payment) -> Self {
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
#[serde(rename_all = "camelCase")]
#[schema(as = invoicing::RecordedPayment)]
pub(super) struct RecordedPaymentView {
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
    /// The invoice after it.
    invoice: InvoiceBalanceView,
}

impl RecordedPaymentView {
    /// A payment of an invoice, printed.
    pub(super) fn new(payment: &Payment, id: Uuid, invoice: &Invoice) -> Self {
        let PaymentView { id: payment_id, amount, date, method, reference, created_at, reversed_at } =
            PaymentView::new(payment);
        let invoice = InvoiceBalanceView {
            id,
            status: invoice.status.into(),
            paid_total: Amount(invoice.paid),
            balance: Amount(invoice.balance),
            total: Amount(invoice.total),
        };
        Self { id: payment_id, amount, date, method, reference, created_at, reversed_at, invoice }
    }
}

/// What is paid of an invoice, and what is left.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = invoicing::InvoiceBalance)]
pub(super) struct InvoiceBalanceView {
    /// The invoice.
    id: Uuid,
    /// Where in its life it is.
    status: Status,
    /// Sum of the payments that were not reversed.
    paid_total: Amount,
    /// What is left to pay.
    balance: Amount,
    /// What was to be paid.
    total: Amount,
}

/// An invoice just made or changed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = invoicing::WrittenInvoice)]
pub(super) struct WrittenInvoiceView {
    /// Its id.
    id: Uuid,
    /// The number that people see.
    #[schema(example = "INV-0042")]
    invoice_number: String,
    /// What is to be paid.
    total: Amount,
    /// Where in its life it is.
    status: Status,
}

impl WrittenInvoiceView {
    /// An invoice, printed.
    pub(super) fn new(id: Uuid, invoice: &Invoice) -> Self {
        Self {
            id,
            invoice_number: invoice.invoice_number.as_str().to_owned(),
            total: Amount(invoice.total),
            status: invoice.status.into(),
        }
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
        let view = InvoiceView::new(INVOICE, &samples::invoice(), Some(&samples::client()));
        insta::assert_snapshot!(printed(&view));
    }

    #[test]
    fn yen_have_decimals_too_and_what_is_empty_is_null() {
        insta::assert_snapshot!(printed(&InvoiceView::new(INVOICE, &samples::invoice_in_yen(), None)));
    }

    #[test]
    fn a_row_of_the_list_has_its_client() {
        let view = InvoiceRow::new(INVOICE, &samples::invoice(), Some(&samples::client()));
        insta::assert_snapshot!(printed(&view));
    }

    #[test]
    fn what_was_written_prints_in_short() {
        let printed = printed(&WrittenInvoiceView::new(INVOICE, &samples::invoice()));
        insta::assert_snapshot!(printed);
    }

    #[test]
    fn a_payment_shows_what_it_made_of_its_invoice() {
        let invoice = samples::invoice();
        insta::assert_snapshot!(printed(&RecordedPaymentView::new(&invoice.payments[1], INVOICE, &invoice)));
    }

    #[test]
    fn every_status_prints_the_name_that_it_is_found_by() {
        for known in InvoiceStatus::ALL {
            let named = STATUSES.iter().find(|(_, status)| *status == known).map(|(name, _)| *name);
            assert_eq!(printed(&Status::from(known)), format!("\"{}\"", named.unwrap_or_default()));
        }
    }
}
