//! The contract's vectors, and what must hold whatever the figures are.

use super::*;
use crate::overrides::{Override, OverrideFields};
use crate::paystub::{Paystub, PaystubFields, PaystubLine};
use crate::record::{Record, SCPF, Unknown};
use crate::testing::*;
use crate::{DomainError, Number};
use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::HashMap;

fn inputs(fields: Value) -> Inputs {
    let fields = fields.as_object().cloned().unwrap();
    Inputs::of(CALCULATION.check(fields, false, Unknown::Reject).unwrap()).unwrap()
}

fn calculated(fields: Value) -> Commission {
    calculate(&inputs(fields)).unwrap()
}

fn json_number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn so_much_per_watt() {
    let done = calculated(json!({ "rate_ppw": json_number("0.35"), "kw": 10 }));
    assert_eq!((done.gross, done.total), (Some(number("3500")), Some(number("3500"))));
}

#[test]
fn a_setter_is_paid_by_the_kilowatt() {
    let done = calculated(json!({ "pkw": 250, "kw": 10 }));
    assert_eq!((done.lead_pay, done.total, done.gross), (Some(number("2500")), Some(number("2500")), None));
}

#[test]
fn an_advance_over_the_total_is_clawed_back() {
    let done = calculated(json!({ "m1": 1000, "total": 800, "pay_type": "M2 & M3" }));
    let milestones = done.milestones.unwrap();
    assert_eq!(milestones.clawback, number("-200"));
    assert_eq!((milestones.m2, milestones.m3), (Decimal::ZERO, Decimal::ZERO));
    assert_eq!(done.total_this_period, Some(number("-200")));
}

#[test]
fn m2_brings_what_was_paid_to_its_share_and_m3_is_the_rest() {
    for share in [json!(null), json_number("0.8")] {
        let done = calculated(json!({ "total": 5000, "m1": 1000, "m2_pct": share }));
        let milestones = done.milestones.unwrap();
        assert_eq!((milestones.m2, milestones.m3), (number("3000"), number("1000")));
        assert_eq!(milestones.clawback, Decimal::ZERO);
        for (pay_type, due) in [
            ("M1", Some("1000")),
            ("m2", Some("3000")),
            ("M2 & M3", Some("4000")),
            ("M1/M2/M3", Some("5000")),
            ("Closer Override", None),
            ("M22", None),
        ] {
            assert_eq!(milestones.due(pay_type), due.map(number), "{pay_type}");
        }
    }
}

#[test]
fn what_was_paid_of_a_milestone_is_not_paid_again() {
    let done = calculated(json!({ "total": 5000, "m1": 1000, "m2_paid": 2500 }));
    let milestones = done.milestones.unwrap();
    assert_eq!((milestones.m2, milestones.m3), (number("500"), number("1000")));
    let cancelled = calculated(json!({ "total": 0, "m1": 1000, "m2_paid": 3000 }));
    assert_eq!(cancelled.milestones.unwrap().clawback, number("-4000"));
}

#[test]
fn the_redline_is_what_there_is_no_commission_for() {
    let done = calculated(json!({
        "contract": 27625, "adders": 0, "dealer_fee": 0, "kw": json_number("8.5"), "redline": json_number("2.75"),
    }));
    assert_eq!((done.net_ppw, done.gross), (Some(number("3.25")), Some(number("4250"))));
    let step = |name: &str| done.steps.iter().find(|step| step.name == name).unwrap();
    assert_eq!(step("net_ppw").formula, "(contract − dealer_fee − adders) / (kw × 1000)");
    let named: Vec<&str> = step("gross").inputs.iter().map(|input| input.name).collect();
    assert_eq!(named, ["net_ppw", "redline", "kw"]);
    let by_watt = calculated(
        json!({ "customer_ppw": json_number("3.25"), "kw": json_number("8.5"), "redline": json_number("2.75") }),
    );
    assert_eq!(by_watt.gross, Some(number("4250")));
}

#[test]
fn the_rep_gets_a_part_less_what_is_deducted() {
    let done = calculated(json!({
        "contract": 30000, "dealer_fee": 1500, "adders": 500, "kw": 7, "redline": 3, "split": json_number("0.5"),
        "lead_deduction": 250, "override": 100, "fees": json_number("33.335"),
    }));
    assert_eq!(done.net_ppw, Some(number("4")));
    assert_eq!(done.gross, Some(number("7000")));
    assert_eq!(done.rep, Some(number("3116.67")), "rounded half away from zero");
    let order: Vec<&str> = done.steps.iter().map(|step| step.name).collect();
    assert_eq!(order, ["net_ppw", "gross", "rep", "clawback", "m2", "m3"]);
    assert!(done.inputs.iter().any(|input| input.name == "m2_pct" && input.value == M2_SHARE));
}

