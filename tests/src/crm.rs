//! The shortest way to clients, invoices, projects and installations, through the CRM surface.

use crate::books::{document, shown};
use crate::client::{Api, Reply};
use serde_json::{Value, json};

/// The body of a client: everything that the document names.
#[must_use]
pub fn crm_client(name: &str) -> Value {
    json!({
        "name": name,
        "email": "maria@exemplo.com.br",
        "phone": "+55 (11) 98765-4321",
        "address": {
            "street": "Rua das Flores", "number": "100", "district": "Centro", "city": "Campinas", "state": "SP",
            "zipCode": "13010-000", "country": "BR",
        },
        "taxId": "529.982.247-25",
        "notes": "Prefers the morning",
    })
}

/// The body of a project: the document's fields, all of them.
#[must_use]
pub fn project_body(client: &str, name: &str) -> Value {
    json!({
        "clientId": client,
        "name": name,
        "systemSize": document("12.5"),
        "estimatedCost": document("45000.00"),
        "startDate": "2026-05-01",
        "notes": "Telhado de zinco",
    })
}

impl Api {
    /// Makes a client with everything that this surface wants of it, and returns its id.
    pub async fn crm_client(&self, name: &str) -> String {
        shown(&self.post("/v1/clients", crm_client(name)).await.data(201)["id"])
    }

    /// Makes an issued invoice over `price` and returns its id.
    pub async fn crm_invoice(&self, client: &str, price: &str) -> String {
        let items = json!([{"description": "Painel", "unitPrice": document(price)}]);
        let body = json!({"clientId": client, "dueDate": "2199-12-31", "items": items});
        shown(&self.post("/v1/invoices", body).await.data(201)["id"])
    }

    /// Makes a project and returns its id.
    pub async fn project(&self, client: &str, name: &str) -> String {
        shown(&self.post("/v1/projects", project_body(client, name)).await.data(201)["id"])
    }

    /// Makes an installation in a status and returns its id.
    pub async fn installation(&self, project: &str, status: &str) -> String {
        let body = json!({"projectId": project, "status": status});
        shown(&self.post("/v1/installations", body).await.data(201)["id"])
    }

    /// Sends readings of an installation, a time and kWh each, and returns what became of them.
    pub async fn readings(&self, installation: &str, readings: &[(&str, &str)]) -> Value {
        let body = readings.iter().map(|(at, kwh)| json!({"at": at, "energyKwh": document(kwh)}));
        let path = format!("/v1/installations/{installation}/readings");
        self.post(&path, body.collect()).await.data(201)
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
    assert_eq!(body["success"], false, "{body}");
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
    assert_eq!((&body["success"], body["errors"].is_object()), (&json!(false), true), "{body}");
    shown(&body["message"])
}
