//! `/api/v2/customers`.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::{Tenant, both_backends};

const CUSTOMERS: &str = "/api/v2/customers";

/// The document's own body.
fn sample() -> Value {
    json!({
        "account": "Jane Smith", "email": "jane@example.com", "phone": "1234567890", "address": "123 Business St",
        "city": "New York", "state": "NY", "zip": "10001", "country": "US",
    })
}

fn accounts(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|customer| shown(&customer["account"])).collect()
}

both_backends! {
    async fn the_sample_makes_customer_one(t: Tenant) {
        let made = t.post(CUSTOMERS, sample()).await.expect(201);
        assert_eq!(made.header("etag"), "\"1\"");
        let body = made.value();
        assert_eq!(body["success"], true);
        let data = &body["data"];
        assert_eq!(data["id"], 1);
        for (field, value) in sample().as_object().unwrap() {
            assert_eq!(&data[field], value, "{field}");
        }
        for time in ["created_at", "updated_at"] {
            let text = shown(&data[time]);
            assert!(text.len() == 20 && text.ends_with('Z'), "{time}: {text}");
        }
        assert_eq!(t.get(&format!("{CUSTOMERS}/1")).await.data(200), *data);
        let list = t.get(CUSTOMERS).await.json(200);
        assert_eq!(list["success"], true);
        assert_eq!(list["data"], json!([data]));
        assert_eq!(list["meta"], json!({"current_page": 1, "total_pages": 1, "total_records": 1}));
    }

    async fn one_client_is_one_customer_on_every_surface(t: Tenant) {
        let made = t.post(CUSTOMERS, sample()).await.data(201);
        let client = t.get("/api/v1/clients/1").await.data(200);
        assert_eq!((&client["id"], &client["name"]), (&made["uuid"], &json!("Jane Smith")));
        assert_eq!(client["address"], "123 Business St, New York - NY, 10001, US");
        let code = shown(&made["uuid"]);
        let energy = t.get(&format!("/energy/clients/{code}")).await.json(200);
        assert_eq!(energy["address"]["city"], "New York");
        let other = t.client("Acme Corp").await;
        let customer = t.get(&format!("{CUSTOMERS}/2")).await.data(200);
        assert_eq!((shown(&customer["uuid"]), &customer["account"]), (other, &json!("Acme Corp")));
    }

    async fn lists_page_search_and_go_on(t: Tenant) {
        for name in ["Ana", "Bia Souza", "Caio", "Davi Souza"] {
            let _ = t.post(CUSTOMERS, json!({"account": name})).await.expect(201);
        }
        let first = t.get(&format!("{CUSTOMERS}?limit=3")).await.expect(200);
        assert_eq!(accounts(&first.value()), ["Davi Souza", "Caio", "Bia Souza"]);
        assert_eq!(first.value()["meta"], json!({"current_page": 1, "total_pages": 2, "total_records": 4}));
        let second = t.get(&format!("{CUSTOMERS}?limit=3&page=2")).await.json(200);
        assert_eq!(accounts(&second), ["Ana"]);
        assert_eq!(second["meta"]["current_page"], 2);
        let cursor = first.header("x-next-cursor");
        let next = t.get(&format!("{CUSTOMERS}?limit=3&cursor={cursor}")).await.json(200);
        assert_eq!(accounts(&next), ["Ana"]);
        assert_eq!(accounts(&t.get(&format!("{CUSTOMERS}?search=souza")).await.json(200)), ["Davi Souza", "Bia Souza"]);
        for (query, named) in [("page=0", "page"), ("limit=101", "limit"), ("limit=x", "limit"), ("cursor=1", "cursor")] {
            let error = t.get(&format!("{CUSTOMERS}?{query}")).await.json(400);
            assert_eq!((&error["success"], &error["message"]), (&json!(false), &json!("Validation failed")));
            assert!(error["errors"][named].is_string(), "{query}: {error}");
        }
    }

    async fn wrong_bodies_are_refused_in_the_documents_form(t: Tenant) {
        let error = t.post(CUSTOMERS, json!({"email": "jane", "zip": 10001})).await.json(400);
        assert_eq!(
            error,
            json!({
                "success": false, "message": "Validation failed",
                "errors": {"account": "Missing required field", "email": "Invalid email format", "zip": "must be a text"},
            })
        );
        let malformed = t.call("POST", CUSTOMERS).header("content-type", "application/json").body("{").send().await.json(400);
        assert_eq!(malformed["success"], false);
        let form = t.call("POST", CUSTOMERS).header("content-type", "text/plain").body("account=1").send().await.json(415);
        assert_eq!(form["success"], false);
        let none = t.with_key(None).get(CUSTOMERS).await.json(401);
        assert_eq!(none, json!({"success": false, "message": "Invalid API key or unauthorized access"}));
        let put = t.put(CUSTOMERS, sample()).await.expect(405);
        assert!(put.header("allow").contains("GET") && put.header("allow").contains("POST"));
        assert_eq!(t.get(CUSTOMERS).await.json(200)["meta"]["total_records"], 0);
        let reader = t.with_scopes(&["backoffice:read"]);
        let _ = reader.get(CUSTOMERS).await.expect(200);
        let _ = reader.post(CUSTOMERS, sample()).await.expect(403);
        let _ = t.with_scopes(&["invoicing:write"]).get(CUSTOMERS).await.expect(403);
    }

    async fn an_update_changes_what_it_names(t: Tenant) {
        let _ = t.post(CUSTOMERS, sample()).await.expect(201);
        let path = format!("{CUSTOMERS}/1");
        let changed = t.put(&path, json!({"account": "Jane Doe", "city": "Boston", "phone": null})).await.expect(200);
        assert_eq!(changed.header("etag"), "\"2\"");
        let data = changed.value()["data"].clone();
        assert_eq!((&data["account"], &data["city"], &data["address"]), (&json!("Jane Doe"), &json!("Boston"), &json!("123 Business St")));
        assert!(data["phone"].is_null());
        assert_eq!(t.get(&path).await.data(200), data);
        let _ = t.patch(&path, json!({"zip": "02101"})).await.expect(200);
        let stale = t.call("PUT", &path).header("if-match", "\"2\"").json(&json!({"zip": "1"})).send().await;
        let _ = stale.expect(412);
        let right = t.call("PUT", &path).header("if-match", "\"3\"").json(&json!({"zip": "02102"})).send().await;
        assert_eq!(right.expect(200).value()["data"]["zip"], "02102");
        let wrong = t.put(&path, json!({"email": "no", "account": ""})).await.json(400);
        assert_eq!(wrong["errors"]["email"], "Invalid email format");
        assert!(wrong["errors"]["account"].is_string());
        let _ = t.put(&format!("{CUSTOMERS}/9"), json!({"zip": "1"})).await.expect(404);
    }

    async fn a_deleted_customer_is_gone_here_and_inactive_elsewhere(t: Tenant) {
        let made = t.post(CUSTOMERS, sample()).await.data(201);
        let invoice = t.sent(&shown(&made["uuid"]), "100").await;
        let refused = t.delete(&format!("{CUSTOMERS}/1")).await.json(409);
        assert_eq!((&refused["success"], refused["message"].is_string()), (&json!(false), true));
        let _ = t.pay(&invoice, "100").await;
        let gone = t.delete(&format!("{CUSTOMERS}/1")).await.json(200);
        assert_eq!(gone["success"], true);
        for request in [t.get(&format!("{CUSTOMERS}/1")).await, t.delete(&format!("{CUSTOMERS}/1")).await] {
            assert_eq!(request.json(404), json!({"success": false, "message": "Customer not found"}));
        }
        let _ = t.put(&format!("{CUSTOMERS}/1"), json!({"zip": "1"})).await.expect(404);
        assert_eq!(t.get(CUSTOMERS).await.json(200)["meta"]["total_records"], 0);
        assert_eq!(t.get("/api/v1/clients/1").await.data(200)["isActive"], false);
    }

    async fn a_request_under_one_key_happens_once(t: Tenant) {
        let post = || t.call("POST", CUSTOMERS).header("idempotency-key", "jane").json(&sample()).send();
        let first = post().await.expect(201);
        let again = post().await.expect(201);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.value(), first.value());
        let other = t.call("POST", CUSTOMERS).header("idempotency-key", "jane").json(&json!({"account": "X"})).send().await;
        assert_eq!(other.json(422)["success"], false);
        assert_eq!(t.get(CUSTOMERS).await.json(200)["meta"]["total_records"], 1);
    }
}
