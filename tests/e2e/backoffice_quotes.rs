//! `/api/v2/quotes`, and the invoices that they become.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::{Tenant, both_backends};

const QUOTES: &str = "/api/v2/quotes";

/// The document's own body.
fn sample() -> Value {
    json!({
        "customer_id": 1,
        "valid_until": "2024-02-15",
        "items": [{"description": "Consulting Services", "amount": 2000.00, "qty": 1}],
    })
}

async fn customer(t: &Tenant) {
    let body = json!({"account": "Jane Smith", "email": "jane@example.com"});
    assert_eq!(t.post("/api/v2/customers", body).await.data(201)["id"], 1);
}

fn wrong_fields(body: &Value) -> Vec<&str> {
    assert_eq!(body["message"], "Validation failed");
    body["errors"].as_object().unwrap().keys().map(String::as_str).collect()
}

both_backends! {
    async fn a_quote_reads_back_as_it_was_made(t: Tenant) {
        customer(&t).await;
        let made = t.post(QUOTES, sample()).await.expect(201);
        assert_eq!(made.header("etag"), "\"1\"");
        let data = made.data(201);
        assert_eq!((&data["id"], &data["customer_id"], &data["valid_until"]), (&json!(1), &json!(1), &json!("2024-02-15")));
        let item = &data["items"][0];
        assert_eq!((&item["description"], item["amount"].to_string(), &item["qty"]), (&json!("Consulting Services"), "2000.00".to_owned(), &json!(1)));
        assert_eq!((data["total"].to_string(), &data["status"], &data["invoice_id"]), ("2000.00".to_owned(), &json!("Open"), &json!(null)));
        assert_eq!(t.get(&format!("{QUOTES}/1")).await.data(200), data);
        assert_eq!(t.get(QUOTES).await.json(200)["data"], json!([data]));
    }

    async fn a_quote_becomes_an_invoice_once(t: Tenant) {
        customer(&t).await;
        let _ = t.post(QUOTES, sample()).await.expect(201);
        let convert = format!("{QUOTES}/1/convert");
        let invoice = t.act(&convert).await.data(201);
        assert_eq!((&invoice["quote_id"], &invoice["customer_id"], &invoice["status"]), (&json!(1), &json!(1), &json!("Unpaid")));
        assert_eq!((invoice["amount"].to_string(), &invoice["items"][0]["description"]), ("2000.00".to_owned(), &json!("Consulting Services")));
        let number = invoice["id"].as_i64().unwrap();
        assert_eq!(t.get(&format!("/api/v2/invoices/{number}")).await.data(200)["uuid"], invoice["uuid"]);
        let quote = t.get(&format!("{QUOTES}/1")).await.data(200);
        assert_eq!((&quote["status"], &quote["invoice_id"]), (&json!("Converted"), &json!(number)));
        assert_eq!(t.get(QUOTES).await.json(200)["data"][0]["invoice_id"], number);
        let again = t.act(&convert).await.json(409);
        assert!(shown(&again["message"]).ends_with(&format!("(invoice {number})")), "{again}");
        for refused in [t.put(&format!("{QUOTES}/1"), json!({"notes": "x"})).await, t.delete(&format!("{QUOTES}/1")).await] {
            let _ = refused.expect(409);
        }
        assert_eq!(t.get("/api/v2/invoices").await.json(200)["meta"]["total_records"], 1);
    }

    async fn a_conversion_may_say_when_and_as_what(t: Tenant) {
        customer(&t).await;
        let _ = t.post(QUOTES, sample()).await.expect(201);
        let convert = format!("{QUOTES}/1/convert");
        let wrong = t.post(&convert, json!({"date": "x", "due_date": 7, "status": "Paid"})).await.json(400);
        assert_eq!(wrong_fields(&wrong), ["date", "due_date", "status"]);
        let wrong = t.post(&convert, json!({"date": "2024-02-15", "due_date": "2024-02-14"})).await.json(400);
        assert_eq!(wrong_fields(&wrong), ["due_date"]);
        let body = json!({"date": "2024-02-15", "status": "draft"});
        let post = async || t.call("POST", &convert).header("idempotency-key", "k").json(&body).send().await.expect(201);
        let (first, second) = (post().await, post().await);
        assert_eq!(second.header("idempotent-replayed"), "true");
        let invoice = first.data(201);
        assert_eq!(second.data(201), invoice);
        assert_eq!((&invoice["date"], &invoice["due_date"]), (&json!("2024-02-15"), &json!("2024-03-16")));
        let uuid = shown(&invoice["uuid"]);
        assert_eq!(t.get(&format!("/api/v1/invoices/{uuid}")).await.data(200)["status"], "DRAFT");
    }

    async fn a_quote_is_changed_and_deleted_while_it_is_open(t: Tenant) {
        customer(&t).await;
        let _ = t.post(QUOTES, sample()).await.expect(201);
        let path = format!("{QUOTES}/1");
        let items = json!([{"description": "A", "amount": 10, "qty": 3, "tax_rate": 10}]);
        let changed = t.put(&path, json!({"items": items, "notes": "Net 30"})).await.expect(200);
        assert_eq!(changed.header("etag"), "\"2\"");
        let changed = changed.data(200);
        assert_eq!((changed["total"].to_string(), &changed["notes"]), ("33.00".to_owned(), &json!("Net 30")));
        let _ = t.call("DELETE", &path).header("if-match", "\"1\"").send().await.expect(412);
        let _ = t.delete(&path).await.expect(200);
        let _ = t.get(&path).await.expect(404);
        let _ = t.act(&format!("{path}/convert")).await.expect(404);
    }

    async fn every_wrong_field_is_named(t: Tenant) {
        let body = json!({"customer_id": 9, "valid_until": "2024-02-30", "items": [{"amount": 0, "qty": 0}]});
        let wrong = t.post(QUOTES, body).await.json(400);
        assert_eq!(wrong_fields(&wrong), ["customer_id", "items[0].amount", "items[0].description", "items[0].qty", "valid_until"]);
        assert_eq!(wrong_fields(&t.post(QUOTES, json!({})).await.json(400)), ["customer_id", "items", "valid_until"]);
        customer(&t).await;
        let _ = t.delete("/api/v2/customers/1").await.expect(200);
        assert_eq!(wrong_fields(&t.post(QUOTES, sample()).await.json(400)), ["customer_id"], "deleted here");
        let wrong = t.get(&format!("{QUOTES}?status=x&customer_id=y&limit=0")).await.json(400);
        assert_eq!(wrong_fields(&wrong), ["customer_id", "limit", "status"]);
    }

    async fn lists_filter_by_status_and_customer(t: Tenant) {
        customer(&t).await;
        let _ = t.post("/api/v2/customers", json!({"account": "Bia"})).await.expect(201);
        for customer in [1, 2, 2] {
            let mut body = sample();
            body["customer_id"] = json!(customer);
            let _ = t.post(QUOTES, body).await.expect(201);
        }
        let _ = t.act(&format!("{QUOTES}/2/convert")).await.expect(201);
        for (query, expected) in [
            ("", &[3, 2, 1][..]),
            ("?status=Open", &[3, 1]),
            ("?status=Converted", &[2]),
            ("?customer_id=2", &[3, 2]),
            ("?customer_id=2&status=Open", &[3]),
            ("?customer_id=7", &[]),
            ("?search=bia", &[3, 2]),
        ] {
            let list = t.get(&format!("{QUOTES}{query}")).await.json(200);
            let numbers: Vec<i64> = list["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
            assert_eq!(numbers, expected, "{query}");
        }
    }
}
