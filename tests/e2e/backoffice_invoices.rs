//! `/api/v2/invoices`, their payments, and how far they are paid.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::{Tenant, both_backends};

const INVOICES: &str = "/api/v2/invoices";

/// The document's own body.
fn sample() -> Value {
    json!({
        "customer_id": 1, "date": "2024-01-15", "due_date": "2024-02-15", "notes": "Payment due within 30 days",
        "items": [{"description": "Web Development", "amount": 1500.00, "qty": 1}],
    })
}

/// One whose due date no test reaches.
fn open() -> Value {
    let mut body = sample();
    body["due_date"] = json!("2199-12-31");
    body
}

async fn customer(t: &Tenant) {
    let _ = t.post("/api/v2/customers", json!({"account": "Jane Smith"})).await.expect(201);
}

async fn listed(t: &Tenant, query: &str) -> Vec<i64> {
    let list = t.get(&format!("{INVOICES}?{query}")).await.json(200);
    let ids: Vec<i64> =
        list["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!(list["meta"]["total_records"], ids.len(), "{query}");
    ids
}

both_backends! {
    async fn the_sample_is_an_unpaid_invoice_of_its_past_date(t: Tenant) {
        customer(&t).await;
        let made = t.post(INVOICES, sample()).await.expect(201);
        let text = made.text();
        let data = made.value()["data"].clone();
        assert_eq!((&data["id"], &data["customer_id"], &data["status"]), (&json!(1), &json!(1), &json!("Unpaid")));
        assert_eq!((&data["date"], &data["due_date"]), (&json!("2024-01-15"), &json!("2024-02-15")));
        assert!(shown(&data["invoice_number"]).starts_with("INV-"));
        assert!(text.contains("\"amount\":1500.00"), "{text}");
        assert_eq!((&data["items"][0]["description"], &data["items"][0]["qty"]), (&json!("Web Development"), &json!(1)));
        assert_eq!(t.get(&format!("{INVOICES}/1")).await.data(200), data);
        assert_eq!(t.get(INVOICES).await.json(200)["data"], json!([data]));
        assert_eq!(t.get("/api/v1/invoices/1").await.data(200)["id"], data["uuid"]);
    }

    async fn a_draft_can_be_changed_sent_and_deleted(t: Tenant) {
        customer(&t).await;
        let mut draft = open();
        draft["status"] = json!("draft");
        let made = t.post(INVOICES, draft).await.data(201);
        assert_eq!(made["status"], "Unpaid");
        let path = format!("{INVOICES}/1");
        let items = json!([{"description": "Panels", "amount": 100.10, "qty": 2, "tax_rate": 10}]);
        let changed = t.put(&path, json!({"items": items, "notes": null})).await.expect(200);
        assert!(changed.text().contains("\"amount\":220.22"), "{}", changed.text());
        let sent = t.act(&format!("{path}/send")).await.data(200);
        assert_eq!(sent["status"], "Unpaid");
        let refused = t.put(&path, json!({"notes": "late"})).await.json(409);
        assert_eq!(refused["success"], false);
        let _ = t.delete(&path).await.expect(409);
        let cancelled = t.act(&format!("{path}/cancel")).await.data(200);
        assert_eq!(cancelled["status"], "Cancelled");
        assert_eq!(t.delete(&path).await.json(200)["success"], true);
        let _ = t.get(&path).await.expect(404);
        assert!(listed(&t, "").await.is_empty());
    }

    async fn wrong_fields_are_named_as_the_document_names_them(t: Tenant) {
        customer(&t).await;
        let wrong = json!({"items": [{"description": "A", "amount": 0}, {"amount": 1, "qty": -1}], "date": "soon"});
        let error = t.post(INVOICES, wrong).await.json(400);
        let errors = &error["errors"];
        assert_eq!(error["message"], "Validation failed");
        assert_eq!(errors["items[0].amount"], "Amount must be greater than 0");
        for field in ["customer_id", "date", "due_date", "items[1].description", "items[1].qty"] {
            assert!(errors[field].is_string(), "{field} in {error}");
        }
        let mut early = sample();
        early["due_date"] = json!("2024-01-14");
        assert!(t.post(INVOICES, early).await.json(400)["errors"]["due_date"].is_string());
        let mut nobody = sample();
        nobody["customer_id"] = json!(7);
        assert!(t.post(INVOICES, nobody).await.json(400)["errors"]["customer_id"].is_string());
        let mut many = sample();
        many["items"] = json!([]);
        assert!(t.post(INVOICES, many).await.json(400)["errors"]["items"].is_string());
        assert!(listed(&t, "").await.is_empty());
    }

    async fn lists_tell_how_far_an_invoice_is_paid(t: Tenant) {
        customer(&t).await;
        let _ = t.post("/api/v2/customers", json!({"account": "Other"})).await.expect(201);
        // 1 is overdue, 2 open, 3 overdue and half paid, 4 half paid, 5 paid, 6 cancelled and somebody else's.
        for body in [sample(), open(), sample(), open(), open()] {
            let _ = t.post(INVOICES, body).await.expect(201);
        }
        let mut others = open();
        others["customer_id"] = json!(2);
        others["date"] = json!("2024-03-01");
        let _ = t.post(INVOICES, others).await.expect(201);
        for (invoice, amount) in [(3, 500), (4, 500), (5, 1500)] {
            let _ = t.post(&format!("{INVOICES}/{invoice}/payments"), json!({"amount": amount})).await.expect(201);
        }
        let _ = t.act(&format!("{INVOICES}/6/cancel")).await.expect(200);
        assert_eq!(listed(&t, "status=Unpaid").await, [2, 1]);
        assert_eq!(listed(&t, "status=Partially%20Paid").await, [4, 3]);
        assert_eq!(listed(&t, "status=Paid").await, [5]);
        assert_eq!(listed(&t, "status=Cancelled").await, [6]);
        assert_eq!(listed(&t, "customer_id=2").await, [6]);
        assert_eq!(listed(&t, "customer_id=1&status=Paid").await, [5]);
        assert_eq!(listed(&t, "customer_id=99").await, [0_i64; 0]);
        assert_eq!(listed(&t, "date_from=2024-02-01").await, [6]);
        assert_eq!(listed(&t, "date_to=2024-01-15&status=Paid").await, [5]);
        let wrong = t.get(&format!("{INVOICES}?status=paid&customer_id=x&date_from=1&date_to=2")).await.json(400);
        let named: Vec<&String> = wrong["errors"].as_object().unwrap().keys().collect();
        assert_eq!(named, ["customer_id", "date_from", "date_to", "status"]);
    }

    async fn payments_come_in_and_are_taken_back(t: Tenant) {
        customer(&t).await;
        let _ = t.post(INVOICES, open()).await.expect(201);
        let path = format!("{INVOICES}/1/payments");
        let paid = t.post(&path, json!({"amount": 500, "date": "2024-01-20", "method": "pix", "reference": "E1"})).await.data(201);
        assert_eq!((&paid["type"], &paid["invoice_id"], &paid["date"]), (&json!("Income"), &json!(1), &json!("2024-01-20")));
        assert_eq!(paid["invoice"]["status"], "Partially Paid");
        let above = t.post(&path, json!({"amount": 1000.01})).await.json(409);
        assert!(shown(&above["message"]).contains("1000.00"), "{above}");
        let zero = t.post(&path, json!({"amount": 0})).await.json(400);
        assert_eq!(zero["errors"], json!({"amount": "Amount must be greater than 0"}));
        let id = shown(&paid["id"]);
        assert_eq!(t.delete(&format!("{path}/{id}")).await.json(200)["success"], true);
        let _ = t.delete(&format!("{path}/{id}")).await.expect(404);
        let _ = t.delete(&format!("{path}/nothing")).await.expect(404);
        assert_eq!(t.get(&format!("{INVOICES}/1")).await.data(200)["status"], "Unpaid");
        let all = t.get(&path).await.data(200);
        assert!(all[0]["reversed_at"].is_string(), "{all}");
        let _ = t.act(&format!("{INVOICES}/1/cancel")).await.expect(200);
        let _ = t.post(&path, json!({"amount": 1})).await.expect(409);
    }
}
