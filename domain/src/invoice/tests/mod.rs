//! The rules of invoices, told as stories: the helpers here, one file a part of the life.

mod creating;
mod editing;
mod energy;
mod lifecycle;
mod numbering;
mod payments;
mod properties;

use super::*;
use crate::numbering::NumberSeries;
use crate::testing::*;
use crate::value::Change;
use crate::{DomainError, FieldErrors};
use cqrs_es::test::TestFramework;

const ISSUED: &str = "2026-03-02";
const DUE: &str = "2026-04-01";
const LATE: &str = "2026-04-02";

/// The invoice of the invoicing document: 40 hours at 125.00, 10 percent tax, 5500.00 in all.
fn draft() -> InvoiceDraft {
    InvoiceDraft {
        client_id: id(1),
        project_id: None,
        invoice_number: None,
        series: NumberSeries::default(),
        currency: Currency::USD,
        issue_date: day(ISSUED),
        due_date: day(DUE),
        lines: vec![line("Web Development", "40", "125.00", "10")],
        discount: None,
        notes: some("Thank you for your business"),
        terms: some("Payment due within 30 days"),
        issue: false,
        plan: None,
        today: day(ISSUED),
        at: at(0),
    }
}

fn line(description: &str, quantity: &str, unit_price: &str, tax_rate: &str) -> LineDraft {
    LineDraft {
        description: description.to_owned(),
        quantity: number(quantity),
        unit_price: number(unit_price),
        tax_rate: number(tax_rate),
    }
}

fn create(draft: InvoiceDraft) -> Result<Vec<InvoiceEvent>, DomainError> {
    Invoice::default().decide(InvoiceCommand::Create(Box::new(draft)))
}

/// The invoice after these commands, each of them read back from the log. The first one makes it.
fn after(commands: impl IntoIterator<Item = InvoiceCommand>) -> Invoice {
    let mut invoice = Invoice::default();
    for command in commands {
        let events = invoice.decide(command).unwrap();
        events.iter().for_each(|event| invoice.evolve(logged(event)));
    }
    invoice
}

fn made() -> InvoiceCommand {
    InvoiceCommand::Create(Box::new(draft()))
}

fn send() -> InvoiceCommand {
    InvoiceCommand::Send { via_email: true, today: day(ISSUED), at: at(1) }
}

fn view() -> InvoiceCommand {
    InvoiceCommand::MarkViewed { at: at(2) }
}

fn grow_overdue() -> InvoiceCommand {
    InvoiceCommand::MarkOverdue { today: day(LATE), at: at(3) }
}

fn pay(payment: u8, amount: &str) -> InvoiceCommand {
    pay_on(payment, amount, ISSUED)
}

fn pay_on(payment: u8, amount: &str, today: &str) -> InvoiceCommand {
    InvoiceCommand::RecordPayment(Box::new(NewPayment {
        payment_id: id(payment),
        amount: number(amount),
        date: day(today),
        method: some("pix"),
        reference: None,
        today: day(today),
        at: at(10),
    }))
}

fn reverse(payment: u8) -> InvoiceCommand {
    reverse_on(payment, ISSUED)
}

fn reverse_on(payment: u8, today: &str) -> InvoiceCommand {
    InvoiceCommand::ReversePayment { payment_id: id(payment), today: day(today), at: at(20) }
}

fn cancel() -> InvoiceCommand {
    InvoiceCommand::Cancel { reason: some("ordered twice"), at: at(30) }
}

fn delete() -> InvoiceCommand {
    InvoiceCommand::Delete { at: at(40) }
}

/// An invoice in every status, by way of real commands.
fn in_status(status: InvoiceStatus) -> Invoice {
    let invoice = match status {
        InvoiceStatus::Draft => after([made()]),
        InvoiceStatus::Sent => after([made(), send()]),
        InvoiceStatus::Viewed => after([made(), send(), view()]),
        InvoiceStatus::PartiallyPaid => after([made(), send(), pay(1, "500.00")]),
        InvoiceStatus::Paid => after([made(), send(), pay(1, "5500.00")]),
        InvoiceStatus::Overdue => after([made(), send(), grow_overdue()]),
        InvoiceStatus::Cancelled => after([made(), send(), cancel()]),
    };
    assert_eq!(invoice.status, status);
    invoice
}

/// The names of the events that a command makes happen.
fn told(events: &[InvoiceEvent]) -> Vec<&'static str> {
    events.iter().map(InvoiceEvent::name).collect()
}

const NO_INVOICE: DomainError = DomainError::NotFound { what: "invoice" };
