//! What happened to an invoice, as the log keeps it. Every amount is in the invoice's currency.

use super::{Discount, InvoiceEnergy, InvoiceStatus, Line, Totals};
use crate::aggregate::events;
use crate::entity::{Number, Text};
use crate::numbering::NumberSeries;
use crate::plan::PlanSlot;
use crate::value::{CalendarDate, Change, Currency};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

events! {
    /// What happened to an invoice.
    InvoiceEvent {
        /// It was made, as a draft.
        "invoice.created" => Created(Box<InvoiceCreated>),
        /// The draft changed.
        "invoice.updated" => Updated(Box<InvoiceUpdated>),
        /// It was issued.
        "invoice.sent" => Sent(InvoiceSent),
        /// The client looked at it for the first time.
        "invoice.viewed" => Viewed(InvoiceViewed),
        /// Its due date passed with a balance left.
        "invoice.overdue" => Overdue(InvoiceOverdue),
        /// Money came in for it.
        "payment.received" => PaymentReceived(Box<PaymentReceived>),
        /// Nothing of it is left to pay. Follows the payment that settled it, or the issue of one over nothing.
        "invoice.paid" => Paid(InvoicePaid),
        /// A payment was taken back.
        "payment.reversed" => PaymentReversed(Box<PaymentReversed>),
        /// It was withdrawn.
        "invoice.cancelled" => Cancelled(InvoiceCancelled),
        /// It was deleted, as a draft or cancelled.
        "invoice.deleted" => Deleted(InvoiceDeleted),
    }
}

/// An invoice was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceCreated {
    /// Its sequential number.
    pub number: Number,
    /// The number that people see.
    pub invoice_number: Text,
    /// The series that `invoice_number` was taken from; none where the number was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<NumberSeries>,
    /// Who is billed.
    pub client_id: Uuid,
    /// The project it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Uuid>,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// The date it bears.
    pub issue_date: CalendarDate,
    /// Until when it is to be paid.
    pub due_date: CalendarDate,
    /// What is billed, with each line's amount and tax.
    pub lines: Vec<Line>,
    /// What is taken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Discount>,
    /// The sums.
    pub totals: Totals,
    /// A word to the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Terms of payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    /// The slot of the plan that it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_in: Option<PlanSlot>,
    /// The consumer unit's month that it bills, where it is an energy invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy: Option<Box<InvoiceEnergy>>,
    /// When.
    pub at: Timestamp,
}

/// A draft changed; only what really did is given.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct InvoiceUpdated {
    /// Another client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Uuid>,
    /// Another project, or none.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub project_id: Change<Uuid>,
    /// Another number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_number: Option<String>,
    /// Another currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Another date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue_date: Option<CalendarDate>,
    /// Another due date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<CalendarDate>,
    /// All the lines, where one of them changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<Line>>,
    /// Another discount, or none.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub discount: Change<Discount>,
    /// All the sums, where one of them (or the currency) changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
    /// Other notes, or none.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub notes: Change<String>,
    /// Other terms, or none.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub terms: Change<String>,
    /// When.
    pub at: Timestamp,
}

/// An invoice was issued.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceSent {
    /// Whether it went out by e-mail.
    pub via_email: bool,
    /// When.
    pub at: Timestamp,
}

/// The client looked at an invoice for the first time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceViewed {
    /// When.
    pub at: Timestamp,
}

/// An invoice's due date passed with a balance left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceOverdue {
    /// Until when it was to be paid.
    pub due_date: CalendarDate,
    /// What is left to pay.
    pub balance: Decimal,
    /// The currency of the balance.
    pub currency: Currency,
    /// When.
    pub at: Timestamp,
}

/// Money came in for an invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentReceived {
    /// The payment.
    pub payment_id: Uuid,
    /// How much.
    pub amount: Decimal,
    /// The currency of all the amounts.
    pub currency: Currency,
    /// The day it came in.
    pub date: CalendarDate,
    /// How.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What the bank calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What is paid in all, after it.
    pub paid: Decimal,
    /// What is left to pay, after it.
    pub balance: Decimal,
    /// The invoice's status, after it.
    pub status: InvoiceStatus,
    /// When it was recorded.
    pub at: Timestamp,
}

/// Nothing of an invoice is left to pay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoicePaid {
    /// What was paid in all.
    pub total: Decimal,
    /// The currency of the total.
    pub currency: Currency,
    /// When.
    pub at: Timestamp,
}

/// A payment was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentReversed {
    /// The payment.
    pub payment_id: Uuid,
    /// How much.
    pub amount: Decimal,
    /// The currency of all the amounts.
    pub currency: Currency,
    /// The day it had come in.
    pub date: CalendarDate,
    /// What is paid in all, after it.
    pub paid: Decimal,
    /// What is left to pay, after it.
    pub balance: Decimal,
    /// The invoice's status, after it.
    pub status: InvoiceStatus,
    /// When it was taken back.
    pub at: Timestamp,
}

/// An invoice was withdrawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceCancelled {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// An invoice was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceDeleted {
    /// When.
    pub at: Timestamp,
}