#[test]
fn a_quotient_that_does_not_end_spoils_nothing() {
    let done = calculated(json!({ "contract": 10000, "kw": 3, "redline": 1 }));
    assert_eq!(done.net_ppw, Some(number("3.333333333333")));
    assert_eq!(done.gross, Some(number("7000")));
}

#[test]
fn what_is_missing_for_a_total_is_named() {
    let missing = |fields| calculated(fields).missing;
    assert_eq!(missing(json!({})), ["kw", "contract", "redline"]);
    assert_eq!(missing(json!({ "contract": 1, "kw": 1 })), ["redline"]);
    assert_eq!(missing(json!({ "rate_ppw": 1 })), ["kw"]);
    assert_eq!(missing(json!({ "customer_ppw": 1, "redline": 1 })), ["kw"]);
    let part = calculated(json!({ "contract": 27625, "kw": 10 }));
    assert_eq!((part.net_ppw, part.total), (Some(number("2.7625")), None));
}

#[test]
fn what_cannot_be_computed_is_refused() {
    assert_eq!(wrong_fields(calculate(&inputs(json!({ "kw": 0, "contract": 1, "redline": 1 })))), ["kw"]);
    let vast = inputs(json!({
        "customer_ppw": json_number("999999999999999.999999"), "kw": json_number("999999999.999999"), "redline": 1,
    }));
    assert_eq!(wrong_fields(calculate(&vast)), ["inputs"]);
    for wrong in [
        json!({ "split": json_number("1.1") }),
        json!({ "m2_pct": 80 }),
        json!({ "kw": -1 }),
        json!({ "foo": 1 }),
    ] {
        let fields = wrong.as_object().cloned().unwrap();
        assert!(CALCULATION.check(fields, false, Unknown::Reject).is_err(), "{wrong}");
    }
}

#[test]
fn every_other_name_leads_to_an_input() {
    for (also, name) in ALIASES {
        assert!(CALCULATION.field(name).is_some() && CALCULATION.field(also).is_none(), "{also}");
    }
}

/// An SCPF of person 40.
fn scpf(id: &str, pay_type: &str, closed: &str, install: &str, amount: &str) -> Record {
    let fields = json!({
        "closed_date": closed, "install": install, "pay_type": pay_type, "total_this_period": json_number(amount),
        "closer": "C", "closer_id": "1", "customer_name": format!("Customer {id}"), "lead_name": "L",
        "lead_rep_id": "2", "paystubId": "p", "sales_professional_id": "40", "scpf_id": id,
        "customer_ppw": json_number("3.25"), "system_size": json_number("8.5"), "redline": json_number("2.75"),
    });
    let fields = SCPF.check(fields.as_object().cloned().unwrap(), false, Unknown::Reject).unwrap();
    let fields = fields.as_map().clone();
    Record { kind: "scpf".into(), number: Number(1), custom_id: some(id), fields, ..Record::default() }
}

fn over(id: &str, manager: &str, date: &str, amount: &str) -> Override {
    let fields = OverrideFields {
        amount: number(amount),
        customer_name: format!("Customer {id}"),
        date_paid: instant(date),
        manager_id: manager.to_owned(),
        rep_id: "41".to_owned(),
        rep_name: "Rep".to_owned(),
    };
    Override { number: Number(1), custom_id: some(id), fields, ..Override::default() }
}

fn instant(day: &str) -> Timestamp {
    format!("{day}T00:00:00Z").parse().unwrap()
}

fn terms() -> BuildTerms {
    BuildTerms {
        sales_professional_id: "40".to_owned(),
        period_start_date: instant("2025-10-01"),
        period_end_date: instant("2025-10-15"),
        pay_date: instant("2025-10-20"),
        deductions: number("100"),
    }
}

fn paystub_of(lines: &[(&str, &str, &str)]) -> Paystub {
    let line = |(related, pay_type, amount): &(&str, &str, &str)| PaystubLine {
        pay_type: (*pay_type).to_owned(),
        related_scpf_id: (*related).to_owned(),
        sales_professional_id: "40".to_owned(),
        total_this_period: number(amount),
        customer_name: "C".to_owned(),
    };
    let scpfs = lines.iter().zip(1..).map(|(given, key)| (format!("{key}"), line(given))).collect();
    let fields = PaystubFields { sales_professional_id: "40".to_owned(), scpfs, ..PaystubFields::default() };
    Paystub { number: Number(1), fields, ..Paystub::default() }
}

#[test]
fn an_scpf_explains_itself() {
    let done =
        calculate(&Inputs::of_scpf(&scpf("1", "M2 & M3", "2025-01-01", "2025-01-02", "5").fields)).unwrap();
    assert_eq!((done.gross, done.total), (Some(number("4250")), Some(number("4250"))));
    assert_eq!(done.total_this_period, Some(number("4250")), "nothing is known of an advance");
}

