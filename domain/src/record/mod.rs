//! Records: things that only hold checked fields (products, teams, leads...). One aggregate serves all of their
//! kinds; a kind is a typed description of its fields in `kinds.rs`, not a copy of the code.
//!
//! The aggregate type of a record's stream is its kind's name, and so are its events named:
//! `product.created`, `product.updated`, `product.deleted`.
//!
//! | file | what |
//! | --- | --- |
//! | `kind.rs` | how a kind and its fields are described |
//! | `kinds/` | the kinds |
//! | `check.rs` | input against a description, and how what is kept is printed |
//! | `timestamp.rs` | instants, in and out |
//! | `event.rs` | what happened, named by the kind |
//! | this one | state, commands, rules, fold |

mod check;
mod event;
mod kind;
pub(crate) mod kinds;
#[cfg(test)]
mod tests;
pub mod timestamp;

pub use check::{CheckedFields, UNKNOWN, Unknown};
pub use event::{RecordChange, RecordCreated, RecordDeleted, RecordEvent, RecordUpdated};
pub use kind::{Field, FieldType, Filter, Look, Printed, RecordKind, SINGLE_FILTERS, SetBy, Shown};
pub use kinds::{
    ACCOUNT, CATEGORY, DEPARTMENT, KINDS, OVERRIDE_DETAIL, PAYSTUB_OVERVIEW, PRODUCT, PROJECT_OVERVIEW,
    SALES_PROJECT, SALES_USER, SCPF, TEAM, kind,
};

use crate::aggregate::aggregate;
use crate::entity::{Claims, Entity, Given, Number};
use crate::public_id::{self, CUSTOM_ID};
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
    // Each field is a key and a value of their own on the heap, in a tree.
    const BULK: u64 = 6;

    fn exists(&self) -> bool {
        !self.kind.is_empty() && !self.deleted
    }

    fn claims(&self, event: &RecordEvent, claims: &mut Claims) {
        match &event.change {
            RecordChange::Created(created) => match (&created.code, &created.custom_id) {
                (None, None) => claims.number(&event.kind),
                (_, custom_id) => public_id::claim(&event.kind, custom_id.as_deref(), claims),
            },
            RecordChange::Updated(_) => {}
            RecordChange::Deleted(_) => {
                if let Some(id) = self.public_id() {
                    claims.release(CUSTOM_ID, public_id::name(&event.kind, &id));
                }
            }
        }
    }

    fn fill(&mut self, field: &str, given: Given) -> bool {
        public_id::fill(&mut self.number, field, given)
    }
}

impl Record {
    /// The id that it is shown by and that nothing else of its kind has; `None` where only its number shows it.
    pub fn public_id(&self) -> Option<String> {
        let by_id = kind(&self.kind).is_some_and(RecordKind::has_public_ids);
        match &self.custom_id {
            None if by_id => Some(public_id::shown(self.number, None)),
            custom_id => custom_id.clone(),
        }
    }

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
                let RecordCreated { number, code, custom_id, fields, at } = created;
                let (kind, number) = (event.kind, public_id::number(number, code.as_ref()));
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
    let custom_id = custom_id.and_then(|id| errors.check(CUSTOM_ID, public_id::check(&id)));
    if let Some(missing) = fields.missing() {
        errors.merge("", missing);
    }
    let kind = fields.kind();
    let (number, code) = match kind.shown {
        Shown::ByNumber => (Number::PENDING, None),
        Shown::ById { .. } => public_id::pending(custom_id.as_deref()),
    };
    let mut fields = fields.into_map();
    fields.retain(|_, value| !value.is_null());
    let created = RecordCreated { number, code, custom_id, fields, at };
    errors.into_result(vec![RecordEvent::new(kind.name, RecordChange::Created(created))])
}
