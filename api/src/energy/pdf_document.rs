//! An energy invoice as the printer wants it.

use super::invoice_parts::Parts;
use crate::{pix, printing};
use jiff::civil::Date;
use rust_decimal::Decimal;
use sunledger_documents::{
    Consumption, DiscountRest, EnergyFigures, EnergyInvoiceDocument, EnergySavings, EnergyStep, EnergyUnit,
    Party, UtilityBill,
};
use sunledger_domain::consumer_unit::ConsumerUnit;
use sunledger_domain::energy::{AdjustmentValue, AppliedDiscount, Bill, Billing, Figures, Kwh};
use sunledger_domain::invoice::{Invoice, InvoiceEnergy};
use sunledger_domain::portuguese::{month_and_year, short_month};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{Boleto, CalendarDate, Competence};

/// Months of consumption that are drawn.
const MONTHS: usize = 13;

/// The document; `None` for an invoice that bills no month of a unit.
pub(super) fn document(invoice: &Invoice, parts: &Parts, profile: &Tenant) -> Option<EnergyInvoiceDocument> {
    let energy = invoice.energy.as_deref()?;
    let InvoiceEnergy { billing, .. } = energy;
    let (bill, figures) = (&billing.bill, &billing.figures);
    let client = parts.client(invoice).map(|client| printing::party(&client.state)).unwrap_or_default();
    let unit = parts.unit(invoice).map(|unit| &unit.state);
    let plant = parts.plant(invoice).map(|plant| plant.state.profile.name.clone());
    let day = |day: CalendarDate| -> Option<Date> { Some(day.get()) };
    Some(EnergyInvoiceDocument {
        issuer: printing::issuer(profile),
        unit: printed_unit(energy, unit, &client, plant),
        client,
        number: invoice.invoice_number.as_str().to_owned(),
        status: printing::status(invoice.status),
        competence: month_and_year(bill.competence),
        issue_date: invoice.issue_date.get(),
        due_date: day(invoice.due_date),
        previous_reading: day(bill.previous_reading),
        current_reading: day(bill.current_reading),
        next_reading: day(bill.next_reading),
        energy: EnergyFigures {
            consumed: Some(bill.consumption.get()),
            credits_used: Some(figures.credits_used),
            credits_offset: Some(bill.credits_compensated.get()),
            credit_balance: Some(bill.credit_balance.get()),
        },
        steps: steps(billing, unit),
        total: invoice.total,
        paid: invoice.paid,
        balance_due: printing::balance_due(invoice),
        payments: printing::payments(invoice),
        savings: Some(EnergySavings {
            month: figures.savings,
            percent: savings_percent(figures),
            to_date: figures.savings_total,
            without_plan: figures.without_plan,
            with_plan: figures.with_plan,
        }),
        history: history(bill, unit),
        pix: pix::code(invoice, profile).map(|code| code.as_str().to_owned()),
        utility_bill: utility_bill(billing),
        notes: invoice.notes.clone().unwrap_or_default(),
    })
}

fn printed_unit(
    energy: &InvoiceEnergy,
    unit: Option<&ConsumerUnit>,
    client: &Party,
    plant: Option<String>,
) -> EnergyUnit {
    let profile = unit.map(|unit| &unit.profile);
    let holder = profile.and_then(|profile| profile.name_account_owner.clone());
    let address = profile.and_then(|profile| profile.address.as_ref());
    EnergyUnit {
        number: energy.account_number.clone(),
        name: profile.map(|profile| profile.name.clone()).unwrap_or_default(),
        holder: holder.unwrap_or_else(|| client.name.clone()),
        installation: energy.billing.terms.installation_type.printed().to_owned(),
        plant: plant.unwrap_or_default(),
        address: address.map(printing::address_lines).unwrap_or_default(),
    }
}

/// The plan's percentage, where the month's savings are the plan's alone: with discounts or charges among them they are
/// another share of the amount.
fn savings_percent(figures: &Figures) -> Option<Decimal> {
    let of_plan = figures.credit_without_discount.saturating_sub(figures.credit_with_discount);
    (figures.savings == of_plan && !of_plan.is_zero()).then_some(figures.savings_percent)
}

