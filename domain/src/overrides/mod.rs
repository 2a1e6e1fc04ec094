//! Overrides: what a manager gets of a rep's sale. (`override` itself is a word that Rust keeps for itself.)
//!
//! An override is one manager's and stays so: to every other manager it is as if it were not there.

#[cfg(test)]
mod tests;

use crate::aggregate::{aggregate, events};
use crate::entity::{Claims, Entity, Given, Number, Text};
use crate::public_id::{self, CUSTOM_ID};
use crate::record::kinds::{NAME, PAY};
use crate::record::{CheckedFields, Field, FieldType, Filter, RecordKind, Shown};
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What an override's bodies say. Source: the commissions document's request tables.
pub static OVERRIDE: RecordKind = RecordKind {
    name: "override",
    what: "override",
    shown: Shown::ById { tenant: false },
    fields: &[
        Field::required("amount", PAY),
        Field::required("customer_name", NAME),
        Field::required("date_paid", FieldType::Timestamp),
        Field::required("manager_id", FieldType::Reference),
        Field::required("rep_id", FieldType::Reference),
        Field::required("rep_name", NAME),
    ],
    filters: &[
        Filter { parameter: None, field: "manager_id" },
        Filter { parameter: Some("repId"), field: "rep_id" },
    ],
};

/// The fields of an override.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OverrideFields {
    /// Dollars. Below 0, it takes back what was paid too much.
    pub amount: Decimal,
    /// Whose project.
    pub customer_name: String,
    /// When it is paid.
    pub date_paid: Timestamp,
    /// Who gets it.
    pub manager_id: String,
    /// Who sold.
    pub rep_id: String,
    /// What that rep is called.
    pub rep_name: String,
}

/// What changes in an override. As an event it holds only what really changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OverridePatch {
    /// Dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// Whose project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// When it is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_paid: Option<Timestamp>,
    /// Who gets it: a change may name the manager that it is of already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager_id: Option<String>,
    /// Who sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rep_id: Option<String>,
    /// What that rep is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rep_name: Option<String>,
}

/// An override.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Override {
    /// Sequential number in its tenant; 0 before it was made.
    pub number: Number,
    /// The id that its maker named it by.
    pub custom_id: Option<String>,
    /// Its fields.
    pub fields: OverrideFields,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// True once it was deleted.
    pub deleted: bool,
}

/// What can be asked of an override. `manager_id` is who it is looked for at.
#[derive(Debug, Clone, PartialEq)]
pub enum OverrideCommand {
    /// Make it.
    Create {
        /// Whose it is to be.
        manager_id: String,
        /// The id to name it by.
        custom_id: Option<String>,
        /// Its fields.
        fields: Box<OverrideFields>,
        /// Now.
        at: Timestamp,
    },
    /// Change it.
    Update {
        /// Whose it is.
        manager_id: String,
        /// What changes.
        patch: Box<OverridePatch>,
        /// Now.
        at: Timestamp,
    },
    /// Delete it.
    Delete {
        /// Whose it is.
        manager_id: String,
        /// Now.
        at: Timestamp,
    },
}

events! {
    /// What happened to an override.
    OverrideEvent {
        /// It was made.
        "override.created" => Created(Box<OverrideCreated>),
        /// Some of its fields changed.
        "override.updated" => Updated(Box<OverrideUpdated>),
        /// It was deleted.
        "override.deleted" => Deleted(OverrideDeleted),
    }
}

/// An override was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverrideCreated {
    /// Its sequential number, where `code` does not say it.
    #[serde(default, skip_serializing_if = "Number::is_none")]
    pub number: Number,
    /// The id that was made of its number, as the log knows it: `override:000001`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Text>,
    /// The id that its maker named it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_id: Option<String>,
    /// Its fields.
    pub fields: OverrideFields,
    /// When.
    pub at: Timestamp,
}

/// Some fields of an override changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverrideUpdated {
    /// What changed.
    pub fields: OverridePatch,
    /// When.
    pub at: Timestamp,
}

/// An override was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverrideDeleted {
    /// When.
    pub at: Timestamp,
}

aggregate!(Override, "override", OverrideCommand, OverrideEvent);

impl Entity for Override {
    fn exists(&self) -> bool {
        !self.number.is_none() && !self.deleted
    }

    fn claims(&self, event: &OverrideEvent, claims: &mut Claims) {
        match event {
            OverrideEvent::Created(created) => {
                public_id::claim(OVERRIDE.name, created.custom_id.as_deref(), claims);
            }
            OverrideEvent::Updated(_) => {}
            OverrideEvent::Deleted(_) => {
                claims.release(CUSTOM_ID, public_id::name(OVERRIDE.name, &self.public_id()));
            }
        }
    }

    fn fill(&mut self, field: &str, given: Given) -> bool {
        public_id::fill(&mut self.number, field, given)
    }
}

