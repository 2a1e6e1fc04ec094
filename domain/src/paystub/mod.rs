//! Paystubs: what a salesperson is paid on a day, line by line.
//!
//! | file | what |
//! | --- | --- |
//! | `fields.rs` | its fields, their description, and which amounts are taken for cents |
//! | this one | state, commands, events, rules |
//!
//! A paystub holds what its maker states. Totals that do not add up are kept as they were sent: whether they do is asked
//! afterwards ([`crate::commission::reconcile`]).

mod fields;
#[cfg(test)]
mod tests;

pub use fields::{MAX_LINES, PAYSTUB, PaystubFields, PaystubLine, PaystubPatch};

use crate::aggregate::{aggregate, events};
use crate::entity::{Claims, Entity, Given, Number, Text};
use crate::public_id::{self, CUSTOM_ID};
use crate::record::CheckedFields;
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A paystub.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Paystub {
    /// Sequential number in its tenant; 0 before it was made.
    pub number: Number,
    /// The id that its maker named it by.
    pub custom_id: Option<String>,
    /// Its fields.
    pub fields: PaystubFields,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// True once it was deleted.
    pub deleted: bool,
}

/// What can be asked of a paystub.
#[derive(Debug, Clone, PartialEq)]
pub enum PaystubCommand {
    /// Make it.
    Create {
        /// The id to name it by.
        custom_id: Option<String>,
        /// Its fields. An amount that came in cents becomes dollars.
        fields: Box<PaystubFields>,
        /// Now.
        at: Timestamp,
    },
    /// Change it.
    Update {
        /// What changes.
        patch: Box<PaystubPatch>,
        /// Now.
        at: Timestamp,
    },
    /// Delete it.
    Delete {
        /// Now.
        at: Timestamp,
    },
}

events! {
    /// What happened to a paystub.
    PaystubEvent {
        /// It was made.
        "paystub.created" => Created(Box<PaystubCreated>),
        /// Some of its fields changed.
        "paystub.updated" => Updated(Box<PaystubUpdated>),
        /// It was deleted.
        "paystub.deleted" => Deleted(PaystubDeleted),
    }
}

/// A paystub was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaystubCreated {
    /// Its sequential number, where `code` does not say it.
    #[serde(default, skip_serializing_if = "Number::is_none")]
    pub number: Number,
    /// The id that was made of its number, as the log knows it: `paystub:000001`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Text>,
    /// The id that its maker named it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_id: Option<String>,
    /// Its fields.
    pub fields: PaystubFields,
    /// When.
    pub at: Timestamp,
}

/// Some fields of a paystub changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaystubUpdated {
    /// What changed.
    pub fields: PaystubPatch,
    /// When.
    pub at: Timestamp,
}

/// A paystub was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaystubDeleted {
    /// When.
    pub at: Timestamp,
}

aggregate!(Paystub, "paystub", PaystubCommand, PaystubEvent);

impl Entity for Paystub {
    fn exists(&self) -> bool {
        !self.number.is_none() && !self.deleted
    }

    fn claims(&self, event: &PaystubEvent, claims: &mut Claims) {
        match event {
            PaystubEvent::Created(created) => {
                public_id::claim(PAYSTUB.name, created.custom_id.as_deref(), claims);
            }
            PaystubEvent::Updated(_) => {}
            PaystubEvent::Deleted(_) => {
                claims.release(CUSTOM_ID, public_id::name(PAYSTUB.name, &self.public_id()));
            }
        }
    }

    fn fill(&mut self, field: &str, given: Given) -> bool {
        public_id::fill(&mut self.number, field, given)
    }
}

impl PaystubFields {
    /// Fields that passed the check of [`PAYSTUB`].
    ///
    /// # Errors
    /// `Invalid` for fields that were checked as a part, and one that is required is missing.
    pub fn of(fields: CheckedFields) -> Result<Self, DomainError> {
        fields.typed()
    }
}

impl PaystubPatch {
    /// Fields that passed the check of [`PAYSTUB`] as a part.
    ///
    /// # Errors
    /// `Invalid` where the description and this type are not of one mind.
    pub fn of(fields: CheckedFields) -> Result<Self, DomainError> {
        fields.typed()
    }
}

impl Paystub {
    /// The id that it is shown by.
    pub fn public_id(&self) -> String {
        public_id::shown(self.number, self.custom_id.as_deref())
    }

    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for a wrong custom id or a paystub without lines, `NotFound` where there is none.
    pub fn decide(&self, command: PaystubCommand) -> Result<Vec<PaystubEvent>, DomainError> {
        match command {
            PaystubCommand::Create { .. } if !self.number.is_none() => {
                Err(DomainError::rule("this paystub exists already"))
            }
            PaystubCommand::Create { custom_id, fields, at } => create(custom_id, *fields, at),
            _ if !self.exists() => Err(DomainError::NotFound { what: PAYSTUB.what }),
            PaystubCommand::Update { patch, at } => {
                let fields = self.fields.changes(*patch);
                let nothing = fields == PaystubPatch::default();
                let updated = PaystubUpdated { fields, at };
                Ok(if nothing { vec![] } else { vec![PaystubEvent::Updated(Box::new(updated))] })
            }
            PaystubCommand::Delete { at } => Ok(vec![PaystubEvent::Deleted(PaystubDeleted { at })]),
        }
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: PaystubEvent) {
        self.updated_at = event.at();
        match event {
            PaystubEvent::Created(created) => {
                let PaystubCreated { number, code, custom_id, fields, at } = *created;
                let number = public_id::number(number, code.as_ref());
                *self = Self { number, custom_id, fields, created_at: at, updated_at: at, deleted: false };
            }
            PaystubEvent::Updated(updated) => self.fields.apply(updated.fields),
            PaystubEvent::Deleted(_) => self.deleted = true,
        }
    }
}

fn create(
    custom_id: Option<String>,
    fields: PaystubFields,
    at: Timestamp,
) -> Result<Vec<PaystubEvent>, DomainError> {
    let mut errors = FieldErrors::new();
    let custom_id = custom_id.and_then(|id| errors.check(CUSTOM_ID, public_id::check(&id)));
    if fields.scpfs.is_empty() {
        errors.add("scpfs", "must have at least 1 entry");
    }
    let (number, code) = public_id::pending(custom_id.as_deref());
    let created = PaystubCreated { number, code, custom_id, fields: fields.in_dollars(), at };
    errors.into_result(vec![PaystubEvent::Created(Box::new(created))])
}
