//! A log in a temporary folder, a clock that stands, and the commands that the tests send.

use jiff::Timestamp;
use rust_decimal::Decimal;
use std::sync::Arc;
use sunledger_commands::{Actor, Clock, Commands, Context, Idempotency, NoReadSide};
use sunledger_domain::TenantId;
use sunledger_domain::client::{ClientCommand, ClientDraft};
use sunledger_domain::invoice::{InvoiceCommand, InvoiceDraft, LineDraft, NewPayment};
use sunledger_domain::value::{CalendarDate, Currency};
use sunledger_store::{Backend, Log, StoreSettings};
use uuid::Uuid;

pub(crate) const NOW: &str = "2026-03-10T15:00:00Z";

pub(crate) struct FixedClock(pub(crate) Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A log of its own; the folder goes with it.
pub(crate) struct World {
    pub(crate) settings: StoreSettings,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings::new(Backend::Sqlite { folder: folder.path().to_owned() });
        Self { settings, _folder: folder }
    }

    /// A server of its own on that log, with caches of its own.
    pub(crate) async fn server(&self) -> Commands {
        let log = Log::open(&self.settings).await.unwrap();
        Commands::new(log, Arc::new(FixedClock(now())), Arc::new(NoReadSide))
    }
}

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
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

pub(crate) fn with_key(key: &str, fingerprint: u8) -> Context {
    let idempotency = Some(Idempotency { key: key.into(), fingerprint: [fingerprint; 32] });
    Context { idempotency, ..context() }
}

pub(crate) fn client(name: &str) -> ClientCommand {
    ClientCommand::Create(Box::new(ClientDraft {
        name: name.to_owned(),
        at: now(),
        ..ClientDraft::default()
    }))
}

pub(crate) fn invoice(client_id: Uuid, issue: bool) -> InvoiceCommand {
    InvoiceCommand::Create(Box::new(InvoiceDraft {
        client_id,
        project_id: None,
        invoice_number: None,
        series: sunledger_domain::NumberSeries::new("INV-", 4).unwrap(),
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
