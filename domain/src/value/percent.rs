//! Percentages: tax rates, discounts.

use crate::value::bounded::bounded_decimal;

bounded_decimal! {
    /// A percentage, 0 to 100 (10 is ten percent), with at most 6 decimals.
    Percent, "must be a number from 0 to 100 with at most 6 decimals",
    |value| !value.is_sign_negative() && value <= rust_decimal::Decimal::ONE_HUNDRED
}
