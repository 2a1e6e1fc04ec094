//! Tickets: what a client asks support for, and what is answered until it is closed. A closed one takes no replies and no
//! changes until it is opened again.

mod events;
#[cfg(test)]
mod tests;

pub use events::{
    TicketClosed, TicketCreated, TicketDeleted, TicketEvent, TicketPatch, TicketReplied, TicketReply,
};

use crate::aggregate::aggregate;
use crate::checks::optional_text;
use crate::entity::{Claims, Entity, Given, Number};
use crate::reference::Reference;
use crate::value::text;
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest subject, in characters.
pub const MAX_SUBJECT: usize = 200;
/// Longest message, in characters.
pub const MAX_MESSAGE: usize = 10_000;
/// Most replies of one ticket: a conversation, not a log.
pub const MAX_REPLIES: usize = 1_000;

/// A ticket.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ticket {
    /// Sequential number in its tenant; 0 before it was opened.
    pub number: Number,
    /// Who asks.
    pub client: Reference,
    /// Who is to answer.
    pub department: Option<Reference>,
    /// What it is about.
    pub subject: String,
    /// What is asked.
    pub message: String,
    /// How much of a hurry there is.
    pub priority: TicketPriority,
    /// Where in its life it is.
    pub status: TicketStatus,
    /// What was answered, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<TicketReply>,
    /// When it was last closed; none while it is open.
    pub closed_at: Option<Timestamp>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When something last happened to it.
    pub updated_at: Timestamp,
    /// True once it was deleted.
    pub deleted: bool,
}

/// Where in its life a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketStatus {
    /// Somebody should answer.
    #[default]
    Open,
    /// It waits for something else.
    Pending,
    /// It is over.
    Closed,
}

impl TicketStatus {
    /// The status in events and read models.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Closed => "closed",
        }
    }
}

/// How much of a hurry there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketPriority {
    /// None.
    Low,
    /// As usual.
    #[default]
    Medium,
    /// Some.
    High,
    /// All else waits.
    Urgent,
}

/// What a new ticket is made of. That what it refers to exists is checked by who sends it.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketDraft {
    /// Who asks.
    pub client: Reference,
    /// Who is to answer.
    pub department: Option<Reference>,
    /// At most 200 characters.
    pub subject: String,
    /// At most 10,000 characters.
    pub message: String,
    /// How much of a hurry there is.
    pub priority: TicketPriority,
    /// Now.
    pub at: Timestamp,
}

/// What can be asked of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub enum TicketCommand {
    /// Open it.
    Create(Box<TicketDraft>),
    /// Change it; its status too.
    Update(Box<TicketPatch>),
    /// Answer.
    Reply {
        /// The reply's id, new to the ticket.
        reply_id: Uuid,
        /// At most 10,000 characters.
        message: String,
        /// Who answers, as a reader would call them.
        author: String,
        /// Now.
        at: Timestamp,
    },
    /// It is over.
    Close {
        /// Now.
        at: Timestamp,
    },
    /// Delete it.
    Delete {
        /// Now.
        at: Timestamp,
    },
}

aggregate!(Ticket, "ticket", TicketCommand, TicketEvent);

impl Entity for Ticket {
    fn exists(&self) -> bool {
        !self.number.is_none() && !self.deleted
    }

    fn claims(&self, event: &TicketEvent, claims: &mut Claims) {
        if let TicketEvent::Created(_) = event {
            claims.number("ticket");
        }
    }

    fn fill(&mut self, field: &str, given: Given) -> bool {
        field == "number" && self.number.fill(given)
    }
}

type Decision = Result<Vec<TicketEvent>, DomainError>;

impl Ticket {
    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields, `NotFound` where it was never opened or is deleted, `Rule` where it is closed, or
    /// takes no more replies.
    pub fn decide(&self, command: TicketCommand) -> Decision {
        match command {
            TicketCommand::Create(_) if !self.number.is_none() => {
                Err(DomainError::rule("this ticket exists already"))
            }
            TicketCommand::Create(draft) => create(*draft),
            _ if !self.exists() => Err(DomainError::NotFound { what: "ticket" }),
            TicketCommand::Update(patch) => self.update(*patch),
            TicketCommand::Reply { reply_id, message, author, at } => {
                self.reply(reply_id, &message, author, at)
            }
            TicketCommand::Close { .. } if self.status == TicketStatus::Closed => {
                Err(DomainError::rule("this ticket is closed already"))
            }
            TicketCommand::Close { at } => Ok(vec![TicketEvent::Closed(TicketClosed { at })]),
            TicketCommand::Delete { at } => Ok(vec![TicketEvent::Deleted(TicketDeleted { at })]),
        }
    }

