//! `/audit` and `/feed`: what happened, who did it, and how things were then.

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use sunledger_tests::books::shown;
use sunledger_tests::events::Events;
use sunledger_tests::{Api, Tenant, both_backends};

const CLIENTS: &str = "/api/v1/clients";

fn column(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|event| shown(&event[field])).collect()
}

/// Pages through `path` (which has a query already) by `next`.
async fn all(api: &Api, path: &str) -> Vec<Value> {
    let (mut after, mut events) = ("0".to_owned(), Vec::new());
    for _ in 0..200 {
        let page = api.get(&format!("{path}&after={after}")).await.json(200);
        let some = page["data"].as_array().unwrap();
        let next = shown(&page["next"]);
        events.extend(some.iter().cloned());
        if next == after || page["next"].is_null() {
            return events;
        }
        after = next;
    }
    panic!("{path} does not end: {} events", events.len());
}

both_backends! {
    async fn the_whole_story_of_a_thing_is_told(t: Tenant) {
        let client = t.client("Acme Corp").await;
        let invoice = t.sent(&client, "100.00").await;
        let payment = t.pay(&invoice, "100.00").await;
        let _ = t.delete(&format!("/api/v1/invoices/{invoice}/payments/{}", shown(&payment["id"]))).await;

        for id in [invoice.as_str(), "1"] {
            let story = t.get(&format!("/audit/invoice/{id}")).await.data(200);
            assert_eq!(
                column(&story, "type"),
                ["invoice.created", "invoice.sent", "payment.received", "invoice.paid", "payment.reversed"]
            );
            assert_eq!(column(&story, "version"), ["1", "2", "3", "4", "5"]);
            for event in story.as_array().unwrap() {
                assert_eq!((&event["kind"], &event["id"]), (&json!("invoice"), &json!(invoice)));
                assert_eq!(event["surface"], "invoicing");
                assert!(event["position"].is_number() && event["requestId"].is_string(), "{event}");
                assert!(shown(&event["time"]).parse::<jiff::Timestamp>().is_ok(), "{event}");
                assert!(!event["actor"].is_null() && event["data"].is_object(), "{event}");
            }
            let positions: Vec<i64> = column(&story, "position").iter().map(|p| p.parse().unwrap()).collect();
            assert!(positions.windows(2).all(|two| two[0] < two[1]), "{positions:?}");
        }
        for nothing in ["/audit/invoice/99", "/audit/client/abc", "/audit/gadget/1"] {
            let _ = t.get(nothing).await.error(404);
        }
    }

    async fn a_things_state_is_known_at_every_version_and_time(t: Tenant) {
        let id = t.client("Name 1").await;
        let mut between = vec![jiff::Timestamp::now()];
        for number in 2..=4 {
            tokio::time::sleep(Duration::from_millis(15)).await;
            let _ = t.put(&format!("{CLIENTS}/{id}"), json!({"name": format!("Name {number}")})).await.expect(200);
            tokio::time::sleep(Duration::from_millis(15)).await;
            between.push(jiff::Timestamp::now());
        }
        for (version, time) in (1..=4).zip(&between) {
            for query in [format!("version={version}"), format!("at={time}")] {
                let then = t.get(&format!("/audit/client/{id}?{query}")).await.json(200);
                assert_eq!(then["version"], version, "{query}");
                assert_eq!(then["data"]["name"], format!("Name {version}"), "{query}");
            }
        }
        for (query, status) in [
            ("version=5", 404), ("version=0", 404), ("version=-1", 400), ("version=x", 400),
            ("at=2001-01-01T00:00:00Z", 404), ("at=yesterday", 400),
        ] {
            let reply = t.get(&format!("/audit/client/{id}?{query}")).await;
            let found = reply.status.as_u16();
            assert!(found == status || (query == "version=0" && found == 400), "{query}: {found} {}", reply.text());
        }
    }

    async fn the_log_of_a_tenant_is_complete_in_order_and_its_own(t: Tenant) {
        let other = Tenant::on(t.server());
        let mut expected = Vec::new();
        for number in 0..30 {
            expected.push(t.client(&format!("Client {number}")).await);
            let _ = other.client("Somebody else's").await;
        }
        let log = all(&t, "/audit?limit=7").await;
        let clients: Vec<String> =
            log.iter().filter(|event| event["type"] == "client.created").map(|event| shown(&event["id"])).collect();
        assert_eq!(clients, expected);
        let positions: Vec<i64> = log.iter().map(|event| shown(&event["position"]).parse().unwrap()).collect();
        assert!(positions.windows(2).all(|two| two[0] < two[1]), "{positions:?}");
        assert!(!log.iter().any(|event| event.to_string().contains("Somebody else's")));
    }

    async fn the_log_is_filtered_by_kind_type_actor_and_time(t: Tenant) {
        let client = t.client("Payer").await;
        let invoice = t.sent(&client, "10").await;
        let _ = t.pay(&invoice, "10").await;
        let helper = t.with_scopes(&["invoicing:write", "invoicing:read"]);
        let early = jiff::Timestamp::now();
        tokio::time::sleep(Duration::from_millis(15)).await;
        let theirs = helper.client("Made by another key").await;

        let kinds = all(&t, "/audit?kind=invoice").await;
        assert_eq!(column(&json!(kinds), "type"), ["invoice.created", "invoice.sent", "payment.received", "invoice.paid"]);
        let types = all(&t, "/audit?type=client.created").await;
        assert_eq!(column(&json!(types), "id"), [client.clone(), theirs.clone()]);
        let actor = &types[1]["actor"];
        let actor = if actor.is_object() { shown(&actor["id"]) } else { shown(actor) };
        let by_actor = all(&t, &format!("/audit?actor={actor}&type=client.created")).await;
        assert_eq!(column(&json!(by_actor), "id"), std::slice::from_ref(&theirs));
        let late = all(&t, &format!("/audit?kind=client&from={early}")).await;
        assert_eq!(column(&json!(late), "id"), [theirs]);
        let before = all(&t, &format!("/audit?kind=client&until={early}")).await;
        assert_eq!(column(&json!(before), "id"), [client]);
        for wrong in ["after=x", "limit=0", "limit=x", "from=soon", "until=13"] {
            let _ = t.get(&format!("/audit?{wrong}")).await.error(400);
        }
        assert!(all(&t, "/audit?actor=nobody").await.is_empty());
    }

    async fn the_feed_waits_for_what_comes(t: Tenant) {
        let _ = t.client("Before").await;
        let caught_up = t.get("/feed?after=0&limit=100").await.json(200);
        let next = shown(&caught_up["next"]);
        let watcher = t.clone();
        let path = format!("/feed?after={next}&wait=20");
        let waiting = tokio::spawn(async move { watcher.get(&path).await.json(200) });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!waiting.is_finished(), "there is nothing yet");
        let started = Instant::now();
        let id = t.client("Live").await;
        let page = waiting.await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        assert_eq!(column(&page["data"], "id"), [id]);
        assert_eq!(page["next"], page["data"][0]["position"]);
        let empty = t.get(&format!("/feed?after={}&wait=1", shown(&page["next"]))).await.json(200);
        assert!(empty["data"].as_array().unwrap().is_empty(), "{empty}");
    }

    async fn the_feed_streams_and_resumes_where_it_was(t: Tenant) {
        let other = Tenant::on(t.server());
        let mut live = Events::open(t.call("GET", "/feed?after=0&kind=client")).await;
        let mut ids = vec![t.client("One").await];
        let _ = other.client("Somebody else's").await;
        ids.push(t.client("Two").await);
        let seen = live.take(2).await;
        assert_eq!(seen.iter().map(|event| shown(&event.data["id"])).collect::<Vec<_>>(), ids);
        assert!(seen.iter().all(|event| event.kind == "client.created"));
        assert_eq!(seen[1].id, shown(&seen[1].data["position"]));
        drop(live);

        ids.push(t.client("Three").await);
        let call = t.call("GET", "/feed?kind=client").header("last-event-id", &seen[0].id);
        let mut resumed = Events::open(call).await;
        let rest = resumed.take(2).await;
        assert_eq!(rest.iter().map(|event| shown(&event.data["id"])).collect::<Vec<_>>(), ids[1..]);
        ids.push(t.client("Four").await);
        assert_eq!(shown(&resumed.take(1).await[0].data["id"]), ids[3], "and goes on live");
    }

    async fn feed_and_audit_tell_the_same(t: Tenant) {
        let client = t.client("Payer").await;
        let invoice = t.sent(&client, "10").await;
        let _ = t.pay(&invoice, "10").await;
        let (log, feed) = (all(&t, "/audit?limit=3").await, all(&t, "/feed?limit=2").await);
        assert_eq!(log, feed);
        assert!(log.len() >= 5, "{}", log.len());
    }
}
