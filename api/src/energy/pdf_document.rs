//! An energy invoice as the printer wants it.

use super::invoice_parts::Parts;
use super::report_row;
use crate::printing;
use jiff::civil::Date;
use rust_decimal::Decimal;
use sunledger_documents::{
    Consumption, EnergyFigures, EnergyInvoiceDocument, EnergySavings, EnergyStep, EnergyUnit, Party,
    UtilityBill,
};
use sunledger_domain::consumer_unit::ConsumerUnit;
use sunledger_domain::energy::{AdjustmentValue, Bill, Billing};
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
        steps: steps(billing),
        total: invoice.total,
        paid: invoice.paid,
        balance_due: printing::balance_due(invoice),
        payments: printing::payments(invoice),
        savings: Some(EnergySavings {
            month: figures.savings,
            percent: Some(figures.savings_percent),
            to_date: figures.savings_total,
            without_plan: figures.without_plan,
            with_plan: figures.with_plan,
        }),
        history: history(bill, unit),
        pix: report_row::pix(invoice, profile).map(|code| code.as_str().to_owned()),
        boleto: None,
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

/// From the credits to the amount, in the order of the formula of `totalAPagar`.
fn steps(billing: &Billing) -> Vec<EnergyStep> {
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

/// The billed months up to the invoice's own, which is one of them even after it was cancelled.
fn history(bill: &Bill, unit: Option<&ConsumerUnit>) -> Vec<Consumption> {
    let own = (bill.competence, Some(bill.consumption));
    let mut months = unit.map(|unit| unit.history(bill.competence, MONTHS)).unwrap_or_default();
    match months.last_mut() {
        Some(last) => *last = own,
        None => months.push(own),
    }
    let billed = months.into_iter().filter_map(|(month, kwh)| Some((month, kwh?.get())));
    billed.map(|(month, kwh): (Competence, Decimal)| Consumption { month: label(month), kwh }).collect()
}

/// `mar/24`.
fn label(month: Competence) -> String {
    format!("{}/{:02}", short_month(month).to_lowercase(), month.year().rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use sunledger_domain::energy::Kwh;

    #[test]
    fn the_steps_lead_from_the_credits_to_the_amount() {
        let steps = steps(&samples::billing());
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
    fn the_utilitys_bill_is_paid_apart_or_is_a_step() {
        let mut billing = samples::billing();
        let apart = utility_bill(&billing).unwrap();
        assert_eq!(
            (apart.amount.to_string().as_str(), apart.due_date.map(|day| day.to_string())),
            ("1627.58", Some("2024-03-22".to_owned()))
        );
        billing.terms.pay_dealership_bill = true;
        assert!(utility_bill(&billing).is_none());
        assert!(matches!(steps(&billing).last(), Some(EnergyStep::UtilityBill { .. })));
    }

    #[test]
    fn months_have_short_names_and_the_invoices_own_is_always_there() {
        let bill = samples::billing().bill;
        let drawn: Vec<_> = history(&bill, Some(&ConsumerUnit::default()))
            .into_iter()
            .map(|month| (month.month, month.kwh))
            .collect();
        assert_eq!(drawn, [("mar/24".to_owned(), Kwh::parse("1496").unwrap().get())]);
        assert_eq!(history(&bill, None).len(), 1);
    }
}
