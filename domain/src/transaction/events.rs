//! What happened to a transaction, as the log keeps it.

use super::{Booking, Direction};
use crate::aggregate::events;
use crate::entity::Number;
use crate::reference::Reference;
use crate::value::{CalendarDate, Change, Currency};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

events! {
    /// What happened to a transaction.
    TransactionEvent {
        /// It was recorded.
        "transaction.created" => Created(Box<TransactionCreated>),
        /// It was corrected.
        "transaction.updated" => Updated(Box<TransactionPatch>),
        /// It was deleted, or the payment that it was taken back.
        "transaction.deleted" => Deleted(TransactionDeleted),
    }
}

/// A transaction was recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransactionCreated {
    /// Its sequential number.
    pub number: Number,
    /// In or out, how much and when.
    #[serde(flatten)]
    pub booking: Booking,
    /// The currency.
    pub currency: Currency,
    /// Whose balance it moved.
    pub account: Reference,
    /// What kind of income or expense it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Reference>,
    /// What it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The invoice that it pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<Reference>,
    /// When.
    pub at: Timestamp,
}

/// What changes in a transaction. As an event it holds only what really changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TransactionPatch {
    /// The other way.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Another amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// Another day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<CalendarDate>,
    /// Another account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Reference>,
    /// Another category, or none.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub category: Change<Reference>,
    /// Another description, or none.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub description: Change<String>,
    /// When.
    pub at: Timestamp,
}

impl TransactionPatch {
    /// How what was booked one way is booked after it.
    pub(super) fn booking_after(&self, before: Booking) -> Booking {
        Booking {
            direction: self.direction.unwrap_or(before.direction),
            amount: self.amount.unwrap_or(before.amount),
            date: self.date.unwrap_or(before.date),
        }
    }
}

/// A transaction was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransactionDeleted {
    /// When.
    pub at: Timestamp,
}
