//! The fields of a consumer unit. The names of the energy document stand beside them.

use crate::FieldErrors;
use crate::checks::{address_change, optional_address, optional_text, text_change};
use crate::energy::{Fraction, InstallationType, Reais, Share, Terms};
use crate::value::{Address, CalendarDate, Change, Phone, TaxId, text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest account number, in characters.
pub const MAX_ACCOUNT: usize = 40;
/// Longest name, in characters.
pub const MAX_NAME: usize = 200;
/// Longest name of a plan, in characters.
pub const MAX_PLAN: usize = 60;
/// Longest observations, in characters.
pub const MAX_OBSERVATIONS: usize = 5_000;

/// The fields of a unit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct UnitProfile {
    /// `accountNumber`, `numeroDoCliente`: its number at the utility, at most 40 characters. Two units may have
    /// the same: each utility counts for itself, and a unit that changes hands is another one under the old number.
    pub account_number: String,
    /// `clientCode`: whose it is, and who is billed.
    pub client_id: Uuid,
    /// `powerPlantCode`: the plant that it gets credits from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_plant_id: Option<Uuid>,
    /// `name`: what it is called; at most 200 characters.
    pub name: String,
    /// `nameAccountOwner`, `titularDaConta`: whom the utility bills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_account_owner: Option<String>,
    /// `cpfCnpj` of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<TaxId>,
    /// `address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// `phone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// `responsable`: whom to talk to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible: Option<String>,
    /// `instalationType`.
    pub installation_type: InstallationType,
    /// `discountRate`: the plan's discount on the credits.
    pub discount_rate: Fraction,
    /// `percentage`: its share of what the power plant generates.
    pub percentage: Share,
    /// `plan` (`BASIC`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// `connectedAt`: since when it gets credits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_at: Option<CalendarDate>,
    /// `observations`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observations: Option<String>,
    /// `createInvoiceSunneAutomatically`.
    pub create_invoice_automatically: bool,
    /// `createPayment`.
    pub create_payment: bool,
    /// `downloadDealership`: whether the utility's bills are fetched.
    pub download_dealership: bool,
    /// `payDealershipBill`: whether the company pays the utility's bill, and charges it.
    pub pay_dealership_bill: bool,
    /// `unifiedInvoice`.
    pub unified_invoice: bool,
    /// R$ that it had saved when it was taken on.
    pub opening_savings: Reais,
}

/// What changes in a unit. As an event it holds only what really changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct UnitPatch {
    /// Another account number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_number: Option<String>,
    /// Another client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Uuid>,
    /// Another power plant, or none.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub power_plant_id: Change<Uuid>,
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Account holder.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub name_account_owner: Change<String>,
    /// Tax id.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub tax_id: Change<TaxId>,
    /// Address, as a whole.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub address: Change<Address>,
    /// Telephone.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub phone: Change<Phone>,
    /// Whom to talk to.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub responsible: Change<String>,
    /// Another type of connection, from the next bill on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installation_type: Option<InstallationType>,
    /// Another discount, from the next bill on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_rate: Option<Fraction>,
    /// Another share of the power plant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentage: Option<Share>,
    /// Plan.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub plan: Change<String>,
    /// Since when it gets credits.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub connected_at: Change<CalendarDate>,
    /// Observations.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub observations: Change<String>,
    /// `createInvoiceSunneAutomatically`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_invoice_automatically: Option<bool>,
    /// `createPayment`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_payment: Option<bool>,
    /// `downloadDealership`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download_dealership: Option<bool>,
    /// `payDealershipBill`, from the next bill on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_dealership_bill: Option<bool>,
    /// `unifiedInvoice`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unified_invoice: Option<bool>,
    /// Savings that it was taken on with, corrected: later bills show the sum anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening_savings: Option<Reais>,
    /// When.
    pub at: Timestamp,
}

impl UnitProfile {
    /// What a bill's amounts depend on.
    pub fn terms(&self) -> Terms {
        Terms {
            installation_type: self.installation_type,
            discount_rate: self.discount_rate,
            pay_dealership_bill: self.pay_dealership_bill,
        }
    }

    /// The same fields in the form they are kept; wrong ones are noted.
    pub(super) fn checked(self, errors: &mut FieldErrors) -> Self {
        let mut line = |field: &str, value, max| optional_text(field, value, max, text::line, errors);
        let name_account_owner = line("name_account_owner", self.name_account_owner, MAX_NAME);
        let responsible = line("responsible", self.responsible, MAX_NAME);
        let plan = line("plan", self.plan, MAX_PLAN);
        let observations =
            optional_text("observations", self.observations, MAX_OBSERVATIONS, text::text, errors);
        check_client(self.client_id, errors);
        Self {
            account_number: check_account(&self.account_number, errors),
            name: check_name(&self.name, errors),
            name_account_owner,
            address: optional_address(self.address, errors),
            responsible,
            plan,
            observations,
            ..self
        }
    }

