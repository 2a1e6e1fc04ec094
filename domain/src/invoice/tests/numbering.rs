//! The numbers and names that invoices claim.

use super::*;
use crate::entity::{Label, Name, SeriesClaim};
use crate::plan::PlanSlot;

fn name(text: &str) -> Name {
    Name { scope: INVOICE_NUMBER, name: text.to_owned() }
}

fn claims(invoice: &Invoice, command: InvoiceCommand) -> Claims {
    claims_of(invoice, &invoice.decide(command).unwrap())
}

fn series(claims: &Claims) -> Vec<&SeriesClaim> {
    assert!(claims.series.iter().all(|(event, _)| *event == 0), "all go into invoice.created");
    claims.series.iter().map(|(_, claim)| claim).collect()
}

#[test]
fn a_new_invoice_claims_its_number_and_the_next_label_of_the_series() {
    let series_of = NumberSeries::new("FAT-", 6).unwrap();
    let draft = InvoiceDraft { series: series_of, issue: true, ..draft() };
    let claims = claims(&Invoice::default(), InvoiceCommand::Create(Box::new(draft)));
    let [number, label] = series(&claims)[..] else { panic!("{claims:?}") };
    assert_eq!(
        (number.series.as_str(), number.field, &number.label),
        ("number:invoice", Some("number"), &None)
    );
    assert_eq!((label.series.as_str(), label.field), ("label:FAT-", Some("invoice_number")));
    assert_eq!(label.label, Some(Label { prefix: "FAT-".to_owned(), width: 6, scope: INVOICE_NUMBER }));
    assert!(claims.take.is_empty() && claims.release.is_empty());
}

#[test]
fn a_given_number_is_taken_instead() {
    let draft = InvoiceDraft { invoice_number: some(" INV-0042 "), ..draft() };
    let claims = claims(&Invoice::default(), InvoiceCommand::Create(Box::new(draft.clone())));
    assert_eq!((claims.take.as_slice(), series(&claims).len()), ([name("INV-0042")].as_slice(), 1));
    let events = create(draft).unwrap();
    let InvoiceEvent::Created(created) = &events[0] else { panic!("{events:?}") };
    assert_eq!((created.invoice_number.as_str(), &created.series), ("INV-0042", &None));
}

#[test]
fn a_limited_plan_counts_the_invoice() {
    let slot = PlanSlot { series: "plan:invoices:2026-03".to_owned(), max: Some(100) };
    let draft = InvoiceDraft { plan: Some(slot), ..draft() };
    let claims = claims(&Invoice::default(), InvoiceCommand::Create(Box::new(draft)));
    let slot = series(&claims)[2];
    assert_eq!((slot.series.as_str(), slot.max, slot.field), ("plan:invoices:2026-03", Some(100), None));
    assert!(slot.refusal.contains("plan"));
}

#[test]
fn another_number_gives_the_old_one_back() {
    let renumber = |number: &str| {
        InvoiceCommand::Update(Box::new(InvoicePatch {
            invoice_number: some(number),
            ..InvoicePatch::default()
        }))
    };
    let moved = claims(&after([made()]), renumber("INV-0099"));
    assert_eq!((moved.take, moved.release), (vec![name("INV-0099")], vec![name("INV-0007")]));
    let other = InvoicePatch { notes: Change::Clear, ..InvoicePatch::default() };
    assert_eq!(claims(&after([made()]), InvoiceCommand::Update(Box::new(other))), Claims::default());
}

#[test]
fn a_deleted_invoice_gives_its_number_back_unless_it_was_sent() {
    assert_eq!(claims(&after([made()]), delete()).release, [name("INV-0007")]);
    assert_eq!(claims(&after([made(), cancel()]), delete()).release, [name("INV-0007")]);
    assert_eq!(claims(&after([made(), send(), cancel()]), delete()), Claims::default());
}

#[test]
fn the_rest_of_its_life_claims_nothing() {
    for (status, command) in [
        (InvoiceStatus::Draft, send()),
        (InvoiceStatus::Sent, view()),
        (InvoiceStatus::Sent, pay(1, "5500")),
        (InvoiceStatus::Paid, reverse(1)),
        (InvoiceStatus::Sent, grow_overdue()),
        (InvoiceStatus::Sent, cancel()),
    ] {
        assert_eq!(claims(&in_status(status), command), Claims::default());
    }
}

#[test]
fn a_series_out_of_range_is_refused() {
    let series = NumberSeries { prefix: "x".repeat(21), width: 4 };
    assert_eq!(wrong_fields(create(InvoiceDraft { series, ..draft() })), ["invoice_number"]);
}
