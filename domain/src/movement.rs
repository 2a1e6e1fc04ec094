//! Movements of money: what a financial report is the sum of. Each says which month it belongs to, and since when it is
//! known, so that the sum of those known at a time is the report as it was then. Nothing that moved is ever
//! taken out: what is taken back moves again, the other way.

use crate::value::{CalendarDate, Currency};
use jiff::Timestamp;
use rust_decimal::Decimal;

/// Money that moved, or is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// What it moves.
    pub kind: MovementKind,
    /// By how much, in the currency's minor units; below 0 where something is taken back.
    pub amount: Decimal,
    /// The currency.
    pub currency: Currency,
    /// The day it belongs to.
    pub date: CalendarDate,
    /// When it was recorded.
    pub known_at: Timestamp,
}

/// What a movement moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MovementKind {
    /// Income of a transaction that pays no invoice.
    Income,
    /// Expense of a transaction.
    Expense,
    /// A payment of an invoice: income, and so much less is owed.
    Payment,
    /// What an issued invoice is over.
    Owed,
}

impl MovementKind {
    /// All of them.
    pub const ALL: [MovementKind; 4] = [Self::Income, Self::Expense, Self::Payment, Self::Owed];

    /// Its name in read models.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Income => "income",
            Self::Expense => "expense",
            Self::Payment => "payment",
            Self::Owed => "owed",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

#[cfg(test)]
mod tests;