    /// Closing is an event of its own, also where it comes with other changes.
    fn update(&self, patch: TicketPatch) -> Decision {
        let mut errors = FieldErrors::new();
        let subject = patch
            .subject
            .and_then(|subject| errors.check("subject", text::required_line(&subject, MAX_SUBJECT)));
        let message = patch
            .message
            .and_then(|message| errors.check("message", text::required_text(&message, MAX_MESSAGE)));
        errors.into_result(())?;
        let status = patch.status.filter(|status| *status != self.status);
        let changed = TicketPatch {
            client: patch.client.filter(|client| *client != self.client),
            department: patch.department.against(&self.department),
            subject: subject.filter(|subject| *subject != self.subject),
            message: message.filter(|message| *message != self.message),
            priority: patch.priority.filter(|priority| *priority != self.priority),
            status: status.filter(|status| *status != TicketStatus::Closed),
            at: patch.at,
        };
        let mut events = Vec::new();
        if changed != (TicketPatch { at: patch.at, ..TicketPatch::default() }) {
            if changed.status.is_none() {
                self.must_not_be_closed("it is opened again before it can be changed")?;
            }
            events.push(TicketEvent::Updated(Box::new(changed)));
        }
        if status == Some(TicketStatus::Closed) {
            events.push(TicketEvent::Closed(TicketClosed { at: patch.at }));
        }
        Ok(events)
    }

    fn reply(&self, id: Uuid, message: &str, author: String, at: Timestamp) -> Decision {
        let mut errors = FieldErrors::new();
        let message = errors.check("message", text::required_text(message, MAX_MESSAGE));
        let author = optional_text("author", Some(author), MAX_SUBJECT, text::line, &mut errors);
        errors.into_result(())?;
        self.must_not_be_closed("it takes no more replies")?;
        if self.replies.len() >= MAX_REPLIES {
            return Err(DomainError::rule(format!(
                "this ticket has {MAX_REPLIES} replies: open another one to go on"
            )));
        }
        let reply = TicketReply {
            id,
            message: message.unwrap_or_default(),
            author: author.unwrap_or_default(),
            created_at: at,
        };
        Ok(vec![TicketEvent::Replied(Box::new(TicketReplied { reply, at }))])
    }

    fn must_not_be_closed(&self, consequence: &str) -> Result<(), DomainError> {
        if self.status == TicketStatus::Closed {
            Err(DomainError::rule(format!("this ticket is closed: {consequence}")))
        } else {
            Ok(())
        }
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: TicketEvent) {
        self.updated_at = event.at();
        match event {
            TicketEvent::Created(created) => {
                let TicketCreated { number, client, department, subject, message, priority, at } = *created;
                *self = Self {
                    number,
                    client,
                    department,
                    subject,
                    message,
                    priority,
                    created_at: at,
                    updated_at: at,
                    ..Self::default()
                };
            }
            TicketEvent::Updated(patch) => {
                self.client = patch.client.unwrap_or(self.client);
                patch.department.apply(&mut self.department);
                if let Some(subject) = patch.subject {
                    self.subject = subject;
                }
                if let Some(message) = patch.message {
                    self.message = message;
                }
                self.priority = patch.priority.unwrap_or(self.priority);
                if let Some(status) = patch.status {
                    (self.status, self.closed_at) = (status, None);
                }
            }
            TicketEvent::Replied(replied) => self.replies.push(replied.reply),
            TicketEvent::Closed(closed) => {
                (self.status, self.closed_at) = (TicketStatus::Closed, Some(closed.at));
            }
            TicketEvent::Deleted(_) => self.deleted = true,
        }
    }
}

fn create(draft: TicketDraft) -> Decision {
    let mut errors = FieldErrors::new();
    let subject = errors.check("subject", text::required_line(&draft.subject, MAX_SUBJECT));
    let message = errors.check("message", text::required_text(&draft.message, MAX_MESSAGE));
    errors.into_result(vec![TicketEvent::Created(Box::new(TicketCreated {
        number: Number::PENDING,
        client: draft.client,
        department: draft.department,
        subject: subject.unwrap_or_default(),
        message: message.unwrap_or_default(),
        priority: draft.priority,
        at: draft.at,
    }))])
}
