//! A month of a unit billed, and its invoice cancelled.

use super::decide::Decision;
use super::events::{ConsumerUnitBillCancelled, ConsumerUnitBilled, ConsumerUnitEvent};
use super::{AppliedTo, ConsumerUnit, CreditDraw, PostBill};
use crate::DomainError;
use crate::energy::{Billing, Kwh, NotExact, exact};
use crate::value::Competence;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A billed month, its invoice not cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BilledMonth {
    /// The month.
    pub competence: Competence,
    /// The invoice.
    pub invoice_id: Uuid,
    /// kWh of the month.
    pub consumption: Kwh,
    /// kWh that credits paid for.
    pub credits_used: Decimal,
    /// R$ saved in the month.
    pub savings: Decimal,
    /// R$ that the invoice asks for.
    pub amount_charged: Decimal,
    /// The credits that it took.
    pub credits: Vec<CreditDraw>,
    /// The credits that it found lapsed.
    pub lapsed: Vec<CreditDraw>,
}

impl ConsumerUnit {
    /// The bill of a month, where one stands.
    pub fn bill_of(&self, competence: Competence) -> Option<&BilledMonth> {
        let place = self.bills.binary_search_by_key(&competence, |bill| bill.competence).ok()?;
        self.bills.get(place)
    }

    /// R$ saved to date, with what it was taken on with.
    ///
    /// # Errors
    /// [`NotExact`] where the sum is beyond what can be kept, rounded or not.
    pub fn savings_total(&self) -> Result<Decimal, NotExact> {
        let opening = self.profile.opening_savings.get();
        self.bills.iter().map(|bill| bill.savings).try_fold(opening, exact::add_up)
    }

    /// The `months` months up to `last`, oldest first, each with its kWh where it is billed.
    pub fn history(&self, last: Competence, months: usize) -> Vec<(Competence, Option<Kwh>)> {
        let back = std::iter::successors(Some(last), |month| Some(month.prev()));
        let kwh = |month| self.bill_of(month).map(|bill| bill.consumption);
        let mut history: Vec<_> = back.take(months).map(|month| (month, kwh(month))).collect();
        history.reverse();
        history
    }

    /// What posting a bill makes happen: also how to see what it would come to.
    ///
    /// # Errors
    /// `Invalid` naming every wrong field; `InvoiceStands` where the month is billed already.
    pub fn bill(&self, post: &PostBill) -> Result<ConsumerUnitBilled, DomainError> {
        let bill = post.bill.checked().map_err(DomainError::Invalid)?;
        let competence = bill.competence;
        if let Some(known) = self.bill_of(competence) {
            return Err(DomainError::InvoiceStands {
                refusal: format!(
                    "{competence} of this consumer unit is billed already: cancel its invoice first"
                ),
                invoice_id: known.invoice_id,
            });
        }
        if self.bills.iter().any(|known| known.invoice_id == post.invoice_id) {
            return Err(DomainError::rule(format!("invoice {} is of another month", post.invoice_id)));
        }
        let billing = self.compute(bill).map_err(not_exact)?;
        let credits = self.draw_credits(competence, billing.figures.credits_used);
        let lapsed = self.lapsed_credits(competence);
        Ok(ConsumerUnitBilled { invoice_id: post.invoice_id, billing, credits, lapsed, at: post.at })
    }

    fn compute(&self, bill: crate::energy::Bill) -> Result<Billing, NotExact> {
        let discounts = self.discounts_of(bill.competence)?;
        let charges = self.charges_of(bill.competence);
        Billing::compute(bill, self.profile.terms(), &discounts, &charges, self.savings_total()?)
    }

    pub(super) fn cancel_bill(&self, invoice_id: Uuid, at: Timestamp) -> Decision {
        let bill = self.bills.iter().find(|bill| bill.invoice_id == invoice_id);
        let competence = bill.ok_or(DomainError::NotFound { what: "bill" })?.competence;
        let cancelled = ConsumerUnitBillCancelled { invoice_id, competence, at };
        Ok(vec![ConsumerUnitEvent::BillCancelled(cancelled)])
    }

    pub(super) fn billed(&mut self, billed: ConsumerUnitBilled) {
        let ConsumerUnitBilled { invoice_id, billing, credits, lapsed, .. } = billed;
        let Billing { bill, discounts, charges, figures, .. } = billing;
        let competence = bill.competence;
        for taken in &discounts {
            if let Some(discount) = self.discounts.iter_mut().find(|known| known.id == taken.discount_id) {
                discount.take(taken, invoice_id, competence);
            }
        }
        for taken in &charges {
            if let Some(charge) = self.charges.iter_mut().find(|known| known.id == taken.charge_id) {
                charge.applied = Some(AppliedTo { invoice_id, competence, amount: taken.applied });
            }
        }
        self.take_credits(credits.iter().chain(&lapsed));
        let month = BilledMonth {
            competence,
            invoice_id,
            consumption: bill.consumption,
            credits_used: figures.credits_used,
            savings: figures.savings,
            amount_charged: figures.amount_charged,
            credits,
            lapsed,
        };
        let place = self.bills.partition_point(|known| known.competence < competence);
        self.bills.insert(place, month);
    }

    pub(super) fn bill_cancelled(&mut self, invoice_id: Uuid) {
        let Some(place) = self.bills.iter().position(|bill| bill.invoice_id == invoice_id) else { return };
        let BilledMonth { credits, lapsed, .. } = self.bills.remove(place);
        self.give_credits_back(credits.iter().chain(&lapsed));
        self.discounts.iter_mut().for_each(|discount| discount.give_back(invoice_id));
        for charge in &mut self.charges {
            charge.applied = charge.applied.filter(|applied| applied.invoice_id != invoice_id);
        }
    }
}

fn not_exact(_: NotExact) -> DomainError {
    DomainError::invalid(
        "compensable_tariff",
        "has so many digits that the bill's figures cannot be kept exactly; give fewer decimals",
    )
}
