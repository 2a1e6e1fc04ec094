//! How a consumer unit is printed.

use super::times;
use crate::wire::Number;
use rust_decimal::Decimal;
use serde::Serialize;
use sunledger_domain::consumer_unit::ConsumerUnit;
use sunledger_domain::value::{Address, TimeZoneName};
use utoipa::ToSchema;
use uuid::Uuid;

/// A consumer unit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = energy::ConsumerUnit)]
pub(super) struct UnitView {
    /// Its id.
    code: Uuid,
    /// Its number: what discounts and charges name it by.
    #[schema(example = 123456)]
    consumer_unit_id: i64,
    /// Its number at the utility, as it was given.
    #[schema(example = "123456789")]
    account_number: String,
    /// Where it is, in the parts that are known.
    #[schema(value_type = Object)]
    address: Address,
    /// Whose it is, and who is billed.
    client_code: Uuid,
    /// Since when it gets credits.
    #[schema(format = Date, example = "2023-12-01")]
    connected_at: Option<String>,
    /// CPF or CNPJ of the account, with its mask.
    #[schema(example = "11.222.333/0001-81")]
    cpf_cnpj: Option<String>,
    /// Whether its invoices are made without being asked for.
    create_invoice_sunne_automatically: bool,
    /// Whether a payment is made with its invoices.
    create_payment: bool,
    /// The plan's discount on the credits, 0 to 1.
    discount_rate: Number,
    /// Whether the utility's bills are fetched.
    download_dealership: bool,
    /// R$ saved to date, with what it was taken on with.
    economia_total: Option<Number>,
    /// When it was registered, by the tenant's clock.
    #[schema(example = "2022-05-27T15:49:22")]
    inclusion_date: String,
    /// How it is connected.
    #[schema(example = "BIFASICO")]
    instalation_type: &'static str,
    /// When something last happened to it (a bill, a discount and a credit are something), in UTC.
    #[schema(example = "2022-05-27T21:49:23.000+00:00")]
    modify_date: String,
    /// What it is called.
    #[schema(example = "João da Silva UC2")]
    name: String,
    /// Whom the utility bills.
    #[schema(example = "João da Silva")]
    name_account_owner: Option<String>,
    /// What people wrote about it.
    #[schema(example = "Observações")]
    observations: Option<String>,
    /// R$ that it had saved when it was taken on.
    opening_savings: Number,
    /// Whether the company pays the utility's bill, and charges it.
    pay_dealership_bill: bool,
    /// Its share of what the power plant generates, 0 to 1.
    percentage: Number,
    /// Telephone.
    #[schema(example = "(11) 99999-9999")]
    phone: Option<String>,
    /// The plan that was sold.
    #[schema(example = "BASIC")]
    plan: Option<String>,
    /// The plant that it gets credits from.
    power_plant_code: Option<Uuid>,
    /// That plant's number.
    #[schema(example = 165)]
    power_plant_id: Option<i64>,
    /// Whom to talk to.
    #[schema(example = "Maria do Rosário")]
    responsable: Option<String>,
    /// kWh of credits that it received and that are neither used nor lapsed.
    solar_credits_balance: Number,
    /// Whether it shares an invoice with others of its client.
    unified_invoice: bool,
}

impl UnitView {
    /// A unit, printed for a tenant in this zone, with the number of its plant.
    pub(super) fn new(code: Uuid, unit: &ConsumerUnit, plant: Option<i64>, zone: &TimeZoneName) -> Self {
        let profile = unit.profile.clone();
        let credits = unit.credits.iter().fold(Decimal::ZERO, |sum, lot| sum.saturating_add(lot.left));
        Self {
            code,
            consumer_unit_id: unit.number.get(),
            account_number: profile.account_number,
            address: profile.address.unwrap_or_default(),
            client_code: profile.client_id,
            connected_at: profile.connected_at.map(|day| day.to_string()),
            cpf_cnpj: profile.tax_id.map(|tax_id| tax_id.masked()),
            create_invoice_sunne_automatically: profile.create_invoice_automatically,
            create_payment: profile.create_payment,
            discount_rate: Number(profile.discount_rate.get()),
            download_dealership: profile.download_dealership,
            // No unit was billed whose savings cannot be summed: that bill was refused.
            economia_total: unit.savings_total().ok().map(Number),
            inclusion_date: times::local(unit.created_at, zone),
            instalation_type: profile.installation_type.as_str(),
            modify_date: times::utc(unit.updated_at),
            name: profile.name,
            name_account_owner: profile.name_account_owner,
            observations: profile.observations,
            opening_savings: Number(profile.opening_savings.get()),
            pay_dealership_bill: profile.pay_dealership_bill,
            percentage: Number(profile.percentage.get()),
            phone: profile.phone.map(|phone| phone.as_str().to_owned()),
            plan: profile.plan,
            power_plant_code: profile.power_plant_id,
            power_plant_id: plant,
            responsable: profile.responsible,
            solar_credits_balance: Number(credits),
            unified_invoice: profile.unified_invoice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_unit_prints_what_it_was_registered_with_and_what_became_of_it() {
        let zone = TimeZoneName::parse("America/Sao_Paulo").unwrap();
        let view = UnitView::new(samples::UNIT, &samples::consumer_unit(), Some(165), &zone);
        insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
    }
}
