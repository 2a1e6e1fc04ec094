//! How a power plant is printed, and what it generated.

use super::times;
use crate::wire::Number;
use serde::Serialize;
use std::collections::HashMap;
use sunledger_domain::consumer_unit::ConsumerUnit;
use sunledger_domain::power_plant::{Generation, PowerPlant, PowerPlantGenerated, UnitShare};
use sunledger_domain::value::{Address, TimeZoneName};
use sunledger_projections::View;
use utoipa::ToSchema;
use uuid::Uuid;

/// A power plant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = energy::PowerPlant)]
pub(super) struct PlantView {
    /// Its id.
    code: Uuid,
    /// Its number.
    #[schema(example = 165)]
    power_plant_id: i64,
    /// What it is called.
    #[schema(example = "Usina Campinas I")]
    name: String,
    /// Its account number at the utility.
    #[schema(example = "987654321")]
    account_number: Option<String>,
    /// The utility whose network it feeds.
    #[schema(example = "CPFL Paulista")]
    distributor: Option<String>,
    /// Whose it is.
    #[schema(example = "Usina Campinas SPE LTDA")]
    owner: Option<String>,
    /// The owner's CPF or CNPJ, with its mask.
    #[schema(example = "11.222.333/0001-81")]
    cpf_cnpj: Option<String>,
    /// Where it is, in the parts that are known.
    #[schema(value_type = Object)]
    address: Address,
    /// Installed power, kWp.
    installed_power: Option<Number>,
    /// Since when it feeds the network.
    #[schema(format = Date, example = "2023-12-01")]
    connected_at: Option<String>,
    /// What people wrote about it.
    observations: Option<String>,
    /// Consumer units that get a share of what it generates.
    #[schema(example = 12)]
    consumer_units: usize,
    /// What they get together, 0 to 1.
    allocated_percentage: Number,
    /// When it was registered, by the tenant's clock.
    #[schema(example = "2022-05-27T15:49:22")]
    inclusion_date: String,
    /// When its fields last changed, in UTC.
    #[schema(example = "2022-05-27T21:49:23.000+00:00")]
    modify_date: String,
}

impl PlantView {
    /// A plant, printed for a tenant in this zone.
    pub(super) fn new(code: Uuid, plant: &PowerPlant, zone: &TimeZoneName) -> Self {
        let profile = plant.profile.clone();
        Self {
            code,
            power_plant_id: plant.number.get(),
            name: profile.name,
            account_number: profile.account_number,
            distributor: profile.distributor,
            owner: profile.owner,
            cpf_cnpj: profile.tax_id.map(|tax_id| tax_id.masked()),
            address: profile.address.unwrap_or_default(),
            installed_power: profile.installed_power.map(|power| Number(power.get())),
            connected_at: profile.connected_at.map(|day| day.to_string()),
            observations: profile.observations,
            consumer_units: plant.shares.len(),
            allocated_percentage: Number(plant.allocated()),
            inclusion_date: times::local(plant.created_at, zone),
            modify_date: times::utc(plant.updated_at),
        }
    }
}

/// What a plant generated in a month.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = energy::Generation)]
pub(super) struct GenerationView {
    /// The month.
    #[schema(example = "03/2024")]
    competence: String,
    /// kWh.
    energy_kwh: Number,
    /// kWh that no unit got.
    unallocated_kwh: Number,
}

impl GenerationView {
    /// A month, printed.
    pub(super) fn new(generation: &Generation) -> Self {
        Self {
            competence: generation.competence.to_string(),
            energy_kwh: Number(generation.energy),
            unallocated_kwh: Number(generation.unallocated),
        }
    }
}

/// What a plant generated in a month, handed out (rateio).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = energy::Rateio)]
pub(super) struct RateioView {
    /// The plant.
    power_plant_code: Uuid,
    /// Its number.
    #[schema(example = 165)]
    power_plant_id: i64,
    /// The month.
    #[schema(example = "03/2024")]
    competence: String,
    /// kWh.
    energy_kwh: Number,
    /// kWh that stay with the plant, since the shares do not add up to 1. With what the units get this is the generation, to
    /// the watt-hour.
    unallocated_kwh: Number,
    /// What each unit gets.
    shares: Vec<ShareView>,
}

/// What a unit gets of a month's generation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = energy::Share)]
struct ShareView {
    /// The unit.
    consumer_unit_code: Uuid,
    /// Its number.
    #[schema(example = 123456)]
    consumer_unit_id: Option<i64>,
    /// Its account number at the utility.
    #[schema(example = "123456789")]
    account_number: Option<String>,
    /// Its share, 0 to 1.
    percentage: Number,
    /// kWh.
    energy_kwh: Number,
}

impl RateioView {
    /// A generation, printed with the units that got a share.
    pub(super) fn new(
        plant: Uuid,
        number: i64,
        generated: &PowerPlantGenerated,
        units: &[View<ConsumerUnit>],
    ) -> Self {
        let units: HashMap<Uuid, &ConsumerUnit> = units.iter().map(|unit| (unit.id, &unit.state)).collect();
        let share = |share: &UnitShare| {
            let unit = units.get(&share.unit_id);
            ShareView {
                consumer_unit_code: share.unit_id,
                consumer_unit_id: unit.map(|unit| unit.number.get()),
                account_number: unit.map(|unit| unit.profile.account_number.clone()),
                percentage: Number(share.share.get()),
                energy_kwh: Number(share.energy),
            }
        };
        Self {
            power_plant_code: plant,
            power_plant_id: number,
            competence: generated.competence.to_string(),
            energy_kwh: Number(generated.energy),
            unallocated_kwh: Number(generated.unallocated),
            shares: generated.shares.iter().map(share).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use sunledger_domain::energy::Share;
    use sunledger_domain::value::Competence;

    #[test]
    fn a_plant_prints_with_what_its_units_get() {
        let zone = TimeZoneName::parse("America/Sao_Paulo").unwrap();
        let view = PlantView::new(samples::PLANT, &samples::power_plant(), &zone);
        insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
    }

    #[test]
    fn a_generation_prints_with_what_each_unit_gets() {
        let share = |unit_id, share: &str, energy: &str| UnitShare {
            unit_id,
            share: Share::new(samples::decimal(share)).unwrap(),
            energy: samples::decimal(energy),
        };
        let generated = PowerPlantGenerated {
            competence: Competence::parse("03/2024").unwrap(),
            energy: samples::decimal("10000.125"),
            shares: vec![share(samples::UNIT, "0.01", "100.001"), share(samples::CLIENT, "0.5", "5000.062")],
            unallocated: samples::decimal("4900.062"),
            at: samples::at("2024-04-01T12:00:00Z"),
        };
        let unit = View { id: samples::UNIT, number: 123_456, version: 2, state: samples::consumer_unit() };
        let view = RateioView::new(samples::PLANT, 165, &generated, &[unit]);
        insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
    }
}
