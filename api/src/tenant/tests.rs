//! How the profile prints, and what its changes may say.

use super::*;
use serde_json::json;

fn changes(body: Value) -> Result<Changes, Vec<String>> {
    let Value::Object(map) = body else { panic!("no object") };
    let mut fields = Fields::new(map);
    let changes = read(&mut fields, &Tenant::default(), jiff::Timestamp::UNIX_EPOCH);
    match fields.finish() {
        Ok(()) => Ok(changes),
        Err(error) => Err(ApiError::from(error)
            .fields
            .unwrap_or_default()
            .iter()
            .map(|(field, _)| field.to_owned())
            .collect()),
    }
}

#[test]
fn a_profile_prints_in_full() {
    let tenant = Tenant {
        name: "Acme Solar".to_owned(),
        legal_name: Some("Acme Energia Solar Ltda".to_owned()),
        tax_id: Some(TaxId::parse("11.222.333/0001-81", true).unwrap()),
        address: Some(Address {
            city: Some("Campinas".to_owned()),
            state: Some("SP".to_owned()),
            ..Address::default()
        }),
        email: Some(Email::parse("contato@acme.example").unwrap()),
        pix_key: Some("contato@acme.example".to_owned()),
        pix_city: Some("Campinas".to_owned()),
        plan: Plan { clients_per_month: Some(50), invoices_per_month: None },
        ..Tenant::default()
    };
    insta::assert_json_snapshot!(TenantView::new(&TenantId::new("acme-solar").unwrap(), &tenant));
    let text = Address { text: Some("Rua A, 1".to_owned()), ..Address::default() };
    assert_eq!(serde_json::to_value(AddressView::new(&text)).unwrap(), json!("Rua A, 1"));
}

#[test]
fn a_profile_that_was_read_can_be_sent_back() {
    let tenant = Tenant { name: "Acme".to_owned(), ..Tenant::default() };
    let id = TenantId::new("acme").unwrap();
    let body = serde_json::to_value(TenantView::new(&id, &tenant)).unwrap();
    let changes = changes(body).unwrap();
    assert_eq!(changes.patch.name.as_deref(), Some("Acme"));
    assert_eq!((changes.prefix.as_deref(), changes.width), (Some("INV-"), Some(4)));
    assert_eq!(changes.clients_per_month, Change::Clear);
}

#[test]
fn every_wrong_field_is_named() {
    let wrong = changes(json!({
        "name": null, "taxId": "11.222.333/0001-80", "logo": "data:text/html;base64,AAAA", "timeZone": "Mars/Olympus",
        "locale": "x", "currency": "XXX", "checkTaxIds": "no", "invoiceSeries": {"prefix": "a\nb", "width": 13},
        "planLimits": {"clientsPerMonth": -1, "invoicesPerMonth": 1.5}, "address": 7, "pixKey": "chave",
    }));
    assert_eq!(
        wrong.unwrap_err(),
        [
            "address",
            "checkTaxIds",
            "currency",
            "invoiceSeries.prefix",
            "invoiceSeries.width",
            "locale",
            "logo",
            "name",
            "pixKey",
            "planLimits.clientsPerMonth",
            "planLimits.invoicesPerMonth",
            "taxId",
            "timeZone",
        ]
    );
    assert_eq!(
        changes(json!({"invoiceSeries": "INV-", "planLimits": [1]})).unwrap_err(),
        ["invoiceSeries", "planLimits"]
    );
}

#[test]
fn the_check_of_tax_ids_can_be_turned_off_together_with_a_tax_id_that_needs_it() {
    let body = json!({"checkTaxIds": false, "taxId": "00.000.000/0001-00"});
    assert!(changes(body).is_ok());
    assert!(changes(json!({"taxId": "00.000.000/0001-00"})).is_err());
}

#[test]
fn a_pix_key_is_kept_as_the_directory_knows_it_and_checked_like_the_tax_ids() {
    let kept = |body: Value| changes(body).unwrap().patch.pix_key;
    assert_eq!(kept(json!({"pixKey": "+55 (11) 99999-8888"})), Change::Set("+5511999998888".to_owned()));
    assert_eq!(kept(json!({"pixKey": null})), Change::Clear);
    let placeholder = "00.000.000/0001-00";
    assert_eq!(changes(json!({"pixKey": placeholder})).unwrap_err(), ["pixKey"]);
    let unchecked = json!({"checkTaxIds": false, "pixKey": placeholder});
    assert_eq!(kept(unchecked), Change::Set("00000000000100".to_owned()));
}

#[test]
fn parts_of_the_series_and_of_the_plan_change_alone() {
    let changes =
        changes(json!({"invoiceSeries": {"prefix": ""}, "planLimits": {"invoicesPerMonth": 0}})).unwrap();
    assert_eq!((changes.prefix.as_deref(), changes.width), (Some(""), None));
    assert_eq!((changes.clients_per_month, changes.invoices_per_month), (Change::Keep, Change::Set(0)));
}
