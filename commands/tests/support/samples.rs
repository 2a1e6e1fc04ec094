//! What the tests of the write side and of the read side send.

use jiff::Timestamp;
use rust_decimal::Decimal;
use sunledger_commands::{Actor, Context};
use sunledger_domain::invoice::{InvoiceCommand, InvoiceDraft, LineDraft, NewPayment};
use sunledger_domain::value::{CalendarDate, Currency};
use sunledger_domain::{NumberSeries, TenantId};
use uuid::Uuid;

pub(crate) fn now() -> Timestamp {
    "2026-03-10T15:00:00Z".parse().unwrap()
}

pub(crate) fn today() -> CalendarDate {
    CalendarDate::parse("2026-03-10").unwrap()
}

pub(crate) fn context() -> Context {
    Context {
        tenant: TenantId::new("acme").unwrap(),
        actor: Actor::system("test"),
        surface: "test",
        request_id: "request-1".into(),
        now: now(),
        if_match: None,
        idempotency: None,
    }
}

pub(crate) fn invoice(client_id: Uuid, issue: bool) -> InvoiceCommand {
    InvoiceCommand::Create(Box::new(InvoiceDraft {
        client_id,
        project_id: None,
        invoice_number: None,
        series: NumberSeries::new("INV-", 4).unwrap(),
        currency: Currency::parse("BRL").unwrap(),
        issue_date: today(),
        due_date: today().plus_days(30),
        lines: vec![LineDraft {
            description: "Solar panels".into(),
            quantity: Decimal::from(10),
            unit_price: Decimal::from(100),
            tax_rate: Decimal::ZERO,
        }],
        discount: None,
        notes: None,
        terms: None,
        issue,
        plan: None,
        today: today(),
        at: now(),
    }))
}

pub(crate) fn payment(amount: i64) -> InvoiceCommand {
    InvoiceCommand::RecordPayment(Box::new(NewPayment {
        payment_id: Uuid::now_v7(),
        amount: Decimal::from(amount),
        date: today(),
        method: None,
        reference: None,
        today: today(),
        at: now(),
    }))
}