impl OverrideFields {
    /// Fields that passed the check of [`OVERRIDE`].
    ///
    /// # Errors
    /// `Invalid` for fields that were checked as a part, and one that is required is missing.
    pub fn of(fields: CheckedFields) -> Result<Self, DomainError> {
        fields.typed()
    }
}

impl OverridePatch {
    /// Fields that passed the check of [`OVERRIDE`] as a part.
    ///
    /// # Errors
    /// `Invalid` where the description and this type are not of one mind.
    pub fn of(fields: CheckedFields) -> Result<Self, DomainError> {
        fields.typed()
    }
}

impl Override {
    /// The id that it is shown by.
    pub fn public_id(&self) -> String {
        public_id::shown(self.number, self.custom_id.as_deref())
    }

    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for a wrong custom id or another manager in the fields; `NotFound` where there is none, or it is another
    /// manager's.
    pub fn decide(&self, command: OverrideCommand) -> Result<Vec<OverrideEvent>, DomainError> {
        match command {
            OverrideCommand::Create { .. } if !self.number.is_none() => {
                Err(DomainError::rule("this override exists already"))
            }
            OverrideCommand::Create { manager_id, custom_id, fields, at } => {
                create(&manager_id, custom_id, *fields, at)
            }
            OverrideCommand::Update { manager_id, patch, at } => {
                self.must_be_of(&manager_id)?;
                let mut errors = FieldErrors::new();
                must_name(&manager_id, patch.manager_id.as_deref(), &mut errors);
                let fields = self.fields.changes(*patch);
                let nothing = fields == OverridePatch::default();
                let updated = OverrideUpdated { fields, at };
                errors.into_result(if nothing {
                    vec![]
                } else {
                    vec![OverrideEvent::Updated(Box::new(updated))]
                })
            }
            OverrideCommand::Delete { manager_id, at } => {
                self.must_be_of(&manager_id)?;
                Ok(vec![OverrideEvent::Deleted(OverrideDeleted { at })])
            }
        }
    }

    fn must_be_of(&self, manager_id: &str) -> Result<(), DomainError> {
        if self.exists() && self.fields.manager_id == manager_id {
            Ok(())
        } else {
            Err(DomainError::NotFound { what: OVERRIDE.what })
        }
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: OverrideEvent) {
        self.updated_at = event.at();
        match event {
            OverrideEvent::Created(created) => {
                let OverrideCreated { number, code, custom_id, fields, at } = *created;
                let number = public_id::number(number, code.as_ref());
                *self = Self { number, custom_id, fields, created_at: at, updated_at: at, deleted: false };
            }
            OverrideEvent::Updated(updated) => self.fields.apply(updated.fields),
            OverrideEvent::Deleted(_) => self.deleted = true,
        }
    }
}

impl OverrideFields {
    /// What of `patch` is a change of these fields.
    fn changes(&self, patch: OverridePatch) -> OverridePatch {
        OverridePatch {
            amount: patch.amount.filter(|new| *new != self.amount),
            customer_name: patch.customer_name.filter(|new| *new != self.customer_name),
            date_paid: patch.date_paid.filter(|new| *new != self.date_paid),
            manager_id: patch.manager_id.filter(|new| *new != self.manager_id),
            rep_id: patch.rep_id.filter(|new| *new != self.rep_id),
            rep_name: patch.rep_name.filter(|new| *new != self.rep_name),
        }
    }

    fn apply(&mut self, patch: OverridePatch) {
        self.amount = patch.amount.unwrap_or(self.amount);
        self.date_paid = patch.date_paid.unwrap_or(self.date_paid);
        for (field, new) in [
            (&mut self.customer_name, patch.customer_name),
            (&mut self.manager_id, patch.manager_id),
            (&mut self.rep_id, patch.rep_id),
            (&mut self.rep_name, patch.rep_name),
        ] {
            if let Some(new) = new {
                *field = new;
            }
        }
    }
}

/// The fields may name no other manager.
fn must_name(manager_id: &str, named: Option<&str>, errors: &mut FieldErrors) {
    if named.is_some_and(|named| named != manager_id) {
        errors.add("manager_id", "must be the manager that the override is of");
    }
}

fn create(
    manager_id: &str,
    custom_id: Option<String>,
    fields: OverrideFields,
    at: Timestamp,
) -> Result<Vec<OverrideEvent>, DomainError> {
    let mut errors = FieldErrors::new();
    let custom_id = custom_id.and_then(|id| errors.check(CUSTOM_ID, public_id::check(&id)));
    must_name(manager_id, Some(&fields.manager_id), &mut errors);
    let (number, code) = public_id::pending(custom_id.as_deref());
    let created = OverrideCreated { number, code, custom_id, fields, at };
    errors.into_result(vec![OverrideEvent::Created(Box::new(created))])
}
