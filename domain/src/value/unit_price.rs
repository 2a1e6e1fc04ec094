//! What one of something costs. Finer than the minor unit: energy is priced at R$ 0.78912 a kWh.

use crate::value::bounded::bounded_decimal;

bounded_decimal! {
    /// A price of one, in the currency of its document: 0 to 10^12, with at most 6 decimals.
    UnitPrice, "must be a number from 0 to 1000000000000 with at most 6 decimals",
    |value| !value.is_sign_negative() && value <= rust_decimal::Decimal::from(1_000_000_000_000_u64)
}
