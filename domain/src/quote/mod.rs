//! Quotes: what a company offers a client, in lines as an invoice has them. A quote becomes an invoice once, and stays
//! as it was from then on.

mod decide;
mod events;
#[cfg(test)]
mod tests;

pub use events::{QuoteConverted, QuoteCreated, QuoteDeleted, QuoteEvent, QuoteUpdated};

use crate::aggregate::aggregate;
use crate::entity::{Claims, Entity, Given, Number};
use crate::invoice::{Line, LineDraft, Totals};
use crate::reference::Reference;
use crate::value::{CalendarDate, Change, Currency};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A quote.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Quote {
    /// Sequential number in its tenant; 0 before it was made.
    pub number: Number,
    /// Whom it is offered to.
    pub client: Reference,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// Until when the offer stands.
    pub valid_until: CalendarDate,
    /// What is offered.
    pub lines: Vec<Line>,
    /// The sums.
    pub totals: Totals,
    /// A word to the client.
    pub notes: Option<String>,
    /// The invoice that it became.
    pub invoice_id: Option<Uuid>,
    /// When it became one.
    pub converted_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something last happened to it.
    pub updated_at: Timestamp,
    /// True once it was deleted.
    pub deleted: bool,
}

/// Where in its life a quote is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteStatus {
    /// Offered.
    Open,
    /// It became an invoice.
    Converted,
}

impl QuoteStatus {
    /// Both.
    pub const ALL: [QuoteStatus; 2] = [Self::Open, Self::Converted];

    /// The status in read models.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Converted => "converted",
        }
    }
}

/// What a new quote is made of. That the client is there is checked by who sends it.
#[derive(Debug, Clone, PartialEq)]
pub struct QuoteDraft {
    /// Whom it is offered to.
    pub client: Reference,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// Until when the offer stands. It may be past: who types in old papers must be able to.
    pub valid_until: CalendarDate,
    /// 1 to 1,000 lines.
    pub lines: Vec<LineDraft>,
    /// At most 5,000 characters.
    pub notes: Option<String>,
    /// Now.
    pub at: Timestamp,
}

/// What changes in a quote that is no invoice yet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QuotePatch {
    /// Another client.
    pub client: Option<Reference>,
    /// Another last day.
    pub valid_until: Option<CalendarDate>,
    /// Other lines, instead of all those there are.
    pub lines: Option<Vec<LineDraft>>,
    /// Other notes, or none.
    pub notes: Change<String>,
    /// Now.
    pub at: Timestamp,
}

/// What can be asked of a quote.
#[derive(Debug, Clone, PartialEq)]
pub enum QuoteCommand {
    /// Make it.
    Create(Box<QuoteDraft>),
    /// Change it.
    Update(Box<QuotePatch>),
    /// It becomes an invoice, which whoever sends this makes in the same unit of work.
    Convert {
        /// The invoice.
        invoice_id: Uuid,
        /// Now.
        at: Timestamp,
    },
    /// Delete it.
    Delete {
        /// Now.
        at: Timestamp,
    },
}

aggregate!(Quote, "quote", QuoteCommand, QuoteEvent);

impl Entity for Quote {
    fn exists(&self) -> bool {
        !self.number.is_none() && !self.deleted
    }

    fn claims(&self, event: &QuoteEvent, claims: &mut Claims) {
        if let QuoteEvent::Created(_) = event {
            claims.number("quote");
        }
    }

    fn fill(&mut self, field: &str, given: Given) -> bool {
        field == "number" && self.number.fill(given)
    }
}

impl Quote {
    /// Where in its life it is.
    pub fn status(&self) -> QuoteStatus {
        if self.invoice_id.is_some() { QuoteStatus::Converted } else { QuoteStatus::Open }
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: QuoteEvent) {
        self.updated_at = event.at();
        match event {
            QuoteEvent::Created(created) => {
                let QuoteCreated { number, client, currency, valid_until, lines, totals, notes, at } =
                    *created;
                *self = Self {
                    number,
                    client,
                    currency,
                    valid_until,
                    lines,
                    totals,
                    notes,
                    created_at: at,
                    updated_at: at,
                    ..Self::default()
                };
            }
            QuoteEvent::Updated(updated) => {
                self.client = updated.client.unwrap_or(self.client);
                self.valid_until = updated.valid_until.unwrap_or(self.valid_until);
                if let Some(lines) = updated.lines {
                    self.lines = lines;
                }
                if let Some(totals) = updated.totals {
                    self.totals = totals;
                }
                updated.notes.apply(&mut self.notes);
            }
            QuoteEvent::Converted(converted) => {
                self.invoice_id = Some(converted.invoice_id);
                self.converted_at = Some(converted.at);
            }
            QuoteEvent::Deleted(_) => self.deleted = true,
        }
    }
}
