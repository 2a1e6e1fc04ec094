//! `/api/v2/webhooks`, in the manner of the back office.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::{Receiver, Tenant, both_backends};

const WEBHOOKS: &str = "/api/v2/webhooks";

/// The document's own body. Nobody has to be there: an address is judged when it is dialled.
fn sample() -> Value {
    json!({"url": "https://your-domain.com/webhook", "events": ["invoice.created", "payment.received"]})
}

both_backends! {
    async fn an_endpoint_lives_as_the_surface_prints_it(t: Tenant) {
        let made = t.post(WEBHOOKS, sample()).await.expect(201);
        assert_eq!(made.header("etag"), "\"1\"");
        let made = made.value();
        assert_eq!((&made["success"], &made["data"]["id"]), (&json!(true), &json!(1)));
        assert_eq!(made["data"]["url"], sample()["url"]);
        assert_eq!(made["data"]["events"], sample()["events"]);
        assert!(shown(&made["data"]["secret"]).starts_with("whsec_"));
        assert!(shown(&made["data"]["created_at"]).ends_with('Z'));

        let one = format!("{WEBHOOKS}/1");
        let read = t.get(&one).await.json(200);
        assert_eq!((&read["success"], &read["data"]["secret"]), (&json!(true), &Value::Null));
        let list = t.get(WEBHOOKS).await.json(200);
        assert_eq!(list["data"], json!([read["data"]]));
        assert_eq!(list["meta"], json!({"current_page": 1, "total_pages": 1, "total_records": 1}));

        let changed = t.put(&one, json!({"events": ["*"]})).await.json(200);
        assert_eq!((&changed["data"]["events"], &changed["data"]["url"]), (&json!(["*"]), &sample()["url"]));
        let rotated = t.act(&format!("{one}/rotate-secret")).await.data(200);
        assert_ne!(rotated["secret"], made["data"]["secret"]);
        let off = t.act(&format!("{one}/disable")).await.data(200);
        assert_eq!(off["enabled"], false);
        assert_eq!(t.act(&format!("{one}/enable")).await.data(200)["enabled"], true);

        assert_eq!(t.delete(&one).await.json(200)["success"], true);
        for gone in [t.get(&one).await, t.delete(&one).await, t.act(&format!("{one}/test")).await] {
            assert_eq!(gone.json(404)["success"], false);
        }
        assert_eq!(t.get(WEBHOOKS).await.json(200)["meta"]["total_records"], 0);
    }

    async fn wrong_fields_are_named(t: Tenant) {
        let error = t.post(WEBHOOKS, json!({"url": "nowhere", "events": []})).await.json(400);
        assert_eq!(error["message"], "Validation failed");
        assert!(error["errors"]["url"].is_string(), "{error}");
        let error = t.post(WEBHOOKS, json!({"url": "https://x.example/", "events": ["invoice.exploded"]})).await.json(400);
        assert!(error["errors"]["events"].is_string() || error["errors"]["events[0]"].is_string(), "{error}");
        let none = t.with_key(None).post(WEBHOOKS, sample()).await.json(401);
        assert_eq!(none["message"], "Invalid API key or unauthorized access");
    }

    async fn documented_events_carry_what_the_surface_prints(t: Tenant) {
        let receiver = Receiver::start().await;
        let made = t.post(WEBHOOKS, json!({"url": receiver.url(), "events": sample()["events"]})).await.data(201);
        let secret = shown(&made["secret"]);
        let _ = t.post("/api/v2/customers", json!({"account": "Jane Smith"})).await.expect(201);
        let items = json!([{"description": "Web Development", "amount": 1500.00, "qty": 1}]);
        let invoice = json!({"customer_id": 1, "date": "2024-01-15", "due_date": "2199-12-31", "items": items});
        let invoice = t.post("/api/v2/invoices", invoice).await.data(201);
        let paid = t.post("/api/v2/invoices/1/payments", json!({"amount": 1500})).await.data(201);
        let got = receiver.accepted(2).await;
        assert!(got.iter().all(|one| one.signed_by(&secret)));
        let bodies: Vec<Value> = got.iter().map(|one| serde_json::from_slice(&one.body).unwrap()).collect();
        let of = |name: &str| bodies.iter().find(|body| body["type"] == name).unwrap()["data"].clone();
        let told = of("invoice.created");
        for field in ["id", "uuid", "invoice_number", "customer_id", "amount", "items", "due_date"] {
            assert_eq!(told[field], invoice[field], "{field}");
        }
        let told = of("payment.received");
        for field in ["id", "uuid", "type", "amount", "invoice_id"] {
            assert_eq!(told[field], paid[field], "{field}");
        }
    }
}
