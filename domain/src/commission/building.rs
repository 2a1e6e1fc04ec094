//! A paystub of what is due to one person in a period: SCPFs and overrides become its lines.
//!
//! - An SCPF is due on the day of its installation, or, where it is about the advance (M1) alone, on the day that the
//!   sale was closed. An override is due on the day that it is paid.
//! - What a paystub of the person has paid already is not paid again. Where it has paid more than the SCPF says now, the
//!   difference is taken back: a line below 0. An SCPF can also be below 0 itself.

use super::milestones::Milestones;
use crate::overrides::Override;
use crate::paystub::{MAX_LINES, Paystub, PaystubFields, PaystubLine};
use crate::record::Record;
use crate::value::decimal;
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::HashMap;

/// The pay type of a line that takes back what was paid too much.
pub const CLAWBACK: &str = "Clawback";
/// The pay type of an override's line.
const OVERRIDE: &str = "Override";
/// What stands before the id of an override in a line's `related_scpf_id`.
const OVERRIDE_PREFIX: &str = "override:";

/// What a paystub is built for.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildTerms {
    /// Who is paid.
    pub sales_professional_id: String,
    /// The first day of the period, at any time of it (UTC).
    pub period_start_date: Timestamp,
    /// The last day of the period.
    pub period_end_date: Timestamp,
    /// When it is paid.
    pub pay_date: Timestamp,
    /// What is kept back, dollars.
    pub deductions: Decimal,
}

/// Where a line comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// What kind of thing.
    pub source: Source,
    /// Its public id.
    pub id: String,
}

/// What a line can come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// An SCPF.
    Scpf,
    /// An override.
    Override,
}

impl Source {
    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scpf => "scpf",
            Self::Override => "override",
        }
    }
}

impl Origin {
    /// An SCPF.
    pub fn scpf(id: impl Into<String>) -> Self {
        Self { source: Source::Scpf, id: id.into() }
    }

    /// An override.
    pub fn of_override(id: impl Into<String>) -> Self {
        Self { source: Source::Override, id: id.into() }
    }

    /// What a line's `related_scpf_id` says.
    pub fn read(related: &str) -> Self {
        match related.strip_prefix(OVERRIDE_PREFIX) {
            Some(id) => Self::of_override(id),
            None => Self::scpf(related),
        }
    }

    /// As a line's `related_scpf_id` says it.
    pub fn write(&self) -> String {
        match self.source {
            Source::Scpf => self.id.clone(),
            Source::Override => format!("{OVERRIDE_PREFIX}{}", self.id),
        }
    }
}

/// A paystub that was built.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// Its fields.
    pub fields: PaystubFields,
    /// Where each of its lines comes from, in their order.
    pub lines: Vec<BuiltLine>,
    /// What was looked at and left out.
    pub passed_over: Vec<PassedOver>,
}

/// A line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltLine {
    /// Its key among the paystub's lines.
    pub key: String,
    /// Where it comes from.
    pub origin: Origin,
    /// What it pays, dollars.
    pub amount: Decimal,
}

/// What was left out, of what is due in the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// What.
    pub origin: Origin,
    /// What it says, dollars.
    pub amount: Decimal,
    /// Why.
    pub reason: Reason,
}

/// Why something was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Earlier paystubs have paid so much of it (dollars).
    Paid(Decimal),
}

/// What could become a line.
struct Candidate {
    due: Timestamp,
    origin: Origin,
    customer_name: String,
    pay_type: String,
    amount: Decimal,
}

/// Gathers what there is, one thing after the other, and builds a paystub of it.
pub struct Builder {
    terms: BuildTerms,
    period: (Date, Date),
    paid: HashMap<Origin, Decimal>,
    due: Vec<Candidate>,
    passed_over: Vec<PassedOver>,
}

impl Builder {
    /// A builder for one person and period.
    ///
    /// # Errors
    /// `Invalid` where the period ends before it starts, or the deductions are below 0.
    pub fn new(terms: BuildTerms) -> Result<Self, DomainError> {
        let mut wrong = FieldErrors::new();
        let period = (utc_day(terms.period_start_date), utc_day(terms.period_end_date));
        if period.1 < period.0 {
            wrong.add("period_end_date", "must not be before period_start_date");
        }
        if terms.deductions.is_sign_negative() && !terms.deductions.is_zero() {
            wrong.add("deductions", "must not be negative");
        }
        let (paid, due, passed_over) = (HashMap::new(), Vec::new(), Vec::new());
        wrong.into_result(Self { terms, period, paid, due, passed_over })
    }

