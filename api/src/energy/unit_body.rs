//! What the bodies of `/energy/consumer-units` may say.

use super::client_body::tax_id;
use crate::fields::address::AddressBody;
use crate::fields::{Fields, boolean, line, lines, number, parsed};
use crate::http::ids::{AnyId, any_id};
use serde_json::Value;
use sunledger_commands::Context;
use sunledger_domain::consumer_unit::{
    MAX_NAME, MAX_OBSERVATIONS, MAX_PLAN, UnitPatch, UnitProfile, account_number,
};
use sunledger_domain::energy::{Fraction, InstallationType, Reais, Share};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{CalendarDate, Change, Phone};
use utoipa::ToSchema;
use uuid::Uuid;

/// The field that names the client.
pub(super) const CLIENT: &str = "clientCode";
/// The field that names the power plant.
pub(super) const PLANT: &str = "powerPlantCode";

/// A consumer unit. A new one needs `accountNumber`, `clientCode`, `instalationType` and `name`. In an update, what is
/// absent stays, and `null` empties.
#[derive(ToSchema)]
#[schema(as = energy::ConsumerUnitBody)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `draft` and `patch` read it")]
pub(super) struct UnitBody {
    /// Its number at the utility.
    #[schema(max_length = 40, example = "123456789")]
    account_number: Option<String>,
    /// Where it is: an object of `street`, `number`, `complement`, `district`, `city`, `state`, `zip`, `country`, or
    /// one text.
    #[schema(value_type = Option<AddressBody>)]
    address: Option<Value>,
    /// Whose it is, and who is billed: code or number.
    #[schema(
        example = "01960000-0000-7000-8000-000000000001",
        pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$"
    )]
    client_code: Option<String>,
    /// Since when it gets credits.
    #[schema(format = Date, example = "2023-12-01")]
    connected_at: Option<String>,
    /// CPF or CNPJ of the account, with or without its mask; its digits are checked.
    #[schema(example = "11.222.333/0001-81")]
    cpf_cnpj: Option<String>,
    /// Whether its invoices are made without being asked for.
    create_invoice_sunne_automatically: Option<bool>,
    /// Whether a payment is made with its invoices.
    create_payment: Option<bool>,
    /// The plan's discount on the credits, 0 to 1.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.1)]
    discount_rate: Option<Value>,
    /// Whether the utility's bills are fetched.
    download_dealership: Option<bool>,
    /// How it is connected: `MONOFASICO`, `BIFASICO` or `TRIFASICO`, also with the accent.
    #[schema(example = "BIFASICO", pattern = "^(MONOF[AÁ]SICO|BIF[AÁ]SICO|TRIF[AÁ]SICO)$")]
    instalation_type: Option<String>,
    /// What it is called.
    #[schema(max_length = 200, example = "João da Silva UC2")]
    name: Option<String>,
    /// Whom the utility bills.
    #[schema(max_length = 200, example = "João da Silva")]
    name_account_owner: Option<String>,
    /// What people wrote about it.
    #[schema(max_length = 5000, example = "Observações")]
    observations: Option<String>,
    /// R$ that it had saved when it was taken on.
    #[schema(value_type = Option<f64>, minimum = 0, example = 0)]
    opening_savings: Option<Value>,
    /// Whether the company pays the utility's bill, and charges it.
    pay_dealership_bill: Option<bool>,
    /// Its share of what the power plant generates, 0 to 1; those of a plant are together at most 1.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.01)]
    percentage: Option<Value>,
    /// Telephone.
    #[schema(example = "(11) 99999-9999", pattern = "^[0-9 +\\-()./xX]{5,32}$")]
    phone: Option<String>,
    /// The plan that was sold.
    #[schema(max_length = 60, example = "BASIC")]
    plan: Option<String>,
    /// The plant that it gets credits from: code or number.
    #[schema(
        example = "01960000-0000-7000-8000-000000000002",
        pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$"
    )]
    power_plant_code: Option<String>,
    /// Whom to talk to.
    #[schema(max_length = 200, example = "Maria do Rosário")]
    responsable: Option<String>,
    /// Whether it shares an invoice with others of its client.
    unified_invoice: Option<bool>,
}

