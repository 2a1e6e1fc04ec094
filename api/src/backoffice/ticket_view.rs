//! How a ticket is printed.

use super::time;
use crate::csv::CsvRow;
use serde::Serialize;
use sunledger_domain::ticket::{Ticket, TicketPriority, TicketReply, TicketStatus};
use utoipa::ToSchema;
use uuid::Uuid;

/// What each status is called here.
pub(super) const STATUSES: [(&str, TicketStatus); 3] =
    [("Open", TicketStatus::Open), ("Closed", TicketStatus::Closed), ("Pending", TicketStatus::Pending)];

/// What each priority is called here.
pub(super) const PRIORITIES: [(&str, TicketPriority); 4] = [
    ("Low", TicketPriority::Low),
    ("Medium", TicketPriority::Medium),
    ("High", TicketPriority::High),
    ("Urgent", TicketPriority::Urgent),
];

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Ticket)]
pub struct TicketView {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    /// Its id elsewhere.
    uuid: Uuid,
    /// Who asks, by number.
    #[schema(example = 1)]
    customer_id: i64,
    /// Who asks, by the id on the other surfaces.
    customer_uuid: Uuid,
    /// What it is about.
    #[schema(example = "Technical Support Required")]
    subject: String,
    /// What is asked.
    #[schema(example = "Need assistance with installation")]
    message: String,
    /// Who is to answer, by number.
    #[schema(example = 1)]
    department_id: Option<i64>,
    /// `Low`, `Medium`, `High` or `Urgent`.
    #[schema(example = "High")]
    priority: &'static str,
    /// `Open`, `Pending` or `Closed`.
    #[schema(example = "Open")]
    status: &'static str,
    /// What was answered, in order.
    replies: Vec<ReplyView>,
    /// When it was closed.
    #[schema(format = DateTime)]
    closed_at: Option<String>,
    /// When it was opened.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    created_at: String,
    /// When something last happened to it.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    updated_at: String,
}

/// An answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Reply)]
pub struct ReplyView {
    /// Its id.
    id: Uuid,
    /// The ticket's number; left out where the reply is shown with its ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    ticket_id: Option<i64>,
    /// What was answered.
    #[schema(example = "We are on our way")]
    message: String,
    /// By whom.
    #[schema(example = "Maria")]
    author: String,
    /// When.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    created_at: String,
}

impl ReplyView {
    pub(super) fn new(reply: &TicketReply, ticket_id: Option<i64>) -> Self {
        Self {
            id: reply.id,
            ticket_id,
            message: reply.message.clone(),
            author: reply.author.clone(),
            created_at: time(reply.created_at),
        }
    }
}

impl TicketView {
    /// A ticket, printed.
    pub fn new(id: Uuid, ticket: &Ticket) -> Self {
        Self {
            id: ticket.number.get(),
            uuid: id,
            customer_id: ticket.client.number,
            customer_uuid: ticket.client.id,
            subject: ticket.subject.clone(),
            message: ticket.message.clone(),
            department_id: ticket.department.map(|department| department.number),
            priority: name(&PRIORITIES, ticket.priority),
            status: name(&STATUSES, ticket.status),
            replies: ticket.replies.iter().map(|reply| ReplyView::new(reply, None)).collect(),
            closed_at: ticket.closed_at.map(time),
            created_at: time(ticket.created_at),
            updated_at: time(ticket.updated_at),
        }
    }
}

fn name<T: PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    names.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| *name)
}

impl CsvRow for TicketView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "uuid",
        "customer_id",
        "customer_uuid",
        "subject",
        "message",
        "department_id",
        "priority",
        "status",
        "replies",
        "closed_at",
        "created_at",
        "updated_at",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{CLIENT, INVOICE, at};
    use sunledger_domain::Number;
    use sunledger_domain::reference::Reference;

    #[test]
    fn a_ticket_prints_as_it_came_in_with_its_replies() {
        let reply = TicketReply {
            id: INVOICE,
            message: "We are on our way".to_owned(),
            author: "Maria".to_owned(),
            created_at: at("2024-01-15T11:00:00Z"),
        };
        let ticket = Ticket {
            number: Number(1),
            client: Reference { id: CLIENT, number: 1 },
            department: Some(Reference { id: INVOICE, number: 1 }),
            subject: "Technical Support Required".to_owned(),
            message: "Need assistance with installation".to_owned(),
            priority: TicketPriority::High,
            replies: vec![reply],
            created_at: at("2024-01-15T10:00:00Z"),
            updated_at: at("2024-01-15T11:00:00Z"),
            ..Ticket::default()
        };
        let view = TicketView::new(INVOICE, &ticket);
        crate::csv::assert_columns(&view, &[]);
        insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
    }

    #[test]
    fn every_status_and_priority_has_a_name() {
        for status in [TicketStatus::Open, TicketStatus::Pending, TicketStatus::Closed] {
            assert_eq!(name(&STATUSES, status).to_lowercase(), status.as_str());
        }
        assert_eq!(name(&PRIORITIES, TicketPriority::default()), "Medium");
    }
}
