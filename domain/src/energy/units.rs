//! Quantities of the energy business. The decimals that are taken are more than a meter or a tariff has: utilities'
//! systems send binary noise (`0.9345519599999998`), and what is given is computed with as it is given.

use crate::value::bounded::bounded_decimal;
use rust_decimal::Decimal;

bounded_decimal! {
    /// An amount of energy in kWh: 0 to 10^9, with at most 15 decimals.
    Kwh, "must be a number of kWh from 0 to 1000000000 with at most 15 decimals",
    |value| !value.is_sign_negative() && value <= Decimal::from(1_000_000_000_u32), places = 15
}

bounded_decimal! {
    /// What a plant's meter counted, in kWh: 0 to 10^9, with at most 3 decimals, since it is handed out to the watt-hour.
    MeteredKwh, "must be a number of kWh from 0 to 1000000000 with at most 3 decimals",
    |value| !value.is_sign_negative() && value <= Decimal::from(1_000_000_000_u32), places = 3
}

bounded_decimal! {
    /// A peak power in kWp: 0 to 10^6, with at most 6 decimals.
    Kwp, "must be a number of kWp from 0 to 1000000 with at most 6 decimals",
    |value| !value.is_sign_negative() && value <= Decimal::from(1_000_000_u32)
}

bounded_decimal! {
    /// What a kWh costs, in R$: 0 to 1,000, with at most 18 decimals.
    Tariff, "must be a number of R$/kWh from 0 to 1000 with at most 18 decimals",
    |value| !value.is_sign_negative() && value <= Decimal::ONE_THOUSAND, places = 18
}

bounded_decimal! {
    /// A part of a whole, 0 to 1 (0.2 is twenty percent), with at most 6 decimals: a discount rate.
    Fraction, "must be a number from 0 to 1 with at most 6 decimals",
    |value| !value.is_sign_negative() && value <= Decimal::ONE
}

bounded_decimal! {
    /// A unit's share of a power plant, 0 to 1, with at most 18 decimals: people write thirds with all that they have.
    Share, "must be a number from 0 to 1 with at most 18 decimals",
    |value| !value.is_sign_negative() && value <= Decimal::ONE, places = 18
}

bounded_decimal! {
    /// An exact amount in R$, not in whole centavos: 0 to 10^12, with at most 15 decimals.
    Reais, "must be an amount in R$ from 0 to 1000000000000 with at most 15 decimals",
    |value| !value.is_sign_negative() && value <= Decimal::from(1_000_000_000_000_u64), places = 15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_range_and_decimals() {
        for (text, kwh, metered, kwp, tariff, fraction, share, reais) in [
            ("0", true, true, true, true, true, true, true),
            ("0.0010", true, true, true, true, true, true, true),
            ("0.000001", true, false, true, true, true, true, true),
            ("0.9345519599999998", false, false, false, true, false, true, false),
            ("3188.9700000000003", true, false, false, false, false, false, true),
            ("1", true, true, true, true, true, true, true),
            ("1.000001", true, false, true, true, false, false, true),
            ("1000.1", true, true, true, false, false, false, true),
            ("1000000000.1", false, false, false, false, false, false, true),
            ("1000000000000.1", false, false, false, false, false, false, false),
            ("-0.1", false, false, false, false, false, false, false),
        ] {
            let found = (
                Kwh::parse(text).is_ok(),
                MeteredKwh::parse(text).is_ok(),
                Kwp::parse(text).is_ok(),
                Tariff::parse(text).is_ok(),
                Fraction::parse(text).is_ok(),
                Share::parse(text).is_ok(),
                Reais::parse(text).is_ok(),
            );
            assert_eq!(found, (kwh, metered, kwp, tariff, fraction, share, reais), "{text}");
        }
    }
}
