//! Transactions: money that came into one of the company's accounts or left it.
//!
//! An income can be a payment of an invoice. The invoice has that payment then, under the transaction's own id, and the
//! invoice's rules decide whether it may come in. Both are written together and go together: deleting the transaction takes
//! the payment back, taking the payment back deletes the transaction. The report counts the payment, and the
//! transaction not again.

mod decide;
mod events;
mod movements;
#[cfg(test)]
mod tests;

pub use events::{TransactionCreated, TransactionDeleted, TransactionEvent, TransactionPatch};

use crate::aggregate::aggregate;
use crate::entity::{Claims, Entity, Given, Number};
use crate::reference::Reference;
use crate::value::{CalendarDate, Currency};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A transaction.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Transaction {
    /// Sequential number in its tenant; 0 before it was recorded.
    pub number: Number,
    /// Whether money came in or left, how much, and when.
    #[serde(flatten)]
    pub booking: Booking,
    /// Since when this is how it is booked.
    pub booked_at: Timestamp,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// Whose balance it moved.
    pub account: Reference,
    /// What kind of income or expense it is.
    pub category: Option<Reference>,
    /// What it was.
    pub description: Option<String>,
    /// The invoice that it pays.
    pub invoice: Option<Reference>,
    /// How it was booked before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// What of a transaction the books count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Booking {
    /// In or out.
    #[serde(rename = "type")]
    pub direction: Direction,
    /// How much; above 0.
    pub amount: Decimal,
    /// The day.
    pub date: CalendarDate,
}

/// How a transaction was booked for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// How.
    #[serde(flatten)]
    pub booking: Booking,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// Which way the money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It came in.
    #[default]
    Income,
    /// It left.
    Expense,
}

impl Direction {
    /// Its name in events and read models.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Income => "income",
            Self::Expense => "expense",
        }
    }
}

/// What a new transaction is made of. That what it refers to exists, and that the invoice takes the payment, is checked by
/// who sends it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTransaction {
    /// In or out, how much (above 0, in whole minor units) and when.
    pub booking: Booking,
    /// The currency: the invoice's, where it pays one.
    pub currency: Currency,
    /// Whose balance it moved.
    pub account: Reference,
    /// What kind of income or expense it is.
    pub category: Option<Reference>,
    /// At most 1,000 characters.
    pub description: Option<String>,
    /// The invoice that it pays; only an income can.
    pub invoice: Option<Reference>,
    /// Now.
    pub at: Timestamp,
}

/// What can be asked of a transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum TransactionCommand {
    /// Record it.
    Create(Box<NewTransaction>),
    /// Change it.
    Update(Box<TransactionPatch>),
    /// Delete it.
    Delete {
        /// Now.
        at: Timestamp,
    },
}

aggregate!(Transaction, "transaction", TransactionCommand, TransactionEvent);

impl Entity for Transaction {
    fn exists(&self) -> bool {
        !self.number.is_none() && self.deleted_at.is_none()
    }

    fn claims(&self, event: &TransactionEvent, claims: &mut Claims) {
        if let TransactionEvent::Created(_) = event {
            claims.number("transaction");
        }
    }

    fn fill(&mut self, field: &str, given: Given) -> bool {
        field == "number" && self.number.fill(given)
    }
}

impl Transaction {
    /// Folds an event into the state.
    pub fn evolve(&mut self, event: TransactionEvent) {
        self.updated_at = event.at();
        match event {
            TransactionEvent::Created(created) => {
                let TransactionCreated {
                    number,
                    booking,
                    currency,
                    account,
                    category,
                    description,
                    invoice,
                    at,
                } = *created;
                *self = Self {
                    number,
                    booking,
                    booked_at: at,
                    currency,
                    account,
                    category,
                    description,
                    invoice,
                    earlier: Vec::new(),
                    created_at: at,
                    updated_at: at,
                    deleted_at: None,
                };
            }
            TransactionEvent::Updated(patch) => {
                let booking = patch.booking_after(self.booking);
                if booking != self.booking {
                    self.earlier.push(Earlier {
                        booking: self.booking,
                        from: self.booked_at,
                        until: patch.at,
                    });
                    (self.booking, self.booked_at) = (booking, patch.at);
                }
                self.account = patch.account.unwrap_or(self.account);
                patch.category.apply(&mut self.category);
                patch.description.apply(&mut self.description);
            }
            TransactionEvent::Deleted(deleted) => self.deleted_at = Some(deleted.at),
        }
    }
}
