//! Invoices: lines and totals in one currency, and a lifecycle from draft to paid.
//!
//! ```text
//! draft ──send──> sent ──viewed──> viewed ──payment──> partially_paid ──payment──> paid
//!                   └──────────── past the due date with a balance: overdue ──payment──┘
//! ```
//! Cancelled from any state in which nothing is paid; deleted as a draft or cancelled. Reversing a payment goes
//! back the way it came.
//!
//! | file | what |
//! | --- | --- |
//! | `commands.rs` | what can be asked |
//! | `events.rs` | what happened, as the log keeps it |
//! | `decide.rs` | the rules of the lifecycle |
//! | `payments.rs` | the rules of payments and reversals |
//! | `settlement.rs` | how far an invoice is paid |
//! | `totals.rs` | the arithmetic of lines, taxes and discounts |
//! | `energy.rs` | energy invoices: their lines come from a consumer unit's bill |
//! | `movements.rs` | what reports count of an invoice |
//! | this one | the state, its fold, the names and numbers that it claims |

mod commands;
mod decide;
mod energy;
mod events;
mod movements;
mod payments;
mod settlement;
#[cfg(test)]
mod tests;
mod totals;

pub use commands::{InvoiceCommand, InvoiceDraft, InvoicePatch, NewPayment};
pub(crate) use decide::price;
pub use energy::{EnergyInvoiceDraft, InvoiceEnergy};
pub use events::{
    InvoiceCancelled, InvoiceCreated, InvoiceDeleted, InvoiceEvent, InvoiceOverdue, InvoicePaid, InvoiceSent,
    InvoiceUpdated, InvoiceViewed, PaymentReceived, PaymentReversed,
};
pub use settlement::Settlement;
pub use totals::{Discount, Line, LineDraft, MAX_LINES, Totals};

use crate::aggregate::aggregate;
use crate::entity::{Claims, Entity, Given, Number, Text};
use crate::value::{CalendarDate, Currency};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// The scope in which invoice numbers are unique, and the field they stand in.
pub const INVOICE_NUMBER: &str = "invoice_number";

const REFUSAL: &str = "the plan's limit of new invoices for this month is reached";

/// An invoice.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Invoice {
    /// Sequential number in its tenant; 0 before the invoice was made.
    pub number: Number,
    /// The number that people see (`INV-0001`).
    pub invoice_number: Text,
    /// Who is billed.
    pub client_id: Uuid,
    /// The project it is for.
    pub project_id: Option<Uuid>,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// The date it bears.
    pub issue_date: CalendarDate,
    /// Until when it is to be paid.
    pub due_date: CalendarDate,
    /// What is billed.
    pub lines: Vec<Line>,
    /// What is taken off.
    pub discount: Option<Discount>,
    /// Sum of the lines, before tax.
    pub subtotal: Decimal,
    /// Sum of the lines' taxes.
    pub tax_total: Decimal,
    /// The discount as an amount.
    pub discount_total: Decimal,
    /// What is to be paid: subtotal, plus taxes, less the discount.
    pub total: Decimal,
    /// Sum of the payments that were not reversed.
    pub paid: Decimal,
    /// `total` less `paid`. Of a cancelled invoice nobody owes it.
    pub balance: Decimal,
    /// Where in its life it is.
    pub status: InvoiceStatus,
    /// A word to the client.
    pub notes: Option<String>,
    /// Terms of payment.
    pub terms: Option<String>,
    /// The consumer unit's month that it bills, where it is an energy invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy: Option<Box<InvoiceEnergy>>,
    /// When it was issued.
    pub sent_at: Option<Timestamp>,
    /// Whether it went out by e-mail.
    pub sent_via_email: bool,
    /// When the client first looked at it.
    pub viewed_at: Option<Timestamp>,
    /// When the payment that settled it was recorded; none while a balance is left.
    pub paid_at: Option<Timestamp>,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// Why.
    pub cancel_reason: Option<String>,
    /// Every payment, the reversed ones too, in the order they were recorded.
    pub payments: Vec<Payment>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something last happened to it.
    pub updated_at: Timestamp,
    /// True once it was deleted.
    pub deleted: bool,
}

/// Where in its life an invoice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStatus {
    /// Being written.
    #[default]
    Draft,
    /// Issued.
    Sent,
    /// Issued, and seen by the client.
    Viewed,
    /// Some of it is paid.
    PartiallyPaid,
    /// All of it is paid.
    Paid,
    /// Past its due date with a balance left.
    Overdue,
    /// Withdrawn.
    Cancelled,
}

impl InvoiceStatus {
    /// Every status, in the order of an invoice's life.
    pub const ALL: [InvoiceStatus; 7] = [
        Self::Draft,
        Self::Sent,
        Self::Viewed,
        Self::PartiallyPaid,
        Self::Paid,
        Self::Overdue,
        Self::Cancelled,
    ];

    /// The status in events and read models: `draft`, `partially_paid`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Sent => "sent",
            Self::Viewed => "viewed",
            Self::PartiallyPaid => "partially_paid",
            Self::Paid => "paid",
            Self::Overdue => "overdue",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// True where the balance is owed: issued, not settled, not withdrawn.
    pub fn is_outstanding(self) -> bool {
        matches!(self, Self::Sent | Self::Viewed | Self::PartiallyPaid | Self::Overdue)
    }
}

impl fmt::Display for InvoiceStatus {
    /// As a sentence says it: `partially paid`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if *self == Self::PartiallyPaid { "partially paid" } else { self.as_str() })
    }
}