/// Reads a [`UnitBody`] as a new unit. Its client and its plant are still nobody's: the caller finds out which ones
/// `clientCode` and `powerPlantCode` name.
pub(super) fn draft(fields: &mut Fields, profile: &Tenant) -> (Option<AnyId>, Option<AnyId>, UnitProfile) {
    let client = fields.required(CLIENT, |value| any_id(value).map(Some));
    let plant = fields.optional(PLANT, any_id);
    let mut flag = |name: &str| fields.optional(name, boolean).unwrap_or_default();
    let create_invoice_automatically = flag("createInvoiceSunneAutomatically");
    let create_payment = flag("createPayment");
    let download_dealership = flag("downloadDealership");
    let pay_dealership_bill = flag("payDealershipBill");
    let unified_invoice = flag("unifiedInvoice");
    let unit = UnitProfile {
        account_number: fields.required("accountNumber", parsed(account_number)),
        client_id: Uuid::nil(),
        power_plant_id: None,
        name: fields.required("name", line(MAX_NAME)),
        name_account_owner: fields.optional("nameAccountOwner", line(MAX_NAME)),
        tax_id: fields.optional("cpfCnpj", tax_id(profile)),
        address: fields.address("address").value().cloned(),
        phone: fields.optional("phone", parsed(Phone::parse)),
        responsible: fields.optional("responsable", line(MAX_NAME)),
        installation_type: fields.required("instalationType", parsed(InstallationType::parse)),
        discount_rate: fields.optional("discountRate", number(Fraction::new)).unwrap_or_default(),
        percentage: fields.optional("percentage", number(Share::new)).unwrap_or_default(),
        plan: fields.optional("plan", line(MAX_PLAN)),
        connected_at: fields.optional("connectedAt", date(profile)),
        observations: fields.optional("observations", lines(MAX_OBSERVATIONS)),
        create_invoice_automatically,
        create_payment,
        download_dealership,
        pay_dealership_bill,
        unified_invoice,
        opening_savings: fields.optional("openingSavings", number(Reais::new)).unwrap_or_default(),
    };
    (client, plant, unit)
}

/// Reads a [`UnitBody`] as a change, but for its client and its plant: they are beside it, as the body names them.
pub(super) fn patch(
    fields: &mut Fields,
    profile: &Tenant,
    context: &Context,
) -> (Option<AnyId>, Change<AnyId>, UnitPatch) {
    let client = fields.replacement(CLIENT, any_id);
    let plant = fields.change(PLANT, any_id);
    let mut flag = |name: &str| fields.replacement(name, boolean);
    let create_invoice_automatically = flag("createInvoiceSunneAutomatically");
    let create_payment = flag("createPayment");
    let download_dealership = flag("downloadDealership");
    let pay_dealership_bill = flag("payDealershipBill");
    let unified_invoice = flag("unifiedInvoice");
    let patch = UnitPatch {
        account_number: fields.replacement("accountNumber", parsed(account_number)),
        client_id: None,
        power_plant_id: Change::Keep,
        name: fields.replacement("name", line(MAX_NAME)),
        name_account_owner: fields.change("nameAccountOwner", line(MAX_NAME)),
        tax_id: fields.change("cpfCnpj", tax_id(profile)),
        address: fields.address("address"),
        phone: fields.change("phone", parsed(Phone::parse)),
        responsible: fields.change("responsable", line(MAX_NAME)),
        installation_type: fields.replacement("instalationType", parsed(InstallationType::parse)),
        discount_rate: fields.replacement("discountRate", number(Fraction::new)),
        percentage: fields.replacement("percentage", number(Share::new)),
        plan: fields.change("plan", line(MAX_PLAN)),
        connected_at: fields.change("connectedAt", date(profile)),
        observations: fields.change("observations", lines(MAX_OBSERVATIONS)),
        create_invoice_automatically,
        create_payment,
        download_dealership,
        pay_dealership_bill,
        unified_invoice,
        opening_savings: fields.replacement("openingSavings", number(Reais::new)),
        at: context.now,
    };
    (client, plant, patch)
}

