//! Leads: people who may become clients. One becomes a client once.

#[cfg(test)]
mod tests;

use crate::aggregate::{aggregate, events};
use crate::checks::optional_text;
use crate::entity::{Claims, Entity, Given, Number};
use crate::value::{Email, Phone, text};
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest part of a name, in characters: a client's name has room for both.
pub const MAX_NAME: usize = 99;
/// Longest company, in characters.
pub const MAX_COMPANY: usize = 200;
/// Longest source, in characters.
pub const MAX_SOURCE: usize = 100;

/// A lead.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Lead {
    /// Sequential number in its tenant; 0 before it was made.
    pub number: Number,
    /// Who it is, and where it came from.
    #[serde(flatten)]
    pub details: LeadDetails,
    /// The client that it became.
    pub client_id: Option<Uuid>,
    /// When it became one.
    pub converted_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something last happened to it.
    pub updated_at: Timestamp,
}

/// Who a lead is, and where it came from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LeadDetails {
    /// First name; at most 99 characters.
    pub first_name: String,
    /// Last name; at most 99 characters.
    pub last_name: String,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The company; at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Where it came from; at most 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl LeadDetails {
    /// Both names, as one writes them.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

/// What can be asked of a lead.
#[derive(Debug, Clone, PartialEq)]
pub enum LeadCommand {
    /// Make it.
    Create {
        /// Who it is.
        details: Box<LeadDetails>,
        /// Now.
        at: Timestamp,
    },
    /// It becomes a client, whom whoever sends this makes in the same unit of work.
    Convert {
        /// The client.
        client_id: Uuid,
        /// Now.
        at: Timestamp,
    },
}

events! {
    /// What happened to a lead.
    LeadEvent {
        /// It was made.
        "lead.created" => Created(Box<LeadCreated>),
        /// It became a client.
        "lead.converted" => Converted(LeadConverted),
    }
}

/// A lead was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadCreated {
    /// Its sequential number.
    pub number: Number,
    /// Who it is.
    #[serde(flatten)]
    pub details: LeadDetails,
    /// When.
    pub at: Timestamp,
}

/// A lead became a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadConverted {
    /// The client.
    pub client_id: Uuid,
    /// When.
    pub at: Timestamp,
}

aggregate!(Lead, "lead", LeadCommand, LeadEvent);

impl Entity for Lead {
    fn exists(&self) -> bool {
        !self.number.is_none()
    }

    fn claims(&self, event: &LeadEvent, claims: &mut Claims) {
        if let LeadEvent::Created(_) = event {
            claims.number("lead");
        }
    }

    fn fill(&mut self, field: &str, given: Given) -> bool {
        field == "number" && self.number.fill(given)
    }
}

impl Lead {
    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields, `NotFound` where it was never made, `Rule` where it is a client already.
    pub fn decide(&self, command: LeadCommand) -> Result<Vec<LeadEvent>, DomainError> {
        match command {
            LeadCommand::Create { .. } if self.exists() => Err(DomainError::rule("this lead exists already")),
            LeadCommand::Create { details, at } => create(*details, at),
            LeadCommand::Convert { .. } if !self.exists() => Err(DomainError::NotFound { what: "lead" }),
            LeadCommand::Convert { .. } if self.client_id.is_some() => {
                Err(DomainError::rule("this lead has been converted to a customer: it is converted once"))
            }
            LeadCommand::Convert { client_id, at } => {
                Ok(vec![LeadEvent::Converted(LeadConverted { client_id, at })])
            }
        }
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: LeadEvent) {
        self.updated_at = event.at();
        match event {
            LeadEvent::Created(created) => {
                let LeadCreated { number, details, at } = *created;
                let (client_id, converted_at) = (None, None);
                *self = Self { number, details, client_id, converted_at, created_at: at, updated_at: at };
            }
            LeadEvent::Converted(converted) => {
                self.client_id = Some(converted.client_id);
                self.converted_at = Some(converted.at);
            }
        }
    }
}

fn create(details: LeadDetails, at: Timestamp) -> Result<Vec<LeadEvent>, DomainError> {
    let mut errors = FieldErrors::new();
    let first_name = errors.check("first_name", text::required_line(&details.first_name, MAX_NAME));
    let last_name = errors.check("last_name", text::required_line(&details.last_name, MAX_NAME));
    let details = LeadDetails {
        first_name: first_name.unwrap_or_default(),
        last_name: last_name.unwrap_or_default(),
        email: details.email,
        company: optional_text("company", details.company, MAX_COMPANY, text::line, &mut errors),
        phone: details.phone,
        source: optional_text("source", details.source, MAX_SOURCE, text::line, &mut errors),
    };
    let created = LeadCreated { number: Number::PENDING, details, at };
    errors.into_result(vec![LeadEvent::Created(Box::new(created))])
}