/// From the credits to the amount, in the order of the formula of `totalAPagar`.
fn steps(billing: &Billing, unit: Option<&ConsumerUnit>) -> Vec<EnergyStep> {
    let (bill, figures) = (&billing.bill, &billing.figures);
    let (gross, net) = (figures.credit_without_discount, figures.credit_with_discount);
    let share = |asks: AdjustmentValue| match asks {
        AdjustmentValue::Percent(percent) => Some((percent, net)),
        AdjustmentValue::Amount(_) => None,
    };
    let mut steps = vec![EnergyStep::Credits {
        kwh: figures.credits_used,
        tariff: bill.compensable_tariff.get(),
        amount: gross,
    }];
    if gross != net {
        let amount = gross.saturating_sub(net);
        steps.push(EnergyStep::PlanDiscount { percent: figures.savings_percent, of: gross, amount });
    }
    steps.extend(billing.discounts.iter().map(|taken| EnergyStep::Discount {
        description: taken.description.clone(),
        share: share(taken.asks),
        amount: taken.applied,
        rest: rest(taken, unit),
    }));
    steps.extend(billing.charges.iter().map(|taken| EnergyStep::Charge {
        description: taken.description.clone(),
        share: share(taken.asks),
        amount: taken.applied,
    }));
    let amount = billing.utility_part();
    if !amount.is_zero() {
        steps.push(EnergyStep::UtilityBill { amount });
    }
    steps
}

/// What did not fit of a discount that the unit still has.
fn rest(taken: &AppliedDiscount, unit: Option<&ConsumerUnit>) -> Option<DiscountRest> {
    let amount = taken.rest();
    let discount = unit?.discounts.iter().find(|discount| discount.id == taken.discount_id)?;
    (!amount.is_zero()).then_some(DiscountRest { amount, carried: discount.cumulative })
}

/// The utility's bill, where the client pays it apart.
fn utility_bill(billing: &Billing) -> Option<UtilityBill> {
    let bill = &billing.bill;
    let amount = bill.utility_charges.get();
    if billing.terms.pay_dealership_bill || amount.is_zero() {
        return None;
    }
    let digits = bill.dealership_boleto.as_ref().map(|boleto| boleto.as_str());
    // Grouped as on a boleto, where it has the form of one.
    let boleto = digits
        .map(|digits| Boleto::read(digits).map_or_else(|_| digits.to_owned(), |boleto| boleto.to_string()));
    Some(UtilityBill {
        amount,
        due_date: Some(bill.utility_due_date.get()),
        boleto: boleto.unwrap_or_default(),
    })
}

/// The months from the first billed one to the invoice's own, which is billed even after it was cancelled.
fn history(bill: &Bill, unit: Option<&ConsumerUnit>) -> Vec<Consumption> {
    let own = (bill.competence, Some(bill.consumption));
    let mut months = unit.map(|unit| unit.history(bill.competence, MONTHS)).unwrap_or_default();
    match months.last_mut() {
        Some(last) => *last = own,
        None => months.push(own),
    }
    let since_first = months.into_iter().skip_while(|(_, kwh)| kwh.is_none());
    since_first.map(|(month, kwh)| Consumption { month: label(month), kwh: kwh.map(Kwh::get) }).collect()
}

