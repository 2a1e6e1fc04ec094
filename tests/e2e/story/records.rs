//! What is left of the story: in the audit, at the receiver of the webhooks, on the stream.

use super::book::Book;
use super::surfaces::Thing;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use sunledger_tests::books::shown;
use sunledger_tests::receiver::Received;
use sunledger_tests::{Nats, Receiver, Server};

/// All pages of the audit or the feed, under a query.
async fn all(book: &Book, path: &str, after: i64) -> Vec<Value> {
    let (mut after, mut events) = (after, Vec::new());
    loop {
        let page = book.get(&format!("{path}?limit=25&after={after}")).await;
        let some = page["data"].as_array().unwrap();
        let Some(last) = some.last() else { return events };
        after = last["position"].as_i64().unwrap();
        assert_eq!(page["next"], json!(after));
        events.extend(some.iter().cloned());
    }
}

pub(crate) async fn the_audit_knows_every_step(book: &Book) {
    let heard = book.events();
    assert_eq!(
        all(book, "/audit", book.opened_at()).await,
        heard,
        "the audit is what the feed told, step by step"
    );
    assert_eq!(all(book, "/feed", book.opened_at()).await, heard, "and so is the feed, asked again");
    let positions: Vec<i64> = heard.iter().map(|event| event["position"].as_i64().unwrap()).collect();
    let expected: Vec<i64> = (book.opened_at() + 1..).take(heard.len()).collect();
    assert_eq!(positions, expected, "one company, so one position after the other");

    let mut things: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
    for event in &heard {
        things.entry((shown(&event["kind"]), shown(&event["id"]))).or_default().push(event.clone());
    }
    for ((kind, id), events) in things {
        let history = book.get(&format!("/audit/{kind}/{id}?limit=100")).await["data"].clone();
        assert_eq!(history, json!(events), "{kind} {id}");
        // Its last state, which no read model was asked for.
        let version = events.len();
        let now = book.get(&format!("/audit/{kind}/{id}?version={version}")).await;
        assert_eq!(now["version"], json!(version), "{kind} {id}");
        let _ = book.watcher().get(&format!("/audit/{kind}/{id}?version={}", version + 1)).await.error(404);
    }
    let steps: BTreeSet<String> = heard.iter().map(|event| shown(&event["requestId"])).collect();
    assert!(steps.contains("maria-asks") && steps.contains("joao-is-paid"), "{steps:?}");
}

/// What the invoice of the roof went through: its status and what was paid, version by version.
pub(crate) async fn the_audit_knows_every_state(book: &Book, invoice: &Thing) {
    let by_uuid = book.get(&format!("/audit/invoice/{}", invoice.uuid)).await;
    for name in ["2", "INV-0002"] {
        assert_eq!(book.get(&format!("/audit/invoice/{name}")).await, by_uuid);
    }
    let events = by_uuid["data"].as_array().unwrap();
    let lived = [
        ("invoice.created", "invoicing", "draft"),
        ("invoice.sent", "crm", "sent"),
        ("invoice.viewed", "invoicing", "viewed"),
        ("payment.received", "invoicing", "partially_paid"),
        ("payment.received", "backoffice", "paid"),
        ("invoice.paid", "backoffice", "paid"),
    ];
    assert_eq!(events.len(), lived.len());
    for (event, (kind, surface, status)) in events.iter().zip(lived) {
        assert_eq!((&event["type"], &event["surface"]), (&json!(kind), &json!(surface)));
        let version = event["version"].as_i64().unwrap();
        let then = book.get(&format!("/audit/invoice/2?version={version}")).await;
        assert_eq!((&then["version"], &then["data"]["status"]), (&json!(version), &json!(status)), "{then}");
        // What happened in one request has one time: the state at it is the one after the last of that.
        let last = events.iter().rfind(|other| other["time"] == event["time"]).unwrap();
        let by_time = book.get(&format!("/audit/invoice/2?at={}", shown(&event["time"]))).await;
        let by_version = book.get(&format!("/audit/invoice/2?version={}", last["version"])).await;
        assert_eq!(by_time, by_version);
    }
    let _ = book.watcher().get("/audit/invoice/2?at=2001-01-01T00:00:00Z").await.error(404);
}

pub(crate) async fn every_event_was_delivered_once_and_signed(
    book: &Book,
    receiver: &Receiver,
    secret: &str,
) {
    let heard = book.events();
    let got = receiver.accepted(heard.len()).await;
    // The registration itself comes before the story.
    let told = |one: &Received| (one.kind(), shown(&one.json()["timestamp"]));
    let mut delivered: Vec<(String, String)> = got.iter().map(told).collect();
    let mut expected: Vec<(String, String)> =
        heard.iter().map(|event| (shown(&event["type"]), shown(&event["time"]))).collect();
    delivered.sort();
    expected.sort();
    assert_eq!(delivered, expected, "each event once, and nothing else");
    let ids: BTreeSet<&str> = got.iter().map(Received::id).collect();
    assert_eq!(ids.len(), got.len());
    for one in &got {
        assert!(one.signed_by(secret), "{:?}", one.headers);
        let text = String::from_utf8_lossy(&one.body).into_owned();
        assert!(!text.contains("whsec_") && !text.contains("slk_"), "{text}");
    }
    let data = |kind: &str, uuid: &Value| {
        let all = got.iter().filter(|one| one.kind() == kind).map(|one| one.json()["data"].clone());
        let mut found: Vec<Value> = all.filter(|data| data["uuid"] == *uuid).collect();
        assert_eq!(found.len(), 1, "{kind} of {uuid}");
        found.remove(0)
    };
    // Each as the back office printed it right after the event.
    let maria = book.get("/api/v2/customers/1").await["data"].clone();
    let created = data("client.created", &maria["uuid"]);
    assert_eq!(
        (&created["id"], &created["account"], &created["city"]),
        (&json!(1), &maria["account"], &Value::Null)
    );
    assert_eq!(data("client.updated", &maria["uuid"]), maria, "she has not changed since");
    let paid = book.get("/api/v2/invoices/2").await["data"].clone();
    assert_eq!(data("invoice.paid", &paid["uuid"]), paid);
    let draft = data("invoice.created", &paid["uuid"]);
    assert_eq!((&draft["status"], shown(&draft["balance"])), (&json!("Unpaid"), "27500.00".to_owned()));
    let payments = book.get("/api/v2/invoices/2/payments").await["data"].clone();
    let balances = ["17500.00", "0.00"];
    for (payment, balance) in payments.as_array().unwrap().iter().zip(balances) {
        let told = data("payment.received", &payment["uuid"]);
        assert_eq!((&told["amount"], shown(&told["balance"])), (&payment["amount"], balance.to_owned()));
        assert_eq!((&told["invoice_id"], &told["customer_id"]), (&json!(2), &json!(1)));
    }
}

pub(crate) async fn the_stream_has_it_too(book: &Book, server: &Server, nats: &Nats) {
    let messages = nats.holds_the_log_of(server).await;
    for event in book.events() {
        let position = usize::try_from(event["position"].as_u64().unwrap()).unwrap();
        let mut body = messages[position - 1].body.clone();
        assert_eq!(body.as_object_mut().unwrap().remove("tenant"), Some(json!(super::book::TENANT)));
        assert_eq!(body, event, "on the stream as in the feed");
    }
}
