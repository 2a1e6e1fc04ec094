//! Tax ids: CPF (people), CNPJ (companies; letters too, since July 2026), and those of other countries.

use serde::{Deserialize, Serialize};
use std::fmt;

const WRONG_DIGITS: &str = "has wrong check digits";
const NOT_BRAZILIAN: &str = "must be a CPF or a CNPJ";

/// A tax id, without its mask.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxId {
    /// A Brazilian person: 11 digits.
    Cpf(String),
    /// A Brazilian company: 12 digits or upper-case letters and 2 check digits.
    Cnpj(String),
    /// Anything else, as typed.
    Other(String),
}

impl TaxId {
    /// Longest id of another country.
    pub const MAX_OTHER: usize = 40;

    /// Recognises an id. 11 or 14 digits, masked or not, are a CPF or a CNPJ, and so is the masked form of an
    /// alphanumeric CNPJ: their check digits must be right, unless `check` is off. 14 letters and digits without
    /// a mask are a CNPJ where their check digits are right. Everything else is another country's.
    ///
    /// # Errors
    /// A field message, where check digits are wrong or a foreign id is empty, too long or not printable.
    pub fn parse(text: &str, check: bool) -> Result<Self, String> {
        let text = text.trim();
        let plain = unmasked(text);
        let only_digits = plain.bytes().all(|byte| byte.is_ascii_digit());
        if only_digits && plain.len() == 11 {
            return cpf(plain, check).map_err(str::to_owned);
        }
        if (only_digits && plain.len() == 14)
            || (is_cnpj_shape(&plain) && cnpj_mask(&plain) == text.to_ascii_uppercase())
        {
            return cnpj(plain, check).map_err(str::to_owned);
        }
        if is_cnpj_shape(&text.to_ascii_uppercase()) && cnpj_digits_are_right(&plain) {
            return Ok(Self::Cnpj(plain));
        }
        super::text::required_line(text, Self::MAX_OTHER).map(Self::Other)
    }

    /// Takes a CPF or a CNPJ, masked or not, and nothing else.
    ///
    /// # Errors
    /// A field message, where it is neither, or (with `check`) its check digits are wrong.
    pub fn parse_brazilian(text: &str, check: bool) -> Result<Self, &'static str> {
        let plain = unmasked(text.trim());
        if plain.len() == 11 && plain.bytes().all(|byte| byte.is_ascii_digit()) {
            cpf(plain, check)
        } else if is_cnpj_shape(&plain) {
            cnpj(plain, check)
        } else {
            Err(NOT_BRAZILIAN)
        }
    }

    /// The id without a mask: what is compared and searched.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cpf(id) | Self::Cnpj(id) | Self::Other(id) => id,
        }
    }

    /// True for a CPF or a CNPJ.
    pub fn is_brazilian(&self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// The id as its country prints it: `529.982.247-25`, `12.ABC.345/01DE-35`.
    pub fn masked(&self) -> String {
        match self {
            Self::Cpf(id) => cpf_mask(id),
            Self::Cnpj(id) => cnpj_mask(id),
            Self::Other(id) => id.clone(),
        }
    }
}

impl fmt::Display for TaxId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.masked())
    }
}

/// The id without the characters of the masks, upper case.
fn unmasked(text: &str) -> String {
    text.chars()
        .filter(|character| !matches!(character, '.' | '/' | '-'))
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

fn cpf(plain: String, check: bool) -> Result<TaxId, &'static str> {
    if !check || cpf_digits_are_right(&plain) { Ok(TaxId::Cpf(plain)) } else { Err(WRONG_DIGITS) }
}

fn cnpj(plain: String, check: bool) -> Result<TaxId, &'static str> {
    if !check || cnpj_digits_are_right(&plain) { Ok(TaxId::Cnpj(plain)) } else { Err(WRONG_DIGITS) }
}

/// 12 digits or upper-case letters, then 2 digits.
fn is_cnpj_shape(plain: &str) -> bool {
    plain.len() == 14
        && plain
            .bytes()
            .enumerate()
            .all(|(place, byte)| byte.is_ascii_digit() || (place < 12 && byte.is_ascii_uppercase()))
}

fn cpf_mask(id: &str) -> String {
    match (id.get(..3), id.get(3..6), id.get(6..9), id.get(9..)) {
        (Some(a), Some(b), Some(c), Some(d)) => format!("{a}.{b}.{c}-{d}"),
        _ => id.to_owned(),
    }
}

fn cnpj_mask(id: &str) -> String {
    match (id.get(..2), id.get(2..5), id.get(5..8), id.get(8..12), id.get(12..)) {
        (Some(a), Some(b), Some(c), Some(d), Some(e)) => format!("{a}.{b}.{c}/{d}-{e}"),
        _ => id.to_owned(),
    }
}

