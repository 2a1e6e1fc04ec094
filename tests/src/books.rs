//! The shortest way to clients, invoices and payments, through the invoicing surface.

use crate::client::Api;
use serde_json::{Value, json};

/// The text of a JSON string, or of any other value as it is printed: numbers are compared as they are printed,
/// since `5500.00` and `5500` are the same amount but not the same document.
#[must_use]
pub fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A document with its numbers as they are written.
///
/// # Panics
/// When `text` is no JSON.
#[must_use]
#[track_caller]
pub fn document(text: &str) -> Value {
    serde_json::from_str(text).expect("a JSON document")
}

impl Api {
    /// Makes a client and returns its id.
    pub async fn client(&self, name: &str) -> String {
        let made = self.post("/api/v1/clients", json!({"name": name})).await.data(201);
        shown(&made["id"])
    }

    /// The body of an invoice over one line of `price`, due in a future that no test reaches.
    #[must_use]
    pub fn bill(client: &str, price: &str) -> Value {
        let price = document(price);
        json!({
            "clientId": client,
            "currency": "USD",
            "issueDate": "2024-06-01",
            "dueDate": "2199-12-31",
            "lineItems": [{"description": "Solar panels", "quantity": 1, "unitPrice": price, "taxRate": 0}],
        })
    }

    /// Makes a draft over `price` and returns its id.
    pub async fn draft(&self, client: &str, price: &str) -> String {
        let made = self.post("/api/v1/invoices", Self::bill(client, price)).await.data(201);
        shown(&made["id"])
    }

    /// Makes an invoice over `price`, sends it, and returns its id.
    pub async fn sent(&self, client: &str, price: &str) -> String {
        let id = self.draft(client, price).await;
        let _ = self.act(&format!("/api/v1/invoices/{id}/send")).await.expect(200);
        id
    }

    /// Reads an invoice.
    pub async fn invoice(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/invoices/{id}")).await.data(200)
    }

    /// Pays `amount` of an invoice and returns the payment.
    pub async fn pay(&self, invoice: &str, amount: &str) -> Value {
        let payment = json!({"amount": document(amount), "method": "pix"});
        self.post(&format!("/api/v1/invoices/{invoice}/payments"), payment).await.data(201)
    }
}
