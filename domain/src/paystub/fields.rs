//! The fields of a paystub. Source: the commissions document's request tables.

use crate::record::kinds::{BY_REP, NAME, PAY};
use crate::record::{Field, FieldType, RecordKind, Shown};
use crate::value::Change;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Lines that a paystub has at most.
pub const MAX_LINES: usize = 1_000;

/// What a paystub's bodies say.
pub static PAYSTUB: RecordKind = RecordKind {
    name: "paystub",
    what: "paystub",
    shown: Shown::ById { tenant: true },
    fields: &[
        Field::required("pay_date", FieldType::Timestamp),
        Field::required("sales_professional_id", FieldType::Reference),
        Field::required("total_this_period", PAY),
        Field::required("scpfs", FieldType::Map { of: &LINE, min: 1, max: MAX_LINES }),
        Field::optional("period_start_date", FieldType::Timestamp),
        Field::optional("period_end_date", FieldType::Timestamp),
        Field::optional("gross_pay", PAY),
        Field::optional("net_pay", PAY),
        Field::optional("deductions", PAY),
    ],
    filters: &[BY_REP],
};

const LINE: FieldType = FieldType::Object(&[
    Field::required("customer_name", NAME),
    Field::required("pay_type", NAME),
    Field::required("related_scpf_id", FieldType::Reference),
    Field::required("sales_professional_id", FieldType::Reference),
    Field::required("total_this_period", PAY),
]);

/// The fields of a paystub. Amounts are dollars; a plain date is midnight UTC.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PaystubFields {
    /// When it is paid.
    pub pay_date: Timestamp,
    /// Who is paid.
    pub sales_professional_id: String,
    /// What it comes to, as its maker says: it need not be the sum of its lines.
    pub total_this_period: Decimal,
    /// Its lines, by their keys.
    pub scpfs: BTreeMap<String, PaystubLine>,
    /// The first day that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_start_date: Option<Timestamp>,
    /// The last day that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_end_date: Option<Timestamp>,
    /// Before deductions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross_pay: Option<Decimal>,
    /// After deductions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net_pay: Option<Decimal>,
    /// What is kept back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deductions: Option<Decimal>,
}

/// A line of a paystub: what is paid for one SCPF or override. Below 0, it takes back what was paid too much.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PaystubLine {
    /// Whose project.
    pub customer_name: String,
    /// What for: a milestone, an override...
    pub pay_type: String,
    /// The SCPF, or the override, by its public id. Opaque: nothing looks whether it is there.
    pub related_scpf_id: String,
    /// Whose SCPF it is.
    pub sales_professional_id: String,
    /// Dollars.
    pub total_this_period: Decimal,
}

/// What changes in a paystub. As an event it holds only what really changed; the lines change as a whole.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PaystubPatch {
    /// When it is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay_date: Option<Timestamp>,
    /// Who is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sales_professional_id: Option<String>,
    /// What it comes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_this_period: Option<Decimal>,
    /// All its lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scpfs: Option<BTreeMap<String, PaystubLine>>,
    /// The first day that it is for.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub period_start_date: Change<Timestamp>,
    /// The last day that it is for.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub period_end_date: Change<Timestamp>,
    /// Before deductions.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub gross_pay: Change<Decimal>,
    /// After deductions.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub net_pay: Change<Decimal>,
    /// What is kept back.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub deductions: Change<Decimal>,
}

impl PaystubFields {
    /// The sum of the lines; none where it is out of range.
    pub fn sum_of_lines(&self) -> Option<Decimal> {
        sum(&self.scpfs)
    }

    /// The same fields with every amount in dollars: the total and the deductions may have come in cents.
    #[must_use]
    pub fn in_dollars(mut self) -> Self {
        self.total_this_period = total_in_dollars(self.total_this_period, &self.scpfs);
        let kept_back = kept_back(self.gross_pay, self.net_pay);
        self.deductions = self.deductions.map(|given| in_dollars(given, kept_back));
        self
    }

    /// What of `patch` is a change of these fields. Only an amount that the patch itself names can be in cents: what is
    /// kept is in dollars already.
    pub(super) fn changes(&self, patch: PaystubPatch) -> PaystubPatch {
        let scpfs = patch.scpfs.as_ref().unwrap_or(&self.scpfs);
        let total = patch.total_this_period.map(|given| total_in_dollars(given, scpfs));
        let kept_back = kept_back(after(self.gross_pay, patch.gross_pay), after(self.net_pay, patch.net_pay));
        let deductions = match patch.deductions {
            Change::Set(given) => Change::Set(in_dollars(given, kept_back)),
            other => other,
        };
        PaystubPatch {
            pay_date: patch.pay_date.filter(|new| *new != self.pay_date),
            sales_professional_id: patch
                .sales_professional_id
                .filter(|new| *new != self.sales_professional_id),
            total_this_period: total.filter(|new| *new != self.total_this_period),
            period_start_date: patch.period_start_date.against(&self.period_start_date),
            period_end_date: patch.period_end_date.against(&self.period_end_date),
            gross_pay: patch.gross_pay.against(&self.gross_pay),
            net_pay: patch.net_pay.against(&self.net_pay),
            deductions: deductions.against(&self.deductions),
            scpfs: patch.scpfs.filter(|new| *new != self.scpfs),
        }
    }

    /// Takes a change over.
    pub(super) fn apply(&mut self, patch: PaystubPatch) {
        let set = |field: &mut Decimal, new: Option<Decimal>| *field = new.unwrap_or(*field);
        self.pay_date = patch.pay_date.unwrap_or(self.pay_date);
        set(&mut self.total_this_period, patch.total_this_period);
        if let Some(id) = patch.sales_professional_id {
            self.sales_professional_id = id;
        }
        if let Some(scpfs) = patch.scpfs {
            self.scpfs = scpfs;
        }
        patch.period_start_date.apply(&mut self.period_start_date);
        patch.period_end_date.apply(&mut self.period_end_date);
        patch.gross_pay.apply(&mut self.gross_pay);
        patch.net_pay.apply(&mut self.net_pay);
        patch.deductions.apply(&mut self.deductions);
    }
}

fn sum(lines: &BTreeMap<String, PaystubLine>) -> Option<Decimal> {
    lines.values().try_fold(Decimal::ZERO, |sum, line| sum.checked_add(line.total_this_period))
}

/// An optional amount after its change.
fn after(amount: Option<Decimal>, change: Change<Decimal>) -> Option<Decimal> {
    let mut amount = amount;
    change.apply(&mut amount);
    amount
}

/// What gross and net pay say is kept back.
fn kept_back(gross: Option<Decimal>, net: Option<Decimal>) -> Option<Decimal> {
    gross?.checked_sub(net?)
}

fn total_in_dollars(given: Decimal, lines: &BTreeMap<String, PaystubLine>) -> Decimal {
    in_dollars(given, sum(lines))
}

/// The contract: an amount is taken for cents only where it is exactly 100 times what it should be in dollars.
fn in_dollars(given: Decimal, should_be: Option<Decimal>) -> Decimal {
    match should_be {
        Some(dollars) if dollars.checked_mul(Decimal::ONE_HUNDRED) == Some(given) => dollars,
        _ => given,
    }
}