/// The check digit over `values`, whose weights run from 2 at the right up to `highest`, then start over.
fn check_digit(values: &[u32], highest: u32) -> u32 {
    let weights = (2..=highest).cycle();
    let sum: u32 = values.iter().rev().zip(weights).map(|(value, weight)| value * weight).sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

fn digits_are_right(id: &str, highest: u32) -> bool {
    // A character counts as its ASCII code less that of `0`: a digit as itself, `A` as 17.
    let values: Vec<u32> = id.bytes().map(|byte| u32::from(byte.saturating_sub(b'0'))).collect();
    let repeated = values.iter().all(|value| Some(value) == values.first());
    let Some(base) = values.len().checked_sub(2) else { return false };
    !repeated
        && check_digit(&values[..base], highest) == values[base]
        && check_digit(&values[..=base], highest) == values[base + 1]
}

fn cpf_digits_are_right(plain: &str) -> bool {
    digits_are_right(plain, 11)
}

fn cnpj_digits_are_right(plain: &str) -> bool {
    digits_are_right(plain, 9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../tests/vectors.json")).unwrap()
    }

    #[test]
    fn the_published_vectors_come_out() {
        let vectors = vectors();
        let mut seen = 0;
        for vector in ["cpf", "cnpj"].iter().flat_map(|kind| vectors[kind].as_array().unwrap()) {
            let (id, ok) = (vector["v"].as_str().unwrap(), vector["ok"].as_bool().unwrap());
            assert_eq!(TaxId::parse_brazilian(id, true).is_ok(), ok, "{id}");
            assert!(TaxId::parse_brazilian(id, false).is_ok(), "{id}, unchecked");
            let lettered = id.bytes().any(|byte| byte.is_ascii_alphabetic());
            match TaxId::parse(id, true) {
                Ok(found) => assert_eq!(found.is_brazilian(), ok, "{id}"),
                Err(_) => assert!(!ok && !lettered, "{id}"),
            }
            if let Some(mask) = vector["mask"].as_str() {
                assert_eq!(TaxId::parse(id, true).unwrap().masked(), mask);
                assert_eq!(TaxId::parse(mask, true), TaxId::parse(id, true));
            }
            for (published, place) in [("dv1", 12), ("dv2", 13)] {
                let Some(digit) = vector[published]["dv"].as_u64() else { continue };
                let values: Vec<u32> = id.bytes().map(|byte| u32::from(byte - b'0')).collect();
                assert_eq!(u64::from(check_digit(&values[..place], 9)), digit, "{id} {published}");
            }
            seen += 1;
        }
        assert!(seen >= 14);
    }

    #[test]
    fn masks_are_read_and_printed() {
        for (typed, kept, printed) in [
            ("529.982.247-25", TaxId::Cpf("52998224725".to_owned()), "529.982.247-25"),
            ("52998224725", TaxId::Cpf("52998224725".to_owned()), "529.982.247-25"),
            ("11.222.333/0001-81", TaxId::Cnpj("11222333000181".to_owned()), "11.222.333/0001-81"),
            (" 12.abc.345/01de-35 ", TaxId::Cnpj("12ABC34501DE35".to_owned()), "12.ABC.345/01DE-35"),
            ("12abc34501de35", TaxId::Cnpj("12ABC34501DE35".to_owned()), "12.ABC.345/01DE-35"),
            ("US-123456789", TaxId::Other("US-123456789".to_owned()), "US-123456789"),
            ("12-3456789", TaxId::Other("12-3456789".to_owned()), "12-3456789"),
            ("DE 123 456 789", TaxId::Other("DE 123 456 789".to_owned()), "DE 123 456 789"),
            // 14 letters and digits whose last two are no check digits: some other country's.
            ("ABCDEFGH123456", TaxId::Other("ABCDEFGH123456".to_owned()), "ABCDEFGH123456"),
        ] {
            let found = TaxId::parse(typed, true).unwrap();
            assert_eq!((found.masked().as_str(), &found), (printed, &kept), "{typed}");
        }
    }

    #[test]
    fn wrong_check_digits_are_refused_unless_the_check_is_off() {
        for wrong in
            ["529.982.247-26", "00.000.000/0001-00", "12.ABC.345/01DE-36", "11111111111", "00000000000000"]
        {
            assert_eq!(TaxId::parse(wrong, true), Err(WRONG_DIGITS.to_owned()), "{wrong}");
            assert!(TaxId::parse(wrong, false).unwrap().is_brazilian(), "{wrong}");
        }
    }

    #[test]
    fn only_cpf_and_cnpj_are_brazilian() {
        for wrong in ["", "US-123456789", "123", "1234567890123456", "12ABC34501DEAB", "ÀBC34501DE35"] {
            assert_eq!(TaxId::parse_brazilian(wrong, false), Err(NOT_BRAZILIAN), "{wrong}");
        }
        for wrong in ["", "  ", "a\nb", &"9".repeat(41)] {
            assert!(TaxId::parse(wrong, true).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn every_base_has_one_pair_of_check_digits(base in "[0-9]{9}|[0-9A-Z]{12}") {
            let right: Vec<String> = (0..100)
                .map(|digits| format!("{base}{digits:02}"))
                .filter(|id| TaxId::parse_brazilian(id, true).is_ok())
                .collect();
            let repeated = base.bytes().all(|byte| byte == base.as_bytes()[0]);
            prop_assert_eq!(right.len(), usize::from(!repeated || base.starts_with(char::is_alphabetic)));
            for id in right {
                let found = TaxId::parse(&id, true).unwrap();
                prop_assert_eq!(TaxId::parse(&found.masked(), true).unwrap(), found.clone());
                prop_assert_eq!(found.as_str(), id);
                let json = serde_json::to_string(&found).unwrap();
                prop_assert_eq!(serde_json::from_str::<TaxId>(&json).unwrap(), found);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9A-Za-z./-]{0,20}|.{0,45}") {
            for check in [true, false] {
                let _ = TaxId::parse_brazilian(&text, check);
                if let Ok(found) = TaxId::parse(&text, check) {
                    prop_assert!(!found.masked().is_empty());
                }
            }
        }
    }
}
