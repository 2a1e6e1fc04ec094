//! Discounts and charges: which bill takes which.
//!
//! - Both belong to a month, and its invoice takes them. One that comes when that invoice is there already is refused.
//! - A discount counts as far as it fits under the amount; those made first come first.
//! - What does not fit of a `cumulative` discount goes to the next bill of a later month, once its own month has
//!   been billed, again and again until it is used up. What does not fit of another one lapses.
//! - A percentage is one of its own month's credits: that bill makes an amount of it, which is then carried like any
//!   other.
//! - Cancelling an invoice gives back what it had taken. A percentage of which nothing stands in an invoice then is a
//!   percentage again.

use super::decide::Decision;
use super::events::*;
use super::{ConsumerUnit, NewCharge, NewDiscount};
use crate::energy::{AdjustmentValue, AppliedDiscount, AskedCharge, AskedDiscount, NotExact, exact};
use crate::value::money::round_minor;
use crate::value::{Competence, Currency, text};
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 50;
/// Most discounts, and most charges, of one month.
const MAX_OF_A_MONTH: usize = 100;

/// A discount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// Its id.
    pub id: Uuid,
    /// What it is worth.
    pub value: AdjustmentValue,
    /// Whether what does not fit goes on to later bills.
    pub cumulative: bool,
    /// Whether it counts as savings.
    pub real: bool,
    /// What it is for.
    pub description: String,
    /// The month whose invoice it is taken off.
    pub competence: Competence,
    /// A percentage in R$, once its own month was billed.
    pub worth: Option<Decimal>,
    /// The invoices that took it, none of them cancelled.
    pub applied: Vec<AppliedTo>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Its id.
    pub id: Uuid,
    /// What it is worth.
    pub value: AdjustmentValue,
    /// Whether it is taken from the savings.
    pub real: bool,
    /// What it is for.
    pub description: String,
    /// The month whose invoice it is put on.
    pub competence: Competence,
    /// The invoice that it is on, which is not cancelled.
    pub applied: Option<AppliedTo>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How much of an adjustment an invoice took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedTo {
    /// The invoice.
    pub invoice_id: Uuid,
    /// The month of the invoice.
    pub competence: Competence,
    /// R$.
    pub amount: Decimal,
}

impl From<DiscountCreated> for Discount {
    fn from(created: DiscountCreated) -> Self {
        Self {
            id: created.discount_id,
            value: created.value,
            cumulative: created.cumulative,
            real: created.real,
            description: created.description,
            competence: created.competence,
            worth: None,
            applied: Vec::new(),
            created_at: created.at,
        }
    }
}

impl From<ChargeCreated> for Charge {
    fn from(created: ChargeCreated) -> Self {
        Self {
            id: created.charge_id,
            value: created.value,
            real: created.real,
            description: created.description,
            competence: created.competence,
            applied: None,
            created_at: created.at,
        }
    }
}

impl Discount {
    /// All of it in R$; none for a percentage whose month is not billed.
    pub fn amount(&self) -> Option<Decimal> {
        match self.value {
            AdjustmentValue::Amount(amount) => Some(amount),
            AdjustmentValue::Percent(_) => self.worth,
        }
    }

    /// R$ of it that no invoice has taken; none where its amount is not known yet. Of one that is not cumulative, and
    /// whose month is billed, this has lapsed.
    ///
    /// # Errors
    /// [`NotExact`] where that needs more digits than can be kept.
    pub fn remaining(&self) -> Result<Option<Decimal>, NotExact> {
        let applied = exact::sum(self.applied.iter().map(|applied| applied.amount))?;
        self.amount().map(|amount| exact::sub(amount, applied)).transpose()
    }

    /// An invoice that took some of it.
    pub fn used_by(&self) -> Option<&AppliedTo> {
        self.applied.iter().find(|applied| !applied.amount.is_zero())
    }

    /// What it asks of the bill of `competence`, if anything.
    fn asks(
        &self,
        competence: Competence,
        own_month_is_billed: bool,
    ) -> Result<Option<AdjustmentValue>, NotExact> {
        let rest = || Ok(self.remaining()?.map(AdjustmentValue::Amount));
        if competence == self.competence {
            // Where a later invoice holds part of it, only the rest is left for its own month: perhaps nothing, but
            // that its month was billed is noted all the same.
            return if self.used_by().is_some() { rest() } else { Ok(Some(self.value)) };
        }
        let carried = self.cumulative && self.competence < competence && own_month_is_billed;
        let nothing = Some(AdjustmentValue::Amount(Decimal::ZERO));
        if carried { Ok(rest()?.filter(|rest| Some(*rest) != nothing)) } else { Ok(None) }
    }

    /// An invoice took some of it, perhaps nothing.
    pub(super) fn take(&mut self, taken: &AppliedDiscount, invoice_id: Uuid, competence: Competence) {
        if let AdjustmentValue::Percent(_) = taken.asks {
            self.worth = Some(taken.asked);
        }
        self.applied.push(AppliedTo { invoice_id, competence, amount: taken.applied });
    }

