//! Arithmetic that gives the exact result or none. `Decimal`'s own operations round silently what does not fit its
//! 28 digits; a bill's figures must come out to the last digit, or not at all.

use rust_decimal::Decimal;

/// The exact result needs more digits than `Decimal` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the result has more digits than can be kept exactly")]
pub struct NotExact;

/// The exact product.
///
/// # Errors
/// [`NotExact`].
pub fn mul(a: Decimal, b: Decimal) -> Result<Decimal, NotExact> {
    let ((a, a_scale), (b, b_scale)) = (parts(a), parts(b));
    whole(a.checked_mul(b).ok_or(NotExact)?, a_scale + b_scale)
}

/// The exact sum.
///
/// # Errors
/// [`NotExact`].
pub fn add(a: Decimal, b: Decimal) -> Result<Decimal, NotExact> {
    let ((a, a_scale), (b, b_scale)) = (parts(a), parts(b));
    let scale = a_scale.max(b_scale);
    let aligned = |value: i128, from: u32| {
        10_i128.checked_pow(scale - from).and_then(|factor| value.checked_mul(factor)).ok_or(NotExact)
    };
    whole(aligned(a, a_scale)?.checked_add(aligned(b, b_scale)?).ok_or(NotExact)?, scale)
}

/// The exact difference.
///
/// # Errors
/// [`NotExact`].
pub fn sub(a: Decimal, b: Decimal) -> Result<Decimal, NotExact> {
    add(a, -b)
}

/// The exact sum of all of them.
///
/// # Errors
/// [`NotExact`].
pub fn sum(values: impl IntoIterator<Item = Decimal>) -> Result<Decimal, NotExact> {
    values.into_iter().try_fold(Decimal::ZERO, add)
}

/// The sum, rounded to as many digits as can be kept where it has more. For what adds up over years: it must not stand in
/// the way of a bill whose own figures are exact.
///
/// # Errors
/// [`NotExact`] where it is beyond any `Decimal`.
pub fn add_up(a: Decimal, b: Decimal) -> Result<Decimal, NotExact> {
    add(a, b).or_else(|_| a.checked_add(b).map(|sum| sum.normalize()).ok_or(NotExact))
}

/// The digits and their scale, without zeros at the end.
fn parts(value: Decimal) -> (i128, u32) {
    let value = value.normalize();
    (value.mantissa(), value.scale())
}

fn whole(mut mantissa: i128, mut scale: u32) -> Result<Decimal, NotExact> {
    while scale > 0 && mantissa % 10 == 0 {
        (mantissa, scale) = (mantissa / 10, scale - 1);
    }
    Decimal::try_from_i128_with_scale(mantissa, scale).map_err(|_| NotExact)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::number;
    use proptest::prelude::*;

    #[test]
    fn what_fits_is_exact_and_normalised() {
        assert_eq!(mul(number("1396"), number("0.93455196")), Ok(number("1304.63453616")));
        assert_eq!(mul(number("2.50"), number("4")).unwrap().to_string(), "10");
        assert_eq!(mul(number("0"), number("0.0000000000000000000000000001")), Ok(Decimal::ZERO));
        assert_eq!(add(number("0.1"), number("-0.10")).unwrap().to_string(), "0");
        assert_eq!(sub(number("1"), number("0.999999999999999999")), Ok(number("0.000000000000000001")));
        assert_eq!(sum([number("0.1"), number("0.2")]), Ok(number("0.3")));
    }

    #[test]
    fn what_does_not_fit_is_refused_where_decimal_would_round() {
        let long = number("1.00000000000000000001");
        assert!(long.checked_mul(long).is_some(), "rounded");
        assert_eq!(mul(long, long), Err(NotExact));
        assert_eq!(add(number("100000000000"), number("0.00000000000000000001")), Err(NotExact));
        assert_eq!(mul(Decimal::MAX, Decimal::MAX), Err(NotExact));
        assert_eq!(add(Decimal::MAX, Decimal::MAX), Err(NotExact));
    }

    #[test]
    fn what_adds_up_is_rounded_only_where_it_has_to_be() {
        let (many, fine) = (number("100000000000.5"), number("0.12345678901234567890"));
        assert_eq!(add(many, fine), Err(NotExact));
        assert_eq!(add_up(many, fine), Ok(number("100000000000.62345678901234568")));
        assert_eq!(add_up(number("0.1"), number("0.20")).unwrap().to_string(), "0.3");
        assert_eq!(add_up(Decimal::MAX, Decimal::MAX), Err(NotExact));
    }

    proptest! {
        #[test]
        fn small_numbers_agree_with_decimal(a in any::<i32>(), x in 0_u32..9, b in any::<i32>(), y in 0_u32..9) {
            let (a, b) = (Decimal::new(a.into(), x), Decimal::new(b.into(), y));
            prop_assert_eq!(mul(a, b), Ok(a * b));
            prop_assert_eq!(add(a, b), Ok(a + b));
            prop_assert_eq!(sub(a, b), Ok(a - b));
        }
    }
}
