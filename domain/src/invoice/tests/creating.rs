//! Making invoices: their arithmetic and what is refused.

use super::*;
use crate::value::{Percent, Quantity, UnitPrice};

fn totals(draft: InvoiceDraft) -> (String, String, String, String) {
    let invoice = after([InvoiceCommand::Create(Box::new(draft))]);
    let text = |amount: Decimal| amount.to_string();
    assert_eq!((invoice.paid.is_zero(), invoice.balance), (true, invoice.total));
    (text(invoice.subtotal), text(invoice.tax_total), text(invoice.discount_total), text(invoice.total))
}

fn sums(subtotal: &str, tax: &str, discount: &str, total: &str) -> (String, String, String, String) {
    (subtotal.to_owned(), tax.to_owned(), discount.to_owned(), total.to_owned())
}

fn messages(result: Result<Vec<InvoiceEvent>, DomainError>) -> FieldErrors {
    match result {
        Err(DomainError::Invalid(errors)) => errors,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_draft_is_made_with_its_amounts_computed() {
    let created = InvoiceCreated {
        number: Number::PENDING,
        invoice_number: Text::pending(),
        series: Some(NumberSeries::default()),
        client_id: id(1),
        project_id: None,
        currency: Currency::USD,
        issue_date: day(ISSUED),
        due_date: day(DUE),
        lines: vec![Line {
            description: "Web Development".to_owned(),
            quantity: Quantity::parse("40").unwrap(),
            unit_price: UnitPrice::parse("125").unwrap(),
            tax_rate: Percent::parse("10").unwrap(),
            amount: number("5000.00"),
            tax: number("500.00"),
        }],
        discount: None,
        totals: Totals {
            subtotal: number("5000"),
            tax_total: number("500"),
            discount_total: number("0"),
            total: number("5500"),
        },
        notes: some("Thank you for your business"),
        terms: some("Payment due within 30 days"),
        counted_in: None,
        energy: None,
        at: at(0),
    };
    TestFramework::<Invoice>::with(())
        .given_no_previous_events()
        .when_async(made())
        .await
        .then_expect_events(vec![InvoiceEvent::Created(Box::new(created))]);
}

#[test]
fn the_published_totals_come_out() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/vectors.json")).unwrap();
    let vectors = vectors["invoicing_totals"].as_array().unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let text = |field: &str| vector[field].to_string();
        let lines = vec![line("Web Development", &text("qty"), &text("unit"), &text("tax"))];
        let invoice = after([InvoiceCommand::Create(Box::new(InvoiceDraft { lines, ..draft() }))]);
        assert_eq!(invoice.total, number(&text("total")));
        if !vector["subtotal"].is_null() {
            assert_eq!(
                (invoice.subtotal, invoice.tax_total),
                (number(&text("subtotal")), number(&text("taxTotal")))
            );
        }
    }
}

#[test]
fn every_line_is_rounded_half_away_from_zero_before_it_is_summed() {
    // 3 x 0.335 = 1.005 -> 1.01; its tax of 12.5 % is 0.12625 -> 0.13. Summed unrounded it would be 3.02 and 0.38.
    let lines = vec![line("A", "3", "0.335", "12.5"); 3];
    assert_eq!(totals(InvoiceDraft { lines, ..draft() }), sums("3.03", "0.39", "0.00", "3.42"));
}

#[test]
fn amounts_have_the_decimals_of_the_currency() {
    let lines = vec![line("A", "1.5", "100.333", "10")];
    for (code, expected) in [
        ("JPY", sums("150", "15", "0", "165")),
        ("BRL", sums("150.50", "15.05", "0.00", "165.55")),
        ("KWD", sums("150.500", "15.050", "0.000", "165.550")),
    ] {
        let currency = Currency::parse(code).unwrap();
        assert_eq!(totals(InvoiceDraft { lines: lines.clone(), currency, ..draft() }), expected, "{code}");
    }
}

#[test]
fn a_discount_is_an_amount_or_a_percentage_of_the_subtotal() {
    let with = |discount| totals(InvoiceDraft { discount: Some(discount), ..draft() });
    assert_eq!(with(Discount::Amount(number("100.5"))), sums("5000.00", "500.00", "100.50", "5399.50"));
    assert_eq!(with(Discount::Percent(number("10"))), sums("5000.00", "500.00", "500.00", "5000.00"));
    assert_eq!(with(Discount::Percent(number("0.0033"))), sums("5000.00", "500.00", "0.17", "5499.83"));
    assert_eq!(with(Discount::Amount(number("5500"))), sums("5000.00", "500.00", "5500.00", "0.00"));
    assert_eq!(with(Discount::Amount(number("0"))), sums("5000.00", "500.00", "0.00", "5500.00"));
}