    /// What of `patch` is a change of these fields; wrong ones are noted.
    pub(super) fn changes(&self, patch: UnitPatch, errors: &mut FieldErrors) -> UnitPatch {
        let mut line = |field: &str, change, max| text_change(field, change, max, text::line, errors);
        let name_account_owner = line("name_account_owner", patch.name_account_owner, MAX_NAME);
        let responsible = line("responsible", patch.responsible, MAX_NAME);
        let plan = line("plan", patch.plan, MAX_PLAN);
        let observations =
            text_change("observations", patch.observations, MAX_OBSERVATIONS, text::text, errors);
        let account_number = patch.account_number.map(|number| check_account(&number, errors));
        let name = patch.name.map(|name| check_name(&name, errors));
        if let Some(client) = patch.client_id {
            check_client(client, errors);
        }
        UnitPatch {
            account_number: other_than(account_number, &self.account_number),
            client_id: other_than(patch.client_id, &self.client_id),
            power_plant_id: patch.power_plant_id.against(&self.power_plant_id),
            name: other_than(name, &self.name),
            name_account_owner: name_account_owner.against(&self.name_account_owner),
            tax_id: patch.tax_id.against(&self.tax_id),
            address: address_change(patch.address, errors).against(&self.address),
            phone: patch.phone.against(&self.phone),
            responsible: responsible.against(&self.responsible),
            installation_type: other_than(patch.installation_type, &self.installation_type),
            discount_rate: other_than(patch.discount_rate, &self.discount_rate),
            percentage: other_than(patch.percentage, &self.percentage),
            plan: plan.against(&self.plan),
            connected_at: patch.connected_at.against(&self.connected_at),
            observations: observations.against(&self.observations),
            create_invoice_automatically: other_than(
                patch.create_invoice_automatically,
                &self.create_invoice_automatically,
            ),
            create_payment: other_than(patch.create_payment, &self.create_payment),
            download_dealership: other_than(patch.download_dealership, &self.download_dealership),
            pay_dealership_bill: other_than(patch.pay_dealership_bill, &self.pay_dealership_bill),
            unified_invoice: other_than(patch.unified_invoice, &self.unified_invoice),
            opening_savings: other_than(patch.opening_savings, &self.opening_savings),
            at: patch.at,
        }
    }

    /// Carries changes out.
    pub(super) fn apply(&mut self, patch: UnitPatch) {
        set(&mut self.account_number, patch.account_number);
        set(&mut self.client_id, patch.client_id);
        patch.power_plant_id.apply(&mut self.power_plant_id);
        set(&mut self.name, patch.name);
        patch.name_account_owner.apply(&mut self.name_account_owner);
        patch.tax_id.apply(&mut self.tax_id);
        patch.address.apply(&mut self.address);
        patch.phone.apply(&mut self.phone);
        patch.responsible.apply(&mut self.responsible);
        set(&mut self.installation_type, patch.installation_type);
        set(&mut self.discount_rate, patch.discount_rate);
        set(&mut self.percentage, patch.percentage);
        patch.plan.apply(&mut self.plan);
        patch.connected_at.apply(&mut self.connected_at);
        patch.observations.apply(&mut self.observations);
        set(&mut self.create_invoice_automatically, patch.create_invoice_automatically);
        set(&mut self.create_payment, patch.create_payment);
        set(&mut self.download_dealership, patch.download_dealership);
        set(&mut self.pay_dealership_bill, patch.pay_dealership_bill);
        set(&mut self.unified_invoice, patch.unified_invoice);
        set(&mut self.opening_savings, patch.opening_savings);
    }
}

/// An account number as it is compared: `12.345-6` is `123456`.
pub fn account_name(number: &str) -> String {
    number.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Reads an account number.
///
/// # Errors
/// A field message where it is blank, too long, or has nothing to compare it by.
pub fn account_number(text: &str) -> Result<String, String> {
    let number = text::required_line(text, MAX_ACCOUNT)?;
    if account_name(&number).is_empty() { Err("must have letters or digits".to_owned()) } else { Ok(number) }
}

fn check_account(number: &str, errors: &mut FieldErrors) -> String {
    errors.check("account_number", account_number(number)).unwrap_or_default()
}

fn check_name(name: &str, errors: &mut FieldErrors) -> String {
    errors.check("name", text::required_line(name, MAX_NAME)).unwrap_or_default()
}

fn check_client(client: Uuid, errors: &mut FieldErrors) {
    if client.is_nil() {
        errors.add("client_id", "is required");
    }
}

fn other_than<T: PartialEq>(new: Option<T>, old: &T) -> Option<T> {
    new.filter(|new| new != old)
}

fn set<T>(field: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *field = new;
    }
}
