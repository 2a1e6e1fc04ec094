//! The rules of transactions.

use super::events::*;
use super::{Direction, NewTransaction, Transaction, TransactionCommand};
use crate::checks::{optional_text, text_change};
use crate::entity::{Entity, Number};
use crate::value::money::{LIMIT, OUT_OF_RANGE, is_minor, round_minor};
use crate::value::{Currency, text};
use crate::{DomainError, FieldErrors};
use rust_decimal::Decimal;

/// Longest description, in characters.
pub(super) const MAX_DESCRIPTION: usize = 1_000;

impl Transaction {
    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields, `NotFound` where it was never recorded or is deleted, `Rule` where it is a payment of
    /// an invoice and the change would make it another payment.
    pub fn decide(&self, command: TransactionCommand) -> Result<Vec<TransactionEvent>, DomainError> {
        match command {
            TransactionCommand::Create(_) if !self.number.is_none() => {
                Err(DomainError::rule("this transaction exists already"))
            }
            TransactionCommand::Create(new) => create(*new),
            _ if !self.exists() => Err(DomainError::NotFound { what: "transaction" }),
            TransactionCommand::Update(patch) => self.update(*patch),
            TransactionCommand::Delete { at } => {
                Ok(vec![TransactionEvent::Deleted(TransactionDeleted { at })])
            }
        }
    }

    fn update(&self, patch: TransactionPatch) -> Result<Vec<TransactionEvent>, DomainError> {
        let mut errors = FieldErrors::new();
        let booked = self.booking;
        let changed = TransactionPatch {
            direction: patch.direction.filter(|direction| *direction != booked.direction),
            amount: patch
                .amount
                .and_then(|amount| check_amount(amount, self.currency, &mut errors))
                .filter(|amount| *amount != booked.amount),
            date: patch.date.filter(|date| *date != booked.date),
            account: patch.account.filter(|account| *account != self.account),
            category: patch.category.against(&self.category),
            description: text_change(
                "description",
                patch.description,
                MAX_DESCRIPTION,
                text::text,
                &mut errors,
            )
            .against(&self.description),
            at: patch.at,
        };
        errors.into_result(())?;
        if self.invoice.is_some() && changed.booking_after(booked) != booked {
            return Err(DomainError::rule(
                "this transaction is a payment of an invoice: its type, amount and date cannot be changed; \
                 delete it, and record it anew",
            ));
        }
        let nothing = changed == TransactionPatch { at: patch.at, ..TransactionPatch::default() };
        Ok(if nothing { vec![] } else { vec![TransactionEvent::Updated(Box::new(changed))] })
    }
}

fn create(new: NewTransaction) -> Result<Vec<TransactionEvent>, DomainError> {
    let mut errors = FieldErrors::new();
    let amount = check_amount(new.booking.amount, new.currency, &mut errors);
    let description = optional_text("description", new.description, MAX_DESCRIPTION, text::text, &mut errors);
    if new.invoice.is_some() && new.booking.direction == Direction::Expense {
        errors.add("invoice_id", "only an Income can be the payment of an invoice");
    }
    let mut booking = new.booking;
    booking.amount = amount.unwrap_or_default();
    errors.into_result(vec![TransactionEvent::Created(Box::new(TransactionCreated {
        number: Number::PENDING,
        booking,
        currency: new.currency,
        account: new.account,
        category: new.category,
        description,
        invoice: new.invoice,
        at: new.at,
    }))])
}

/// An amount with the decimals of its currency.
fn check_amount(amount: Decimal, currency: Currency, errors: &mut FieldErrors) -> Option<Decimal> {
    let checked = if amount <= Decimal::ZERO {
        Err("must be above 0".to_owned())
    } else if amount >= LIMIT {
        Err(OUT_OF_RANGE.to_owned())
    } else if !is_minor(amount, currency) {
        Err(format!("must have at most {} decimals in {currency}", currency.minor_unit()))
    } else {
        Ok(round_minor(amount, currency))
    };
    errors.check("amount", checked)
}