#[test]
fn a_discount_out_of_range_is_refused() {
    for discount in [
        Discount::Amount(number("5500.01")),
        Discount::Amount(number("-1")),
        Discount::Amount(number("1.001")),
        Discount::Percent(number("100.1")),
        Discount::Percent(number("-5")),
    ] {
        let errors = messages(create(InvoiceDraft { discount: Some(discount), ..draft() }));
        assert_eq!(names(&errors), ["discount"], "{discount:?}");
    }
    let errors =
        messages(create(InvoiceDraft { discount: Some(Discount::Amount(number("6000"))), ..draft() }));
    assert!(errors.to_string().contains("5500.00 USD"), "the message names the most: {errors}");
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let draft = InvoiceDraft {
        due_date: day("2026-03-01"),
        invoice_number: some(" "),
        lines: vec![
            line("Right", "1", "1", "0"),
            line("", "0", "-1", "101"),
            line("Also right", "1", "1", "0"),
            line("Too fine", "0.0000001", "1", "0"),
        ],
        discount: Some(Discount::Percent(number("200"))),
        notes: Some("x".repeat(5_001)),
        terms: some("a\0b"),
        ..draft()
    };
    assert_eq!(
        wrong_fields(create(draft)),
        [
            "discount",
            "due_date",
            "invoice_number",
            "lines[1].description",
            "lines[1].quantity",
            "lines[1].tax_rate",
            "lines[1].unit_price",
            "lines[3].quantity",
            "notes",
            "terms",
        ]
    );
}

#[test]
fn an_invoice_has_one_to_a_thousand_lines() {
    let with = |count| create(InvoiceDraft { lines: vec![line("A", "1", "1", "0"); count], ..draft() });
    assert_eq!(wrong_fields(with(0)), ["lines"]);
    assert_eq!(wrong_fields(with(1_001)), ["lines"]);
    assert!(with(1).is_ok());
    assert!(with(1_000).is_ok());
}

#[test]
fn amounts_too_large_to_be_exact_are_refused() {
    let with = |lines| create(InvoiceDraft { lines, ..draft() });
    let large = line("A", "1000000000", "1000000", "0");
    assert_eq!(wrong_fields(with(vec![large])), ["lines[0]"]);
    let almost = line("A", "1000000000", "999999.999999", "0");
    let invoice =
        after([InvoiceCommand::Create(Box::new(InvoiceDraft { lines: vec![almost.clone()], ..draft() }))]);
    assert_eq!(invoice.total.to_string(), "999999999999000.00");
    assert_eq!(wrong_fields(with(vec![almost.clone(), almost.clone()])), ["lines"], "the sum");
    assert_eq!(
        wrong_fields(with(vec![LineDraft { tax_rate: number("1"), ..almost }])),
        ["lines"],
        "with the tax"
    );
    assert_eq!(wrong_fields(with(vec![line("A", "1000000000", "1000000000000", "100")])), ["lines[0]"]);
    let huge = LineDraft { quantity: Decimal::MAX, unit_price: Decimal::MIN, ..line("A", "1", "1", "1") };
    assert_eq!(wrong_fields(with(vec![huge])), ["lines[0].quantity", "lines[0].unit_price"]);
}

#[test]
fn due_on_the_day_of_issue_is_early_enough() {
    assert!(create(InvoiceDraft { due_date: day(ISSUED), ..draft() }).is_ok());
}

#[test]
fn an_invoice_can_be_issued_as_it_is_made() {
    let events = create(InvoiceDraft { issue: true, ..draft() }).unwrap();
    assert_eq!(told(&events), ["invoice.created", "invoice.sent"]);
    let invoice: Invoice = given(events);
    assert_eq!(
        (invoice.status, invoice.sent_at, invoice.sent_via_email),
        (InvoiceStatus::Sent, Some(at(0)), false)
    );
    let late = create(InvoiceDraft { issue: true, today: day(LATE), ..draft() }).unwrap();
    assert_eq!(told(&late), ["invoice.created", "invoice.sent", "invoice.overdue"]);
}

#[tokio::test]
async fn an_invoice_is_made_once() {
    for status in InvoiceStatus::ALL {
        let message = broken_rule(in_status(status).decide(made()));
        assert!(message.contains("exists"), "{message}");
    }
    let gone = after([made(), delete()]);
    broken_rule(gone.decide(made()));
    TestFramework::<Invoice>::with(())
        .given(create(draft()).unwrap())
        .when_async(made())
        .await
        .then_expect_error(DomainError::rule("this invoice exists already"));
}
