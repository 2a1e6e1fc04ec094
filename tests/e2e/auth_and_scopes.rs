//! Who may do what.

use serde_json::json;
use std::time::{Duration, Instant};
use sunledger_tests::books::shown;
use sunledger_tests::{Tenant, both_backends};

const CLIENTS: &str = "/api/v1/clients";

both_backends! {
    async fn a_key_is_taken_from_each_of_three_headers(t: Tenant) {
        let key = t.key().unwrap().to_owned();
        let nobody = t.with_key(None);
        for (name, value) in [
            ("authorization", format!("Bearer {key}")),
            ("authorization", format!("bearer {key}")),
            ("x-api-key", key.clone()),
            ("apikey", key.clone()),
        ] {
            let _ = nobody.call("GET", CLIENTS).header(name, &value).send().await.expect(200);
        }
        for path in ["/audit", "/feed", "/webhooks", "/tenant", "/keys", "/api/v2/webhooks", "/api/v1/invoices"] {
            let _ = nobody.call("GET", path).header("apikey", &key).send().await.expect(200);
        }
    }

    async fn without_a_right_key_nothing_is_answered(t: Tenant) {
        let key = t.key().unwrap().to_owned();
        let nobody = t.with_key(None);
        let mut wrong = key.clone();
        let last = if wrong.pop() == Some('A') { 'B' } else { 'A' };
        wrong.push(last);
        for value in ["Bearer wrong".into(), format!("Bearer {wrong}"), format!("Basic {key}"), "Bearer".into(), key.clone()] {
            let reply = nobody.call("GET", CLIENTS).header("authorization", &value).send().await;
            let _ = reply.error(401);
        }
        let _ = nobody.get(CLIENTS).await.error(401);
        let _ = nobody.get(&format!("{CLIENTS}?apikey={key}")).await.error(401);
        let _ = nobody.post(CLIENTS, json!({"name": "Nobody's"})).await.error(401);
        assert_eq!(t.get(CLIENTS).await.json(200)["total"], 0);
        let other = nobody.get("/api/v2/webhooks").await.json(401);
        assert_eq!(other, json!({"success": false, "message": "Invalid API key or unauthorized access"}));
    }

    async fn a_missing_scope_is_403(t: Tenant) {
        let id = t.client("Scoped").await;
        let reader = t.with_scopes(&["invoicing:read"]);
        let _ = reader.get(CLIENTS).await.expect(200);
        let _ = reader.get(&format!("{CLIENTS}/{id}")).await.expect(200);
        let _ = reader.post(CLIENTS, json!({"name": "No"})).await.error(403);
        let _ = reader.put(&format!("{CLIENTS}/{id}"), json!({"name": "No"})).await.error(403);
        let _ = reader.delete(&format!("{CLIENTS}/{id}")).await.error(403);
        let _ = reader.get("/audit").await.error(403);
        let _ = reader.get("/keys").await.error(403);
        let _ = reader.put("/tenant", json!({"name": "No"})).await.error(403);
        let _ = reader.post("/keys", json!({"name": "No", "scopes": ["admin:write"]})).await.error(403);

        let auditor = t.with_scopes(&["audit:read"]);
        let _ = auditor.get("/audit").await.expect(200);
        let _ = auditor.get(CLIENTS).await.error(403);
        let _ = auditor.get(&format!("{CLIENTS}/{id}")).await.error(403);
        let _ = auditor.get("/api/v2/webhooks").await.expect(403);
        assert_eq!(t.get(&format!("{CLIENTS}/{id}")).await.data(200)["name"], "Scoped");
    }

    async fn a_deleted_key_stops_at_once(t: Tenant) {
        let made = t.post("/keys", json!({"name": "Soon gone", "scopes": ["invoicing:read"]})).await.data(201);
        let id = shown(&made["id"]);
        let doomed = t.with_key(made["key"].as_str());
        let _ = doomed.get(CLIENTS).await.expect(200);
        let _ = t.delete(&format!("/keys/{id}")).await.expect(204);
        let deleted = Instant::now();
        while doomed.get(CLIENTS).await.status != 401 {
            assert!(deleted.elapsed() < Duration::from_secs(1), "works for a second after its end");
        }
        let _ = t.delete(&format!("/keys/{id}")).await.error(404);
        let _ = t.get(CLIENTS).await.expect(200);
    }

    async fn a_key_is_shown_once_and_kept_as_a_hash(t: Tenant) {
        let made = t.post("/keys", json!({"name": "Till", "scopes": ["invoicing:write"]})).await.expect(201);
        let key = shown(&made.value()["data"]["key"]);
        let list = t.get("/keys").await.expect(200);
        assert!(!list.text().contains(&key), "{}", list.text());
        assert!(list.text().contains(&key[key.len() - 4..]), "the last four characters tell keys apart");
        for path in ["/audit?limit=100", "/feed?after=0&limit=100"] {
            let log = t.get(path).await.expect(200).text();
            assert!(log.contains("api_key.created") && !log.contains(&key), "{path}");
        }
        let printed = t.server().printed();
        assert!(!printed.contains(&key) && !printed.contains(t.key().unwrap()), "a key was logged");
    }

    async fn a_key_cannot_make_a_stronger_one(t: Tenant) {
        let admin = t.with_scopes(&["admin:write", "admin:read"]);
        let reply = admin.post("/keys", json!({"name": "Stronger", "scopes": ["invoicing:write"]})).await;
        assert!([400, 403].contains(&reply.status.as_u16()), "{}", reply.text());
        let _ = t.post("/keys", json!({"name": "x", "scopes": ["invoicing:everything"]})).await.error(400);
        let _ = t.post("/keys", json!({"name": "x", "scopes": []})).await.error(400);
    }
}
