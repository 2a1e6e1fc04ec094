//! The rules of discounts and charges told a second time, from the bills that stand alone: nothing that the unit keeps
//! about what is left of a discount is looked at.

use super::*;
use crate::energy::Billing;
use std::collections::BTreeMap;

/// The bills that stand, and what the percentages came to.
#[derive(Debug, Default)]
pub(super) struct Model {
    bills: Vec<Standing>,
    worth: BTreeMap<Uuid, Worth>,
}

#[derive(Debug)]
struct Standing {
    invoice_id: Uuid,
    competence: Competence,
    taken: Vec<(Uuid, Decimal)>,
}

/// A percentage in R$, and the month of whose credits it is one.
#[derive(Debug)]
struct Worth {
    competence: Competence,
    amount: Decimal,
}

impl Model {
    /// What happened to the unit.
    pub(super) fn follow(&mut self, event: &ConsumerUnitEvent) {
        match event {
            ConsumerUnitEvent::Billed(billed) => {
                let competence = billed.billing.bill.competence;
                let discounts = &billed.billing.discounts;
                for discount in discounts.iter().filter(|discount| is_percent(discount.asks)) {
                    self.worth.insert(discount.discount_id, Worth { competence, amount: discount.asked });
                }
                let taken =
                    discounts.iter().map(|discount| (discount.discount_id, discount.applied)).collect();
                self.bills.push(Standing { invoice_id: billed.invoice_id, competence, taken });
            }
            ConsumerUnitEvent::BillCancelled(cancelled) => {
                self.bills.retain(|bill| bill.invoice_id != cancelled.invoice_id);
                let mut worth = std::mem::take(&mut self.worth);
                worth.retain(|discount, worth| {
                    !self.taken(*discount).is_zero() || self.is_billed(worth.competence)
                });
                self.worth = worth;
            }
            _ => {}
        }
    }

    /// A bill has taken all that it must, in the order it was made and as far as it fits, and nothing else.
    pub(super) fn check(&self, before: &ConsumerUnit, billing: &Billing) {
        let (month, net) = (billing.bill.competence, billing.figures.credit_with_discount);
        let reais = |value: AdjustmentValue| match value {
            AdjustmentValue::Amount(amount) => amount,
            AdjustmentValue::Percent(percent) => net * percent / Decimal::ONE_HUNDRED,
        };
        let own = before.charges.iter().filter(|charge| charge.competence == month);
        let charges: Vec<_> = own.map(|charge| (charge.id, reais(charge.value), charge.real)).collect();
        let told = billing.charges.iter().map(|charge| (charge.charge_id, charge.applied, charge.real));
        assert_eq!(told.collect::<Vec<_>>(), charges);
        let mut left = net + charges.iter().map(|(_, amount, _)| *amount).sum::<Decimal>();
        if before.profile.pay_dealership_bill {
            left += billing.bill.utility_charges.get();
        }
        let mut discounts = Vec::new();
        for discount in &before.discounts {
            if let Some(asked) = self.asked(discount, month, reais(discount.value)) {
                let applied = asked.min(left);
                left -= applied;
                discounts.push((discount.id, asked, applied, discount.real));
            }
        }
        let told =
            billing.discounts.iter().map(|taken| (taken.discount_id, taken.asked, taken.applied, taken.real));
        assert_eq!(told.collect::<Vec<_>>(), discounts);
        assert_eq!(billing.figures.total_due, left);
        let real_discounts: Decimal =
            discounts.iter().filter(|(.., real)| *real).map(|(_, _, applied, _)| *applied).sum();
        let real_charges: Decimal =
            charges.iter().filter(|(.., real)| *real).map(|(_, amount, _)| *amount).sum();
        let by_plan = billing.figures.credit_without_discount - net;
        assert_eq!(billing.figures.savings, by_plan + real_discounts - real_charges);
    }

    /// R$ that a discount asks of a month's bill; `whole` is all of it, a percentage being one of this month's credits.
    fn asked(&self, discount: &Discount, month: Competence, whole: Decimal) -> Option<Decimal> {
        let taken = self.taken(discount.id);
        let rest = || match self.worth.get(&discount.id) {
            Some(worth) => worth.amount - taken,
            None => whole - taken,
        };
        if discount.competence == month {
            return Some(if taken.is_zero() { whole } else { rest() });
        }
        let carried =
            discount.cumulative && discount.competence < month && self.is_billed(discount.competence);
        Some(rest()).filter(|rest| carried && !rest.is_zero())
    }

    fn taken(&self, discount: Uuid) -> Decimal {
        let of_all = self.bills.iter().flat_map(|bill| &bill.taken);
        of_all.filter(|(id, _)| *id == discount).map(|(_, amount)| *amount).sum()
    }

    fn is_billed(&self, month: Competence) -> bool {
        self.bills.iter().any(|bill| bill.competence == month)
    }
}

fn is_percent(value: AdjustmentValue) -> bool {
    matches!(value, AdjustmentValue::Percent(_))
}
