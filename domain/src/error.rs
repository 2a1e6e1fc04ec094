//! Why the domain says no. One type for every aggregate, so that a surface maps it to its own form once.

use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// What is wrong with an input, by field (dotted path, `lineItems[0].quantity`), all of it at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(BTreeMap<String, String>);

impl FieldErrors {
    /// No error yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One wrong field.
    pub fn one(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut errors = Self::new();
        errors.add(field, message);
        errors
    }

    /// Notes that `field` is wrong. The first message of a field stays.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.entry(field.into()).or_insert_with(|| message.into());
    }

    /// The value of a check, or a note of what is wrong with `field`.
    pub fn check<T>(&mut self, field: &str, checked: Result<T, impl Into<String>>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(message) => {
                self.add(field, message);
                None
            }
        }
    }

    /// As [`Self::check`], of a field whose path is put together, which is only done for an error.
    pub fn check_at<T>(
        &mut self,
        field: impl FnOnce() -> String,
        checked: Result<T, impl Into<String>>,
    ) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(message) => {
                self.add(field(), message);
                None
            }
        }
    }

    /// Takes over another's errors, each field put under `prefix` (`prefix.field`; as it is where empty).
    pub fn merge(&mut self, prefix: &str, other: FieldErrors) {
        for (field, message) in other.0 {
            let path = if prefix.is_empty() { field } else { format!("{prefix}.{field}") };
            self.add(path, message);
        }
    }

    /// True where nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Field and message, by field name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, message)| (field.as_str(), message.as_str()))
    }

    /// `value` where nothing is wrong, else all the errors.
    pub fn into_result<T>(self, value: T) -> Result<T, DomainError> {
        if self.is_empty() { Ok(value) } else { Err(DomainError::Invalid(self)) }
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (field, message)) in self.0.iter().enumerate() {
            if index > 0 {
                out.write_str("; ")?;
            }
            write!(out, "{field}: {message}")?;
        }
        Ok(())
    }
}

/// A refusal. Each variant is one HTTP status on every surface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// 400: fields that are missing, mistyped or out of range.
    #[error("{0}")]
    Invalid(FieldErrors),
    /// 404: no such thing in this tenant. `what` is the kind ("invoice").
    #[error("{what} not found")]
    NotFound {
        /// The kind of thing, as a reader would call it.
        what: &'static str,
    },
    /// 409: a rule of the domain forbids it in this state. The message says which and why.
    #[error("{0}")]
    Rule(String),
    /// 409: an invoice stands against it. Aggregates know invoices by their ids; whoever prints this can tell what people
    /// call that one.
    #[error("{refusal} (invoice {invoice_id})")]
    InvoiceStands {
        /// Which rule, and what to do about it.
        refusal: String,
        /// The invoice.
        invoice_id: Uuid,
    },
    /// 403: the tenant's plan does not allow more.
    #[error("{0}")]
    PlanLimit(String),
}

impl DomainError {
    /// One wrong field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::one(field, message))
    }

    /// A broken rule.
    pub fn rule(message: impl Into<String>) -> Self {
        Self::Rule(message.into())
    }
}
