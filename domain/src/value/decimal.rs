//! Decimal numbers in and out, exactly. `rust_decimal`'s own parser rounds what it cannot hold and lets `_`
//! through; money must do neither.

use rust_decimal::{Decimal, RoundingStrategy};

const NOT_A_NUMBER: &str = "must be a number";
const NOT_EXACT: &str = "has more digits than can be kept exactly";

/// Longest number text that is looked at.
const MAX_TEXT: usize = 100;

/// Reads a JSON number (`-12.50`, `1e3`) exactly, or refuses it.
///
/// # Errors
/// A field message, where the text is no number, or one of more than 28 digits.
pub fn parse(text: &str) -> Result<Decimal, &'static str> {
    if text.len() > MAX_TEXT {
        return Err(NOT_A_NUMBER);
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    match short(unsigned) {
        Some((mantissa, scale)) => Ok(Decimal::new(if negative { -mantissa } else { mantissa }, scale)),
        None => long(negative, unsigned),
    }
}

/// A number as it is mostly written: 18 characters at most, no exponent. Its digits without zeros at the end, and its
/// decimals; `None` for anything else, wrong or right.
fn short(unsigned: &str) -> Option<(i64, u32)> {
    if unsigned.len() > 18 {
        return None;
    }
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (unsigned, ""),
    };
    if whole.is_empty() {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let mut number: i64 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i64::from(byte - b'0');
    }
    let scale = u32::try_from(fraction.len()).ok()?;
    Some((number, scale))
}

/// Any number.
fn long(negative: bool, unsigned: &str) -> Result<Decimal, &'static str> {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let digits_only = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits_only(whole) || !digits_only(fraction) {
        return Err(NOT_A_NUMBER);
    }
    // The number is `digits` x 10^-scale; its zeros at either end say nothing.
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Ok(Decimal::ZERO);
    }
    let significant = digits.trim_end_matches('0');
    let length = |text: &str| i64::try_from(text.len()).map_err(|_| NOT_EXACT);
    let scale = length(fraction)? - exponent - (length(digits)? - length(significant)?);
    let zeros = usize::try_from((-scale).max(0)).map_err(|_| NOT_EXACT)?;
    let scale = u32::try_from(scale.max(0)).map_err(|_| NOT_EXACT)?;
    if significant.len().saturating_add(zeros) > 29 {
        return Err(NOT_EXACT);
    }
    let number: i128 = format!("{significant}{}", "0".repeat(zeros)).parse().map_err(|_| NOT_EXACT)?;
    Decimal::try_from_i128_with_scale(if negative { -number } else { number }, scale).map_err(|_| NOT_EXACT)
}

fn exponent_of(text: &str) -> Result<i64, &'static str> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NOT_A_NUMBER);
    }
    // Anything past a few hundred is out of range whatever the mantissa (which has under 100 digits).
    let size = digits.trim_start_matches('0');
    let size: i64 = if size.is_empty() { 0 } else { size.parse().unwrap_or(i64::from(u16::MAX)).min(1000) };
    Ok(if text.starts_with('-') { -size } else { size })
}

/// `value` rounded half away from zero to `places` decimals, and written with exactly that many; never `-0`.
pub fn round(value: Decimal, places: u32) -> Decimal {
    let mut rounded = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    if rounded.is_zero() {
        rounded = Decimal::ZERO;
    }
    rounded.rescale(places);
    rounded
}

/// How many decimals `value` needs (trailing zeros not counted).
pub fn places(value: Decimal) -> u32 {
    value.normalize().scale()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn json_numbers_are_read_exactly() {
        for (text, value) in [
            ("0", "0"),
            ("-0.00", "0"),
            ("12.50", "12.5"),
            ("-12.5", "-12.5"),
            ("1e3", "1000"),
            ("1.5E+2", "150"),
            ("1500e-2", "15"),
            ("25e-4", "0.0025"),
            ("0.1", "0.1"),
            ("79228162514264337593543950335", "79228162514264337593543950335"),
            ("1.00000000000000000000000000000000000000000000", "1"),
            ("0e999999999999999999999999", "0"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), value, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_or_not_exact_is_refused() {
        for text in
            ["", "-", ".5", "5.", "1_000", "1,5", "+1", "0x10", "NaN", "1e", "1e+", "--1", " 1", "1e5.5", "٣"]
        {
            assert_eq!(parse(text), Err(NOT_A_NUMBER), "{text:?}");
        }
        for text in
            ["1e29", "1e-29", "1e99999999999999999999", "1e-99999999999", "99999999999999999999999999999"]
        {
            assert_eq!(parse(text), Err(NOT_EXACT), "{text}");
        }
        assert!(parse(&"1".repeat(MAX_TEXT + 1)).is_err());
    }

    #[test]
    fn rounding_is_half_away_from_zero_and_pads() {
        for (value, places, rounded) in [
            ("1043.707628928", 2, "1043.71"),
            ("0.005", 2, "0.01"),
            ("-0.005", 2, "-0.01"),
            ("2.5", 0, "3"),
            ("1", 2, "1.00"),
            ("-0.001", 2, "0.00"),
        ] {
            assert_eq!(round(parse(value).unwrap(), places).to_string(), rounded, "{value}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(number in any::<i64>(), scale in 0_u32..=18) {
            let value = Decimal::new(number, scale);
            prop_assert_eq!(parse(&value.to_string()).unwrap(), value);
        }

        #[test]
        fn the_short_way_gives_what_the_long_one_does(text in "-?[0-9]{0,12}[.]?[0-9]{0,10}|-?0*[.][0-9]*0*") {
            let unsigned = text.strip_prefix('-').unwrap_or(&text);
            let negative = unsigned.len() < text.len();
            if let Ok(by_short) = parse(&text) {
                let by_long = long(negative, unsigned).unwrap();
                prop_assert_eq!((by_short, by_short.scale()), (by_long, by_long.scale()));
                prop_assert_eq!(by_short.is_sign_negative(), by_long.is_sign_negative());
            } else {
                prop_assert!(long(negative, unsigned).is_err());
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9eE._]{0,40}|.{0,20}") {
            let _ = parse(&text);
        }
    }
}
