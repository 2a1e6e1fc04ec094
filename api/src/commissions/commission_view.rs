//! How a calculated commission is printed.

use crate::wire::{Amount, Number};
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeMap;
use sunledger_domain::commission::{Commission, NamedValue, Step};
use utoipa::ToSchema;

/// A commission: what went in, each step, and what came out. Amounts are dollars.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::Commission)]
pub(super) struct CommissionView {
    /// What it was computed from, with what was taken where nothing was said.
    inputs: BTreeMap<&'static str, Number>,
    /// Every figure in the order in which it was computed.
    steps: Vec<StepView>,
    /// (contract − dealer fee − adders) / (kW × 1000), dollars per watt.
    net_ppw: Option<Number>,
    /// The commission before it is split.
    gross: Option<Amount>,
    /// gross × split − lead deduction − override − fees
    rep: Option<Amount>,
    /// What the lead pays its setter.
    lead_pay: Option<Amount>,
    /// What is paid in the end: as given, else the rep's part, else the setter's.
    total: Option<Amount>,
    /// Paid in advance.
    m1: Option<Amount>,
    /// Still to be paid at M2.
    m2: Option<Amount>,
    /// Still to be paid at M3.
    m3: Option<Amount>,
    /// What was paid too much: below 0, a line of a later paystub.
    clawback: Option<Amount>,
    /// What a line of the given `pay_type` pays; the total where that names no milestone.
    total_this_period: Option<Amount>,
}

/// How a figure came about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::Step)]
struct StepView {
    /// Its name.
    #[schema(example = "gross")]
    name: &'static str,
    /// How it was computed.
    #[schema(example = "(net_ppw − redline) × kw × 1000")]
    formula: &'static str,
    /// What the formula names.
    inputs: BTreeMap<&'static str, Number>,
    /// What came out.
    value: Number,
}

impl CommissionView {
    pub(super) fn new(commission: &Commission) -> Self {
        let amount = |value: Option<Decimal>| value.map(Amount);
        let part = |of: fn(&sunledger_domain::commission::Milestones) -> Decimal| {
            amount(commission.milestones.as_ref().map(of))
        };
        Self {
            inputs: named(&commission.inputs),
            steps: commission.steps.iter().map(StepView::new).collect(),
            net_ppw: commission.net_ppw.map(Number),
            gross: amount(commission.gross),
            rep: amount(commission.rep),
            lead_pay: amount(commission.lead_pay),
            total: amount(commission.total),
            m1: part(|parts| parts.m1),
            m2: part(|parts| parts.m2),
            m3: part(|parts| parts.m3),
            clawback: part(|parts| parts.clawback),
            total_this_period: amount(commission.total_this_period),
        }
    }
}

impl StepView {
    fn new(step: &Step) -> Self {
        let Step { name, formula, inputs, value } = step;
        Self { name, formula, inputs: named(inputs), value: Number(*value) }
    }
}

fn named(values: &[NamedValue]) -> BTreeMap<&'static str, Number> {
    values.iter().map(|input| (input.name, Number(input.value))).collect()
}
