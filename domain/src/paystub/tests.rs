use super::*;
use crate::record::Unknown;
use crate::testing::*;
use crate::value::Change;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// The paystub that the commissions document posts.
fn sample() -> Value {
    let line = |customer: &str, pay_type: &str, related: &str, total: i64| {
        json!({ "customer_name": customer, "pay_type": pay_type, "related_scpf_id": related,
            "sales_professional_id": "40", "total_this_period": total })
    };
    json!({
        "pay_date": "2025-10-15", "sales_professional_id": "40", "total_this_period": 6777,
        "scpfs": {
            "1": line("George Harper", "Closer Override", "77133", 830),
            "2": line("Kenneth Bowman", "Closer Override", "77132", 820),
            "3": line("Kenneth Bowman", "M2 & M3", "77125", 5127),
        },
        "period_start_date": "2025-10-01", "period_end_date": "2025-10-15",
        "gross_pay": 5000, "net_pay": 4000, "deductions": 100_000,
    })
}

fn with(more: Value) -> PaystubFields {
    let mut fields = sample().as_object().cloned().unwrap();
    fields.extend(more.as_object().cloned().unwrap());
    PaystubFields::of(PAYSTUB.check(fields, false, Unknown::Reject).unwrap()).unwrap()
}

fn patch(fields: Value) -> Box<PaystubPatch> {
    let fields = fields.as_object().cloned().unwrap();
    Box::new(PaystubPatch::of(PAYSTUB.check(fields, true, Unknown::Reject).unwrap()).unwrap())
}

fn create(fields: PaystubFields) -> PaystubCommand {
    PaystubCommand::Create { custom_id: None, fields: Box::new(fields), at: at(0) }
}

fn made(fields: PaystubFields) -> Paystub {
    given(Paystub::default().decide(create(fields)).unwrap())
}

fn changed(paystub: &Paystub, fields: Value) -> Paystub {
    let mut after = paystub.clone();
    let events = after.decide(PaystubCommand::Update { patch: patch(fields), at: at(1) }).unwrap();
    events.iter().for_each(|event| after.evolve(logged(event)));
    after
}

#[test]
fn the_documents_sample_is_kept_in_dollars() {
    let paystub = made(with(json!({})));
    assert!(paystub.exists());
    assert_eq!((paystub.number, paystub.public_id()), (Number(7), "000007".to_owned()));
    let fields = &paystub.fields;
    assert_eq!(fields.total_this_period, number("6777"));
    assert_eq!(fields.sum_of_lines(), Some(number("6777")));
    assert_eq!(fields.deductions, Some(number("1000")), "100000 is 100 times what gross and net say");
    let printed = PAYSTUB.print(serde_json::to_value(fields).unwrap().as_object().unwrap());
    assert_eq!(printed["total_this_period"].to_string(), "6777.00");
    assert_eq!(printed["deductions"].to_string(), "1000.00");
    assert_eq!(printed["scpfs"]["3"]["total_this_period"].to_string(), "5127.00");
    assert_eq!(printed["pay_date"], json!({ "_seconds": 1_760_486_400, "_nanoseconds": 0 }));
    assert_eq!(printed.len(), 9, "every field of the document");
}

#[test]
fn an_amount_is_in_cents_only_where_it_is_exactly_a_hundred_times_what_adds_up() {
    for (total, deductions, kept_total, kept_deductions) in [
        ("677700", "100000", "6777", "1000"),
        ("6777", "1000", "6777", "1000"),
        ("677700.01", "100000.01", "677700.01", "100000.01"),
        ("677699", "99999", "677699", "99999"),
        ("-677700", "-100000", "-677700", "-100000"),
        ("0", "0", "0", "0"),
    ] {
        let amount = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let more = json!({ "total_this_period": amount(total), "deductions": amount(deductions) });
        let fields = made(with(more)).fields;
        assert_eq!(fields.total_this_period, number(kept_total), "{total}");
        assert_eq!(fields.deductions, Some(number(kept_deductions)), "{deductions}");
    }
    let without_net = made(with(json!({ "net_pay": null })));
    assert_eq!(without_net.fields.deductions, Some(number("100000")), "nothing says that these are cents");
}

#[test]
fn an_update_judges_the_amounts_that_it_names_by_what_will_be_there() {
    let paystub = made(with(json!({})));
    let line = json!({ "1": { "customer_name": "Updated Customer", "pay_type": "Updated Payment",
        "related_scpf_id": "77134", "sales_professional_id": "40", "total_this_period": 90_000 } });
    let sample =
        changed(&paystub, json!({ "pay_date": "2025-10-20", "total_this_period": 750_000, "scpfs": line }));
    assert_eq!(sample.fields.total_this_period, number("750000"), "the document's sample does not add up");
    assert_eq!(sample.fields.scpfs["1"].total_this_period, number("90000"), "a line is in dollars");
    let in_cents = changed(&sample, json!({ "total_this_period": 9_000_000 }));
    assert_eq!(in_cents.fields.total_this_period, number("90000"));
    let cents = changed(&paystub, json!({ "gross_pay": 3000, "net_pay": 2500, "deductions": 50_000 }));
    assert_eq!(cents.fields.deductions, Some(number("500")));
    let mut smaller = line.clone();
    smaller["1"]["total_this_period"] = serde_json::from_str("67.77").unwrap();
    let kept = changed(&paystub, json!({ "scpfs": smaller }));
    assert_eq!(
        kept.fields.total_this_period,
        number("6777"),
        "what is kept is in dollars, whatever the lines"
    );
    assert_eq!(changed(&paystub, json!({ "gross_pay": null })).fields.gross_pay, None);
}

