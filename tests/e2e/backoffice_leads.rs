//! `/api/v2/leads`, and the customers that they become.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::{Tenant, both_backends};

const LEADS: &str = "/api/v2/leads";

/// The document's own body.
fn sample() -> Value {
    json!({
        "first_name": "John",
        "last_name": "Smith",
        "email": "john@example.com",
        "company": "Acme Corp",
        "phone": "1234567890",
        "source": "Website",
    })
}

both_backends! {
    async fn a_lead_reads_back_as_it_was_made(t: Tenant) {
        let data = t.post(LEADS, sample()).await.data(201);
        for (field, value) in sample().as_object().unwrap() {
            assert_eq!(&data[field], value, "{field}");
        }
        assert_eq!((&data["id"], &data["status"], &data["customer_id"]), (&json!(1), &json!("New"), &json!(null)));
        assert_eq!(t.get(&format!("{LEADS}/1")).await.data(200), data);
        let list = t.get(LEADS).await.json(200);
        assert_eq!((&list["data"], &list["meta"]["total_records"]), (&json!([data]), &json!(1)));
        assert_eq!(t.get(&format!("{LEADS}?search=ACME")).await.json(200)["meta"]["total_records"], 1);
        assert_eq!(t.get(&format!("{LEADS}?search=nobody")).await.json(200)["meta"]["total_records"], 0);
    }

    async fn a_lead_becomes_a_customer_once(t: Tenant) {
        let _ = t.post(LEADS, sample()).await.expect(201);
        let convert = format!("{LEADS}/1/convert");
        let post = async || t.call("POST", &convert).header("idempotency-key", "k").send().await.expect(201);
        let (first, second) = (post().await, post().await);
        assert_eq!(second.header("idempotent-replayed"), "true");
        let customer = first.data(201);
        assert_eq!(second.data(201), customer);
        assert_eq!((&customer["id"], &customer["account"], &customer["email"]), (&json!(1), &json!("John Smith"), &json!("john@example.com")));
        assert_eq!((&customer["lead_id"], &customer["phone"]), (&json!(1), &json!("1234567890")));
        assert_eq!(t.get("/api/v2/customers/1").await.data(200)["uuid"], customer["uuid"]);
        let uuid = shown(&customer["uuid"]);
        assert_eq!(t.get(&format!("/api/v1/clients/{uuid}")).await.data(200)["name"], "John Smith", "one thing on all surfaces");
        let lead = t.get(&format!("{LEADS}/1")).await.data(200);
        assert_eq!((&lead["status"], &lead["customer_id"]), (&json!("Converted"), &json!(1)));
        assert_eq!(t.get(LEADS).await.json(200)["data"][0]["customer_id"], 1);
        let _ = t.act(&convert).await.expect(409);
        let _ = t.act(&format!("{LEADS}/2/convert")).await.expect(404);
        assert_eq!(t.get("/api/v2/customers").await.json(200)["meta"]["total_records"], 1);
    }

    async fn every_wrong_field_is_named(t: Tenant) {
        let body = json!({"first_name": "", "last_name": 7, "email": "nobody", "phone": "x", "company": [], "source": {}});
        let wrong = t.post(LEADS, body).await.json(400);
        let named: Vec<&str> = wrong["errors"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(named, ["company", "email", "first_name", "last_name", "phone", "source"]);
        assert_eq!(wrong["errors"]["email"], "Invalid email format");
        assert_eq!(t.get(LEADS).await.json(200)["meta"]["total_records"], 0);
    }
}
