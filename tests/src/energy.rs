//! The shortest way to power plants and consumer units, through the energy surface.

use crate::books::{document, shown};
use crate::client::{Api, Reply};
use serde_json::{Value, json};

/// The surface.
pub const ENERGY: &str = "/energy";

/// The body of a consumer unit: the document's sample, with an account number and a client of one's own.
#[must_use]
pub fn unit_body(account: &str, client: &str) -> Value {
    json!({
        "accountNumber": account,
        "address": {},
        "clientCode": client,
        "connectedAt": "2023-12-01",
        "cpfCnpj": "11.222.333/0001-81",
        "createInvoiceSunneAutomatically": false,
        "createPayment": false,
        "discountRate": document("0.2"),
        "downloadDealership": false,
        "instalationType": "TRIFASICO",
        "name": "João da Silva UC2",
        "nameAccountOwner": "João da Silva",
        "observations": "Observações",
        "payDealershipBill": false,
        "percentage": 0,
        "phone": "(11) 99999-9999",
        "plan": "BASIC",
        "responsable": "Maria do Rosário",
        "unifiedInvoice": false,
    })
}

impl Api {
    /// Makes a power plant and returns its code.
    pub async fn plant(&self, name: &str) -> String {
        let made = self.post("/energy/power-plants", json!({"name": name})).await.json(201);
        shown(&made["code"])
    }

    /// Makes a consumer unit without a plant and returns its code.
    pub async fn unit(&self, account: &str, client: &str) -> String {
        let made = self.post("/energy/consumer-units", unit_body(account, client)).await.json(200);
        shown(&made["code"])
    }

    /// Makes a consumer unit with a share of a plant and returns its code.
    pub async fn unit_of(&self, account: &str, client: &str, plant: &str, share: &str) -> String {
        let mut body = unit_body(account, client);
        body["powerPlantCode"] = json!(plant);
        body["percentage"] = document(share);
        let made = self.post("/energy/consumer-units", body).await.json(200);
        shown(&made["code"])
    }
}

/// The wrong fields that a refusal of this surface names, sorted; its form is checked on the way.
///
/// # Panics
/// When it is no 400 in the surface's form.
#[must_use]
#[track_caller]
pub fn wrong_fields(reply: Reply) -> Vec<String> {
    let body = reply.json(400);
    assert_eq!(body["statusCode"], 400);
    let message = shown(&body["message"]);
    let errors = body["errors"].as_object().unwrap_or_else(|| panic!("no `errors` in {body}"));
    let mut named: Vec<String> = errors.keys().cloned().collect();
    assert!(named.iter().all(|field| message.contains(field)), "{message:?} does not name {named:?}");
    named.sort_unstable();
    named
}

/// The message of a refusal in this surface's form.
///
/// # Panics
/// When it has another status or form.
#[must_use]
#[track_caller]
pub fn refusal(reply: Reply, status: u16) -> String {
    let body = reply.json(status);
    assert_eq!(body["statusCode"], status, "{body}");
    shown(&body["message"])
}
