//! The fields of a power plant. The energy document prints none of them: these are what a manager of credits needs.

use crate::FieldErrors;
use crate::checks::{address_change, optional_address, optional_text, text_change};
use crate::energy::Kwp;
use crate::value::{Address, CalendarDate, Change, TaxId, text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest name, in characters.
pub const MAX_NAME: usize = 200;
/// Longest account number, in characters.
pub const MAX_ACCOUNT: usize = 40;
/// Longest observations, in characters.
pub const MAX_OBSERVATIONS: usize = 5_000;

/// The fields of a plant.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PlantProfile {
    /// What it is called; 1 to 200 characters.
    pub name: String,
    /// Its account number at the utility.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_number: Option<String>,
    /// The utility whose network it feeds (distribuidora).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distributor: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The owner's CPF or CNPJ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<TaxId>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Installed power, kWp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed_power: Option<Kwp>,
    /// Since when it feeds the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_at: Option<CalendarDate>,
    /// What people wrote about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observations: Option<String>,
}

/// What changes in a plant. As an event it holds only what really changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PlantPatch {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Account number.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub account_number: Change<String>,
    /// Utility.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub distributor: Change<String>,
    /// Owner.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub owner: Change<String>,
    /// The owner's CPF or CNPJ.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub tax_id: Change<TaxId>,
    /// Address, as a whole.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub address: Change<Address>,
    /// Installed power, kWp.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub installed_power: Change<Kwp>,
    /// Since when it feeds the network.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub connected_at: Change<CalendarDate>,
    /// Observations.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub observations: Change<String>,
    /// When.
    pub at: Timestamp,
}

impl PlantProfile {
    /// The same fields in the form they are kept; wrong ones are noted.
    pub(super) fn checked(self, errors: &mut FieldErrors) -> Self {
        let name = check_name(&self.name, errors);
        let mut line = |field: &str, value, max| optional_text(field, value, max, text::line, errors);
        let account_number = line("account_number", self.account_number, MAX_ACCOUNT);
        let distributor = line("distributor", self.distributor, MAX_NAME);
        let owner = line("owner", self.owner, MAX_NAME);
        let observations =
            optional_text("observations", self.observations, MAX_OBSERVATIONS, text::text, errors);
        let address = optional_address(self.address, errors);
        Self { name, account_number, distributor, owner, address, observations, ..self }
    }

    /// What of `patch` is a change of these fields; wrong ones are noted.
    pub(super) fn changes(&self, patch: PlantPatch, errors: &mut FieldErrors) -> PlantPatch {
        let name = patch.name.map(|name| check_name(&name, errors));
        let mut line = |field: &str, change, max| text_change(field, change, max, text::line, errors);
        let account_number = line("account_number", patch.account_number, MAX_ACCOUNT);
        let distributor = line("distributor", patch.distributor, MAX_NAME);
        let owner = line("owner", patch.owner, MAX_NAME);
        let observations =
            text_change("observations", patch.observations, MAX_OBSERVATIONS, text::text, errors);
        PlantPatch {
            name: name.filter(|name| *name != self.name),
            account_number: account_number.against(&self.account_number),
            distributor: distributor.against(&self.distributor),
            owner: owner.against(&self.owner),
            tax_id: patch.tax_id.against(&self.tax_id),
            address: address_change(patch.address, errors).against(&self.address),
            installed_power: patch.installed_power.against(&self.installed_power),
            connected_at: patch.connected_at.against(&self.connected_at),
            observations: observations.against(&self.observations),
            at: patch.at,
        }
    }

    /// Carries changes out.
    pub(super) fn apply(&mut self, patch: PlantPatch) {
        if let Some(name) = patch.name {
            self.name = name;
        }
        patch.account_number.apply(&mut self.account_number);
        patch.distributor.apply(&mut self.distributor);
        patch.owner.apply(&mut self.owner);
        patch.tax_id.apply(&mut self.tax_id);
        patch.address.apply(&mut self.address);
        patch.installed_power.apply(&mut self.installed_power);
        patch.connected_at.apply(&mut self.connected_at);
        patch.observations.apply(&mut self.observations);
    }
}

fn check_name(name: &str, errors: &mut FieldErrors) -> String {
    errors.check("name", text::required_line(name, MAX_NAME)).unwrap_or_default()
}
