//! The events of what only the back office keeps.

use super::*;
use crate::lead::{Lead, LeadCommand, LeadDetails};
use crate::quote::{Quote, QuoteCommand, QuoteDraft, QuotePatch};
use crate::record::{ACCOUNT, CATEGORY, DEPARTMENT};
use crate::reference::Reference;
use crate::ticket::{Ticket, TicketCommand, TicketDraft, TicketPatch, TicketPriority, TicketStatus};
use crate::transaction::{
    Booking, Direction, NewTransaction, Transaction, TransactionCommand, TransactionPatch,
};

fn reference(number: i64) -> Reference {
    Reference { id: id(u8::try_from(number).unwrap()), number }
}

pub(super) fn all(samples: &mut Samples) {
    transaction(samples);
    quote(samples);
    ticket(samples);
    lead(samples);
    record(
        samples,
        &ACCOUNT,
        json!({ "name": "Main account", "account_number": "0001-9", "description": "Current account" }),
        json!({ "name": "Till", "account_number": null }),
    );
    record(
        samples,
        &CATEGORY,
        json!({ "name": "General", "type": "Income", "description": "All else" }),
        json!({ "type": null }),
    );
    record(
        samples,
        &DEPARTMENT,
        json!({ "name": "Support", "email": "support@example.com", "description": "First level" }),
        json!({ "email": null }),
    );
}

fn transaction(samples: &mut Samples) {
    let new = NewTransaction {
        booking: Booking { direction: Direction::Income, amount: number("1500"), date: day("2024-01-15") },
        currency: Currency::BRL,
        account: reference(1),
        category: Some(reference(2)),
        description: some("Website Development Payment"),
        invoice: Some(reference(3)),
        at: at(0),
    };
    let patch = TransactionPatch {
        direction: Some(Direction::Expense),
        amount: Some(number("12.5")),
        date: Some(day("2024-01-16")),
        account: Some(reference(4)),
        category: Change::Clear,
        description: Change::Clear,
        at: at(1),
    };
    let free = NewTransaction { invoice: None, ..new.clone() };
    samples.story(Transaction::decide, vec![TransactionCommand::Create(Box::new(new))]);
    let commands = vec![
        TransactionCommand::Create(Box::new(free)),
        TransactionCommand::Update(Box::new(patch)),
        TransactionCommand::Delete { at: at(2) },
    ];
    samples.story(Transaction::decide, commands);
}

fn quote(samples: &mut Samples) {
    let line = LineDraft {
        description: "Consulting Services".to_owned(),
        quantity: number("1"),
        unit_price: number("2000"),
        tax_rate: number("18"),
    };
    let draft = QuoteDraft {
        client: reference(1),
        currency: Currency::BRL,
        valid_until: day("2024-02-15"),
        lines: vec![line.clone()],
        notes: some("Valid for 30 days"),
        at: at(0),
    };
    let patch = QuotePatch {
        client: Some(reference(2)),
        valid_until: Some(day("2024-03-15")),
        lines: Some(vec![LineDraft { quantity: number("2"), ..line }]),
        notes: Change::Clear,
        at: at(1),
    };
    let commands = vec![
        QuoteCommand::Create(Box::new(draft.clone())),
        QuoteCommand::Update(Box::new(patch)),
        QuoteCommand::Convert { invoice_id: id(9), at: at(2) },
    ];
    samples.story(Quote::decide, commands);
    let commands = vec![QuoteCommand::Create(Box::new(draft)), QuoteCommand::Delete { at: at(3) }];
    samples.story(Quote::decide, commands);
}

fn ticket(samples: &mut Samples) {
    let draft = TicketDraft {
        client: reference(1),
        department: Some(reference(2)),
        subject: "Technical Support Required".to_owned(),
        message: "Need assistance with installation".to_owned(),
        priority: TicketPriority::High,
        at: at(0),
    };
    let patch = TicketPatch {
        client: Some(reference(3)),
        department: Change::Clear,
        subject: some("Inverter is silent"),
        message: some("Since Monday"),
        priority: Some(TicketPriority::Urgent),
        status: Some(TicketStatus::Pending),
        at: at(1),
    };
    let reply = TicketCommand::Reply {
        reply_id: id(7),
        message: "We are on our way".to_owned(),
        author: "Maria".to_owned(),
        at: at(2),
    };
    let commands = vec![
        TicketCommand::Create(Box::new(draft)),
        TicketCommand::Update(Box::new(patch)),
        reply,
        TicketCommand::Close { at: at(3) },
        TicketCommand::Delete { at: at(4) },
    ];
    samples.story(Ticket::decide, commands);
}

fn lead(samples: &mut Samples) {
    let details = LeadDetails {
        first_name: "John".to_owned(),
        last_name: "Smith".to_owned(),
        email: Some(email("john@example.com")),
        company: some("Acme Corp"),
        phone: Some(phone("1234567890")),
        source: some("Website"),
    };
    let commands = vec![
        LeadCommand::Create { details: Box::new(details), at: at(0) },
        LeadCommand::Convert { client_id: id(5), at: at(1) },
    ];
    samples.story(Lead::decide, commands);
}
