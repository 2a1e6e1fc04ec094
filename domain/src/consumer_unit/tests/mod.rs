//! The rules of consumer units, told as stories: the helpers here, one file a subject.

mod adjusting;
mod billing;
mod credits;
mod model;
mod properties;
mod registering;

use super::*;
use crate::DomainError;
use crate::energy::bill::tests::march;
use crate::energy::{AdjustmentValue, BillDraft, Fraction, InstallationType, Reais, Share};
use crate::testing::*;
use crate::value::{Change, Competence, TaxId};
use rust_decimal::Decimal;
use uuid::Uuid;

/// The unit of the energy document's first bill.
fn profile() -> UnitProfile {
    UnitProfile {
        account_number: " 132456798 ".to_owned(),
        client_id: id(1),
        power_plant_id: Some(id(2)),
        name: "João da Silva UC2".to_owned(),
        name_account_owner: some("SUNNE SISTEMA DE WEB LTDA"),
        tax_id: Some(TaxId::parse("11.222.333/0001-81", true).unwrap()),
        address: Some(campinas()),
        phone: Some(phone("(11) 99999-9999")),
        responsible: some("Maria do Rosário"),
        installation_type: InstallationType::Trifasico,
        discount_rate: Fraction::parse("0.2").unwrap(),
        percentage: Share::parse("0.01").unwrap(),
        plan: some("BASIC"),
        connected_at: Some(day("2023-12-01")),
        observations: some("Observações"),
        create_invoice_automatically: false,
        create_payment: false,
        download_dealership: false,
        pay_dealership_bill: false,
        unified_invoice: false,
        opening_savings: Reais::parse("4540.339327442").unwrap(),
    }
}

fn register(profile: UnitProfile) -> ConsumerUnitCommand {
    ConsumerUnitCommand::Register { profile: Box::new(profile), at: at(0) }
}

fn month(text: &str) -> Competence {
    Competence::parse(text).unwrap()
}

/// The unit after these commands, each of them read back from the log.
fn after(commands: impl IntoIterator<Item = ConsumerUnitCommand>) -> ConsumerUnit {
    let mut unit = ConsumerUnit::default();
    for command in std::iter::once(register(profile())).chain(commands) {
        let events = unit.decide(command).unwrap();
        events.iter().for_each(|event| unit.evolve(logged(event)));
    }
    unit
}

fn with(unit: &ConsumerUnit, command: ConsumerUnitCommand) -> ConsumerUnit {
    let mut unit = unit.clone();
    let events = unit.decide(command).unwrap();
    events.iter().for_each(|event| unit.evolve(logged(event)));
    unit
}

/// A month's bill with 1,000 kWh of credits at R$ 1, less 20 %: R$ 800.00. `kwh` of credits where given.
fn post(competence: &str, invoice: u8, kwh: &str) -> ConsumerUnitCommand {
    let bill = BillDraft {
        competence: month(competence),
        consumption: number("5000"),
        credits_used: Some(number(kwh)),
        compensable_tariff: number("1"),
        ..march()
    };
    ConsumerUnitCommand::PostBill(Box::new(PostBill { invoice_id: id(invoice), bill, at: at(10) }))
}

fn bill(competence: &str, invoice: u8) -> ConsumerUnitCommand {
    post(competence, invoice, "1000")
}

fn cancel(invoice: u8) -> ConsumerUnitCommand {
    ConsumerUnitCommand::CancelBill { invoice_id: id(invoice), at: at(20) }
}

fn reais(text: &str) -> AdjustmentValue {
    AdjustmentValue::Amount(number(text))
}

fn percent(text: &str) -> AdjustmentValue {
    AdjustmentValue::Percent(number(text))
}

fn discount(last: u8, competence: &str, value: AdjustmentValue, cumulative: bool) -> ConsumerUnitCommand {
    ConsumerUnitCommand::CreateDiscount(Box::new(NewDiscount {
        discount_id: id(last),
        value,
        cumulative,
        real: true,
        description: "Desconto de 10%".to_owned(),
        competence: month(competence),
        at: at(5),
    }))
}

fn charge(last: u8, competence: &str, value: AdjustmentValue) -> ConsumerUnitCommand {
    ConsumerUnitCommand::CreateCharge(Box::new(NewCharge {
        charge_id: id(last),
        value,
        real: false,
        description: "Taxa administrativa".to_owned(),
        competence: month(competence),
        at: at(5),
    }))
}

fn delete_discount(last: u8) -> ConsumerUnitCommand {
    ConsumerUnitCommand::DeleteDiscount { discount_id: id(last), at: at(6) }
}

fn delete_charge(last: u8) -> ConsumerUnitCommand {
    ConsumerUnitCommand::DeleteCharge { charge_id: id(last), at: at(6) }
}

fn billed(events: &[ConsumerUnitEvent]) -> &ConsumerUnitBilled {
    let [ConsumerUnitEvent::Billed(billed)] = events else { panic!("{events:?}") };
    billed
}
