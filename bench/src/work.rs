//! The work that all contenders do: payments on invoices. Shared, as a file, with the peers outside the workspace.

use jiff::Timestamp;
use rust_decimal::Decimal;
use sunledger_domain::NumberSeries;
use sunledger_domain::invoice::{InvoiceCommand, InvoiceDraft, LineDraft, NewPayment};
use sunledger_domain::value::{CalendarDate, Currency};
use uuid::Uuid;

/// Events of an invoice before the measurement begins: created, sent, and three payments.
pub(crate) const HISTORY: i64 = 5;

/// The day of the benchmark.
fn today() -> CalendarDate {
    CalendarDate::parse("2026-03-10").unwrap_or_default()
}

/// Makes and sends an invoice so large that no payment of the run settles it.
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
            quantity: Decimal::from(1000),
            unit_price: Decimal::from(1_000_000),
            tax_rate: Decimal::ZERO,
        }],
        discount: None,
        notes: None,
        terms: None,
        issue: true,
        plan: None,
        today: today(),
        at: Timestamp::UNIX_EPOCH,
    }))
}

/// A payment whose event has about 600 bytes.
pub(crate) fn pay() -> InvoiceCommand {
    InvoiceCommand::RecordPayment(Box::new(NewPayment {
        payment_id: Uuid::now_v7(),
        amount: Decimal::new(1, 2),
        date: today(),
        method: Some("bank transfer, matched automatically by its text".into()),
        reference: Some(
            "RF18 5390 0754 7034 - payment received by bank transfer, matched automatically against the open balance \
             of the invoice by amount and reference; ordered by the client's own bank on the same day."
                .into(),
        ),
        today: today(),
        at: Timestamp::UNIX_EPOCH,
    }))
}

/// The median and the 99th percentile of latencies in microseconds.
pub(crate) fn percentiles(latencies: &mut [u32]) -> (u32, u32) {
    latencies.sort_unstable();
    let at = |percent: usize| latencies.get(latencies.len() * percent / 100).copied().unwrap_or_default();
    (at(50), at(99))
}
