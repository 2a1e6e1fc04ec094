//! The events of energy: consumer units, power plants, and the invoices of their bills.

use super::{Samples, cnpj, slot};
use crate::consumer_unit::*;
use crate::energy::bill::tests::march as utility_bill;
use crate::energy::{AdjustmentValue, BillDraft, Fraction, InstallationType, Kwp, MeteredKwh, Reais, Share};
use crate::invoice::{EnergyInvoiceDraft, Invoice, InvoiceCommand, InvoiceEnergy};
use crate::numbering::NumberSeries;
use crate::power_plant::{PlantPatch, PlantProfile, PowerPlant, PowerPlantCommand};
use crate::testing::*;
use crate::value::{Change, Competence};

fn march() -> Competence {
    Competence::parse("03/2024").unwrap()
}

/// The first bill of the energy document's sample, with every field.
fn bill() -> BillDraft {
    BillDraft { credits_used: Some(number("1396")), ..utility_bill() }
}

fn consumer_unit_commands() -> Vec<ConsumerUnitCommand> {
    use ConsumerUnitCommand as Command;
    let fraction = |text| Fraction::parse(text).unwrap();
    let profile = UnitProfile {
        account_number: "132456798".to_owned(),
        client_id: id(1),
        power_plant_id: Some(id(2)),
        name: "João da Silva UC2".to_owned(),
        name_account_owner: some("João da Silva"),
        tax_id: Some(cnpj()),
        address: Some(campinas()),
        phone: Some(phone("(11) 99999-9999")),
        responsible: some("Maria do Rosário"),
        installation_type: InstallationType::Trifasico,
        discount_rate: fraction("0.2"),
        percentage: Share::parse("0.01").unwrap(),
        plan: some("BASIC"),
        connected_at: Some(day("2023-12-01")),
        observations: some("Observações"),
        create_invoice_automatically: true,
        create_payment: true,
        download_dealership: false,
        pay_dealership_bill: true,
        unified_invoice: false,
        opening_savings: Reais::parse("4540.339327442").unwrap(),
    };
    let patch = UnitPatch {
        account_number: some("132456799"),
        client_id: Some(id(3)),
        power_plant_id: Change::Clear,
        name: some("João da Silva UC3"),
        name_account_owner: Change::Clear,
        tax_id: Change::Clear,
        address: Change::Clear,
        phone: Change::Set(phone("(54) 99999-9999")),
        responsible: Change::Set("Ricardo da Silva".to_owned()),
        installation_type: Some(InstallationType::Bifasico),
        discount_rate: Some(fraction("0.15")),
        percentage: Some(Share::default()),
        plan: Change::Set("PLUS".to_owned()),
        connected_at: Change::Set(day("2024-01-01")),
        observations: Change::Clear,
        create_invoice_automatically: Some(false),
        create_payment: Some(false),
        download_dealership: Some(true),
        pay_dealership_bill: Some(false),
        unified_invoice: Some(true),
        opening_savings: Some(Reais::parse("12.5").unwrap()),
        at: at(9),
    };
    let discount = |last, value, cumulative| {
        Command::CreateDiscount(Box::new(NewDiscount {
            discount_id: id(last),
            value,
            cumulative,
            real: true,
            description: "Desconto de 10%".to_owned(),
            competence: march(),
            at: at(2),
        }))
    };
    let charge = |last| {
        Command::CreateCharge(Box::new(NewCharge {
            charge_id: id(last),
            value: AdjustmentValue::Amount(number("50.00")),
            real: false,
            description: "Taxa administrativa".to_owned(),
            competence: march(),
            at: at(3),
        }))
    };
    let receive = |month, energy| Command::ReceiveCredits {
        power_plant_id: id(2),
        competence: Competence::parse(month).unwrap(),
        energy: number(energy),
        at: at(1),
    };
    vec![
        Command::Register { profile: Box::new(profile), at: at(0) },
        receive("02/2024", "1200.5"),
        receive("01/2019", "10"),
        discount(4, AdjustmentValue::Percent(number("10")), true),
        discount(5, AdjustmentValue::Amount(number("100.00")), false),
        Command::DeleteDiscount { discount_id: id(5), at: at(4) },
        charge(6),
        charge(7),
        Command::DeleteCharge { charge_id: id(7), at: at(5) },
        Command::PostBill(Box::new(PostBill { invoice_id: id(8), bill: bill(), at: at(6) })),
        Command::CancelBill { invoice_id: id(8), at: at(7) },
        Command::Update(Box::new(patch)),
    ]
}

pub(super) fn power_plant(samples: &mut Samples) {
    use PowerPlantCommand as Command;
    let profile = PlantProfile {
        name: "Usina Sol Nascente".to_owned(),
        account_number: some("300200100"),
        distributor: some("CPFL Paulista"),
        owner: some("Sol Nascente Energia LTDA"),
        tax_id: Some(cnpj()),
        address: Some(campinas()),
        installed_power: Some(Kwp::parse("112.5").unwrap()),
        connected_at: Some(day("2023-05-01")),
        observations: some("Telhado do galpão"),
    };
    let patch = PlantPatch {
        name: some("Usina Sol Poente"),
        account_number: Change::Clear,
        distributor: Change::Set("Enel SP".to_owned()),
        owner: Change::Clear,
        tax_id: Change::Clear,
        address: Change::Clear,
        installed_power: Change::Set(Kwp::parse("150").unwrap()),
        connected_at: Change::Clear,
        observations: Change::Clear,
        at: at(1),
    };
    let share = |unit, share| {
        let share = Share::parse(share).unwrap();
        Command::SetShare { unit_id: id(unit), share, at: at(2) }
    };
    let energy = MeteredKwh::parse("12000.5").unwrap();
    let commands = vec![
        Command::Register { profile: Box::new(profile), at: at(0) },
        Command::Update(Box::new(patch)),
        share(1, "0.333333"),
        share(3, "0.6"),
        Command::RecordGeneration { competence: march(), energy, at: at(3) },
    ];
    samples.story(PowerPlant::decide, commands);
}

pub(super) fn consumer_unit(samples: &mut Samples) {
    samples.story(ConsumerUnit::decide, consumer_unit_commands());
}

/// An invoice with every part of an energy invoice.
pub(super) fn invoice_samples() -> Samples {
    let mut samples = Samples::default();
    let unit: ConsumerUnit = {
        let mut unit = ConsumerUnit::default();
        for command in consumer_unit_commands().into_iter().take(9) {
            unit.decide(command).unwrap().into_iter().for_each(|event| unit.evolve(logged(&event)));
        }
        unit
    };
    let post = PostBill { invoice_id: id(8), bill: bill(), at: at(6) };
    let draft = EnergyInvoiceDraft {
        client_id: id(1),
        series: NumberSeries::default(),
        issue_date: day("2024-03-14"),
        energy: InvoiceEnergy {
            consumer_unit_id: id(9),
            power_plant_id: Some(id(2)),
            account_number: "132456798".to_owned(),
            billing: unit.bill(&post).unwrap().billing,
        },
        plan: slot("invoices"),
        today: day("2024-03-14"),
        at: at(6),
    };
    samples.story(Invoice::decide, vec![InvoiceCommand::CreateEnergy(Box::new(draft))]);
    samples
}
