//! Bills posted and cancelled.

use super::*;

fn documents_bill() -> ConsumerUnitCommand {
    ConsumerUnitCommand::PostBill(Box::new(PostBill { invoice_id: id(9), bill: march(), at: at(10) }))
}

#[test]
fn the_documents_bill_is_billed_with_its_figures() {
    let unit = after([]);
    let events = unit.decide(documents_bill()).unwrap();
    let told = billed(&events);
    assert_eq!(told.invoice_id, id(9));
    assert_eq!(told.billing.terms, unit.profile.terms());
    assert_eq!(told.billing.savings_before, number("4540.339327442"));
    assert_eq!(told.billing.figures.total_due, number("1043.707628928"));
    assert_eq!(told.billing.figures.savings_total, number("4801.266234674"));
    let unit = with(&unit, documents_bill());
    assert_eq!(unit.savings_total(), Ok(number("4801.266234674")));
    let bill = unit.bill_of(month("03/2024")).unwrap();
    assert_eq!((bill.invoice_id, bill.amount_charged), (id(9), number("1043.71")));
    assert_eq!(unit.updated_at, at(10));
}

#[test]
fn a_month_is_billed_once_unless_its_invoice_was_cancelled() {
    let unit = after([bill("03/2024", 9)]);
    let message = broken_rule(unit.decide(bill("03/2024", 10)));
    assert!(message.contains(&id(9).to_string()) && message.contains("03/2024"), "{message}");
    broken_rule(unit.decide(bill("04/2024", 9)));
    let again = with(&with(&unit, cancel(9)), bill("03/2024", 10));
    assert_eq!(again.bill_of(month("03/2024")).unwrap().invoice_id, id(10));
    assert_eq!(again.decide(cancel(9)), Err(DomainError::NotFound { what: "bill" }));
}

#[test]
fn a_cancelled_bill_leaves_no_trace_in_the_state() {
    let before = after([
        discount(3, "03/2024", reais("1000.00"), true),
        discount(4, "03/2024", percent("10"), false),
        charge(5, "03/2024", percent("5")),
        ConsumerUnitCommand::ReceiveCredits {
            power_plant_id: id(2),
            competence: month("01/2024"),
            energy: number("700"),
            at: at(1),
        },
    ]);
    let billed = with(&before, bill("03/2024", 9));
    assert_ne!(billed, before);
    let cancelled = with(&billed, cancel(9));
    assert_eq!(cancelled, ConsumerUnit { updated_at: cancelled.updated_at, ..before });
}

#[test]
fn wrong_bills_are_refused_with_every_wrong_field() {
    let bill = BillDraft {
        consumption: number("-1"),
        tariff: number("-1"),
        next_reading: day("2024-01-01"),
        ..march()
    };
    let post = PostBill { invoice_id: id(9), bill, at: at(1) };
    assert_eq!(
        wrong_fields(after([]).decide(ConsumerUnitCommand::PostBill(Box::new(post)))),
        ["consumption", "next_reading", "tariff"]
    );
    let fine = BillDraft {
        consumption: number("123456789.123456789012345"),
        compensable_tariff: number("0.934551959999999812"),
        ..march()
    };
    let post = PostBill { invoice_id: id(9), bill: fine, at: at(1) };
    let refused = after([]).decide(ConsumerUnitCommand::PostBill(Box::new(post)));
    assert_eq!(wrong_fields(refused), ["compensable_tariff"]);
}

#[test]
fn other_terms_count_from_the_next_bill_on() {
    let patch = UnitPatch {
        discount_rate: Some(Fraction::parse("0.5").unwrap()),
        pay_dealership_bill: Some(true),
        at: at(15),
        ..UnitPatch::default()
    };
    let unit = after([bill("03/2024", 9), ConsumerUnitCommand::Update(Box::new(patch)), bill("04/2024", 10)]);
    let charged = |text: &str| unit.bill_of(month(text)).unwrap().amount_charged;
    assert_eq!(charged("03/2024"), number("800.00"));
    assert_eq!(charged("04/2024"), number("2127.58"));
}

#[test]
fn savings_add_up_over_the_bills_that_stand() {
    let unit = after([bill("03/2024", 9), bill("01/2024", 10), bill("02/2024", 11), cancel(10)]);
    assert_eq!(unit.savings_total(), Ok(number("4940.339327442")));
    let months: Vec<String> = unit.bills.iter().map(|bill| bill.competence.to_string()).collect();
    assert_eq!(months, ["02/2024", "03/2024"], "kept in the order of the months");
}

#[test]
fn what_was_saved_so_far_stands_in_the_way_of_no_bill() {
    let savings =
        UnitPatch { opening_savings: Some(Reais::parse("999999999999.5").unwrap()), ..UnitPatch::default() };
    let noisy = BillDraft { compensable_tariff: number("0.934551959999999812"), ..march() };
    let post = PostBill { invoice_id: id(9), bill: noisy, at: at(1) };
    let unit = after([
        ConsumerUnitCommand::Update(Box::new(savings)),
        ConsumerUnitCommand::PostBill(Box::new(post)),
        bill("04/2024", 10),
    ]);
    assert_eq!(unit.bills[0].savings, number("260.9269072319999475104"));
    assert_eq!(unit.savings_total(), Ok(number("1000000000460.4269072319999475")));
}

#[test]
fn the_history_has_every_month_billed_or_not() {
    let unit = after([bill("12/2023", 9), bill("02/2024", 10)]);
    let history: Vec<String> = unit
        .history(month("02/2024"), 4)
        .into_iter()
        .map(|(month, kwh)| format!("{month} {}", kwh.map_or("-".to_owned(), |kwh| kwh.to_string())))
        .collect();
    assert_eq!(history, ["11/2023 -", "12/2023 5000", "01/2024 -", "02/2024 5000"]);
}
