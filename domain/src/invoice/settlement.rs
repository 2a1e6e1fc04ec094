//! How far an invoice is paid, whatever else happened to it.

use super::{Invoice, InvoiceStatus};
use rust_decimal::Decimal;

/// How far an invoice is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// Nothing is: a draft, and one that was seen or is overdue too.
    Unpaid,
    /// Some of it, also where the rest is overdue.
    PartiallyPaid,
    /// All of it.
    Paid,
    /// It was withdrawn.
    Cancelled,
}

impl Settlement {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Unpaid, Self::PartiallyPaid, Self::Paid, Self::Cancelled];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::PartiallyPaid => "partially_paid",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
        }
    }

    /// The statuses that an invoice can then be in.
    pub fn statuses(self) -> &'static [InvoiceStatus] {
        match self {
            Self::Unpaid => {
                &[InvoiceStatus::Draft, InvoiceStatus::Sent, InvoiceStatus::Viewed, InvoiceStatus::Overdue]
            }
            Self::PartiallyPaid => &[InvoiceStatus::PartiallyPaid, InvoiceStatus::Overdue],
            Self::Paid => &[InvoiceStatus::Paid],
            Self::Cancelled => &[InvoiceStatus::Cancelled],
        }
    }
}

impl Invoice {
    /// How far it is paid.
    pub fn settlement(&self) -> Settlement {
        match self.status {
            InvoiceStatus::Paid => Settlement::Paid,
            InvoiceStatus::Cancelled => Settlement::Cancelled,
            InvoiceStatus::PartiallyPaid => Settlement::PartiallyPaid,
            InvoiceStatus::Overdue if self.paid > Decimal::ZERO => Settlement::PartiallyPaid,
            InvoiceStatus::Draft | InvoiceStatus::Sent | InvoiceStatus::Viewed | InvoiceStatus::Overdue => {
                Settlement::Unpaid
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overdue_invoice_is_unpaid_until_something_is_paid() {
        let of = |status, paid: i64| {
            let settlement =
                Invoice { status, paid: Decimal::new(paid, 2), ..Invoice::default() }.settlement();
            assert!(settlement.statuses().contains(&status), "{status} among those of {settlement:?}");
            settlement
        };
        assert_eq!(of(InvoiceStatus::Draft, 0), Settlement::Unpaid);
        assert_eq!(of(InvoiceStatus::Sent, 0), Settlement::Unpaid);
        assert_eq!(of(InvoiceStatus::Viewed, 0), Settlement::Unpaid);
        assert_eq!(of(InvoiceStatus::Overdue, 0), Settlement::Unpaid);
        assert_eq!(of(InvoiceStatus::Overdue, 1), Settlement::PartiallyPaid);
        assert_eq!(of(InvoiceStatus::PartiallyPaid, 100), Settlement::PartiallyPaid);
        assert_eq!(of(InvoiceStatus::Paid, 100), Settlement::Paid);
        assert_eq!(of(InvoiceStatus::Cancelled, 0), Settlement::Cancelled);
    }
}