#[test]
fn a_paystub_holds_what_is_due_in_its_period() {
    let mut builder = Builder::new(terms()).unwrap();
    for scpf in [
        scpf("late", "M2 & M3", "2025-10-01", "2025-10-15", "500"),
        scpf("advance", "M1", "2025-10-02", "2025-12-01", "1000.50"),
        scpf("before", "M2", "2025-10-02", "2025-09-30", "7"),
        scpf("after", "M2", "2025-10-02", "2025-10-16", "7"),
        scpf("negative", "Clawback", "2025-09-01", "2025-10-03", "-200"),
    ] {
        builder.scpf(&scpf).unwrap();
    }
    let mut foreign = scpf("foreign", "M2", "2025-10-02", "2025-10-02", "7");
    foreign.fields.insert("sales_professional_id".into(), json!("41"));
    builder.scpf(&foreign).unwrap();
    builder.over(&over("o-1", "40", "2025-10-04", "30")).unwrap();
    builder.over(&over("o-2", "41", "2025-10-04", "30")).unwrap();
    let built = builder.build().unwrap();
    let lines: Vec<_> = built
        .fields
        .scpfs
        .values()
        .map(|line| (line.related_scpf_id.as_str(), line.pay_type.as_str()))
        .collect();
    assert_eq!(
        lines,
        [("advance", "M1"), ("negative", "Clawback"), ("override:o-1", "Override"), ("late", "M2 & M3")]
    );
    assert_eq!(built.fields.total_this_period, number("1330.50"));
    assert_eq!(built.fields.gross_pay, Some(number("1330.50")));
    assert_eq!(
        (built.fields.deductions, built.fields.net_pay),
        (Some(number("100")), Some(number("1230.50")))
    );
    assert_eq!(built.lines[2].origin, Origin::of_override("o-1"));
    assert!(built.passed_over.is_empty());
}

#[test]
fn nothing_is_paid_twice_and_what_was_paid_too_much_is_taken_back() {
    let mut builder = Builder::new(terms()).unwrap();
    builder.paid(&paystub_of(&[
        ("same", "M1", "100"),
        ("less", "M1", "1000"),
        ("override:o-1", "Override", "30"),
    ]));
    builder.paid(&paystub_of(&[("settled", "M1", "1000"), ("settled", "Clawback", "-200")]));
    let mut foreign = paystub_of(&[("new", "M1", "50")]);
    foreign.fields.sales_professional_id = "41".to_owned();
    builder.paid(&foreign);
    for scpf in [
        scpf("same", "M1", "2025-10-02", "2025-10-02", "100"),
        scpf("less", "M1", "2025-08-02", "2025-10-02", "800"),
        scpf("settled", "M1", "2025-10-02", "2025-10-02", "800"),
        scpf("new", "M1", "2025-10-02", "2025-10-02", "50"),
    ] {
        builder.scpf(&scpf).unwrap();
    }
    builder.over(&over("o-1", "40", "2025-10-04", "30")).unwrap();
    let built = builder.build().unwrap();
    let lines: Vec<_> = built.lines.iter().map(|line| (line.origin.id.as_str(), line.amount)).collect();
    assert_eq!(lines, [("less", number("-200")), ("new", number("50"))]);
    assert_eq!(built.fields.scpfs["1"].pay_type, CLAWBACK);
    let passed: Vec<&str> = built.passed_over.iter().map(|passed| passed.origin.id.as_str()).collect();
    assert_eq!(passed, ["same", "settled", "o-1"]);
    assert_eq!(built.passed_over[0].reason, Reason::Paid(number("100")));
}

#[test]
fn a_build_needs_a_period_and_something_due_in_it() {
    let wrong = BuildTerms { period_end_date: instant("2025-09-30"), deductions: number("-1"), ..terms() };
    assert_eq!(wrong_fields(Builder::new(wrong).map(|_| ())), ["deductions", "period_end_date"]);
    let one_day = BuildTerms { period_end_date: instant("2025-10-01"), ..terms() };
    let message = broken_rule(Builder::new(one_day).unwrap().build());
    assert_eq!(message, "nothing is due to 40 from 2025-10-01 to 2025-10-01");
    let mut builder = Builder::new(terms()).unwrap();
    let mut last = Ok(());
    for number in 0..=1_000 {
        last = builder.scpf(&scpf(&number.to_string(), "M1", "2025-10-02", "2025-10-02", "1"));
    }
    assert!(matches!(last, Err(DomainError::Rule(_))));
}

