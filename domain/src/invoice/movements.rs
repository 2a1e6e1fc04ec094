//! The money that an invoice moves: what it is over once it was issued, and its payments.

use super::Invoice;
use crate::movement::{Movement, MovementKind};
use crate::value::CalendarDate;
use jiff::Timestamp;
use rust_decimal::Decimal;

impl Invoice {
    /// Every movement so far. Events add to them and change none: an issued invoice keeps its total, and one with
    /// payments cannot be cancelled.
    pub fn movements(&self) -> Vec<Movement> {
        let movement = |kind, amount, date: CalendarDate, known_at: Timestamp| Movement {
            kind,
            amount,
            currency: self.currency,
            date,
            known_at,
        };
        let owed = |amount: Decimal, at| movement(MovementKind::Owed, amount, self.issue_date, at);
        let Some(sent_at) = self.sent_at else { return Vec::new() };
        let mut movements = Vec::with_capacity(self.payments.len() + 1);
        movements.push(owed(self.total, sent_at));
        for payment in &self.payments {
            let paid = |amount, at| movement(MovementKind::Payment, amount, payment.date, at);
            movements.push(paid(payment.amount, payment.recorded_at));
            movements.extend(payment.reversed_at.map(|at| paid(-payment.amount, at)));
        }
        movements.extend(self.cancelled_at.map(|at| owed(-self.total, at)));
        movements
    }
}