/// Money that came in for an invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// Its id.
    pub id: Uuid,
    /// How much, in the invoice's currency.
    pub amount: Decimal,
    /// The day it came in.
    pub date: CalendarDate,
    /// How (`pix`, `boleto`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What the bank calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reversed_at: Option<Timestamp>,
}

impl Payment {
    /// True where it was not taken back.
    pub fn counts(&self) -> bool {
        self.reversed_at.is_none()
    }
}

aggregate!(Invoice, "invoice", InvoiceCommand, InvoiceEvent);

impl Entity for Invoice {
    fn exists(&self) -> bool {
        self.number != Number::default() && !self.deleted
    }

    fn claims(&self, event: &InvoiceEvent, claims: &mut Claims) {
        match event {
            InvoiceEvent::Created(created) => {
                claims.number("invoice");
                match &created.series {
                    Some(series) => claims.series(series.claim(INVOICE_NUMBER)),
                    None => claims.take(INVOICE_NUMBER, created.invoice_number.as_str()),
                }
                if let Some(slot) = &created.counted_in {
                    slot.claim(REFUSAL, claims);
                }
            }
            InvoiceEvent::Updated(updated) => {
                if let Some(number) = &updated.invoice_number {
                    claims.release(INVOICE_NUMBER, self.invoice_number.as_str());
                    claims.take(INVOICE_NUMBER, number);
                }
            }
            // The number of an invoice that a client has seen is never given to another one.
            InvoiceEvent::Deleted(_) if self.sent_at.is_none() => {
                claims.release(INVOICE_NUMBER, self.invoice_number.as_str());
            }
            _ => {}
        }
    }

    fn fill(&mut self, field: &str, given: Given) -> bool {
        match field {
            "number" => self.number.fill(given),
            INVOICE_NUMBER => self.invoice_number.fill(given),
            _ => false,
        }
    }
}

impl Invoice {
    /// True where a balance is owed past the due date.
    pub fn is_late(&self, today: CalendarDate) -> bool {
        today > self.due_date && self.balance > Decimal::ZERO
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: InvoiceEvent) {
        self.updated_at = event.at();
        match event {
            InvoiceEvent::Created(created) => *self = Self::created(*created),
            InvoiceEvent::Updated(updated) => self.updated(*updated),
            InvoiceEvent::Sent(sent) => {
                self.status = InvoiceStatus::Sent;
                self.sent_at = Some(sent.at);
                self.sent_via_email = sent.via_email;
            }
            InvoiceEvent::Viewed(viewed) => {
                self.viewed_at = Some(viewed.at);
                if self.status == InvoiceStatus::Sent {
                    self.status = InvoiceStatus::Viewed;
                }
            }
            InvoiceEvent::Overdue(_) => self.status = InvoiceStatus::Overdue,
            InvoiceEvent::PaymentReceived(received) => {
                (self.paid, self.balance, self.status) = (received.paid, received.balance, received.status);
                self.payments.push(Payment {
                    id: received.payment_id,
                    amount: received.amount,
                    date: received.date,
                    method: received.method,
                    reference: received.reference,
                    recorded_at: received.at,
                    reversed_at: None,
                });
            }
            InvoiceEvent::Paid(paid) => {
                self.status = InvoiceStatus::Paid;
                self.paid_at = Some(paid.at);
            }
            InvoiceEvent::PaymentReversed(reversed) => {
                (self.paid, self.balance, self.status) = (reversed.paid, reversed.balance, reversed.status);
                self.paid_at = None;
                if let Some(payment) =
                    self.payments.iter_mut().find(|payment| payment.id == reversed.payment_id)
                {
                    payment.reversed_at = Some(reversed.at);
                }
            }
            InvoiceEvent::Cancelled(cancelled) => {
                self.status = InvoiceStatus::Cancelled;
                self.cancelled_at = Some(cancelled.at);
                self.cancel_reason = cancelled.reason;
            }
            InvoiceEvent::Deleted(_) => self.deleted = true,
        }
    }

    fn created(created: InvoiceCreated) -> Self {
        let mut invoice = Self {
            number: created.number,
            invoice_number: created.invoice_number,
            client_id: created.client_id,
            project_id: created.project_id,
            currency: created.currency,
            issue_date: created.issue_date,
            due_date: created.due_date,
            lines: created.lines,
            discount: created.discount,
            notes: created.notes,
            terms: created.terms,
            energy: created.energy,
            created_at: created.at,
            updated_at: created.at,
            ..Self::default()
        };
        invoice.take_totals(created.totals);
        invoice
    }

    fn updated(&mut self, updated: InvoiceUpdated) {
        self.client_id = updated.client_id.unwrap_or(self.client_id);
        updated.project_id.apply(&mut self.project_id);
        if let Some(number) = updated.invoice_number {
            self.invoice_number = Text::given(number);
        }
        self.currency = updated.currency.unwrap_or(self.currency);
        self.issue_date = updated.issue_date.unwrap_or(self.issue_date);
        self.due_date = updated.due_date.unwrap_or(self.due_date);
        if let Some(lines) = updated.lines {
            self.lines = lines;
        }
        updated.discount.apply(&mut self.discount);
        if let Some(totals) = updated.totals {
            self.take_totals(totals);
        }
        updated.notes.apply(&mut self.notes);
        updated.terms.apply(&mut self.terms);
    }

    /// A draft has no payments: all of the total is its balance.
    fn take_totals(&mut self, totals: Totals) {
        self.subtotal = totals.subtotal;
        self.tax_total = totals.tax_total;
        self.discount_total = totals.discount_total;
        self.total = totals.total;
        self.paid = crate::value::money::round_minor(Decimal::ZERO, self.currency);
        self.balance = totals.total;
    }
}
