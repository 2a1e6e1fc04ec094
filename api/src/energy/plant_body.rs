//! What the bodies of `/energy/power-plants` may say. The document prints none: these fields are what a manager of credits
//! needs.

use super::client_body::tax_id;
use super::unit_body::date;
use crate::fields::address::AddressBody;
use crate::fields::{Fields, line, lines, number, parsed};
use crate::http::MISSING;
use serde_json::Value;
use sunledger_commands::Context;
use sunledger_domain::DomainError;
use sunledger_domain::energy::{Kwp, MeteredKwh};
use sunledger_domain::power_plant::{MAX_ACCOUNT, MAX_NAME, MAX_OBSERVATIONS, PlantPatch, PlantProfile};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::Competence;
use utoipa::ToSchema;

/// A power plant. A new one needs its `name`. In an update, what is absent stays, and `null` empties.
#[derive(ToSchema)]
#[schema(as = energy::PowerPlantBody)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `draft` and `patch` read it")]
pub(super) struct PlantBody {
    /// What it is called.
    #[schema(max_length = 200, example = "Usina Campinas I")]
    name: Option<String>,
    /// Its account number at the utility.
    #[schema(max_length = 40, example = "987654321")]
    account_number: Option<String>,
    /// The utility whose network it feeds.
    #[schema(max_length = 200, example = "CPFL Paulista")]
    distributor: Option<String>,
    /// Whose it is.
    #[schema(max_length = 200, example = "Usina Campinas SPE LTDA")]
    owner: Option<String>,
    /// The owner's CPF or CNPJ, with or without its mask; its digits are checked.
    #[schema(example = "11.222.333/0001-81")]
    cpf_cnpj: Option<String>,
    /// Where it is: an object of `street`, `number`, `complement`, `district`, `city`, `state`, `zip`, `country`, or
    /// one text.
    #[schema(value_type = Option<AddressBody>)]
    address: Option<Value>,
    /// Installed power, kWp.
    #[schema(value_type = Option<f64>, minimum = 0, example = 75.5)]
    installed_power: Option<Value>,
    /// Since when it feeds the network.
    #[schema(format = Date, example = "2023-12-01")]
    connected_at: Option<String>,
    /// What people wrote about it.
    #[schema(max_length = 5000)]
    observations: Option<String>,
}

/// Reads a [`PlantBody`] as a new plant.
pub(super) fn draft(fields: &mut Fields, profile: &Tenant) -> PlantProfile {
    PlantProfile {
        name: fields.required("name", line(MAX_NAME)),
        account_number: fields.optional("accountNumber", line(MAX_ACCOUNT)),
        distributor: fields.optional("distributor", line(MAX_NAME)),
        owner: fields.optional("owner", line(MAX_NAME)),
        tax_id: fields.optional("cpfCnpj", tax_id(profile)),
        address: fields.address("address").value().cloned(),
        installed_power: fields.optional("installedPower", number(Kwp::new)),
        connected_at: fields.optional("connectedAt", date(profile)),
        observations: fields.optional("observations", lines(MAX_OBSERVATIONS)),
    }
}

/// Reads a [`PlantBody`] as a change.
pub(super) fn patch(fields: &mut Fields, profile: &Tenant, context: &Context) -> PlantPatch {
    PlantPatch {
        name: fields.replacement("name", line(MAX_NAME)),
        account_number: fields.change("accountNumber", line(MAX_ACCOUNT)),
        distributor: fields.change("distributor", line(MAX_NAME)),
        owner: fields.change("owner", line(MAX_NAME)),
        tax_id: fields.change("cpfCnpj", tax_id(profile)),
        address: fields.address("address"),
        installed_power: fields.change("installedPower", number(Kwp::new)),
        connected_at: fields.change("connectedAt", date(profile)),
        observations: fields.change("observations", lines(MAX_OBSERVATIONS)),
        at: context.now,
    }
}

/// What a power plant generated in a month.
#[derive(ToSchema)]
#[schema(as = energy::NewGeneration)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `generation` reads it")]
pub(super) struct NewGeneration {
    /// The month, `MM/YYYY`.
    #[schema(example = "03/2024", pattern = "^(0[1-9]|1[0-2])[/-](19|20|21)[0-9]{2}$")]
    competence: String,
    /// kWh, with at most 3 decimals.
    #[schema(value_type = f64, minimum = 0, example = 10000)]
    energy_kwh: Value,
}

/// Reads a [`NewGeneration`]. Refuses at once where anything is wrong: a month has no default.
///
/// # Errors
/// `Invalid`, with every wrong field.
pub(super) fn generation(mut fields: Fields) -> Result<(Competence, MeteredKwh), DomainError> {
    let competence = fields.required("competence", |value| parsed(Competence::parse)(value).map(Some));
    let energy = fields.required("energyKwh", number(MeteredKwh::new));
    fields.finish()?;
    let competence = competence.ok_or_else(|| DomainError::invalid("competence", MISSING))?;
    Ok((competence, energy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{at, decimal};
    use serde_json::json;
    use sunledger_domain::TenantId;
    use sunledger_domain::value::Change;

    fn fields(body: Value) -> Fields {
        Fields::new(body.as_object().unwrap().clone())
    }

    fn named(refused: Result<(), DomainError>) -> Vec<String> {
        match refused {
            Err(DomainError::Invalid(errors)) => errors.iter().map(|(field, _)| field.to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_plant_is_read_and_every_wrong_field_named() {
        let mut body =
            fields(json!({"name": "Usina I", "installedPower": 75.5, "connectedAt": "2023-12-01"}));
        let plant = draft(&mut body, &Tenant::default());
        assert!(named(body.finish()).is_empty());
        assert_eq!(plant.installed_power.map(Kwp::get), Some(decimal("75.5")));
        let mut body = fields(json!({"installedPower": -1, "connectedAt": "x", "cpfCnpj": "1", "owner": 7}));
        draft(&mut body, &Tenant::default());
        assert_eq!(named(body.finish()), ["connectedAt", "cpfCnpj", "installedPower", "name", "owner"]);
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let context = Context::system(TenantId::new("acme").unwrap(), "test", at("2024-06-15T12:00:00Z"));
        let mut body = fields(json!({"owner": null}));
        let patch = patch(&mut body, &Tenant::default(), &context);
        assert!(named(body.finish()).is_empty());
        assert_eq!(patch, PlantPatch { owner: Change::Clear, at: patch.at, ..PlantPatch::default() });
    }

    #[test]
    fn a_generation_has_a_month_and_an_energy() {
        let (competence, energy) =
            generation(fields(json!({"competence": "03/2024", "energyKwh": 10000.125}))).unwrap();
        assert_eq!((competence.to_string().as_str(), energy.get()), ("03/2024", decimal("10000.125")));
        for energy in [json!("1"), json!(-1), json!(1.0001), json!(1_000_000_001)] {
            let wrong = generation(fields(json!({"competence": "13/2024", "energyKwh": energy}))).map(|_| ());
            assert_eq!(named(wrong), ["competence", "energyKwh"]);
        }
        assert_eq!(named(generation(fields(json!({}))).map(|_| ())), ["competence", "energyKwh"]);
    }
}
