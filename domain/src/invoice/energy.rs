//! Energy invoices: a consumer unit's month, billed. Such an invoice is one like any other (number, payments, being
//! overdue), whose lines and total come from the energy engine.

use super::decide::{Decision, issued, price};
use super::events::{InvoiceCreated, InvoiceEvent, InvoicePaid};
use super::{Discount, INVOICE_NUMBER, LineDraft};
use crate::FieldErrors;
use crate::energy::Billing;
use crate::entity::{Number, Text};
use crate::numbering::NumberSeries;
use crate::plan::PlanSlot;
use crate::value::money::round_minor;
use crate::value::{CalendarDate, Currency};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an energy invoice has beyond any other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InvoiceEnergy {
    /// The consumer unit.
    pub consumer_unit_id: Uuid,
    /// The power plant that it got credits from when it was billed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_plant_id: Option<Uuid>,
    /// `numeroDoCliente`: its account number when it was billed.
    pub account_number: String,
    /// The bill, what its amount was made of, and what came out.
    pub billing: Billing,
}

/// What an energy invoice is made of: its lines, currency and due date follow from the bill.
#[derive(Debug, Clone, PartialEq)]
pub struct EnergyInvoiceDraft {
    /// Who is billed: the unit's client.
    pub client_id: Uuid,
    /// The series that numbers the invoices of this tenant.
    pub series: NumberSeries,
    /// The date it bears. A bill can be handed in late, so the due date may lie before it.
    pub issue_date: CalendarDate,
    /// The unit's month, as the unit billed it in the same unit of work.
    pub energy: InvoiceEnergy,
    /// The slot of the plan that it takes, where the plan has a limit.
    pub plan: Option<PlanSlot>,
    /// Today, in the tenant's time zone.
    pub today: CalendarDate,
    /// Now.
    pub at: Timestamp,
}

/// Makes and issues it. Where nothing is due it is paid at once, since nobody will ever pay it.
pub(super) fn create(draft: EnergyInvoiceDraft) -> Decision {
    let mut errors = FieldErrors::new();
    let (drafts, discount) = lines(&draft.energy.billing);
    let (lines, discount, totals) = price(&drafts, discount, Currency::BRL, &mut errors);
    let series = NumberSeries::new(&draft.series.prefix, draft.series.width);
    let total = totals.total;
    let created = InvoiceCreated {
        number: Number::PENDING,
        invoice_number: Text::pending(),
        series: errors.check(INVOICE_NUMBER, series),
        client_id: draft.client_id,
        project_id: None,
        currency: Currency::BRL,
        issue_date: draft.issue_date,
        due_date: draft.energy.billing.bill.due_date,
        lines,
        discount,
        totals,
        notes: None,
        terms: None,
        counted_in: draft.plan,
        energy: Some(Box::new(draft.energy)),
        at: draft.at,
    };
    let created = errors.into_result(created)?;
    let mut events = issued(created, draft.today)?;
    if total.is_zero() {
        let paid = InvoicePaid { total, currency: Currency::BRL, at: draft.at };
        events.push(InvoiceEvent::Paid(paid));
    }
    Ok(events)
}

/// The lines of a bill: the credits, each charge, and the utility's bill where the company pays it; and all
/// discounts as one. An invoice has whole centavos in every line while a bill's parts are exact, so each part is
/// charged as what it moves the rounded sum by: lines and discount add up to the rounded total, to the centavo.
fn lines(billing: &Billing) -> (Vec<LineDraft>, Option<Discount>) {
    let (bill, figures) = (&billing.bill, &billing.figures);
    let credits =
        format!("Créditos de energia solar {}: {} kWh", bill.competence, figures.credits_used.normalize());
    let mut parts = vec![(credits, figures.credit_with_discount)];
    parts.extend(billing.charges.iter().map(|charge| (charge.description.clone(), charge.applied)));
    let utility = billing.utility_part();
    if !utility.is_zero() {
        parts.push((format!("Conta da distribuidora {}", bill.competence), utility));
    }
    let in_centavos = |amount: Decimal| round_minor(amount, Currency::BRL);
    let (mut exact, mut charged) = (Decimal::ZERO, Decimal::ZERO);
    let mut lines = Vec::new();
    for (description, amount) in parts {
        exact = exact.saturating_add(amount);
        let unit_price = in_centavos(exact).saturating_sub(charged);
        charged = charged.saturating_add(unit_price);
        lines.push(LineDraft { description, quantity: Decimal::ONE, unit_price, tax_rate: Decimal::ZERO });
    }
    let off = charged.saturating_sub(figures.amount_charged);
    (lines, (!off.is_zero()).then_some(Discount::Amount(off)))
}
