//! The formulas, one function each. Source of all of them: the contract's table "The billing engine"; names in the
//! formulas are the table's.

use super::term::{Sheet, Term};
use super::{AppliedCharge, AppliedDiscount, AskedCharge, AskedDiscount, Bill, NotExact, Source, Terms};
use crate::energy::AdjustmentValue;
use rust_decimal::Decimal;

type Formula = Result<Term, NotExact>;

/// kWh that credits paid for: as the bill says, else what was consumed above the minimum of the connection.
pub(super) fn credits_used(bill: &Bill, terms: &Terms, sheet: &mut Sheet) -> Formula {
    const NAME: &str = "creditosUtilizados";
    if let Some(used) = bill.credits_used {
        return Ok(Term::input(NAME, used.get(), Source::Bill).named(NAME, sheet));
    }
    let kind = terms.installation_type;
    let minimum =
        Term::input(format!("consumoMinimo({})", kind.as_str()), kind.minimum(), Source::Connection);
    let consumption = Term::input("consumoTotalMes", bill.consumption.get(), Source::Bill);
    Ok(consumption.minus(&minimum)?.at_least_zero().named(NAME, sheet))
}

/// R$/kWh of the tariff that credits do not save: taxes, PIS and COFINS.
pub(super) fn pis_cofins(bill: &Bill, sheet: &mut Sheet) -> Formula {
    let tariff = Term::input("tarifakWh", bill.tariff.get(), Source::Bill);
    Ok(tariff.minus(&compensable_tariff(bill))?.named("tarifaPisCofins", sheet))
}

/// R$ that the credits saved at the utility.
pub(super) fn credit_without_discount(bill: &Bill, credits_used: &Term, sheet: &mut Sheet) -> Formula {
    Ok(credits_used.times(&compensable_tariff(bill))?.named("valorCreditoSemDesconto", sheet))
}

/// R$ that the credits cost: what they saved, less the plan's discount.
pub(super) fn credit_with_discount(terms: &Terms, gross: &Term, sheet: &mut Sheet) -> Formula {
    let kept = Term::constant(Decimal::ONE).minus(&discount_rate(terms))?;
    Ok(gross.times(&kept)?.named("valorCreditoComDesconto", sheet))
}

/// Charges, their sum, and those of them that are taken from the savings.
pub(super) struct Charges {
    pub(super) each: Vec<AppliedCharge>,
    pub(super) sum: Term,
    pub(super) real: Vec<Term>,
}

/// R$ of each charge: its amount, or its percentage of `net` (valorCreditoComDesconto).
pub(super) fn charges(asked: &[AskedCharge], net: &Term, sheet: &mut Sheet) -> Result<Charges, NotExact> {
    let (mut each, mut terms, mut real) = (Vec::new(), Vec::new(), Vec::new());
    for (index, charge) in asked.iter().enumerate() {
        let name = format!("charges[{index}]");
        let term = worth(&name, charge.asks, Source::Charge(charge.id), net)?.named(name, sheet);
        let AskedCharge { id, description, asks, real: is_real } = charge.clone();
        each.push(AppliedCharge { charge_id: id, description, asks, applied: term.value(), real: is_real });
        if is_real {
            real.push(term.clone());
        }
        terms.push(term);
    }
    Ok(Charges { each, sum: sum(&terms)?.named("charges", sheet), real })
}

/// Discounts, their sum, and those of them that count as savings.
pub(super) struct Discounts {
    pub(super) each: Vec<AppliedDiscount>,
    pub(super) sum: Term,
    pub(super) real: Vec<Term>,
}

/// R$ of each discount: its amount, or its percentage of `net`, as far as it fits under what is left of `room` after
/// those before it.
pub(super) fn discounts(
    asked: &[AskedDiscount],
    net: &Term,
    room: Term,
    sheet: &mut Sheet,
) -> Result<Discounts, NotExact> {
    let (mut each, mut terms, mut real) = (Vec::new(), Vec::new(), Vec::new());
    let mut left = room;
    for (index, discount) in asked.iter().enumerate() {
        let name = format!("discounts[{index}]");
        let worth = worth(&name, discount.asks, Source::Discount(discount.id), net)?;
        let wanted = worth.value();
        let term = worth.at_most(&left).named(name, sheet);
        left = left.minus(&term)?.called("restoSemDescontos");
        let AskedDiscount { id, description, asks, real: is_real } = discount.clone();
        let applied = term.value();
        each.push(AppliedDiscount {
            discount_id: id,
            description,
            asks,
            asked: wanted,
            applied,
            real: is_real,
        });
        if is_real {
            real.push(term.clone());
        }
        terms.push(term);
    }
    Ok(Discounts { each, sum: sum(&terms)?.named("discounts", sheet), real })
}