    /// An invoice was cancelled.
    pub(super) fn give_back(&mut self, invoice_id: Uuid) {
        self.applied.retain(|applied| applied.invoice_id != invoice_id);
        let own_month_is_billed = self.applied.iter().any(|applied| applied.competence == self.competence);
        if self.used_by().is_none() && !own_month_is_billed {
            self.worth = None;
        }
    }
}

impl ConsumerUnit {
    /// The discounts that the bill of a month takes, in the order they were made.
    pub(super) fn discounts_of(&self, competence: Competence) -> Result<Vec<AskedDiscount>, NotExact> {
        let mut asked = Vec::new();
        for discount in &self.discounts {
            let billed = self.bill_of(discount.competence).is_some();
            if let Some(asks) = discount.asks(competence, billed)? {
                let Discount { id, description, real, .. } = discount.clone();
                asked.push(AskedDiscount { id, description, asks, real });
            }
        }
        Ok(asked)
    }

    /// The charges that the bill of a month takes, in the order they were made.
    pub(super) fn charges_of(&self, competence: Competence) -> Vec<AskedCharge> {
        let own = self.charges.iter().filter(|charge| charge.competence == competence);
        own.map(|charge| {
            let Charge { id, value, real, description, .. } = charge.clone();
            AskedCharge { id, description, asks: value, real }
        })
        .collect()
    }

    pub(super) fn create_discount(&self, discount: NewDiscount) -> Decision {
        let NewDiscount { discount_id, value, cumulative, real, description, competence, at } = discount;
        let (value, description) = check_adjustment(value, &description)?;
        if self.discounts.iter().any(|known| known.id == discount_id) {
            return Err(DomainError::rule(format!("discount {discount_id} exists already")));
        }
        let of_the_month = self.discounts.iter().filter(|known| known.competence == competence).count();
        self.check_open("discount", competence, of_the_month)?;
        let created = DiscountCreated { discount_id, value, cumulative, real, description, competence, at };
        Ok(vec![ConsumerUnitEvent::DiscountCreated(Box::new(created))])
    }

    pub(super) fn create_charge(&self, charge: NewCharge) -> Decision {
        let NewCharge { charge_id, value, real, description, competence, at } = charge;
        let (value, description) = check_adjustment(value, &description)?;
        if self.charges.iter().any(|known| known.id == charge_id) {
            return Err(DomainError::rule(format!("charge {charge_id} exists already")));
        }
        let of_the_month = self.charges.iter().filter(|known| known.competence == competence).count();
        self.check_open("charge", competence, of_the_month)?;
        let created = ChargeCreated { charge_id, value, real, description, competence, at };
        Ok(vec![ConsumerUnitEvent::ChargeCreated(Box::new(created))])
    }

    fn check_open(&self, what: &str, competence: Competence, of_the_month: usize) -> Result<(), DomainError> {
        if let Some(bill) = self.bill_of(competence) {
            return Err(DomainError::InvoiceStands {
                refusal: format!(
                    "the invoice of {competence} was issued already: this {what} comes too late for it"
                ),
                invoice_id: bill.invoice_id,
            });
        }
        if of_the_month >= MAX_OF_A_MONTH {
            return Err(DomainError::rule(format!(
                "{competence} has {MAX_OF_A_MONTH} {what}s already: it can have no more"
            )));
        }
        Ok(())
    }

    pub(super) fn delete_discount(&self, discount_id: Uuid, at: Timestamp) -> Decision {
        let discount = self.discounts.iter().find(|discount| discount.id == discount_id);
        let discount = discount.ok_or(DomainError::NotFound { what: "discount" })?;
        match discount.used_by() {
            Some(applied) => Err(in_use("discount", applied)),
            None => Ok(vec![ConsumerUnitEvent::DiscountDeleted(DiscountDeleted { discount_id, at })]),
        }
    }

    pub(super) fn delete_charge(&self, charge_id: Uuid, at: Timestamp) -> Decision {
        let charge = self.charges.iter().find(|charge| charge.id == charge_id);
        let charge = charge.ok_or(DomainError::NotFound { what: "charge" })?;
        match &charge.applied {
            Some(applied) => Err(in_use("charge", applied)),
            None => Ok(vec![ConsumerUnitEvent::ChargeDeleted(ChargeDeleted { charge_id, at })]),
        }
    }
}

fn check_adjustment(
    value: AdjustmentValue,
    description: &str,
) -> Result<(AdjustmentValue, String), DomainError> {
    let mut errors = FieldErrors::new();
    let checked = errors.check("value", value.checked());
    let description = errors.check("description", text::required_line(description, MAX_DESCRIPTION));
    match checked.zip(description) {
        Some(right) => Ok(right),
        None => Err(DomainError::Invalid(errors)),
    }
}

fn in_use(what: &str, applied: &AppliedTo) -> DomainError {
    let AppliedTo { invoice_id, competence, amount } = applied;
    let amount = round_minor(*amount, Currency::BRL);
    DomainError::InvoiceStands {
        refusal: format!("the invoice of {competence} has taken R$ {amount} of this {what}: cancel it first"),
        invoice_id: *invoice_id,
    }
}
