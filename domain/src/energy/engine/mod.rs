//! The formulas by which a bill becomes an amount, as the contract's "The billing engine" tells them.
//!
//! A formula is written once: the operations of a [`term::Term`] compute exactly and write down what they did, so
//! that the explanation of a figure cannot differ from how it was computed.
//!
//! | file | what |
//! | --- | --- |
//! | `rules.rs` | one function a formula |
//! | `term.rs` | values that know how they came about |
//! | `figures.rs` | everything that comes out |
//! | `explanation.rs` | how each figure came about, for people |

mod explanation;
mod figures;
mod rules;
mod term;
#[cfg(test)]
mod tests;

pub use explanation::{Explained, Explanation, Input, Source};
pub use figures::Figures;

use super::{AppliedCharge, AppliedDiscount, AskedCharge, AskedDiscount, Bill, NotExact, Terms};
use rules::{Charges, Discounts};
use rust_decimal::Decimal;
use term::Sheet;

/// What a bill comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computation {
    /// The figures.
    pub figures: Figures,
    /// The discounts, in their order, and how much of each fitted.
    pub discounts: Vec<AppliedDiscount>,
    /// The charges, in their order.
    pub charges: Vec<AppliedCharge>,
    /// How the figures came about.
    pub explanation: Explanation,
}

/// What `bill` comes to under the unit's `terms`. The discounts are taken off in the order given, each as far as it
/// fits under what is left. `savings_before` is what the unit has saved so far (R$), with what it was taken on with.
///
/// # Errors
/// [`NotExact`] where a figure needs more digits than can be kept.
pub fn compute(
    bill: &Bill,
    terms: &Terms,
    discounts: &[AskedDiscount],
    charges: &[AskedCharge],
    savings_before: Decimal,
) -> Result<Computation, NotExact> {
    let mut sheet = Sheet::default();
    let sheet = &mut sheet;
    let credits_used = rules::credits_used(bill, terms, sheet)?;
    let pis_cofins = rules::pis_cofins(bill, sheet)?;
    let gross = rules::credit_without_discount(bill, &credits_used, sheet)?;
    let net = rules::credit_with_discount(terms, &gross, sheet)?;
    let Charges { each: charged, sum: charge_total, real: real_charges } =
        rules::charges(charges, &net, sheet)?;
    let room = rules::room_for_discounts(bill, terms, &net, &charge_total, sheet)?;
    let Discounts { each: taken_off, sum: discount_total, real: real_discounts } =
        rules::discounts(discounts, &net, room, sheet)?;
    let total = rules::total_due(bill, terms, &net, &discount_total, &charge_total, sheet)?;
    let charged_amount = rules::amount_charged(&total, sheet);
    let without_plan = rules::without_plan(bill, &gross, sheet)?;
    let with_plan = rules::with_plan(bill, &net, &discount_total, &charge_total, sheet)?;
    let savings = rules::savings(&gross, &net, &real_discounts, &real_charges, sheet)?;
    let savings_total = rules::savings_total(savings_before, &savings, sheet)?;
    let percent = rules::savings_percent(terms, sheet)?;
    let figures = Figures {
        credits_used: credits_used.value(),
        pis_cofins_tariff: pis_cofins.value(),
        credit_without_discount: gross.value(),
        credit_with_discount: net.value(),
        discount_total: discount_total.value(),
        charge_total: charge_total.value(),
        total_due: total.value(),
        amount_charged: charged_amount.value(),
        without_plan: without_plan.value(),
        with_plan: with_plan.value(),
        savings: savings.value(),
        savings_total: savings_total.value(),
        savings_percent: percent.value(),
    };
    let explanation = Explanation { figures: std::mem::take(sheet).into_figures() };
    Ok(Computation { figures, discounts: taken_off, charges: charged, explanation })
}
