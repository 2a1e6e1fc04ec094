//! The static code: text that a bank's app reads from a QR code or from the clipboard.

#[cfg(test)]
mod tests;

use super::PixKey;
use crate::value::{Currency, Money};
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// Who the central bank says that the code is of (its GUI), as its manual writes it.
const DOMAIN: &str = "br.gov.bcb.pix";
/// ISO 4217 number of the real.
const REAL: &str = "986";
/// Longest value of a field: its length has two digits.
const MAX_FIELD: usize = 99;
const MAX_NAME: usize = 25;
const MAX_CITY: usize = 15;
const MAX_AMOUNT: usize = 13;
const MAX_TXID: usize = 25;

/// Whom a code pays: a key, and the name and city that the payer's app may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PixPayee {
    key: PixKey,
    name: String,
    city: String,
}

impl PixPayee {
    /// A payee. Name and city are brought to what a code can carry: accents are taken off, what is not printable ASCII
    /// then is left out, and the first 25 and 15 characters are kept. A code cannot be without either, so one of
    /// which nothing is left becomes `RECEBEDOR` or `BRASIL`.
    pub fn new(key: PixKey, name: &str, city: &str) -> Self {
        let or = |text: String, other: &str| if text.is_empty() { other.to_owned() } else { text };
        let (name, city) = (or(plain(name, MAX_NAME), "RECEBEDOR"), or(plain(city, MAX_CITY), "BRASIL"));
        Self { key, name, city }
    }

    /// The key that is paid to.
    pub fn key(&self) -> &PixKey {
        &self.key
    }

    /// The name that a code carries: 1 to 25 characters of printable ASCII.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The city that a code carries: 1 to 15 characters of printable ASCII.
    pub fn city(&self) -> &str {
        &self.city
    }
}

/// What a payment by a static code is known by on the payee's statement: 1 to 25 letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PixTxid(String);

impl PixTxid {
    /// Takes an id.
    ///
    /// # Errors
    /// A field message.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let right =
            (1..=MAX_TXID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if right { Ok(Self(text.to_owned())) } else { Err("must be 1 to 25 letters and digits") }
    }

    /// The id that stands for a document's number: its letters and digits, the last 25 of them, since a number
    /// counts up at its end (`INV-0001` is `INV0001`). None where it has none.
    pub fn of_number(number: &str) -> Option<Self> {
        let kept: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
        let last = kept.get(kept.len().saturating_sub(MAX_TXID)..)?;
        Self::parse(last).ok()
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A "copia e cola": the text that a payer pastes, and what the QR code says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PixCode(String);

impl PixCode {
    /// The static code for one amount. `description` is shown to the payer: brought to printable ASCII and cut to the
    /// room that the key leaves (37 characters beside a random key, none beside the longest mail address). Without a
    /// `txid` the code carries the manual's `***`.
    ///
    /// # Errors
    /// A field message where the amount is not in reais, not above zero, or has more than ten digits before the
    /// centavos: EMV gives it 13 characters.
    pub fn new(
        payee: &PixPayee,
        amount: Money,
        txid: Option<&PixTxid>,
        description: &str,
    ) -> Result<Self, &'static str> {
        if amount.currency() != Currency::BRL {
            return Err("must be in BRL");
        }
        let number = amount.amount().to_string();
        if amount.amount() <= rust_decimal::Decimal::ZERO || number.len() > MAX_AMOUNT {
            return Err("must be above 0 and under 10000000000");
        }
        Ok(Self::write(payee, Some(&number), txid, description))
    }

    /// The static code for an amount that the payer types.
    pub fn open(payee: &PixPayee, txid: Option<&PixTxid>, description: &str) -> Self {
        Self::write(payee, None, txid, description)
    }

    fn write(payee: &PixPayee, amount: Option<&str>, txid: Option<&PixTxid>, description: &str) -> Self {
        let mut account = String::new();
        field(&mut account, "00", DOMAIN);
        field(&mut account, "01", payee.key.as_str());
        let room = MAX_FIELD.saturating_sub(account.len()).saturating_sub(4);
        let description = plain(description, room);
        if !description.is_empty() {
            field(&mut account, "02", &description);
        }
        let mut additional = String::new();
        field(&mut additional, "05", txid.map_or("***", PixTxid::as_str));

        let mut code = String::new();
        // Version of the format.
        field(&mut code, "00", "01");
        field(&mut code, "26", &account);
        // Merchant category: not told.
        field(&mut code, "52", "0000");
        field(&mut code, "53", REAL);
        if let Some(amount) = amount {
            field(&mut code, "54", amount);
        }
        field(&mut code, "58", "BR");
        field(&mut code, "59", &payee.name);
        field(&mut code, "60", &payee.city);
        field(&mut code, "62", &additional);
        // The sum is over all before it, its own tag and length included.
        code.push_str("6304");
        let sum = crc16(code.as_bytes());
        code.push_str(&format!("{sum:04X}"));
        Self(code)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PixCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Writes a field: its tag, its length in two digits, its value. Callers bring at most 99 bytes of ASCII.
fn field(out: &mut String, tag: &str, value: &str) {
    out.push_str(tag);
    out.push_str(&format!("{:02}", value.len()));
    out.push_str(value);
}

/// `text` without accents, in printable ASCII with single spaces, at most `max` characters of it.
fn plain(text: &str, max: usize) -> String {
    let ascii = text.nfkd().map(|character| if character.is_whitespace() { ' ' } else { character });
    let ascii: String = ascii.filter(|character| matches!(character, ' '..='~')).collect();
    let spaced = ascii.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    spaced.get(..max).unwrap_or(&spaced).trim_end().to_owned()
}

/// CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, nothing reflected (ISO/IEC 13239, as EMV and the BR Code take
/// it).
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |sum, byte| {
        (0..8).fold(sum ^ (u16::from(*byte) << 8), |sum, _| {
            if sum & 0x8000 == 0 { sum << 1 } else { (sum << 1) ^ 0x1021 }
        })
    })
}