fn found(amounts: &[(&str, &str)]) -> HashMap<Origin, Found> {
    let known = |(id, amount): &(&str, &str)| {
        (Origin::read(id), Found { sales_professional_id: "40".into(), amount: number(amount) })
    };
    amounts.iter().map(known).collect()
}

#[test]
fn what_was_built_is_balanced() {
    let mut builder = Builder::new(terms()).unwrap();
    builder.paid(&paystub_of(&[("less", "M1", "1000")]));
    builder.scpf(&scpf("less", "M1", "2025-10-02", "2025-10-02", "800")).unwrap();
    builder.scpf(&scpf("new", "M1", "2025-10-02", "2025-10-02", "50")).unwrap();
    builder.over(&over("o-1", "40", "2025-10-04", "30")).unwrap();
    let built = builder.build().unwrap();
    let known = found(&[("less", "800"), ("new", "50"), ("override:o-1", "30")]);
    let seen = reconcile(&built.fields, &known, Vec::new());
    assert!(seen.is_balanced(), "{seen:?}");
    assert_eq!(related(&built.fields).len(), 3);
}

#[test]
fn what_does_not_add_up_is_told() {
    let mut paystub =
        paystub_of(&[("a", "M1", "100"), ("b", "M1", "50"), ("a", "M1", "100"), ("gone", "M1", "1")]);
    paystub.fields.total_this_period = number("200");
    (paystub.fields.gross_pay, paystub.fields.net_pay) = (Some(number("10")), Some(number("5")));
    paystub.fields.deductions = Some(number("4"));
    let naming = ["a", "c"].map(|id| Unlisted { id: id.into(), amount: number("9") });
    let seen = reconcile(&paystub.fields, &found(&[("a", "100"), ("b", "60")]), naming.to_vec());
    assert_eq!((seen.summed, seen.difference), (Some(number("251")), Some(number("-51"))));
    assert_eq!(seen.pay_difference, Some(number("1")));
    let lines: Vec<_> =
        seen.lines.iter().map(|line| (line.found.is_some(), line.difference, line.repeated)).collect();
    let zero = Some(Decimal::ZERO);
    assert_eq!(
        lines,
        [(true, zero, false), (true, Some(number("-10")), false), (true, zero, true), (false, None, false)]
    );
    assert_eq!(seen.unlisted.iter().map(|scpf| scpf.id.as_str()).collect::<Vec<_>>(), ["c"]);
    assert!(!seen.is_balanced());
}

#[test]
fn lines_come_in_the_order_of_their_numbers() {
    let mut paystub = paystub_of(&[("a", "M1", "1"); 11]);
    paystub.fields.scpfs.insert("x".into(), PaystubLine::default());
    let seen = reconcile(&paystub.fields, &HashMap::new(), Vec::new());
    let keys: Vec<&str> = seen.lines.iter().map(|line| line.key.as_str()).collect();
    assert_eq!(keys, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "x"]);
}

fn amount() -> impl Strategy<Value = Option<Decimal>> {
    prop::option::of(
        (-10_i64.pow(12)..10_i64.pow(12), 0_u32..=6).prop_map(|(n, scale)| Decimal::new(n, scale)),
    )
}

proptest! {
    #[test]
    fn the_milestones_are_the_total(total in amount(), m1 in amount(), m2 in amount(), m3 in amount(), share in 0_i64..=1_000_000) {
        let inputs = Inputs { total, m1, m2_paid: m2, m3_paid: m3, m2_pct: Some(Decimal::new(share, 6)), ..Inputs::default() };
        let done = calculate(&inputs).unwrap();
        let Some(parts) = done.milestones else { return Ok(()) };
        prop_assert!(!parts.m2.is_sign_negative() || parts.m2.is_zero());
        prop_assert!(parts.clawback <= Decimal::ZERO);
        let paid = m2.unwrap_or_default() + m3.unwrap_or_default();
        prop_assert_eq!(Some(parts.m1 + paid + parts.m2 + parts.m3 + parts.clawback), total);
    }

    #[test]
    fn no_input_makes_it_panic(
        contract in amount(), ppw in amount(), fee in amount(), kw in 0_i64..10_i64.pow(15), redline in amount(), rate in amount(),
        split in 0_i64..=100, pay_type in ".{0,12}",
    ) {
        let inputs = Inputs {
            contract, customer_ppw: ppw, dealer_fee: fee, kw: Some(Decimal::new(kw, 6)), redline, rate_ppw: rate,
            split: Some(Decimal::new(split, 2)), pay_type: Some(pay_type), ..Inputs::default()
        };
        if let Ok(done) = calculate(&inputs) {
            prop_assert_eq!(done.total.is_none(), done.milestones.is_none());
            prop_assert_eq!(done.total.is_some(), done.missing.is_empty());
        }
    }
}
