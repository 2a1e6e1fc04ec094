//! The work that all contenders do: changes to invoices. Shared, as a file, with the peers outside the workspace.
//!
//! A command replaces the notes of a draft. Its event has about 600 bytes, as a payment's has, but the invoice stays as
//! large as it was: whoever is faster would otherwise work on ever longer documents, and be slower for it.

use jiff::Timestamp;
use rust_decimal::Decimal;
use std::sync::atomic::{AtomicU64, Ordering};
use sunledger_domain::NumberSeries;
use sunledger_domain::invoice::{InvoiceCommand, InvoiceDraft, InvoicePatch, LineDraft};
use sunledger_domain::value::{CalendarDate, Change, Currency};
use uuid::Uuid;

/// Events of an invoice before the measurement begins: created, and four changes.
pub(crate) const HISTORY: i64 = 5;

/// Distinguishes one change from the next: what changes nothing is no event.
static CHANGES: AtomicU64 = AtomicU64::new(0);

/// The day of the benchmark.
fn today() -> CalendarDate {
    CalendarDate::parse("2026-03-10").unwrap_or_default()
}

/// Makes a draft.
pub(crate) fn create() -> InvoiceCommand {
    InvoiceCommand::Create(Box::new(InvoiceDraft {
        client_id: Uuid::nil(),
        project_id: None,
        invoice_number: Some(Uuid::now_v7().simple().to_string()),
        series: NumberSeries { prefix: "INV-".into(), width: 4 },
        currency: Currency::parse("BRL").unwrap_or_default(),
        issue_date: today(),
        due_date: today().plus_days(30),
        lines: vec![LineDraft {
            description: "Solar plant, turnkey".into(),
            quantity: Decimal::from(3),
            unit_price: Decimal::from(12_500),
            tax_rate: Decimal::ZERO,
        }],
        discount: None,
        notes: None,
        terms: None,
        issue: false,
        plan: None,
        today: today(),
        at: Timestamp::UNIX_EPOCH,
    }))
}

/// Changes a draft; the event has about 600 bytes.
pub(crate) fn change() -> InvoiceCommand {
    InvoiceCommand::Update(Box::new(InvoicePatch { notes: Change::Set(notes()), ..InvoicePatch::default() }))
}

/// What a change writes.
pub(crate) fn notes() -> String {
    format!(
        "Visit {:012}: modules and inverters as offered, string plan attached; the grid operator's approval is awaited. \
         The roof was measured again and two modules were moved to the carport, which changes neither the yield nor \
         the price. Delivery is planned for the second half of the month, mounting takes three days and needs \
         scaffolding on the street side, for which the city's permit is on file. Payment within thirty days of \
         commissioning, by bank transfer to the account named below, with the invoice's number as the reference.",
        CHANGES.fetch_add(1, Ordering::Relaxed)
    )
}

/// The median and the 99th percentile of latencies in microseconds.
pub(crate) fn percentiles(latencies: &mut [u32]) -> (u32, u32) {
    latencies.sort_unstable();
    let at = |percent: usize| latencies.get(latencies.len() * percent / 100).copied().unwrap_or_default();
    (at(50), at(99))
}
