//! The rules of payments: what may come in for an invoice, how it is taken back, and the status after either.

use super::events::*;
use super::{Invoice, InvoiceStatus, NewPayment};
use crate::checks::optional_text;
use crate::value::money::{is_minor, round_minor};
use crate::value::{CalendarDate, text};
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

/// Longest method of a payment, in characters.
const MAX_METHOD: usize = 60;
/// Longest reference of a payment, in characters.
const MAX_REFERENCE: usize = 200;

impl Invoice {
    pub(super) fn record_payment(&self, payment: NewPayment) -> Result<Vec<InvoiceEvent>, DomainError> {
        let mut errors = FieldErrors::new();
        let method = optional_text("method", payment.method, MAX_METHOD, text::line, &mut errors);
        let reference = optional_text("reference", payment.reference, MAX_REFERENCE, text::line, &mut errors);
        if payment.amount <= Decimal::ZERO {
            errors.add("amount", "must be above 0");
        } else if !is_minor(payment.amount, self.currency) {
            let (places, currency) = (self.currency.minor_unit(), self.currency);
            errors.add("amount", format!("must have at most {places} decimals in {currency}"));
        }
        errors.into_result(())?;
        self.check_payable(payment.payment_id)?;
        let amount = round_minor(payment.amount, self.currency);
        let (paid, balance) = self
            .paid
            .checked_add(amount)
            .zip(self.balance.checked_sub(amount))
            .filter(|(_, balance)| *balance >= Decimal::ZERO)
            .ok_or_else(|| self.above_balance(amount))?;
        let status = match balance.is_zero() {
            true => InvoiceStatus::Paid,
            false if payment.today > self.due_date => InvoiceStatus::Overdue,
            false => InvoiceStatus::PartiallyPaid,
        };
        let received = PaymentReceived {
            payment_id: payment.payment_id,
            amount,
            currency: self.currency,
            date: payment.date,
            method,
            reference,
            paid,
            balance,
            status,
            at: payment.at,
        };
        let mut events = vec![InvoiceEvent::PaymentReceived(Box::new(received))];
        if status == InvoiceStatus::Paid {
            events.push(InvoiceEvent::Paid(InvoicePaid {
                total: paid,
                currency: self.currency,
                at: payment.at,
            }));
        }
        self.tell_overdue(status, balance, payment.at, &mut events);
        Ok(events)
    }

    pub(super) fn reverse_payment(
        &self,
        payment_id: Uuid,
        today: CalendarDate,
        at: Timestamp,
    ) -> Result<Vec<InvoiceEvent>, DomainError> {
        let payment = self.payments.iter().find(|payment| payment.id == payment_id && payment.counts());
        let payment = payment.ok_or(DomainError::NotFound { what: "payment" })?;
        let sums = self.paid.checked_sub(payment.amount).zip(self.balance.checked_add(payment.amount));
        let (paid, balance) =
            sums.ok_or_else(|| DomainError::rule("the amounts of this invoice are out of range"))?;
        let status = match (today > self.due_date, paid > Decimal::ZERO) {
            (true, _) => InvoiceStatus::Overdue,
            (false, true) => InvoiceStatus::PartiallyPaid,
            (false, false) if self.viewed_at.is_some() => InvoiceStatus::Viewed,
            (false, false) => InvoiceStatus::Sent,
        };
        let reversed = PaymentReversed {
            payment_id,
            amount: payment.amount,
            currency: self.currency,
            date: payment.date,
            paid,
            balance,
            status,
            at,
        };
        let mut events = vec![InvoiceEvent::PaymentReversed(Box::new(reversed))];
        self.tell_overdue(status, balance, at, &mut events);
        Ok(events)
    }

    fn check_payable(&self, payment_id: Uuid) -> Result<(), DomainError> {
        match self.status {
            InvoiceStatus::Draft => {
                Err(DomainError::rule("this invoice is a draft: send it before it is paid"))
            }
            InvoiceStatus::Cancelled => {
                Err(DomainError::rule("this invoice is cancelled: it cannot be paid"))
            }
            _ if self.payments.iter().any(|payment| payment.id == payment_id) => {
                Err(DomainError::rule(format!("payment {payment_id} is recorded already")))
            }
            _ => Ok(()),
        }
    }

    fn above_balance(&self, amount: Decimal) -> DomainError {
        let (balance, currency) = (self.balance, self.currency);
        DomainError::rule(format!(
            "the payment of {amount} {currency} is above the balance of {balance} {currency}"
        ))
    }

    /// However an invoice comes to be overdue, subscribers hear it from one event.
    fn tell_overdue(
        &self,
        status: InvoiceStatus,
        balance: Decimal,
        at: Timestamp,
        events: &mut Vec<InvoiceEvent>,
    ) {
        if status == InvoiceStatus::Overdue && self.status != InvoiceStatus::Overdue {
            events.push(self.overdue(balance, at));
        }
    }
}