#[test]
fn an_update_tells_only_what_changed() {
    let paystub = made(with(json!({})));
    let update = |fields| paystub.decide(PaystubCommand::Update { patch: patch(fields), at: at(1) }).unwrap();
    assert_eq!(update(json!({})), []);
    assert_eq!(update(sample()), [], "the same again is no news");
    let PaystubEvent::Updated(updated) = &update(json!({ "net_pay": null, "total_this_period": 1 }))[0]
    else {
        panic!("an update")
    };
    let expected = PaystubPatch {
        total_this_period: Some(Decimal::ONE),
        net_pay: Change::Clear,
        ..PaystubPatch::default()
    };
    assert_eq!(updated.fields, expected);
}

#[test]
fn a_paystub_has_lines() {
    for wrong in [json!({}), json!([]), json!(null), json!({ "1": {} })] {
        let mut fields = sample().as_object().cloned().unwrap();
        fields.insert("scpfs".to_owned(), wrong);
        let errors = PAYSTUB.check(fields, false, Unknown::Reject).unwrap_err();
        assert!(names(&errors).iter().all(|name| name.starts_with("scpfs")), "{errors}");
    }
    let none = PaystubFields { scpfs: Default::default(), ..with(json!({})) };
    assert_eq!(wrong_fields(Paystub::default().decide(create(none))), ["scpfs"]);
}

#[test]
fn a_clawback_is_a_line_below_zero() {
    let mut lines = sample()["scpfs"].clone();
    lines["4"] = lines["1"].clone();
    lines["4"]["total_this_period"] = json!(-200);
    let paystub = made(with(json!({ "scpfs": lines, "total_this_period": 6577 })));
    assert_eq!(paystub.fields.sum_of_lines(), Some(paystub.fields.total_this_period));
}

#[test]
fn ids_are_claimed_and_given_back() {
    let command = PaystubCommand::Create {
        custom_id: some("paystub-789"),
        fields: Box::new(with(json!({}))),
        at: at(0),
    };
    let events = Paystub::default().decide(command).unwrap();
    let claims = claims_of(&Paystub::default(), &events);
    assert_eq!(claims.take[0].name, "paystub:paystub-789");
    assert_eq!(claims.series[0].1.series, "number:paystub");
    assert_eq!(filled::<Paystub>(&events), given(events.clone()));
    let paystub: Paystub = given(events);
    assert_eq!(paystub.public_id(), "paystub-789");
    let deleted = paystub.decide(PaystubCommand::Delete { at: at(1) }).unwrap();
    assert_eq!(claims_of(&paystub, &deleted).release[0].name, "paystub:paystub-789");
    let plain = Paystub::default().decide(create(with(json!({})))).unwrap();
    assert_eq!(filled::<Paystub>(&plain), given(plain.clone()));
    let wrong = PaystubCommand::Create { custom_id: some("a/b"), fields: Box::default(), at: at(0) };
    assert_eq!(wrong_fields(Paystub::default().decide(wrong)), ["custom_id", "scpfs"]);
}

#[test]
fn a_deleted_paystub_is_gone() {
    let mut paystub = made(with(json!({})));
    let events = paystub.decide(PaystubCommand::Delete { at: at(1) }).unwrap();
    events.into_iter().for_each(|event| paystub.evolve(event));
    assert!(paystub.deleted && !paystub.exists());
    for missing in [Paystub::default(), paystub.clone()] {
        for command in [
            PaystubCommand::Delete { at: at(2) },
            PaystubCommand::Update { patch: patch(json!({})), at: at(2) },
        ] {
            assert_eq!(missing.decide(command), Err(DomainError::NotFound { what: "paystub" }));
        }
    }
    broken_rule(paystub.decide(create(with(json!({})))));
}

proptest! {
    #[test]
    fn an_amount_is_kept_in_dollars_or_as_it_was_sent(
        lines in prop::collection::vec(-1_000_000_i64..1_000_000, 1..5), total in -1_000_000_i64..1_000_000, hundred in any::<bool>(),
    ) {
        let sum: Decimal = lines.iter().map(|cents| Decimal::new(*cents, 2)).sum();
        let sent = if hundred { sum * Decimal::ONE_HUNDRED } else { Decimal::new(total, 2) };
        let mut fields = with(json!({}));
        fields.scpfs = lines.iter().enumerate().map(|(key, cents)| {
            let line = PaystubLine { total_this_period: Decimal::new(*cents, 2), ..PaystubLine::default() };
            (key.to_string(), line)
        }).collect();
        fields.total_this_period = sent;
        let kept = made(fields).fields.total_this_period;
        prop_assert_eq!(kept, if sent == sum * Decimal::ONE_HUNDRED { sum } else { sent });
    }
}
