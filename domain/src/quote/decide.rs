//! The rules of quotes.

use super::events::*;
use super::{Quote, QuoteCommand, QuoteDraft, QuotePatch};
use crate::checks::{optional_text, text_change};
use crate::entity::{Entity, Number};
use crate::invoice::{LineDraft, price};
use crate::value::text;
use crate::{DomainError, FieldErrors};

/// Longest notes, in characters.
const MAX_NOTES: usize = 5_000;

type Decision = Result<Vec<QuoteEvent>, DomainError>;

impl Quote {
    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields, `NotFound` where it was never made or is deleted, `InvoiceStands` where it is an
    /// invoice already.
    pub fn decide(&self, command: QuoteCommand) -> Decision {
        match command {
            QuoteCommand::Create(_) if !self.number.is_none() => {
                Err(DomainError::rule("this quote exists already"))
            }
            QuoteCommand::Create(draft) => create(*draft),
            _ if !self.exists() => Err(DomainError::NotFound { what: "quote" }),
            QuoteCommand::Update(patch) => {
                self.must_be_open("it cannot be changed any more")?;
                self.update(*patch)
            }
            QuoteCommand::Convert { invoice_id, at } => {
                self.must_be_open("it is converted once")?;
                Ok(vec![QuoteEvent::Converted(QuoteConverted { invoice_id, at })])
            }
            QuoteCommand::Delete { at } => {
                self.must_be_open("it cannot be deleted any more")?;
                Ok(vec![QuoteEvent::Deleted(QuoteDeleted { at })])
            }
        }
    }

    fn must_be_open(&self, consequence: &str) -> Result<(), DomainError> {
        match self.invoice_id {
            None => Ok(()),
            Some(invoice_id) => {
                let refusal = format!("this quote has been converted to an invoice: {consequence}");
                Err(DomainError::InvoiceStands { refusal, invoice_id })
            }
        }
    }

    fn update(&self, patch: QuotePatch) -> Decision {
        let mut errors = FieldErrors::new();
        let drafts = patch.lines.unwrap_or_else(|| self.lines.iter().map(LineDraft::from).collect());
        let (lines, _, totals) = price(&drafts, None, self.currency, &mut errors);
        let notes = text_change("notes", patch.notes, MAX_NOTES, text::text, &mut errors);
        let changed = QuoteUpdated {
            client: patch.client.filter(|client| *client != self.client),
            valid_until: patch.valid_until.filter(|date| *date != self.valid_until),
            lines: Some(lines).filter(|lines| *lines != self.lines),
            totals: Some(totals).filter(|totals| *totals != self.totals),
            notes: notes.against(&self.notes),
            at: patch.at,
        };
        let nothing = changed == QuoteUpdated { at: patch.at, ..QuoteUpdated::default() };
        errors.into_result(if nothing { vec![] } else { vec![QuoteEvent::Updated(Box::new(changed))] })
    }
}

fn create(draft: QuoteDraft) -> Decision {
    let mut errors = FieldErrors::new();
    let (lines, _, totals) = price(&draft.lines, None, draft.currency, &mut errors);
    let notes = optional_text("notes", draft.notes, MAX_NOTES, text::text, &mut errors);
    errors.into_result(vec![QuoteEvent::Created(Box::new(QuoteCreated {
        number: Number::PENDING,
        client: draft.client,
        currency: draft.currency,
        valid_until: draft.valid_until,
        lines,
        totals,
        notes,
        at: draft.at,
    }))])
}
