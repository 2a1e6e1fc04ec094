//! API keys: who calls, and what he may do. The log holds a hash; the key itself is shown once and kept nowhere.

mod scope;
#[cfg(test)]
mod tests;

pub use scope::{Access, Area, Scope};

use crate::aggregate::{aggregate, events};
use crate::entity::{Claims, Entity, Number};
use crate::value::text;
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest name, in characters.
const MAX_NAME: usize = 100;
/// Longest prefix, in characters.
const MAX_PREFIX: usize = 16;

/// An API key.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ApiKey {
    /// Sequential number in its tenant; 0 before it was made.
    pub number: Number,
    /// What it is for.
    pub name: String,
    /// How the key starts.
    pub prefix: String,
    /// How it ends.
    pub last4: String,
    /// SHA-256 of the key, lower-case hex.
    pub hash: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// True once it was deleted: it opens nothing any more.
    pub deleted: bool,
}

/// What can be asked of an API key.
#[derive(Debug, Clone, PartialEq)]
pub enum ApiKeyCommand {
    /// Make it.
    Create {
        /// What it is for; 1 to 100 characters.
        name: String,
        /// How the key starts; at most 16 characters.
        prefix: String,
        /// Its last four characters.
        last4: String,
        /// SHA-256 of the key, hex.
        hash: String,
        /// What it allows; at least one.
        scopes: Vec<Scope>,
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
    /// What happened to an API key.
    ApiKeyEvent {
        /// It was made.
        "api_key.created" => Created(Box<ApiKeyCreated>),
        /// It was deleted.
        "api_key.deleted" => Deleted(ApiKeyDeleted),
    }
}

/// An API key was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyCreated {
    /// Its sequential number.
    pub number: Number,
    /// What it is for.
    pub name: String,
    /// How the key starts.
    pub prefix: String,
    /// How it ends.
    pub last4: String,
    /// SHA-256 of the key, lower-case hex.
    pub hash: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// When.
    pub at: Timestamp,
}

/// An API key was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyDeleted {
    /// When.
    pub at: Timestamp,
}

aggregate!(ApiKey, "api_key", ApiKeyCommand, ApiKeyEvent);

impl Entity for ApiKey {
    fn exists(&self) -> bool {
        self.number != Number::default() && !self.deleted
    }

    fn claims(&self, event: &ApiKeyEvent, claims: &mut Claims) {
        if let ApiKeyEvent::Created(_) = event {
            claims.number("api_key");
        }
    }
}

impl ApiKey {
    /// True where one of its scopes covers `required`.
    pub fn allows(&self, required: Scope) -> bool {
        self.scopes.iter().any(|scope| scope.allows(required))
    }

    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields, `NotFound` where it was never made or is deleted.
    pub fn decide(&self, command: ApiKeyCommand) -> Result<Vec<ApiKeyEvent>, DomainError> {
        match command {
            ApiKeyCommand::Create { .. } if self.number != Number::default() => {
                Err(DomainError::rule("this API key exists already"))
            }
            ApiKeyCommand::Create { name, prefix, last4, hash, scopes, at } => {
                let mut errors = FieldErrors::new();
                let name = errors.check("name", text::required_line(&name, MAX_NAME)).unwrap_or_default();
                let prefix = errors.check("prefix", text::line(&prefix, MAX_PREFIX)).unwrap_or_default();
                if last4.chars().count() != 4 || !last4.bytes().all(|byte| byte.is_ascii_graphic()) {
                    errors.add("last4", "must be the key's last four characters");
                }
                let hash = hash.to_ascii_lowercase();
                if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    errors.add("hash", "must be a SHA-256 in hex");
                }
                let scopes = errors.check("scopes", each_once(scopes)).unwrap_or_default();
                let number = Number::PENDING;
                let created = ApiKeyCreated { number, name, prefix, last4, hash, scopes, at };
                errors.into_result(vec![ApiKeyEvent::Created(Box::new(created))])
            }
            ApiKeyCommand::Delete { .. } if !self.exists() => Err(DomainError::NotFound { what: "API key" }),
            ApiKeyCommand::Delete { at } => Ok(vec![ApiKeyEvent::Deleted(ApiKeyDeleted { at })]),
        }
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: ApiKeyEvent) {
        match event {
            ApiKeyEvent::Created(created) => {
                let ApiKeyCreated { number, name, prefix, last4, hash, scopes, at } = *created;
                *self = Self { number, name, prefix, last4, hash, scopes, created_at: at, deleted: false };
            }
            ApiKeyEvent::Deleted(_) => self.deleted = true,
        }
    }
}

/// The scopes that a key is to have, in order and each once.
///
/// # Errors
/// A field message where there is none.
pub fn each_once(mut scopes: Vec<Scope>) -> Result<Vec<Scope>, &'static str> {
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() { Err("must be at least one scope") } else { Ok(scopes) }
}
