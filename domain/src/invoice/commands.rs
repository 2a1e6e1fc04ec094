//! What can be asked of an invoice.

use super::{Discount, EnergyInvoiceDraft, LineDraft};
use crate::numbering::NumberSeries;
use crate::plan::PlanSlot;
use crate::value::{CalendarDate, Change, Currency};
use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

/// What can be asked of an invoice. `today` is the day in the tenant's time zone, `at` the instant.
#[derive(Debug, Clone, PartialEq)]
pub enum InvoiceCommand {
    /// Make it.
    Create(Box<InvoiceDraft>),
    /// Make and issue one for a consumer unit's month.
    CreateEnergy(Box<EnergyInvoiceDraft>),
    /// Change it, while it is a draft.
    Update(Box<InvoicePatch>),
    /// Issue a draft.
    Send {
        /// Whether it goes out by e-mail.
        via_email: bool,
        /// Today.
        today: CalendarDate,
        /// Now.
        at: Timestamp,
    },
    /// The client looked at it.
    MarkViewed {
        /// Now.
        at: Timestamp,
    },
    /// Money came in for it.
    RecordPayment(Box<NewPayment>),
    /// A payment is taken back.
    ReversePayment {
        /// Which.
        payment_id: Uuid,
        /// Today.
        today: CalendarDate,
        /// Now.
        at: Timestamp,
    },
    /// Withdraw it.
    Cancel {
        /// Why; at most 500 characters.
        reason: Option<String>,
        /// Now.
        at: Timestamp,
    },
    /// The day changed: is it overdue?
    MarkOverdue {
        /// Today.
        today: CalendarDate,
        /// Now.
        at: Timestamp,
    },
    /// Delete a draft or a cancelled one.
    Delete {
        /// Now.
        at: Timestamp,
    },
}

/// What a new invoice is made of. That the client and the project exist is checked by who sends it.
#[derive(Debug, Clone, PartialEq)]
pub struct InvoiceDraft {
    /// Who is billed.
    pub client_id: Uuid,
    /// The project it is for.
    pub project_id: Option<Uuid>,
    /// The number that people see; none for the next of the series.
    pub invoice_number: Option<String>,
    /// The series that numbers the invoices of this tenant.
    pub series: NumberSeries,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// The date it bears.
    pub issue_date: CalendarDate,
    /// Until when it is to be paid; not before the issue date.
    pub due_date: CalendarDate,
    /// 1 to 1,000 lines.
    pub lines: Vec<LineDraft>,
    /// What is taken off.
    pub discount: Option<Discount>,
    /// At most 5,000 characters.
    pub notes: Option<String>,
    /// At most 5,000 characters.
    pub terms: Option<String>,
    /// Issued as soon as it is made, or a draft first.
    pub issue: bool,
    /// The slot of the plan that it takes, where the plan has a limit.
    pub plan: Option<PlanSlot>,
    /// Today, in the tenant's time zone.
    pub today: CalendarDate,
    /// Now.
    pub at: Timestamp,
}

/// What changes in a draft.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InvoicePatch {
    /// Another client.
    pub client_id: Option<Uuid>,
    /// Another project, or none.
    pub project_id: Change<Uuid>,
    /// Another number.
    pub invoice_number: Option<String>,
    /// Another currency: every amount is computed anew.
    pub currency: Option<Currency>,
    /// Another date.
    pub issue_date: Option<CalendarDate>,
    /// Another due date.
    pub due_date: Option<CalendarDate>,
    /// Other lines, instead of all those there are.
    pub lines: Option<Vec<LineDraft>>,
    /// Another discount, or none.
    pub discount: Change<Discount>,
    /// Other notes, or none.
    pub notes: Change<String>,
    /// Other terms, or none.
    pub terms: Change<String>,
    /// Now.
    pub at: Timestamp,
}

/// Money that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPayment {
    /// The payment's id, new to the invoice.
    pub payment_id: Uuid,
    /// Above 0, at most the balance, in whole minor units.
    pub amount: Decimal,
    /// The day it came in.
    pub date: CalendarDate,
    /// How; at most 60 characters.
    pub method: Option<String>,
    /// What the bank calls it; at most 200 characters.
    pub reference: Option<String>,
    /// Today, in the tenant's time zone.
    pub today: CalendarDate,
    /// Now.
    pub at: Timestamp,
}
