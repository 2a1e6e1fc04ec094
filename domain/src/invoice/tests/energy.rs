//! Energy invoices: their lines and totals, and their life.

use super::*;
use crate::energy::bill::tests::march;
use crate::energy::{
    AdjustmentValue, AskedCharge, AskedDiscount, BillDraft, Billing, Fraction, InstallationType, Terms,
};
use crate::value::money::round_minor;
use proptest::prelude::*;

fn terms(pay_dealership_bill: bool) -> Terms {
    Terms {
        installation_type: InstallationType::Trifasico,
        discount_rate: Fraction::parse("0.2").unwrap(),
        pay_dealership_bill,
    }
}

fn charge(asks: AdjustmentValue) -> AskedCharge {
    AskedCharge { id: id(8), description: "Taxa administrativa".to_owned(), asks, real: false }
}

fn discount(asks: AdjustmentValue) -> AskedDiscount {
    AskedDiscount { id: id(9), description: "Desconto".to_owned(), asks, real: true }
}

fn energy_draft(billing: Billing, today: &str) -> EnergyInvoiceDraft {
    EnergyInvoiceDraft {
        client_id: id(1),
        series: NumberSeries::default(),
        issue_date: day(today),
        energy: InvoiceEnergy {
            consumer_unit_id: id(2),
            power_plant_id: Some(id(3)),
            account_number: "132456798".to_owned(),
            billing,
        },
        plan: None,
        today: day(today),
        at: at(0),
    }
}

fn billing(bill: &BillDraft, pays: bool, discounts: &[AskedDiscount], charges: &[AskedCharge]) -> Billing {
    Billing::compute(bill.checked().unwrap(), terms(pays), discounts, charges, Decimal::ZERO).unwrap()
}

fn issued_on(today: &str, billing: Billing) -> (Vec<&'static str>, Invoice) {
    let command = InvoiceCommand::CreateEnergy(Box::new(energy_draft(billing, today)));
    let events = Invoice::default().decide(command.clone()).unwrap();
    (told(&events), after([command]))
}

fn shown(invoice: &Invoice) -> Vec<String> {
    invoice.lines.iter().map(|line| format!("{}: {}", line.description, line.amount)).collect()
}

#[test]
fn the_documents_bill_is_an_invoice_over_its_rounded_total() {
    let (events, invoice) = issued_on("2024-03-14", billing(&march(), false, &[], &[]));
    assert_eq!(events, ["invoice.created", "invoice.sent"]);
    assert_eq!((invoice.total, invoice.balance), (number("1043.71"), number("1043.71")));
    assert_eq!((invoice.currency, invoice.due_date), (Currency::BRL, day("2024-03-22")));
    assert_eq!(shown(&invoice), ["Créditos de energia solar 03/2024: 1396 kWh: 1043.71"]);
    let energy = invoice.energy.unwrap();
    assert_eq!((energy.account_number.as_str(), energy.consumer_unit_id), ("132456798", id(2)));
    assert_eq!(energy.billing.figures.total_due, number("1043.707628928"));
    assert_eq!(invoice.status, InvoiceStatus::Sent);
}

#[test]
fn every_part_is_a_line_and_all_discounts_are_one() {
    let charges =
        [charge(AdjustmentValue::Amount(number("50.00"))), charge(AdjustmentValue::Percent(number("1")))];
    let discounts = [discount(AdjustmentValue::Percent(number("10")))];
    let (_, invoice) = issued_on("2024-03-14", billing(&march(), true, &discounts, &charges));
    assert_eq!(
        shown(&invoice),
        [
            "Créditos de energia solar 03/2024: 1396 kWh: 1043.71",
            "Taxa administrativa: 50.00",
            "Taxa administrativa: 10.43",
            "Conta da distribuidora 03/2024: 1627.58",
        ]
    );
    assert_eq!(invoice.discount_total, number("104.37"));
    assert_eq!(invoice.total, number("2627.35"));
}

#[test]
fn a_bill_that_comes_late_is_overdue_at_once() {
    let (events, invoice) = issued_on("2024-03-23", billing(&march(), false, &[], &[]));
    assert_eq!(events, ["invoice.created", "invoice.sent", "invoice.overdue"]);
    assert_eq!((invoice.status, invoice.issue_date), (InvoiceStatus::Overdue, day("2024-03-23")));
}

