//! The rules of tickets.

use super::*;
use crate::testing::*;
use crate::value::Change;

fn draft() -> TicketDraft {
    TicketDraft {
        client: Reference { id: id(1), number: 1 },
        department: Some(Reference { id: id(2), number: 1 }),
        subject: " Technical Support Required ".to_owned(),
        message: "Need assistance with installation".to_owned(),
        priority: TicketPriority::High,
        at: at(0),
    }
}

fn create(draft: TicketDraft) -> Decision {
    Ticket::default().decide(TicketCommand::Create(Box::new(draft)))
}

fn made() -> Ticket {
    given(create(draft()).unwrap())
}

fn update(patch: TicketPatch) -> TicketCommand {
    TicketCommand::Update(Box::new(TicketPatch { at: at(1), ..patch }))
}

fn status(status: TicketStatus) -> TicketPatch {
    TicketPatch { status: Some(status), ..TicketPatch::default() }
}

fn reply(last: u8) -> TicketCommand {
    let message = "We are on our way".to_owned();
    TicketCommand::Reply { reply_id: id(last), message, author: "Maria".to_owned(), at: at(2) }
}

fn told(ticket: &mut Ticket, command: TicketCommand) -> Vec<&'static str> {
    let events = ticket.decide(command).unwrap();
    let names = events.iter().map(TicketEvent::name).collect();
    events.into_iter().for_each(|event| ticket.evolve(logged(&event)));
    names
}

#[test]
fn a_new_ticket_is_open() {
    let ticket = made();
    assert_eq!((ticket.number, ticket.status), (Number(7), TicketStatus::Open));
    assert_eq!(ticket.subject, "Technical Support Required");
    let wrong = TicketDraft { subject: "x".repeat(201), message: " ".to_owned(), ..draft() };
    assert_eq!(wrong_fields(create(wrong)), ["message", "subject"]);
}

#[test]
fn what_the_log_gave_can_be_filled_in_instead_of_folding_again() {
    let events = create(draft()).unwrap();
    assert_eq!(filled::<Ticket>(&events), given(events));
}

#[test]
fn an_update_tells_only_what_changed() {
    let mut ticket = made();
    let patch = TicketPatch {
        client: Some(ticket.client),
        department: Change::Clear,
        priority: Some(TicketPriority::High),
        status: Some(TicketStatus::Pending),
        ..TicketPatch::default()
    };
    let events = ticket.decide(update(patch.clone())).unwrap();
    let expected = TicketPatch { client: None, priority: None, at: at(1), ..patch.clone() };
    assert_eq!(events, [TicketEvent::Updated(Box::new(expected))]);
    told(&mut ticket, update(patch.clone()));
    assert_eq!((ticket.status, ticket.department), (TicketStatus::Pending, None));
    assert_eq!(told(&mut ticket, update(patch)), [""; 0], "again is no news");
    let wrong = TicketPatch { subject: some(""), message: some(""), ..TicketPatch::default() };
    assert_eq!(wrong_fields(ticket.decide(update(wrong))), ["message", "subject"]);
}

#[test]
fn a_reply_is_kept_and_a_closed_ticket_takes_none() {
    let mut ticket = made();
    assert_eq!(told(&mut ticket, reply(7)), ["ticket.replied"]);
    assert_eq!((ticket.replies.len(), ticket.status), (1, TicketStatus::Open));
    told(&mut ticket, TicketCommand::Close { at: at(3) });
    assert_eq!(ticket.closed_at, Some(at(3)));
    broken_rule(ticket.decide(reply(8)));
    broken_rule(ticket.decide(TicketCommand::Close { at: at(4) }));
    broken_rule(ticket.decide(update(TicketPatch { subject: some("Else"), ..TicketPatch::default() })));
    assert_eq!(told(&mut ticket, update(status(TicketStatus::Closed))), [""; 0], "closed it is");
}

#[test]
fn a_closed_ticket_can_be_opened_again() {
    let mut ticket = made();
    let closed = TicketPatch { subject: some("Else"), ..status(TicketStatus::Closed) };
    assert_eq!(told(&mut ticket, update(closed)), ["ticket.updated", "ticket.closed"]);
    let open = TicketPatch { subject: some("Again"), ..status(TicketStatus::Open) };
    assert_eq!(told(&mut ticket, update(open)), ["ticket.updated"]);
    assert_eq!((ticket.status, ticket.closed_at), (TicketStatus::Open, None));
    told(&mut ticket, reply(8));
}

#[test]
fn a_conversation_ends_somewhere() {
    let mut ticket = made();
    for last in 0..MAX_REPLIES {
        told(&mut ticket, reply(u8::try_from(last % 250).unwrap()));
    }
    assert!(broken_rule(ticket.decide(reply(251))).contains("1000 replies"));
}

#[test]
fn what_is_deleted_is_gone() {
    let mut ticket = made();
    told(&mut ticket, TicketCommand::Delete { at: at(2) });
    for command in [
        TicketCommand::Delete { at: at(3) },
        TicketCommand::Close { at: at(3) },
        reply(1),
        update(status(TicketStatus::Open)),
    ] {
        assert_eq!(ticket.decide(command), Err(DomainError::NotFound { what: "ticket" }));
    }
    broken_rule(ticket.decide(TicketCommand::Create(Box::new(draft()))));
}
