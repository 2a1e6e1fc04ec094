//! The money that a transaction moves. One that pays an invoice moves none of its own: the payment does.

use super::{Booking, Direction, Transaction};
use crate::movement::{Movement, MovementKind};
use jiff::Timestamp;
use rust_decimal::Decimal;

impl Transaction {
    /// Every movement so far: each way in which it was booked, and where that was corrected, the same taken back.
    pub fn movements(&self) -> Vec<Movement> {
        if self.number.is_none() || self.invoice.is_some() {
            return Vec::new();
        }
        let movement = |booking: &Booking, amount: Decimal, known_at: Timestamp| Movement {
            kind: match booking.direction {
                Direction::Income => MovementKind::Income,
                Direction::Expense => MovementKind::Expense,
            },
            amount,
            currency: self.currency,
            date: booking.date,
            known_at,
        };
        let mut movements = Vec::with_capacity(self.earlier.len() * 2 + 2);
        for earlier in &self.earlier {
            let booking = &earlier.booking;
            movements.push(movement(booking, booking.amount, earlier.from));
            movements.push(movement(booking, -booking.amount, earlier.until));
        }
        movements.push(movement(&self.booking, self.booking.amount, self.booked_at));
        movements.extend(self.deleted_at.map(|at| movement(&self.booking, -self.booking.amount, at)));
        movements
    }
}