/// `mar/24`.
fn label(month: Competence) -> String {
    format!("{}/{:02}", short_month(month).to_lowercase(), month.year().rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use sunledger_domain::consumer_unit::{BilledMonth, Discount};
    use sunledger_domain::energy::AskedDiscount;
    use uuid::Uuid;

    #[test]
    fn the_steps_lead_from_the_credits_to_the_amount() {
        let steps = steps(&samples::billing(), None);
        let signed: Vec<String> = steps
            .iter()
            .map(|step| match step {
                EnergyStep::Credits { kwh, tariff, amount } => format!("{kwh} x {tariff} = {amount}"),
                EnergyStep::PlanDiscount { percent, of, amount } => format!("{percent}% of {of} = -{amount}"),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(signed, ["1396 x 0.93455196 = 1304.63453616", "20% of 1304.63453616 = -260.926907232"]);
    }

    #[test]
    fn what_a_bill_leaves_of_a_discount_goes_on_or_lapses_as_the_discount_says() {
        let Billing { bill, terms, savings_before, .. } = samples::billing();
        let asks = AdjustmentValue::Amount(samples::decimal("1200"));
        let asked =
            AskedDiscount { id: Uuid::from_u128(7), description: "Bônus".to_owned(), asks, real: false };
        let billing =
            Billing::compute(bill, terms, std::slice::from_ref(&asked), &[], savings_before).unwrap();
        let unit = |cumulative| ConsumerUnit {
            discounts: vec![Discount {
                id: asked.id,
                value: asks,
                cumulative,
                real: false,
                description: asked.description.clone(),
                competence: billing.bill.competence,
                worth: None,
                applied: Vec::new(),
                created_at: samples::at("2024-03-01T12:00:00Z"),
            }],
            ..ConsumerUnit::default()
        };
        let printed = |unit: Option<ConsumerUnit>| match steps(&billing, unit.as_ref()).pop() {
            Some(EnergyStep::Discount { amount, share: None, rest, .. }) => {
                (amount.to_string(), rest.map(|rest| (rest.amount.to_string(), rest.carried)))
            }
            other => panic!("{other:?}"),
        };
        let (applied, rest) = ("1043.707628928".to_owned(), "156.292371072".to_owned());
        assert_eq!(printed(Some(unit(true))), (applied.clone(), Some((rest.clone(), true))));
        assert_eq!(printed(Some(unit(false))), (applied.clone(), Some((rest, false))));
        assert_eq!(printed(None), (applied, None));
    }

    #[test]
    fn savings_bear_the_plans_percentage_where_they_are_the_plans() {
        let figures = samples::billing().figures;
        assert_eq!(savings_percent(&figures), Some(samples::decimal("20")));
        let more = Figures { savings: samples::decimal("887.15"), ..figures.clone() };
        assert_eq!(savings_percent(&more), None);
        let (savings, credit_with_discount) = (Decimal::ZERO, figures.credit_without_discount);
        assert_eq!(savings_percent(&Figures { savings, credit_with_discount, ..figures }), None);
    }

    #[test]
    fn the_utilitys_bill_is_paid_apart_or_is_a_step() {
        let mut billing = samples::billing();
        let apart = utility_bill(&billing).unwrap();
        assert_eq!(
            (apart.amount.to_string().as_str(), apart.due_date.map(|day| day.to_string())),
            ("1627.58", Some("2024-03-22".to_owned()))
        );
        billing.terms.pay_dealership_bill = true;
        assert!(utility_bill(&billing).is_none());
        assert!(matches!(steps(&billing, None).last(), Some(EnergyStep::UtilityBill { .. })));
    }

    #[test]
    fn months_have_short_names_and_the_invoices_own_is_always_there() {
        let bill = samples::billing().bill;
        let drawn: Vec<_> = history(&bill, Some(&ConsumerUnit::default()))
            .into_iter()
            .map(|month| (month.month, month.kwh))
            .collect();
        assert_eq!(drawn, [("mar/24".to_owned(), Some(Kwh::parse("1496").unwrap().get()))]);
        assert_eq!(history(&bill, None).len(), 1);
    }

    #[test]
    fn months_are_told_from_the_first_billed_one_and_those_between_keep_their_place() {
        let billed = |competence: &str, kwh: &str| BilledMonth {
            competence: Competence::parse(competence).unwrap(),
            invoice_id: Uuid::nil(),
            consumption: Kwh::parse(kwh).unwrap(),
            credits_used: Decimal::ZERO,
            savings: Decimal::ZERO,
            amount_charged: Decimal::ZERO,
            credits: Vec::new(),
            lapsed: Vec::new(),
        };
        let bills = vec![billed("02/2023", "9"), billed("12/2023", "1511"), billed("03/2024", "1496")];
        let unit = ConsumerUnit { bills, ..ConsumerUnit::default() };
        let drawn = history(&samples::billing().bill, Some(&unit));
        let drawn: Vec<_> =
            drawn.into_iter().map(|month| (month.month, month.kwh.map(|kwh| kwh.to_string()))).collect();
        let month = |label: &str, kwh: Option<&str>| (label.to_owned(), kwh.map(str::to_owned));
        let expected =
            [("dez/23", Some("1511")), ("jan/24", None), ("fev/24", None), ("mar/24", Some("1496"))];
        assert_eq!(drawn, expected.map(|(label, kwh)| month(label, kwh)));
    }
}