#[test]
fn a_bill_over_nothing_is_paid_at_once_and_can_be_cancelled() {
    let nothing = BillDraft { consumption: number("80"), ..march() };
    for today in ["2024-03-14", "2024-04-14"] {
        let (events, invoice) = issued_on(today, billing(&nothing, false, &[], &[]));
        assert_eq!(events, ["invoice.created", "invoice.sent", "invoice.paid"]);
        assert_eq!((invoice.status, invoice.paid_at), (InvoiceStatus::Paid, Some(at(0))));
        assert_eq!(invoice.total.to_string(), "0.00");
        assert_eq!(invoice.decide(grow_overdue()), Ok(vec![]));
        broken_rule(invoice.decide(pay(1, "0.01")));
        assert_eq!(told(&invoice.decide(cancel()).unwrap()), ["invoice.cancelled"]);
    }
}

#[test]
fn it_lives_like_any_other_invoice() {
    let command = InvoiceCommand::CreateEnergy(Box::new(energy_draft(
        billing(&march(), false, &[], &[]),
        "2024-03-14",
    )));
    broken_rule(after([command.clone()]).decide(command.clone()));
    let paid = after([command.clone(), pay_on(1, "1043.71", "2024-03-20")]);
    assert_eq!((paid.status, paid.paid), (InvoiceStatus::Paid, number("1043.71")));
    broken_rule(paid.decide(cancel()));
    let back =
        after([command.clone(), pay_on(1, "1043.71", "2024-03-20"), reverse_on(1, "2024-03-21"), cancel()]);
    assert_eq!(back.status, InvoiceStatus::Cancelled);
    broken_rule(after([command]).decide(InvoiceCommand::Update(Box::default())));
}

#[test]
fn it_takes_its_number_from_the_tenants_series() {
    let command = InvoiceCommand::CreateEnergy(Box::new(energy_draft(
        billing(&march(), false, &[], &[]),
        "2024-03-14",
    )));
    let events = Invoice::default().decide(command).unwrap();
    let claims = claims_of(&Invoice::default(), &events);
    let series: Vec<&str> = claims.series.iter().map(|(_, claim)| claim.series.as_str()).collect();
    assert_eq!(series, ["number:invoice", "label:INV-"]);
}

fn any_value() -> impl Strategy<Value = AdjustmentValue> {
    prop_oneof![
        (1_i64..=300_000).prop_map(|centavos| AdjustmentValue::Amount(Decimal::new(centavos, 2))),
        (100_i64..=10_000).prop_map(|percent| AdjustmentValue::Percent(Decimal::new(percent, 2))),
    ]
}

proptest! {
    #[test]
    fn lines_and_discount_add_up_to_the_rounded_total(
        consumption in 0_i64..=5_000_000,
        tariff in 0_i64..=200_000_000,
        utility in 0_i64..=500_000,
        pays in any::<bool>(),
        discounts in prop::collection::vec(any_value(), 0..5),
        charges in prop::collection::vec(any_value(), 0..5),
    ) {
        let bill = BillDraft {
            consumption: Decimal::new(consumption, 3),
            compensable_tariff: Decimal::new(tariff, 8),
            utility_charges: Decimal::new(utility, 2),
            ..march()
        };
        let discounts: Vec<_> = discounts.into_iter().map(discount).collect();
        let charges: Vec<_> = charges.into_iter().map(charge).collect();
        let billing = billing(&bill, pays, &discounts, &charges);
        let (_, invoice) = issued_on("2024-03-14", billing.clone());
        prop_assert_eq!(invoice.total, round_minor(billing.figures.total_due, Currency::BRL));
        prop_assert_eq!(invoice.total, billing.figures.amount_charged);
        let centavo = Decimal::new(1, 2);
        let parts = std::iter::once(billing.figures.credit_with_discount)
            .chain(billing.charges.iter().map(|charge| charge.applied));
        for (line, exact) in invoice.lines.iter().zip(parts) {
            prop_assert!((line.amount - exact).abs() < centavo, "{} for {}", line.amount, exact);
        }
        prop_assert_eq!(invoice.status == InvoiceStatus::Paid, invoice.total.is_zero());
    }
}
