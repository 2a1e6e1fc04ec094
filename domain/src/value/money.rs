//! Money: an amount in a currency, in whole minor units.

use crate::value::{Currency, decimal};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Amounts stay under this (10^15) in size. With at most 12 decimals in any product of the ledger, what is under
/// it fits `Decimal`'s 28 digits exactly: nothing is ever rounded twice.
pub const LIMIT: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);

/// What is said of an amount at or over [`LIMIT`].
pub const OUT_OF_RANGE: &str = "must be under 1000000000000000";

/// `amount` rounded half away from zero to the currency's minor unit, and written with just that many decimals.
pub fn round_minor(amount: Decimal, currency: Currency) -> Decimal {
    decimal::round(amount, currency.minor_unit())
}

/// True where `amount` is in whole minor units of the currency.
pub fn is_minor(amount: Decimal, currency: Currency) -> bool {
    decimal::places(amount) <= currency.minor_unit()
}

/// An amount in a currency, in whole minor units, under 10^15 in size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// Nothing, in a currency.
    pub fn zero(currency: Currency) -> Self {
        Self { amount: round_minor(Decimal::ZERO, currency), currency }
    }

    /// An amount that is in whole minor units already.
    ///
    /// # Errors
    /// A field message where it has more decimals than the currency, or is out of range.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, String> {
        if !is_minor(amount, currency) {
            return Err(format!("must have at most {} decimals in {currency}", currency.minor_unit()));
        }
        Self::rounded(amount, currency).map_err(str::to_owned)
    }

    /// An amount, rounded half away from zero to the minor unit.
    ///
    /// # Errors
    /// A field message where it is out of range.
    pub fn rounded(amount: Decimal, currency: Currency) -> Result<Self, &'static str> {
        let amount = round_minor(amount, currency);
        if amount.abs() < LIMIT { Ok(Self { amount, currency }) } else { Err(OUT_OF_RANGE) }
    }

    /// The amount.
    pub fn amount(self) -> Decimal {
        self.amount
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The sum; none where the currencies differ or it is out of range.
    pub fn checked_add(self, other: Money) -> Option<Money> {
        self.with(self.amount.checked_add(other.amount)?, other)
    }

    /// The difference; none where the currencies differ or it is out of range.
    pub fn checked_sub(self, other: Money) -> Option<Money> {
        self.with(self.amount.checked_sub(other.amount)?, other)
    }

    /// The product, rounded to the minor unit; none where it is out of range.
    pub fn checked_mul(self, factor: Decimal) -> Option<Money> {
        Self::rounded(self.amount.checked_mul(factor)?, self.currency).ok()
    }

    fn with(self, amount: Decimal, other: Money) -> Option<Money> {
        if self.currency == other.currency { Self::rounded(amount, self.currency).ok() } else { None }
    }
}

impl fmt::Display for Money {
    /// `1043.71 BRL`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.amount, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Decimal {
        decimal::parse(text).unwrap()
    }

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn the_limit_is_ten_to_the_fifteenth() {
        assert_eq!(LIMIT.to_string(), format!("1{}", "0".repeat(15)));
        assert!(OUT_OF_RANGE.ends_with(&LIMIT.to_string()));
        assert!(Money::new(number("999999999999999.99"), Currency::BRL).is_ok());
        assert!(Money::new(number("-999999999999999.99"), Currency::BRL).is_ok());
        assert_eq!(Money::new(LIMIT, Currency::BRL), Err(OUT_OF_RANGE.to_owned()));
        assert_eq!(Money::new(-LIMIT, Currency::BRL), Err(OUT_OF_RANGE.to_owned()));
        assert_eq!(Money::rounded(number("999999999999999.995"), Currency::BRL), Err(OUT_OF_RANGE));
    }

    #[test]
    fn an_amount_has_the_decimals_of_its_currency() {
        for (code, amount, kept) in [
            ("BRL", "10", "10.00"),
            ("JPY", "10", "10"),
            ("KWD", "10.5", "10.500"),
            ("CLF", "1.2345", "1.2345"),
        ] {
            assert_eq!(Money::new(number(amount), currency(code)).unwrap().amount().to_string(), kept);
        }
        for (code, amount) in [("BRL", "10.001"), ("JPY", "10.5"), ("KWD", "0.0001")] {
            assert!(Money::new(number(amount), currency(code)).is_err(), "{amount} {code}");
        }
        assert!(Money::new(number("10.5000"), Currency::BRL).is_ok(), "zeros at the end are no decimals");
        assert_eq!(Money::rounded(number("0.5"), currency("JPY")).unwrap().to_string(), "1 JPY");
        assert_eq!(Money::zero(currency("KWD")).to_string(), "0.000 KWD");
    }

    #[test]
    fn sums_need_one_currency_and_stay_in_range() {
        let (ten, dollar) = (Money::new(number("10"), Currency::BRL).unwrap(), Money::zero(Currency::USD));
        assert_eq!(ten.checked_add(ten).unwrap().to_string(), "20.00 BRL");
        assert_eq!(ten.checked_sub(ten).unwrap(), Money::zero(Currency::BRL));
        assert_eq!(ten.checked_mul(number("0.33333")).unwrap().to_string(), "3.33 BRL");
        assert_eq!(ten.checked_add(dollar), None);
        assert_eq!(ten.checked_sub(dollar), None);
        let most = Money::new(number("999999999999999.99"), Currency::BRL).unwrap();
        assert_eq!(most.checked_add(most), None);
        assert_eq!(most.checked_mul(Decimal::MAX), None);
    }

    proptest! {
        #[test]
        fn adding_and_taking_away_again_changes_nothing(a in -10_i64.pow(15)..10_i64.pow(15), b in -10_i64.pow(15)..10_i64.pow(15)) {
            let money = |cents: i64| Money::new(Decimal::new(cents, 2), Currency::BRL).unwrap();
            prop_assert_eq!(money(a).checked_add(money(b)).unwrap().checked_sub(money(b)).unwrap(), money(a));
            let json = serde_json::to_string(&money(a)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money(a));
        }

        #[test]
        fn rounding_moves_by_half_a_unit_at_most_and_only_once(number in any::<i64>(), scale in 0_u32..=12) {
            let exact = Decimal::new(number, scale);
            for currency in [currency("JPY"), Currency::BRL, currency("KWD")] {
                let rounded = round_minor(exact, currency);
                let half = Decimal::new(5, currency.minor_unit() + 1);
                prop_assert!(rounded.checked_sub(exact).unwrap().abs() <= half);
                prop_assert_eq!(round_minor(rounded, currency), rounded);
                prop_assert_eq!(round_minor(-exact, currency), -rounded);
            }
        }
    }
}
