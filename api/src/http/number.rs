//! How amounts and plain numbers read in JSON: exact decimals, never through a float.

use rust_decimal::Decimal;
use serde_json::{Number, Value};

/// An amount of money, with at least two decimals and more only where it has more: `5500.00`, `0.125`.
pub fn money(amount: Decimal) -> Value {
    let mut amount = amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    print(amount)
}

/// A quantity, a rate or a percentage without needless zeros: `40`, `7.5`.
pub fn number(value: Decimal) -> Value {
    print(value.normalize())
}

fn print(value: Decimal) -> Value {
    // A Decimal prints as digits with at most one point, which is a JSON number; null would mean that it did not.
    value.to_string().parse::<Number>().map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_have_at_least_two_decimals() {
        for (amount, printed) in [
            ("5500", "5500.00"),
            ("5500.5", "5500.50"),
            ("0", "0.00"),
            ("-0.00", "0.00"),
            ("1.2500", "1.25"),
            ("1.2345", "1.2345"),
            ("-12.3", "-12.30"),
            ("79228162514264337593543950335", "79228162514264337593543950335"),
        ] {
            assert_eq!(money(decimal(amount)).to_string(), printed);
        }
    }

    #[test]
    fn plain_numbers_have_no_needless_zeros() {
        for (value, printed) in
            [("40.000", "40"), ("10", "10"), ("7.50", "7.5"), ("0.0", "0"), ("100", "100")]
        {
            assert_eq!(number(decimal(value)).to_string(), printed);
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_the_value(mantissa in any::<i64>(), scale in 0u32..=12) {
            let value = Decimal::new(mantissa, scale);
            prop_assert_eq!(decimal(&money(value).to_string()), value);
            prop_assert_eq!(decimal(&number(value).to_string()), value);
        }
    }
}
