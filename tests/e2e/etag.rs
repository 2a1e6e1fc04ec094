//! `ETag` and `If-Match`: nobody overwrites what he has not seen.

use serde_json::json;
use sunledger_tests::{Api, Reply, Tenant, both_backends};

const CLIENTS: &str = "/api/v1/clients";

async fn put_at(api: &Api, path: &str, version: &str, name: &str) -> Reply {
    api.call("PUT", path).header("if-match", version).json(&json!({"name": name})).send().await
}

both_backends! {
    async fn each_change_has_its_version(t: Tenant) {
        let made = t.post(CLIENTS, json!({"name": "One"})).await.expect(201);
        assert_eq!(made.header("etag"), "\"1\"");
        let path = format!("{CLIENTS}/{}", made.value()["data"]["id"].as_str().unwrap());
        assert_eq!(t.get(&path).await.expect(200).header("etag"), "\"1\"");
        let put = put_at(&t, &path, "\"1\"", "Two").await.expect(200);
        assert_eq!(put.header("etag"), "\"2\"");
        assert_eq!(t.get(&path).await.expect(200).header("etag"), "\"2\"");
    }

    async fn a_stale_version_changes_nothing(t: Tenant) {
        let made = t.post(CLIENTS, json!({"name": "One"})).await.expect(201);
        let path = format!("{CLIENTS}/{}", made.value()["data"]["id"].as_str().unwrap());
        let _ = put_at(&t, &path, "\"1\"", "Two").await.expect(200);
        let _ = put_at(&t, &path, "\"1\"", "Three").await.error(412);
        let _ = put_at(&t, &path, "\"3\"", "Three").await.error(412);
        let stale = t.call("PATCH", &path).header("if-match", "\"1\"").json(&json!({"name": "Three"})).send().await;
        let _ = stale.error(412);
        let _ = t.call("DELETE", &path).header("if-match", "\"1\"").send().await.error(412);
        let read = t.get(&path).await.data(200);
        assert_eq!((&read["name"], &read["isActive"]), (&json!("Two"), &json!(true)));
        for nonsense in ["two", "\"two\"", "\"-1\"", "\"99999999999999999999\""] {
            let reply = put_at(&t, &path, nonsense, "Three").await;
            assert!([400, 412].contains(&reply.status.as_u16()), "If-Match: {nonsense}: {}", reply.status);
        }
        let _ = t.call("DELETE", &path).header("if-match", "\"2\"").send().await.expect(204);
    }

    async fn of_twenty_who_saw_the_same_version_one_wins(t: Tenant) {
        let made = t.post(CLIENTS, json!({"name": "One"})).await.expect(201);
        let path = format!("{CLIENTS}/{}", made.value()["data"]["id"].as_str().unwrap());
        let names: Vec<String> = (0..20).map(|number| format!("Writer {number}")).collect();
        let writes = names.iter().map(|name| put_at(&t, &path, "\"1\"", name));
        let replies = futures_util::future::join_all(writes).await;
        let won: Vec<usize> = (0..20).filter(|&number| replies[number].status == 200).collect();
        assert_eq!(won.len(), 1);
        assert!(replies.iter().all(|reply| [200, 412].contains(&reply.status.as_u16())));
        assert_eq!(t.get(&path).await.data(200)["name"], names[won[0]]);
    }

    async fn without_if_match_concurrent_edits_all_succeed(t: Tenant) {
        let id = t.client("One").await;
        let path = format!("{CLIENTS}/{id}");
        let writes = (0..20).map(|number| t.put(&path, json!({"name": format!("Writer {number}")})));
        for reply in futures_util::future::join_all(writes).await {
            let _ = reply.expect(200);
        }
        assert_eq!(t.get(&path).await.header("etag"), "\"21\"");
    }

    async fn what_has_not_changed_is_not_sent_again(t: Tenant) {
        let path = format!("{CLIENTS}/{}", t.client("One").await);
        let ask = async |tag: &str| t.call("GET", &path).header("if-none-match", tag).send().await;
        assert!(ask("\"1\"").await.expect(304).body.is_empty());
        let _ = t.put(&path, json!({"name": "Two"})).await.expect(200);
        assert_eq!(ask("\"1\"").await.data(200)["name"], "Two");
        let _ = ask("\"2\"").await.expect(304);
    }

    async fn invoices_have_versions_too(t: Tenant) {
        let client = t.client("Payer").await;
        let made = t.post("/api/v1/invoices", Api::bill(&client, "10")).await.expect(201);
        assert_eq!(made.header("etag"), "\"1\"");
        let path = format!("/api/v1/invoices/{}", made.value()["data"]["id"].as_str().unwrap());
        let _ = t.act(&format!("{path}/send")).await.expect(200);
        assert_eq!(t.get(&path).await.header("etag"), "\"2\"");
        let _ = t.call("DELETE", &path).header("if-match", "\"1\"").send().await.error(412);
        let edit = t.call("PUT", &path).header("if-match", "\"1\"").json(&json!({"notes": "x"})).send().await;
        let _ = edit.error(412);
    }
}