    /// Takes note of what a paystub has paid. All of them come before anything else.
    pub fn paid(&mut self, paystub: &Paystub) {
        if paystub.fields.sales_professional_id != self.terms.sales_professional_id {
            return;
        }
        for line in paystub.fields.scpfs.values() {
            let sum = self.paid.entry(Origin::read(&line.related_scpf_id)).or_default();
            *sum = sum.saturating_add(line.total_this_period);
        }
    }

    /// Looks at an SCPF.
    ///
    /// # Errors
    /// `Rule` where there is more than one paystub holds.
    pub fn scpf(&mut self, scpf: &Record) -> Result<(), DomainError> {
        let text = |name: &str| scpf.fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = scpf.public_id().unwrap_or_default();
        let pay_type = text("pay_type");
        let date = if Milestones::is_advance(pay_type) { "closed_date" } else { "install" };
        let (Ok(due), Ok(amount)) = (text(date).parse(), decimal::parse(text("total_this_period"))) else {
            return Ok(());
        };
        if text("sales_professional_id") != self.terms.sales_professional_id {
            return Ok(());
        }
        self.consider(Candidate {
            due,
            origin: Origin::scpf(id),
            customer_name: text("customer_name").to_owned(),
            pay_type: pay_type.to_owned(),
            amount,
        })
    }

    /// Looks at an override.
    ///
    /// # Errors
    /// As [`Self::scpf`].
    pub fn over(&mut self, found: &Override) -> Result<(), DomainError> {
        if found.fields.manager_id != self.terms.sales_professional_id {
            return Ok(());
        }
        self.consider(Candidate {
            due: found.fields.date_paid,
            origin: Origin::of_override(found.public_id()),
            customer_name: found.fields.customer_name.clone(),
            pay_type: OVERRIDE.to_owned(),
            amount: found.fields.amount,
        })
    }

    fn consider(&mut self, candidate: Candidate) -> Result<(), DomainError> {
        let (first, last) = self.period;
        let day = utc_day(candidate.due);
        let in_period = (first..=last).contains(&day);
        match self.paid.get(&candidate.origin).copied() {
            // What was paid too much is taken back whenever it was due.
            Some(paid) if candidate.amount < paid && day <= last => {
                let amount = candidate.amount.saturating_sub(paid);
                self.due.push(Candidate { pay_type: CLAWBACK.to_owned(), amount, ..candidate });
            }
            Some(paid) if in_period => {
                let Candidate { origin, amount, .. } = candidate;
                self.passed_over.push(PassedOver { origin, amount, reason: Reason::Paid(paid) });
            }
            None if in_period => self.due.push(candidate),
            _ => {}
        }
        if self.due.len() > MAX_LINES {
            return Err(DomainError::rule(format!(
                "more than {MAX_LINES} SCPFs and overrides are due: build paystubs for shorter periods"
            )));
        }
        Ok(())
    }

    /// The paystub.
    ///
    /// # Errors
    /// `Rule` where nothing is due, or the sum is out of range.
    pub fn build(mut self) -> Result<Built, DomainError> {
        let BuildTerms { sales_professional_id, period_start_date, period_end_date, pay_date, deductions } =
            self.terms;
        if self.due.is_empty() {
            let (first, last) = self.period;
            return Err(DomainError::rule(format!(
                "nothing is due to {sales_professional_id} from {first} to {last}"
            )));
        }
        self.due.sort_by(|a, b| (a.due, &a.origin).cmp(&(b.due, &b.origin)));
        let mut fields = PaystubFields {
            pay_date,
            sales_professional_id: sales_professional_id.clone(),
            period_start_date: Some(period_start_date),
            period_end_date: Some(period_end_date),
            ..PaystubFields::default()
        };
        let mut lines = Vec::with_capacity(self.due.len());
        for (candidate, index) in self.due.into_iter().zip(1..) {
            let key = format!("{index}");
            let Candidate { origin, customer_name, pay_type, amount, .. } = candidate;
            let line = PaystubLine {
                customer_name,
                pay_type,
                related_scpf_id: origin.write(),
                sales_professional_id: sales_professional_id.clone(),
                total_this_period: amount,
            };
            fields.scpfs.insert(key.clone(), line);
            lines.push(BuiltLine { key, origin, amount });
        }
        let out_of_range = || DomainError::rule("what is due is out of range");
        let total = fields.sum_of_lines().ok_or_else(out_of_range)?;
        let net = total.checked_sub(deductions).ok_or_else(out_of_range)?;
        fields.total_this_period = total;
        fields.gross_pay = Some(total);
        fields.deductions = Some(deductions);
        fields.net_pay = Some(net);
        Ok(Built { fields, lines, passed_over: self.passed_over })
    }
}

fn utc_day(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}
