//! Records: things that only hold checked fields (products, teams, leads...). One aggregate serves all of their
//! kinds; a kind is a typed description of its fields in `kinds.rs`, not a copy of the code.
//!
//! The aggregate type of a record's stream is its kind's name, and so are its events named:
//! `product.created`, `product.updated`, `product.deleted`.
//!
//! | file | what |
//! | --- | --- |
//! | `kind.rs` | how a kind and its fields are described |
//! | `kinds.rs` | the kinds |
//! | `check.rs` | input against a description |
//! | `event.rs` | what happened, named by the kind |
//! | this one | state, commands, rules, fold |

mod check;
mod event;
mod kind;
mod kinds;
#[cfg(test)]
mod tests;
mod timestamp;

pub use check::{CheckedFields, Unknown};
pub use event::{RecordChange, RecordCreated, RecordDeleted, RecordEvent, RecordUpdated};
pub use kind::{Field, FieldType, RecordKind};
pub use kinds::{KINDS, kind};

use crate::aggregate::aggregate;
use crate::entity::{Claims, Entity, Given, Number};
use crate::value::text;
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The scope in which custom ids are unique (each kind for itself), and the field they stand in.
pub const CUSTOM_ID: &str = "custom_id";
/// Longest custom id, in characters.
const MAX_CUSTOM_ID: usize = 100;

/// A record.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Record {
    /// The name of its kind; empty before it was made.
    pub kind: String,
    /// Sequential number among the tenant's records of the kind.
    pub number: Number,
    /// The id that its maker named it by.
    pub custom_id: Option<String>,
    /// Its fields, in the form that [`RecordKind::check`] gives them.
    pub fields: Map<String, Value>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// True once it was deleted.
    pub deleted: bool,
}

/// What can be asked of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordCommand {
    /// Make it, of the kind that the fields were checked against.
    Create {
        /// The id to name it by, unique in its kind: 1 to 100 characters that need no escaping in a path.
        custom_id: Option<String>,
        /// All the fields.
        fields: CheckedFields,
        /// Now.
        at: Timestamp,
    },
    /// Change it.
    Update {
        /// What changes; a field set to `null` is emptied.
        fields: CheckedFields,
        /// Now.
        at: Timestamp,
    },
    /// Delete it.
    Delete {
        /// Its kind.
        kind: &'static RecordKind,
        /// Now.
        at: Timestamp,
    },
}

aggregate!(Record, "record", RecordCommand, RecordEvent);

impl Entity for Record {
    fn exists(&self) -> bool {
        !self.kind.is_empty() && !self.deleted
    }

    fn claims(&self, event: &RecordEvent, claims: &mut Claims) {
        // A name is unique per scope, and the scope is the same for all kinds.
        let name = |custom_id: &str| format!("{}:{custom_id}", event.kind);
        match &event.change {
            RecordChange::Created(created) => {
                claims.number(&event.kind);
                if let Some(custom_id) = &created.custom_id {
                    claims.take(CUSTOM_ID, name(custom_id));
                }
            }
            RecordChange::Updated(_) => {}
            RecordChange::Deleted(_) => {
                if let Some(custom_id) = &self.custom_id {
                    claims.release(CUSTOM_ID, name(custom_id));
                }
            }
        }
    }

    fn fill(&mut self, field: &str, given: Given) -> bool {
        field == "number" && self.number.fill(given)
    }
}

impl Record {
    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for a wrong custom id, or fields that were checked for another command; `NotFound` where no record of
    /// that kind was made, or it is deleted.
    pub fn decide(&self, command: RecordCommand) -> Result<Vec<RecordEvent>, DomainError> {
        match command {
            RecordCommand::Create { .. } if !self.kind.is_empty() => {
                Err(DomainError::rule("this record exists already"))
            }
            RecordCommand::Create { custom_id, fields, at } => create(custom_id, fields, at),
            RecordCommand::Update { fields, at } => {
                self.must_be(fields.kind())?;
                Ok(self.update(fields, at))
            }
            RecordCommand::Delete { kind, at } => {
                self.must_be(kind)?;
                Ok(vec![RecordEvent::new(kind.name, RecordChange::Deleted(RecordDeleted { at }))])
            }
        }
    }

    fn must_be(&self, kind: &'static RecordKind) -> Result<(), DomainError> {
        if self.exists() && self.kind == kind.name {
            Ok(())
        } else {
            Err(DomainError::NotFound { what: kind.what })
        }
    }

    fn update(&self, fields: CheckedFields, at: Timestamp) -> Vec<RecordEvent> {
        let kind = fields.kind().name;
        let mut changed = fields.into_map();
        changed.retain(|name, value| self.fields.get(name).unwrap_or(&Value::Null) != value);
        if changed.is_empty() {
            return vec![];
        }
        vec![RecordEvent::new(kind, RecordChange::Updated(RecordUpdated { fields: changed, at }))]
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: RecordEvent) {
        self.updated_at = event.at();
        match event.change {
            RecordChange::Created(created) => {
                let RecordCreated { number, custom_id, fields, at } = created;
                let kind = event.kind;
                *self =
                    Self { kind, number, custom_id, fields, created_at: at, updated_at: at, deleted: false };
            }
            RecordChange::Updated(updated) => {
                for (name, value) in updated.fields {
                    if value.is_null() {
                        self.fields.remove(&name);
                    } else {
                        self.fields.insert(name, value);
                    }
                }
            }
            RecordChange::Deleted(_) => self.deleted = true,
        }
    }
}

fn create(
    custom_id: Option<String>,
    fields: CheckedFields,
    at: Timestamp,
) -> Result<Vec<RecordEvent>, DomainError> {
    let mut errors = FieldErrors::new();
    let custom_id = custom_id.and_then(|id| errors.check(CUSTOM_ID, check_custom_id(&id)));
    if let Some(missing) = fields.missing() {
        errors.merge("", missing);
    }
    let kind = fields.kind().name;
    let mut fields = fields.into_map();
    fields.retain(|_, value| !value.is_null());
    let created = RecordCreated { number: Number::PENDING, custom_id, fields, at };
    errors.into_result(vec![RecordEvent::new(kind, RecordChange::Created(created))])
}

fn check_custom_id(id: &str) -> Result<String, String> {
    let id = text::required_line(id, MAX_CUSTOM_ID)?;
    let plain = |character: char| character.is_alphanumeric() || "-_.~:@".contains(character);
    if id.chars().all(plain) {
        Ok(id)
    } else {
        Err("must be letters, digits, and - _ . ~ : @ only".to_owned())
    }
}
