//! How a line's digits are arranged and checked. Lines come in with their length checked.

use super::BoletoPart;

/// A bank's line is three fields, each with its check digit, then the general digit, the due-date factor and the
/// amount. The bar code holds bank and currency (4), the general digit (1), factor and amount (14), and what the bank
/// put into the fields (5 + 10 + 10).
pub(super) fn bank_barcode(line: &str) -> String {
    [0..4, 32..47, 4..9, 10..20, 21..31].into_iter().filter_map(|part| line.get(part)).collect()
}

/// The parts of a bank's line whose check digit is wrong.
pub(super) fn wrong_in_bank(line: &str) -> Vec<BoletoPart> {
    let mut wrong = wrong_fields(line, &[0..10, 10..21, 21..32], mod_10);
    let barcode = bank_barcode(line);
    if !general_digit_holds(&barcode, 4, bank_mod_11) {
        wrong.push(BoletoPart::Whole);
    }
    wrong
}

/// A utility's line is the bar code in four fields of 11 digits, each followed by its check digit.
pub(super) fn collection_barcode(line: &str) -> String {
    [0..11, 12..23, 24..35, 36..47].into_iter().filter_map(|part| line.get(part)).collect()
}

/// The parts of a utility's line whose check digit is wrong. The third digit says how all of them are checked: by
/// modulus 10 where it is 6 or 7, by modulus 11 where it is 8 or 9.
pub(super) fn wrong_in_collection(line: &str) -> Vec<BoletoPart> {
    let digit = if matches!(line.as_bytes().get(2), Some(b'6' | b'7')) { mod_10 } else { collection_mod_11 };
    let mut wrong = wrong_fields(line, &[0..12, 12..24, 24..36, 36..48], digit);
    if !general_digit_holds(&collection_barcode(line), 3, digit) {
        wrong.push(BoletoPart::Whole);
    }
    wrong
}

/// The fields of `line` whose last digit is not what `digit` makes of the others.
fn wrong_fields(line: &str, fields: &[std::ops::Range<usize>], digit: fn(&[u32]) -> u32) -> Vec<BoletoPart> {
    let wrong = |field: &std::ops::Range<usize>| {
        let values = values(line.get(field.clone()).unwrap_or_default());
        values.split_last().is_none_or(|(last, others)| digit(others) != *last)
    };
    (1..).zip(fields).filter(|(_, field)| wrong(field)).map(|(number, _)| BoletoPart::Field(number)).collect()
}

/// Whether the digit of `barcode` at `place` is what `digit` makes of all the others.
fn general_digit_holds(barcode: &str, place: usize, digit: fn(&[u32]) -> u32) -> bool {
    let mut others = values(barcode);
    place < others.len() && {
        let general = others.remove(place);
        digit(&others) == general
    }
}

fn values(digits: &str) -> Vec<u32> {
    digits.bytes().map(|byte| u32::from(byte.saturating_sub(b'0'))).collect()
}

/// Modulus 10: weights 2, 1, 2, 1... from the right, the digits of each product added up; what is missing to a full ten.
fn mod_10(values: &[u32]) -> u32 {
    let products = values.iter().rev().zip([2, 1].into_iter().cycle()).map(|(value, weight)| value * weight);
    let sum: u32 = products.map(|product| product / 10 + product % 10).sum();
    (10 - sum % 10) % 10
}

/// The remainder by 11 of the sum with weights 2 to 9, over and over, from the right.
fn remainder_11(values: &[u32]) -> u32 {
    values.iter().rev().zip((2..=9).cycle()).map(|(value, weight)| value * weight).sum::<u32>() % 11
}

/// Modulus 11 of a bank's general digit: never 0; where 11 less the remainder has two digits, it is 1.
fn bank_mod_11(values: &[u32]) -> u32 {
    match 11 - remainder_11(values) {
        10 | 11 => 1,
        digit => digit,
    }
}

/// Modulus 11 of a utility's line: 0 where the remainder is 0 or 1.
fn collection_mod_11(values: &[u32]) -> u32 {
    match remainder_11(values) {
        0 | 1 => 0,
        remainder => 11 - remainder,
    }
}
