//! Boletos, by the digits that a payer types (*linha digitável*): 47 of a bank's, 48 of a utility's or a tax's.
//!
//! Sources: Banco Central do Brasil, Carta Circular 2.926/2000 (the bank's boleto and its due-date factor); FEBRABAN,
//! Comunicado 082/2012 (its turn-over on 2025-02-22, and the window in which a factor is read); FEBRABAN, *Layout Padrão de
//! Arrecadação/Recebimento com Utilização do Código de Barras* (the 48 digits).
//!
//! Reading and checking are two steps. What is no boleto at all (other characters, another length) is refused by
//! [`Boleto::read`]; wrong check digits are found by [`Boleto::check`], so that whoever only prints a line that
//! somebody else issued can keep it as it came.

mod digits;
mod factor;
#[cfg(test)]
mod tests;

pub use factor::due_date_factor;

use crate::value::{CalendarDate, Currency, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A boleto's digits, without punctuation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Boleto(String);

/// What kind of boleto a line is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BoletoKind {
    /// A bank's: 47 digits.
    Bank,
    /// A utility's or a tax's (*arrecadação*): 48 digits, the first of them 8.
    Collection,
}

/// Why a text is no valid boleto.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BoletoError {
    /// Something else than digits and the punctuation between them.
    #[error("must be made of digits, with spaces, dots and hyphens between them")]
    Character,
    /// Neither 47 nor 48 digits.
    #[error("must have 47 digits, or the 48 of a utility's bill, not {0}")]
    Length(usize),
    /// 48 digits whose first is not 8, or whose third names no way to check them.
    #[error("has 48 digits, but is no utility's bill: the first must be 8, the third 6 to 9")]
    NotCollection,
    /// Check digits are wrong: in these parts, in their order.
    #[error("has a wrong check digit in {}", list(.0))]
    CheckDigits(Vec<BoletoPart>),
}

/// What a check digit is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BoletoPart {
    /// One of the fields that the line is typed in: 1 to 3 of a bank's, 1 to 4 of a utility's. The digit is its last.
    Field(u8),
    /// The whole: the digit alone in a bank's fourth field, the fourth of a utility's line.
    Whole,
}

impl fmt::Display for BoletoPart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(number) => write!(out, "field {number}"),
            Self::Whole => out.write_str("the whole line (the general digit)"),
        }
    }
}

fn list(parts: &[BoletoPart]) -> String {
    parts.iter().map(BoletoPart::to_string).collect::<Vec<_>>().join(", ")
}

impl Boleto {
    /// Reads a line, with or without dots, spaces and hyphens, and checks its digits.
    ///
    /// # Errors
    /// Where it is no boleto, or a check digit is wrong: all wrong ones are named.
    pub fn parse(text: &str) -> Result<Self, BoletoError> {
        let boleto = Self::read(text)?;
        boleto.check()?;
        Ok(boleto)
    }

    /// Reads a line, whatever its check digits say.
    ///
    /// # Errors
    /// Where it cannot be a boleto's: all but `CheckDigits`.
    pub fn read(text: &str) -> Result<Self, BoletoError> {
        let mut digits = String::with_capacity(48);
        for character in text.trim().chars() {
            match character {
                '0'..='9' => digits.push(character),
                '.' | ' ' | '-' => {}
                _ => return Err(BoletoError::Character),
            }
        }
        match digits.len() {
            47 => Ok(Self(digits)),
            48 if matches!(digits.as_bytes(), [b'8', _, b'6'..=b'9', ..]) => Ok(Self(digits)),
            48 => Err(BoletoError::NotCollection),
            other => Err(BoletoError::Length(other)),
        }
    }

    /// Checks the line's check digits.
    ///
    /// # Errors
    /// `CheckDigits`, with all parts whose digit is wrong.
    pub fn check(&self) -> Result<(), BoletoError> {
        let wrong = match self.kind() {
            BoletoKind::Bank => digits::wrong_in_bank(&self.0),
            BoletoKind::Collection => digits::wrong_in_collection(&self.0),
        };
        if wrong.is_empty() { Ok(()) } else { Err(BoletoError::CheckDigits(wrong)) }
    }

    /// The digits, without punctuation.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which kind it is.
    pub fn kind(&self) -> BoletoKind {
        if self.0.len() == 48 { BoletoKind::Collection } else { BoletoKind::Bank }
    }

    /// The 44 digits of the bar code that belongs to the line.
    pub fn barcode(&self) -> String {
        match self.kind() {
            BoletoKind::Bank => digits::bank_barcode(&self.0),
            BoletoKind::Collection => digits::collection_barcode(&self.0),
        }
    }

    /// The day until which a bank's boleto is due; none where it does not say, and on a utility's, whose line has no
    /// place for it.
    ///
    /// A factor comes again every 9,000 days, so the line alone does not tell the day: FEBRABAN reads it as the one
    /// that is at most 3,000 days before `today`, else as one after it.
    pub fn due_date(&self, today: CalendarDate) -> Option<CalendarDate> {
        match self.kind() {
            BoletoKind::Bank => factor::due_date(self.number(33, 37)?.try_into().ok()?, today),
            BoletoKind::Collection => None,
        }
    }

    /// What is to be paid; none where the line does not say. A bank's says it in the currency that its fourth digit
    /// names (9 is the real), a utility's where its third digit is 6 or 8.
    pub fn amount(&self) -> Option<Money> {
        let (known, centavos) = match self.kind() {
            BoletoKind::Bank => (self.0.as_bytes().get(3) == Some(&b'9'), self.number(37, 47)?),
            BoletoKind::Collection => {
                let centavos = digits::collection_barcode(&self.0).get(4..15)?.parse().ok()?;
                (matches!(self.0.as_bytes().get(2), Some(b'6' | b'8')), centavos)
            }
        };
        let amount = Money::new(Decimal::new(centavos, 2), Currency::BRL).ok()?;
        (known && centavos > 0).then_some(amount)
    }

    /// The digits from place `from` up to but not including `to`, as a number.
    fn number(&self, from: usize, to: usize) -> Option<i64> {
        self.0.get(from..to)?.parse().ok()
    }
}

impl fmt::Display for Boleto {
    /// The line as it is printed: `00190.50095 40144.816069 06809.350314 3 37370000000100`,
    /// `84670000001-7 43590024020-9 02405000243-5 84221010811-9`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_str();
        let pattern: &[(usize, &str)] = match self.kind() {
            BoletoKind::Bank => {
                &[(5, "."), (5, " "), (5, "."), (6, " "), (5, "."), (6, " "), (1, " "), (14, "")]
            }
            BoletoKind::Collection => {
                &[(11, "-"), (1, " "), (11, "-"), (1, " "), (11, "-"), (1, " "), (11, "-"), (1, "")]
            }
        };
        for (length, after) in pattern {
            let (part, others) = rest.split_at_checked(*length).unwrap_or((rest, ""));
            write!(out, "{part}{after}")?;
            rest = others;
        }
        Ok(())
    }
}

impl TryFrom<String> for Boleto {
    type Error = BoletoError;

    /// As [`Boleto::read`]: an event is a fact, and its check digits are as somebody once issued them.
    fn try_from(text: String) -> Result<Self, BoletoError> {
        Self::read(&text)
    }
}

impl From<Boleto> for String {
    fn from(boleto: Boleto) -> Self {
        boleto.0
    }
}