/// R$ that discounts can be taken off: everything that would be due without them.
pub(super) fn room_for_discounts(
    bill: &Bill,
    terms: &Terms,
    net: &Term,
    charges: &Term,
    sheet: &mut Sheet,
) -> Formula {
    let due = with_utility_bill(net.plus(charges)?, bill, terms)?;
    Ok(due.named("totalSemDescontos", sheet))
}

/// R$ to be paid. The utility's bill is a part of it where the company pays that for the client.
pub(super) fn total_due(
    bill: &Bill,
    terms: &Terms,
    net: &Term,
    discounts: &Term,
    charges: &Term,
    sheet: &mut Sheet,
) -> Formula {
    let due = with_utility_bill(net.minus(discounts)?.plus(charges)?, bill, terms)?;
    Ok(due.at_least_zero().named("totalAPagar", sheet))
}

/// R$ in whole centavos.
pub(super) fn amount_charged(total: &Term, sheet: &mut Sheet) -> Term {
    total.in_centavos().named("valorCobrado", sheet)
}

/// R$ that the month would have cost without the plan.
pub(super) fn without_plan(bill: &Bill, gross: &Term, sheet: &mut Sheet) -> Formula {
    Ok(gross.plus(&utility_charges(bill))?.named("valorSemPlano", sheet))
}

/// R$ that the month cost with the plan, the utility's bill included, whoever pays it.
pub(super) fn with_plan(
    bill: &Bill,
    net: &Term,
    discounts: &Term,
    charges: &Term,
    sheet: &mut Sheet,
) -> Formula {
    let cost = net.minus(discounts)?.plus(charges)?.plus(&utility_charges(bill))?;
    Ok(cost.named("valorComPlano", sheet))
}

/// R$ saved in the month: by the plan, more by each real discount, less by each real charge.
pub(super) fn savings(
    gross: &Term,
    net: &Term,
    real_discounts: &[Term],
    real_charges: &[Term],
    sheet: &mut Sheet,
) -> Formula {
    let by_plan = gross.minus(net)?;
    let with_discounts = real_discounts.iter().try_fold(by_plan, |saved, discount| saved.plus(discount))?;
    let saved = real_charges.iter().try_fold(with_discounts, |saved, charge| saved.minus(charge))?;
    Ok(saved.named("economiaMes", sheet))
}

/// R$ saved to date.
pub(super) fn savings_total(before: Decimal, savings: &Term, sheet: &mut Sheet) -> Formula {
    let before = Term::input("economiaAnterior", before, Source::EarlierBills);
    Ok(before.added_up_with(savings)?.named("economiaTotal", sheet))
}

/// The discount rate in percent.
pub(super) fn savings_percent(terms: &Terms, sheet: &mut Sheet) -> Formula {
    let percent = discount_rate(terms).times(&Term::constant(Decimal::ONE_HUNDRED))?;
    Ok(percent.named("porcentagemEconomiaMesAtual", sheet))
}

/// R$ that an adjustment is worth; a percentage is one of `net`.
fn worth(name: &str, value: AdjustmentValue, source: Source, net: &Term) -> Formula {
    match value {
        AdjustmentValue::Amount(amount) => Ok(Term::input(format!("{name}.value"), amount, source)),
        AdjustmentValue::Percent(percent) => {
            net.times(&Term::input(format!("{name}.percentage"), percent, source).over_hundred()?)
        }
    }
}

fn sum(terms: &[Term]) -> Formula {
    match terms.split_first() {
        None => Ok(Term::constant(Decimal::ZERO)),
        Some((first, others)) => others.iter().try_fold(first.clone(), |sum, term| sum.plus(term)),
    }
}

fn with_utility_bill(due: Term, bill: &Bill, terms: &Terms) -> Formula {
    if terms.pay_dealership_bill { due.plus(&utility_charges(bill)) } else { Ok(due) }
}

fn compensable_tariff(bill: &Bill) -> Term {
    Term::input("tarifakWhCompensavel", bill.compensable_tariff.get(), Source::Bill)
}

fn utility_charges(bill: &Bill) -> Term {
    Term::input("totalEncargos", bill.utility_charges.get(), Source::Bill)
}

fn discount_rate(terms: &Terms) -> Term {
    Term::input("discountRate", terms.discount_rate.get(), Source::ConsumerUnit)
}
