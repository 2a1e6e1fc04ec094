//! The rules of an invoice's life: what may be asked of it in which status.

use super::energy;
use super::events::*;
use super::totals::{check_discount, check_lines, sum};
use super::{
    Discount, INVOICE_NUMBER, Invoice, InvoiceCommand, InvoiceDraft, InvoicePatch, InvoiceStatus, Line,
    LineDraft, Totals,
};
use crate::checks::{optional_text, text_change};
use crate::entity::{Entity, Number, Text};
use crate::numbering::NumberSeries;
use crate::value::{CalendarDate, Change, Currency, text};
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use rust_decimal::Decimal;

/// Longest invoice number, in characters.
const MAX_NUMBER: usize = 60;
/// Longest notes and terms, in characters.
const MAX_NOTES: usize = 5_000;
/// Longest reason of a cancellation, in characters.
const MAX_REASON: usize = 500;

pub(super) type Decision = Result<Vec<InvoiceEvent>, DomainError>;

impl Invoice {
    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields, `NotFound` where the invoice was never made or is deleted (or the payment was
    /// never recorded or is reversed), `Rule` where its status forbids it.
    pub fn decide(&self, command: InvoiceCommand) -> Decision {
        match command {
            InvoiceCommand::Create(_) | InvoiceCommand::CreateEnergy(_)
                if self.number != Number::default() =>
            {
                Err(DomainError::rule("this invoice exists already"))
            }
            InvoiceCommand::Create(draft) => create(*draft),
            InvoiceCommand::CreateEnergy(draft) => energy::create(*draft),
            _ if !self.exists() => Err(DomainError::NotFound { what: "invoice" }),
            InvoiceCommand::Update(patch) => self.update(*patch),
            InvoiceCommand::Send { via_email, today, at } => self.send(via_email, today, at),
            InvoiceCommand::MarkViewed { at } => Ok(self.view(at)),
            InvoiceCommand::RecordPayment(payment) => self.record_payment(*payment),
            InvoiceCommand::ReversePayment { payment_id, today, at } => {
                self.reverse_payment(payment_id, today, at)
            }
            InvoiceCommand::Cancel { reason, at } => self.cancel(reason, at),
            InvoiceCommand::MarkOverdue { today, at } => Ok(self.mark_overdue(today, at)),
            InvoiceCommand::Delete { at } => self.delete(at),
        }
    }

    fn update(&self, patch: InvoicePatch) -> Decision {
        if self.status != InvoiceStatus::Draft {
            return Err(DomainError::rule(format!(
                "only a draft can be changed; this invoice is {}",
                self.status
            )));
        }
        let mut errors = FieldErrors::new();
        let issue_date = patch.issue_date.unwrap_or(self.issue_date);
        let due_date = patch.due_date.unwrap_or(self.due_date);
        check_dates(issue_date, due_date, &mut errors);
        let currency = patch.currency.unwrap_or(self.currency);
        let drafts = patch.lines.unwrap_or_else(|| self.lines.iter().map(LineDraft::from).collect());
        let mut discount = self.discount;
        patch.discount.apply(&mut discount);
        let (lines, discount, totals) = price(&drafts, discount, currency, &mut errors);
        let changed = InvoiceUpdated {
            client_id: patch.client_id.filter(|id| *id != self.client_id),
            project_id: patch.project_id.against(&self.project_id),
            invoice_number: patch
                .invoice_number
                .map(|number| check_number(&number, &mut errors))
                .filter(|number| number != self.invoice_number.as_str()),
            currency: patch.currency.filter(|currency| *currency != self.currency),
            issue_date: patch.issue_date.filter(|date| *date != self.issue_date),
            due_date: patch.due_date.filter(|date| *date != self.due_date),
            lines: Some(lines).filter(|lines| *lines != self.lines),
            discount: Change::from(discount).against(&self.discount),
            totals: Some(totals).filter(|totals| *totals != self.totals() || currency != self.currency),
            notes: text_change("notes", patch.notes, MAX_NOTES, text::text, &mut errors).against(&self.notes),
            terms: text_change("terms", patch.terms, MAX_NOTES, text::text, &mut errors).against(&self.terms),
            at: patch.at,
        };
        let nothing = changed == InvoiceUpdated { at: patch.at, ..InvoiceUpdated::default() };
        errors.into_result(if nothing { vec![] } else { vec![InvoiceEvent::Updated(Box::new(changed))] })
    }

    fn totals(&self) -> Totals {
        Totals {
            subtotal: self.subtotal,
            tax_total: self.tax_total,
            discount_total: self.discount_total,
            total: self.total,
        }
    }

    fn send(&self, via_email: bool, today: CalendarDate, at: Timestamp) -> Decision {
        if self.status != InvoiceStatus::Draft {
            return Err(DomainError::rule(format!(
                "only a draft can be sent; this invoice is {}",
                self.status
            )));
        }
        let mut events = vec![InvoiceEvent::Sent(InvoiceSent { via_email, at })];
        if self.is_late(today) {
            events.push(self.overdue(self.balance, at));
        }
        Ok(events)
    }

    fn view(&self, at: Timestamp) -> Vec<InvoiceEvent> {
        let unseen =
            matches!(self.status, InvoiceStatus::Sent | InvoiceStatus::Overdue) && self.viewed_at.is_none();
        if unseen { vec![InvoiceEvent::Viewed(InvoiceViewed { at })] } else { vec![] }
    }

    fn mark_overdue(&self, today: CalendarDate, at: Timestamp) -> Vec<InvoiceEvent> {
        let due =
            self.status.is_outstanding() && self.status != InvoiceStatus::Overdue && self.is_late(today);
        if due { vec![self.overdue(self.balance, at)] } else { vec![] }
    }

    pub(super) fn overdue(&self, balance: Decimal, at: Timestamp) -> InvoiceEvent {
        InvoiceEvent::Overdue(InvoiceOverdue {
            due_date: self.due_date,
            balance,
            currency: self.currency,
            at,
        })
    }

    fn cancel(&self, reason: Option<String>, at: Timestamp) -> Decision {
        if self.status == InvoiceStatus::Cancelled {
            return Err(DomainError::rule("this invoice is cancelled already"));
        }
        if self.paid > Decimal::ZERO {
            let (paid, currency) = (self.paid, self.currency);
            return Err(DomainError::rule(format!(
                "{paid} {currency} of this invoice is paid: reverse the payments before cancelling it"
            )));
        }
        let mut errors = FieldErrors::new();
        let reason = optional_text("reason", reason, MAX_REASON, text::text, &mut errors);
        errors.into_result(vec![InvoiceEvent::Cancelled(InvoiceCancelled { reason, at })])
    }

    fn delete(&self, at: Timestamp) -> Decision {
        match self.status {
            InvoiceStatus::Draft | InvoiceStatus::Cancelled => {
                Ok(vec![InvoiceEvent::Deleted(InvoiceDeleted { at })])
            }
            status => Err(DomainError::rule(format!(
                "only a draft or a cancelled invoice can be deleted; this one is {status}"
            ))),
        }
    }
}

fn create(draft: InvoiceDraft) -> Decision {
    let mut errors = FieldErrors::new();
    check_dates(draft.issue_date, draft.due_date, &mut errors);
    let (lines, discount, totals) = price(&draft.lines, draft.discount, draft.currency, &mut errors);
    let (invoice_number, series) = match draft.invoice_number {
        Some(number) => (Text::given(check_number(&number, &mut errors)), None),
        None => {
            let series = NumberSeries::new(&draft.series.prefix, draft.series.width);
            (Text::pending(), errors.check(INVOICE_NUMBER, series))
        }
    };
    let created = InvoiceCreated {
        number: Number::PENDING,
        invoice_number,
        series,
        client_id: draft.client_id,
        project_id: draft.project_id,
        currency: draft.currency,
        issue_date: draft.issue_date,
        due_date: draft.due_date,
        lines,
        discount,
        totals,
        notes: optional_text("notes", draft.notes, MAX_NOTES, text::text, &mut errors),
        terms: optional_text("terms", draft.terms, MAX_NOTES, text::text, &mut errors),
        counted_in: draft.plan,
        energy: None,
        at: draft.at,
    };
    let created = errors.into_result(created)?;
    if draft.issue {
        issued(created, draft.today)
    } else {
        Ok(vec![InvoiceEvent::Created(Box::new(created))])
    }
}

/// An invoice that is issued as soon as it is made.
pub(super) fn issued(created: InvoiceCreated, today: CalendarDate) -> Decision {
    let at = created.at;
    let mut events = vec![InvoiceEvent::Created(Box::new(created))];
    let mut invoice = Invoice::default();
    events.iter().cloned().for_each(|event| invoice.evolve(event));
    events.extend(invoice.send(false, today, at)?);
    Ok(events)
}

fn check_dates(issue_date: CalendarDate, due_date: CalendarDate, errors: &mut FieldErrors) {
    if due_date < issue_date {
        errors.add("due_date", format!("must not be before the issue date, {issue_date}"));
    }
}

fn check_number(number: &str, errors: &mut FieldErrors) -> String {
    errors.check(INVOICE_NUMBER, text::required_line(number, MAX_NUMBER)).unwrap_or_default()
}

/// The lines with their amounts, the discount, and the sums, which are only worth looking at where nothing is wrong.
pub(crate) fn price(
    drafts: &[LineDraft],
    discount: Option<Discount>,
    currency: Currency,
    errors: &mut FieldErrors,
) -> (Vec<Line>, Option<Discount>, Totals) {
    let mut wrong = FieldErrors::new();
    let lines = check_lines(drafts, currency, &mut wrong);
    let discount = check_discount(discount, currency, &mut wrong);
    let totals =
        if wrong.is_empty() { sum(&lines, discount, currency, &mut wrong) } else { Totals::default() };
    errors.merge("", wrong);
    (lines, discount, totals)
}
