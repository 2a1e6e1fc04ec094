//! In which parts a commission is paid: M1 in advance, M2 brings what was paid to a share of the total, M3 is the rest.

use super::calculation::{Sheet, Step};
use crate::energy::exact::{self, NotExact};
use crate::value::{Currency, money};
use rust_decimal::Decimal;

/// The part of the total that has been paid after M2, where nothing else is agreed.
pub const M2_SHARE: Decimal = Decimal::from_parts(8, 0, 0, false, 1);

/// What was paid of a total, and what is still to be paid. All of it together is the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Milestones {
    /// Paid in advance.
    pub m1: Decimal,
    /// Still to be paid at M2.
    pub m2: Decimal,
    /// Still to be paid at M3.
    pub m3: Decimal,
    /// What was paid too much, below 0: a line of a later paystub takes it back.
    pub clawback: Decimal,
}

/// What was paid before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paid {
    pub(super) m1: Decimal,
    pub(super) m2: Decimal,
    pub(super) m3: Decimal,
}

impl Milestones {
    /// The parts of `total`, in whole cents.
    pub(super) fn of(
        total: Decimal,
        m2_share: Decimal,
        paid: Paid,
        sheet: &mut Sheet,
    ) -> Result<Self, NotExact> {
        let Paid { m1, m2: m2_paid, m3: m3_paid } = paid;
        let paid = exact::sum([m1, m2_paid, m3_paid])?;
        let balance = exact::sub(total, paid)?;
        let clawback = sheet.add(Step {
            name: "clawback",
            formula: "min(0, total − m1 − m2_paid − m3_paid)",
            inputs: vec![
                ("total", total).into(),
                ("m1", m1).into(),
                ("m2_paid", m2_paid).into(),
                ("m3_paid", m3_paid).into(),
            ],
            value: balance.min(Decimal::ZERO),
        });
        let left = balance.max(Decimal::ZERO);
        let share = money::round_minor(exact::mul(total, m2_share)?, Currency::USD);
        let to_share = exact::sub(exact::sub(share, m1)?, m2_paid)?;
        let m2 = sheet.add(Step {
            name: "m2",
            formula: "max(0, min(total × m2_pct − m1 − m2_paid, total − m1 − m2_paid − m3_paid))",
            inputs: vec![
                ("total", total).into(),
                ("m2_pct", m2_share).into(),
                ("m1", m1).into(),
                ("m2_paid", m2_paid).into(),
                ("m3_paid", m3_paid).into(),
            ],
            value: to_share.min(left).max(Decimal::ZERO),
        });
        let m3 = sheet.add(Step {
            name: "m3",
            formula: "max(0, total − m1 − m2_paid − m3_paid) − m2",
            inputs: vec![
                ("total", total).into(),
                ("m1", m1).into(),
                ("m2_paid", m2_paid).into(),
                ("m3_paid", m3_paid).into(),
                ("m2", m2).into(),
            ],
            value: exact::sub(left, m2)?,
        });
        Ok(Self { m1, m2, m3, clawback })
    }

    /// What a line of this pay type pays: the milestones that it names (`M2 & M3`), and with what comes after M1 also what
    /// is to be taken back. `None` where it names none.
    pub fn due(&self, pay_type: &str) -> Option<Decimal> {
        let upper = pay_type.to_uppercase();
        let words: Vec<&str> = upper.split(|character: char| !character.is_alphanumeric()).collect();
        let names = |word: &str| words.contains(&word);
        let later = names("M2") || names("M3") || names("CLAWBACK");
        if !later && !names("M1") {
            return None;
        }
        let parts =
            [(names("M1"), self.m1), (names("M2"), self.m2), (names("M3"), self.m3), (later, self.clawback)];
        parts
            .iter()
            .filter(|(named, _)| *named)
            .try_fold(Decimal::ZERO, |sum, (_, part)| sum.checked_add(*part))
    }

    /// Whether a pay type is about the advance alone.
    pub(super) fn is_advance(pay_type: &str) -> bool {
        let upper = pay_type.to_uppercase();
        let mut words = upper.split(|character: char| !character.is_alphanumeric());
        words.clone().any(|word| word == "M1") && !words.any(|word| word == "M2" || word == "M3")
    }
}
