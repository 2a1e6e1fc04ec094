//! What happened to a ticket, as the log keeps it.

use super::{TicketPriority, TicketStatus};
use crate::aggregate::events;
use crate::entity::Number;
use crate::reference::Reference;
use crate::value::Change;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

events! {
    /// What happened to a ticket.
    TicketEvent {
        /// It was opened.
        "ticket.created" => Created(Box<TicketCreated>),
        /// It changed, or was opened again.
        "ticket.updated" => Updated(Box<TicketPatch>),
        /// Somebody answered.
        "ticket.replied" => Replied(Box<TicketReplied>),
        /// It is over.
        "ticket.closed" => Closed(TicketClosed),
        /// It was deleted.
        "ticket.deleted" => Deleted(TicketDeleted),
    }
}

/// A ticket was opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketCreated {
    /// Its sequential number.
    pub number: Number,
    /// Who asks.
    pub client: Reference,
    /// Who is to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<Reference>,
    /// What it is about.
    pub subject: String,
    /// What is asked.
    pub message: String,
    /// How much of a hurry there is.
    pub priority: TicketPriority,
    /// When.
    pub at: Timestamp,
}

/// What changes in a ticket. As an event it holds only what really changed, and is never closing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TicketPatch {
    /// Another client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Reference>,
    /// Another department, or none.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub department: Change<Reference>,
    /// Another subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Another message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Another priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<TicketPriority>,
    /// Another status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<TicketStatus>,
    /// When.
    pub at: Timestamp,
}

/// Somebody answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketReplied {
    /// The answer.
    pub reply: TicketReply,
    /// When.
    pub at: Timestamp,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketReply {
    /// Its id.
    pub id: Uuid,
    /// What was answered.
    pub message: String,
    /// By whom, as a reader would call them.
    pub author: String,
    /// When.
    pub created_at: Timestamp,
}

/// A ticket is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketClosed {
    /// When.
    pub at: Timestamp,
}

/// A ticket was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketDeleted {
    /// When.
    pub at: Timestamp,
}
