//! What happened to a quote, as the log keeps it. Every amount is in the quote's currency.

use crate::aggregate::events;
use crate::entity::Number;
use crate::invoice::{Line, Totals};
use crate::reference::Reference;
use crate::value::{CalendarDate, Change, Currency};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

events! {
    /// What happened to a quote.
    QuoteEvent {
        /// It was made.
        "quote.created" => Created(Box<QuoteCreated>),
        /// It changed.
        "quote.updated" => Updated(Box<QuoteUpdated>),
        /// It became an invoice.
        "quote.converted" => Converted(QuoteConverted),
        /// It was deleted.
        "quote.deleted" => Deleted(QuoteDeleted),
    }
}

/// A quote was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuoteCreated {
    /// Its sequential number.
    pub number: Number,
    /// Whom it is offered to.
    pub client: Reference,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// Until when the offer stands.
    pub valid_until: CalendarDate,
    /// What is offered, with each line's amount and tax.
    pub lines: Vec<Line>,
    /// The sums.
    pub totals: Totals,
    /// A word to the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A quote changed; only what really did is given.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct QuoteUpdated {
    /// Another client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Reference>,
    /// Another last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<CalendarDate>,
    /// All the lines, where one of them changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<Line>>,
    /// All the sums, where one of them changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
    /// Other notes, or none.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub notes: Change<String>,
    /// When.
    pub at: Timestamp,
}

/// A quote became an invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuoteConverted {
    /// The invoice.
    pub invoice_id: Uuid,
    /// When.
    pub at: Timestamp,
}

/// A quote was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuoteDeleted {
    /// When.
    pub at: Timestamp,
}
