//! Keys: the names under which the central bank's directory (DICT) knows an account.

use crate::value::{Email, TaxId};
use std::fmt;
use uuid::Uuid;

const INVALID: &str =
    "must be a Pix key: a CPF, a CNPJ, an e-mail address, a telephone number with +55, or a random key";
const WRONG_DIGITS: &str = "is a CPF or CNPJ with wrong check digits (a telephone number begins with +55)";
const WRONG_PHONE: &str = "must be a Brazilian telephone number with area code, such as +5511999998888";
const TOO_LONG: &str = "must be at most 77 characters long";

/// Longest key that the directory takes, and that a code has room for, in characters.
const MAX: usize = 77;

/// A Pix key in the directory's normal form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PixKey {
    /// A person's tax id: 11 digits.
    Cpf(String),
    /// A company's tax id: 12 digits or upper-case letters and 2 check digits.
    Cnpj(String),
    /// A mail address in lower case, at most 77 characters of ASCII.
    Email(String),
    /// A Brazilian telephone number: `+55`, two digits of area, 8 or 9 more.
    Phone(String),
    /// A random key (EVP): a UUID in lower case, with hyphens.
    Random(String),
}

impl PixKey {
    /// Recognises a key however people write it: tax ids with or without mask, telephone numbers with spaces,
    /// parentheses and hyphens, mail addresses and random keys in any case.
    ///
    /// Eleven bare digits are a CPF, never a telephone number: that one has `+55` before it, or its area in
    /// parentheses. The check digits of CPF and CNPJ must be right, unless `check` is off.
    ///
    /// # Errors
    /// A field message.
    pub fn parse(text: &str, check: bool) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.contains('@') {
            return email(text);
        }
        if text.len() == 36
            && let Ok(id) = Uuid::try_parse(text)
        {
            return Ok(Self::Random(id.hyphenated().to_string()));
        }
        if text.starts_with(['+', '(']) {
            return phone(text);
        }
        // Two steps, so that what has the form of a tax id is told what is wrong with it.
        let shaped = TaxId::parse_brazilian(text, false).map_err(|_| INVALID)?;
        if check && TaxId::parse_brazilian(text, true).is_err() {
            return Err(WRONG_DIGITS);
        }
        match shaped {
            TaxId::Cpf(id) => Ok(Self::Cpf(id)),
            TaxId::Cnpj(id) => Ok(Self::Cnpj(id)),
            TaxId::Other(_) => Err(INVALID),
        }
    }

    /// The key as the directory knows it and a code carries it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cpf(key) | Self::Cnpj(key) | Self::Email(key) | Self::Phone(key) | Self::Random(key) => key,
        }
    }
}

impl fmt::Display for PixKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

fn email(text: &str) -> Result<PixKey, &'static str> {
    let address = Email::parse(text).map_err(|_| INVALID)?.key();
    match address.len() {
        _ if !address.is_ascii() => Err(INVALID),
        0..=MAX => Ok(PixKey::Email(address)),
        _ => Err(TOO_LONG),
    }
}

fn phone(text: &str) -> Result<PixKey, &'static str> {
    let digits: String =
        text.chars().filter(|character| !matches!(character, '(' | ')' | ' ' | '-' | '.')).collect();
    let national = match digits.strip_prefix('+') {
        Some(international) => international.strip_prefix("55").ok_or(WRONG_PHONE)?,
        None => &digits,
    };
    // Areas have no zero in them; a number has 8 digits, a mobile one 9.
    let (area, number) = national.split_at_checked(2).ok_or(WRONG_PHONE)?;
    let right = area.bytes().all(|byte| matches!(byte, b'1'..=b'9'))
        && matches!(number.len(), 8 | 9)
        && number.bytes().all(|byte| byte.is_ascii_digit());
    if right { Ok(PixKey::Phone(format!("+55{national}"))) } else { Err(WRONG_PHONE) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_kind_of_key_is_known_however_it_is_written() {
        for (text, key) in [
            ("529.982.247-25", PixKey::Cpf("52998224725".to_owned())),
            (" 52998224725 ", PixKey::Cpf("52998224725".to_owned())),
            ("11.222.333/0001-81", PixKey::Cnpj("11222333000181".to_owned())),
            ("12.abc.345/01de-35", PixKey::Cnpj("12ABC34501DE35".to_owned())),
            ("Contato@Acme.Example", PixKey::Email("contato@acme.example".to_owned())),
            ("+5511999998888", PixKey::Phone("+5511999998888".to_owned())),
            ("+55 (11) 99999-8888", PixKey::Phone("+5511999998888".to_owned())),
            ("(19) 3333-4444", PixKey::Phone("+551933334444".to_owned())),
            (
                "123E4567-E12B-12D1-A456-426655440000",
                PixKey::Random("123e4567-e12b-12d1-a456-426655440000".to_owned()),
            ),
        ] {
            assert_eq!(PixKey::parse(text, true), Ok(key), "{text}");
        }
    }

    #[test]
    fn what_the_directory_cannot_know_is_refused_and_told_why() {
        let long = format!("{}@acme.example", "a".repeat(64));
        let longer = format!("{}@acme{}.example", "a".repeat(60), "b".repeat(10));
        for (text, message) in [
            ("", INVALID),
            ("chave", INVALID),
            ("123", INVALID),
            ("123e4567e12b12d1a456426655440000", INVALID),
            ("joão@acme.example", INVALID),
            ("@acme.example", INVALID),
            ("52998224724", WRONG_DIGITS),
            ("11999998888", WRONG_DIGITS),
            ("11.222.333/0001-82", WRONG_DIGITS),
            ("+1 202 555 0100", WRONG_PHONE),
            ("+55 01 99999-8888", WRONG_PHONE),
            ("+55 11 9999-888", WRONG_PHONE),
            ("+5511٣٣٣٣٣٣٣٣", WRONG_PHONE),
            ("+5", WRONG_PHONE),
            ("(", WRONG_PHONE),
            (&longer, TOO_LONG),
        ] {
            assert_eq!(PixKey::parse(text, true), Err(message), "{text}");
        }
        assert_eq!(PixKey::parse(&long, true).map(|key| key.as_str().len()), Ok(77), "77 are not too long");
        assert!(PixKey::parse("52998224724", false).is_ok(), "a tenant can turn the check off");
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_normal_form(text in "[0-9A-Za-z@.+()/ -]{0,40}|.{0,20}", check in any::<bool>()) {
            if let Ok(key) = PixKey::parse(&text, check) {
                prop_assert_eq!(PixKey::parse(key.as_str(), check), Ok(key.clone()));
                prop_assert!(key.as_str().len() <= MAX && key.as_str().is_ascii());
            }
        }
    }
}
