//! What is taken off a month's amount, and what is put on it.

use crate::value::money::is_minor;
use crate::value::{Currency, Percent};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Most R$ of one adjustment.
const MAX_AMOUNT: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0);

/// What a discount or a charge is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentValue {
    /// An amount in R$.
    Amount(Decimal),
    /// A percentage (10 is ten percent) of the bill's credits after the plan's discount (`valorCreditoComDesconto`).
    Percent(Decimal),
}

impl AdjustmentValue {
    /// The value as the energy document writes it: whole centavos, or a percentage from 1 to 100.
    ///
    /// # Errors
    /// A field message.
    pub fn from_document(value: Decimal, percentage: bool) -> Result<Self, &'static str> {
        const NOT_CENTAVOS: &str = "must be a whole number of centavos above 0, at most 100000000000000";
        if percentage {
            return Self::Percent(value).checked();
        }
        let reais = value.checked_mul(Decimal::new(1, 2)).filter(|_| value.is_integer());
        reais.map(Self::Amount).and_then(|amount| amount.checked().ok()).ok_or(NOT_CENTAVOS)
    }

    /// The value in its one form.
    ///
    /// # Errors
    /// A field message where an amount is not above 0, over 10^12 or not in whole centavos, or a percentage not
    /// from 1 to 100 with at most 6 decimals.
    pub fn checked(self) -> Result<Self, &'static str> {
        match self {
            Self::Amount(amount) => {
                let right = amount > Decimal::ZERO && amount <= MAX_AMOUNT && is_minor(amount, Currency::BRL);
                let amount = Self::Amount(crate::value::money::round_minor(amount, Currency::BRL));
                right
                    .then_some(amount)
                    .ok_or("must be an amount in R$ above 0, at most 1000000000000, in whole centavos")
            }
            Self::Percent(percent) => Percent::new(percent)
                .ok()
                .filter(|percent| percent.get() >= Decimal::ONE)
                .map(|percent| Self::Percent(percent.get()))
                .ok_or("must be a percentage from 1 to 100 with at most 6 decimals"),
        }
    }
}

/// A discount that asks to be taken off a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedDiscount {
    /// Which.
    pub id: Uuid,
    /// What it is for.
    pub description: String,
    /// What it asks for: its value, or the rest that earlier bills left of it.
    pub asks: AdjustmentValue,
    /// Whether it counts as savings of the month.
    pub real: bool,
}

/// A discount as a bill took it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedDiscount {
    /// Which.
    pub discount_id: Uuid,
    /// What it is for.
    pub description: String,
    /// What it asked for.
    pub asks: AdjustmentValue,
    /// That in R$.
    pub asked: Decimal,
    /// How many R$ of it fitted under the amount.
    pub applied: Decimal,
    /// Whether it counts as savings of the month.
    pub real: bool,
}

impl AppliedDiscount {
    /// The R$ that did not fit: carried on where the discount is cumulative, lapsed where not.
    pub fn rest(&self) -> Decimal {
        self.asked.saturating_sub(self.applied)
    }

    /// What it had asked for.
    pub fn ask(&self) -> AskedDiscount {
        let Self { discount_id, description, asks, real, .. } = self.clone();
        AskedDiscount { id: discount_id, description, asks, real }
    }
}

/// A charge that is put on a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedCharge {
    /// Which.
    pub id: Uuid,
    /// What it is for.
    pub description: String,
    /// What it is worth.
    pub asks: AdjustmentValue,
    /// Whether it is taken from the savings of the month.
    pub real: bool,
}

/// A charge as a bill took it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedCharge {
    /// Which.
    pub charge_id: Uuid,
    /// What it is for.
    pub description: String,
    /// What it is worth.
    pub asks: AdjustmentValue,
    /// That in R$.
    pub applied: Decimal,
    /// Whether it was taken from the savings of the month.
    pub real: bool,
}

impl AppliedCharge {
    /// What it had asked for.
    pub fn ask(&self) -> AskedCharge {
        let Self { charge_id, description, asks, real, .. } = self.clone();
        AskedCharge { id: charge_id, description, asks, real }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::number;

    #[test]
    fn the_document_writes_centavos_or_percent() {
        let read = |value, percentage| AdjustmentValue::from_document(number(value), percentage);
        assert_eq!(read("10000", false), Ok(AdjustmentValue::Amount(number("100.00"))));
        assert_eq!(read("1", false), Ok(AdjustmentValue::Amount(number("0.01"))));
        assert_eq!(read("12.50", true), Ok(AdjustmentValue::Percent(number("12.5"))));
        assert_eq!(read("100000000000000", false), Ok(AdjustmentValue::Amount(MAX_AMOUNT)));
        for wrong in ["0", "-1", "0.5", "100000000000001"] {
            assert!(read(wrong, false).is_err(), "{wrong} centavos");
        }
        for wrong in ["0", "0.99", "100.01", "-5", "1.0000001", "10000"] {
            assert!(read(wrong, true).is_err(), "{wrong} percent");
        }
    }
}
