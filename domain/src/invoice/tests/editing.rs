//! Changing drafts.

use super::*;

fn update(invoice: &Invoice, patch: InvoicePatch) -> Result<Vec<InvoiceEvent>, DomainError> {
    invoice.decide(InvoiceCommand::Update(Box::new(patch)))
}

fn updated(patch: InvoicePatch) -> InvoiceUpdated {
    match update(&after([made()]), patch).unwrap().as_slice() {
        [InvoiceEvent::Updated(updated)] => (**updated).clone(),
        other => panic!("{other:?}"),
    }
}

fn then(patch: InvoicePatch) -> Invoice {
    after([made(), InvoiceCommand::Update(Box::new(patch))])
}

#[test]
fn new_lines_bring_new_amounts() {
    let lines = Some(vec![line("Web Development", "50", "125.00", "10")]);
    let changed = updated(InvoicePatch { lines: lines.clone(), ..InvoicePatch::default() });
    let totals = changed.totals.unwrap();
    assert_eq!(
        (totals.subtotal, totals.tax_total, totals.total),
        (number("6250"), number("625"), number("6875"))
    );
    assert_eq!(changed.lines.unwrap()[0].amount, number("6250"));
    let invoice = then(InvoicePatch { lines, at: at(5), ..InvoicePatch::default() });
    assert_eq!((invoice.total, invoice.balance, invoice.updated_at), (number("6875"), number("6875"), at(5)));
    assert_eq!((invoice.status, invoice.created_at), (InvoiceStatus::Draft, at(0)));
}

#[test]
fn an_update_tells_only_what_changed() {
    let changed = updated(InvoicePatch {
        client_id: Some(id(1)),
        due_date: Some(day("2026-04-15")),
        issue_date: Some(day(ISSUED)),
        currency: Some(Currency::USD),
        lines: Some(draft().lines),
        notes: Change::Set("Thank you for your business ".to_owned()),
        terms: Change::Clear,
        discount: Change::Clear,
        at: at(5),
        ..InvoicePatch::default()
    });
    let expected = InvoiceUpdated {
        due_date: Some(day("2026-04-15")),
        terms: Change::Clear,
        at: at(5),
        ..InvoiceUpdated::default()
    };
    assert_eq!(changed, expected);
}

#[test]
fn an_update_that_changes_nothing_is_no_event() {
    let invoice = after([made()]);
    assert_eq!(update(&invoice, InvoicePatch { at: at(5), ..InvoicePatch::default() }), Ok(vec![]));
    let same = InvoicePatch {
        invoice_number: some("INV-0007"),
        lines: Some(draft().lines),
        ..InvoicePatch::default()
    };
    assert_eq!(update(&invoice, same), Ok(vec![]));
}

#[test]
fn every_field_can_change() {
    let invoice = then(InvoicePatch {
        client_id: Some(id(2)),
        project_id: Change::Set(id(3)),
        invoice_number: some("FAT-1"),
        currency: Some(Currency::BRL),
        issue_date: Some(day("2026-03-03")),
        due_date: Some(day("2026-05-01")),
        lines: Some(vec![line("Panels", "2", "10", "0")]),
        discount: Change::Set(Discount::Percent(number("50"))),
        notes: Change::Clear,
        terms: Change::Set("At once".to_owned()),
        at: at(5),
    });
    let expected = Invoice {
        number: Number(7),
        invoice_number: Text::given("FAT-1"),
        client_id: id(2),
        project_id: Some(id(3)),
        currency: Currency::BRL,
        issue_date: day("2026-03-03"),
        due_date: day("2026-05-01"),
        lines: invoice.lines.clone(),
        discount: Some(Discount::Percent(number("50"))),
        subtotal: number("20"),
        tax_total: number("0"),
        discount_total: number("10"),
        total: number("10"),
        balance: number("10"),
        terms: some("At once"),
        created_at: at(0),
        updated_at: at(5),
        ..Invoice::default()
    };
    assert_eq!(invoice, expected);
    assert_eq!((invoice.lines.len(), invoice.lines[0].amount), (1, number("20")));
}

#[test]
fn another_currency_rounds_every_line_anew() {
    let draft = InvoiceDraft { lines: vec![line("A", "1", "10.555", "10")], ..draft() };
    let yen = InvoicePatch { currency: Some(Currency::parse("JPY").unwrap()), ..InvoicePatch::default() };
    let before = after([InvoiceCommand::Create(Box::new(draft.clone()))]);
    assert_eq!(before.total.to_string(), "11.62");
    let invoice = after([InvoiceCommand::Create(Box::new(draft)), InvoiceCommand::Update(Box::new(yen))]);
    assert_eq!(
        (invoice.total.to_string(), invoice.lines[0].amount.to_string()),
        ("12".to_owned(), "11".to_owned())
    );
}

#[test]
fn a_discount_in_force_still_counts_after_the_lines_change() {
    let draft = InvoiceDraft { discount: Some(Discount::Amount(number("100"))), ..draft() };
    let cheaper = |price: &str| InvoicePatch {
        lines: Some(vec![line("A", "1", price, "0")]),
        ..InvoicePatch::default()
    };
    let invoice = after([InvoiceCommand::Create(Box::new(draft))]);
    assert_eq!(wrong_fields(update(&invoice, cheaper("99.99"))), ["discount"]);
    assert!(update(&invoice, cheaper("100")).is_ok());
}

#[test]
fn wrong_fields_are_named_and_dates_checked_together() {
    let patch = InvoicePatch {
        issue_date: Some(day("2026-04-02")),
        lines: Some(vec![]),
        invoice_number: Some("x".repeat(61)),
        notes: Change::Set("x".repeat(5_001)),
        terms: Change::Set("\u{7}".to_owned()),
        ..InvoicePatch::default()
    };
    assert_eq!(
        wrong_fields(update(&after([made()]), patch)),
        ["due_date", "invoice_number", "lines", "notes", "terms"]
    );
}

#[tokio::test]
async fn only_a_draft_can_be_changed() {
    for status in InvoiceStatus::ALL.into_iter().filter(|status| *status != InvoiceStatus::Draft) {
        let message = broken_rule(update(&in_status(status), InvoicePatch::default()));
        assert!(message.contains("draft") && message.contains(&status.to_string()), "{message}");
    }
    TestFramework::<Invoice>::with(())
        .given(create(InvoiceDraft { issue: true, ..draft() }).unwrap())
        .when_async(InvoiceCommand::Update(Box::default()))
        .await
        .then_expect_error_message("only a draft can be changed; this invoice is sent");
}
