//! How much of something a line is about.

use crate::value::bounded::bounded_decimal;

bounded_decimal! {
    /// A quantity: above 0, at most 10^9, with at most 6 decimals.
    Quantity, "must be a number above 0, at most 1000000000, with at most 6 decimals",
    |value| value > rust_decimal::Decimal::ZERO && value <= rust_decimal::Decimal::from(1_000_000_000_u32)
}