/// Reads a day: a date, or a time in the tenant's zone.
pub(super) fn date(profile: &Tenant) -> impl Fn(Value) -> Result<CalendarDate, String> {
    let zone = profile.time_zone.clone();
    parsed(move |text| CalendarDate::parse_in(text, &zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{at, decimal};
    use serde_json::json;
    use sunledger_domain::{DomainError, TenantId};

    /// The document's own body.
    fn sample() -> Value {
        json!({
            "accountNumber": "123456789",
            "address": {},
            "clientCode": "a1b2c3d4-a1b2-a1b2-a1b2-a1b2c3d4e5f6",
            "connectedAt": "2023-12-01",
            "cpfCnpj": "11.222.333/0001-81",
            "createInvoiceSunneAutomatically": true,
            "createPayment": false,
            "discountRate": 0.1,
            "downloadDealership": false,
            "instalationType": "BIFÁSICO",
            "name": "João da Silva UC2",
            "nameAccountOwner": "João da Silva",
            "observations": "Observações",
            "payDealershipBill": true,
            "percentage": 0.01,
            "phone": "(11) 99999-9999",
            "plan": "BASIC",
            "powerPlantCode": 165,
            "responsable": "Maria do Rosário",
            "unifiedInvoice": false,
        })
    }

    fn fields(body: &Value) -> Fields {
        Fields::new(body.as_object().unwrap().clone())
    }

    fn context() -> Context {
        Context::system(TenantId::new("acme").unwrap(), "test", at("2024-06-15T12:00:00Z"))
    }

    fn wrong(fields: Fields) -> Vec<String> {
        match fields.finish() {
            Err(DomainError::Invalid(errors)) => errors.iter().map(|(field, _)| field.to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn the_documents_body_is_read_in_full() {
        let mut body = fields(&sample());
        let (client, plant, unit) = draft(&mut body, &Tenant::default());
        assert!(wrong(body).is_empty());
        assert!(matches!(client, Some(AnyId::Uuid(_))));
        assert_eq!(plant, Some(AnyId::Number(165)));
        assert_eq!((unit.discount_rate.get(), unit.percentage.get()), (decimal("0.1"), decimal("0.01")));
        assert_eq!(unit.installation_type, InstallationType::Bifasico);
        assert!(unit.create_invoice_automatically && unit.pay_dealership_bill && !unit.unified_invoice);
        assert_eq!(unit.connected_at.map(|day| day.to_string()).as_deref(), Some("2023-12-01"));
        assert_eq!((unit.address, unit.opening_savings), (None, Reais::default()));
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let body = json!({
            "clientCode": "x", "powerPlantCode": [], "connectedAt": "yesterday", "cpfCnpj": "1", "createPayment": "no",
            "discountRate": 1.1, "instalationType": "TETRAFASICO", "percentage": "0.1", "phone": "1", "accountNumber": "-",
            "openingSavings": -1, "plan": 7,
        });
        let named = [
            "accountNumber",
            "clientCode",
            "connectedAt",
            "cpfCnpj",
            "createPayment",
            "discountRate",
            "instalationType",
            "name",
            "openingSavings",
            "percentage",
            "phone",
            "plan",
            "powerPlantCode",
        ];
        let mut read = fields(&body);
        draft(&mut read, &Tenant::default());
        assert_eq!(wrong(read), named);
        let mut read = fields(&body);
        patch(&mut read, &Tenant::default(), &context());
        let of_a_change = named.into_iter().filter(|name| *name != "name");
        assert_eq!(wrong(read), of_a_change.collect::<Vec<_>>());
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name_and_can_leave_the_plant() {
        let mut body = fields(&json!({"powerPlantCode": null, "percentage": 0.5}));
        let (client, plant, patch) = patch(&mut body, &Tenant::default(), &context());
        assert!(wrong(body).is_empty());
        assert_eq!((client, plant), (None, Change::Clear));
        let half = Share::new(decimal("0.5")).unwrap();
        assert_eq!(patch, UnitPatch { percentage: Some(half), at: patch.at, ..UnitPatch::default() });
    }
}
