//! What stands on the stream while nothing goes wrong.

use crate::support::{
    Eyes, Ledger, Payload, Version, all, eventually, nats, now, on_each_nats, published, relay, settings,
};
use async_nats::HeaderMap;
use std::sync::Arc;
use std::time::Duration;
use sunledger_stream::{Stream, headers};
use sunledger_test_servers::NatsServer;

on_each_nats! {
    every_event_is_on_the_stream_once_in_order_and_with_its_headers;
    a_relay_that_starts_again_goes_on_where_the_stream_ends;
    foreign_messages_between_ours_confuse_nothing;
    ids_that_somebody_used_before_leave_no_hole;
    two_relays_of_one_log_publish_each_event_once;
    an_event_that_is_too_large_or_damaged_stops_nothing;
    max_age_takes_events_away_and_nobody_brings_them_back;
}

async fn every_event_is_on_the_stream_once_in_order_and_with_its_headers(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    ledger.append(1_000).await;
    let relay = relay(&ledger.log, &nats);
    let last = ledger.append(500).await;
    published(&relay, last).await;
    let eyes = Eyes::open(&nats).await;
    let held = eyes.messages().await;
    let events = ledger.log.read(0, 2_000).await.unwrap();
    assert_eq!(held.len(), events.len());
    for (message, event) in held.iter().zip(&events) {
        let header = |name: &str| message.headers.get(name).unwrap().to_string();
        assert_eq!((message.position, &message.id), (event.position, &event.event_id()));
        assert_eq!(message.subject, "events.acme.invoice.payment.received");
        assert_eq!(header(headers::LOG), ledger.log.identity().to_string());
        assert_eq!(
            (header(headers::TENANT), header(headers::TYPE)),
            ("acme".into(), "payment.received".into())
        );
        assert_eq!(message.body, event.payload.as_bytes());
    }
    let stats = relay.stats();
    assert_eq!((stats.published, stats.lag, stats.errors, stats.refills), (1_500, 0, 0, 0), "{stats:?}");
    assert_eq!(stats.server_version.unwrap(), nats.version());
    assert!(stats.active && stats.up && stats.oldest_unacknowledged.is_zero());
    let config = eyes.info().await.config;
    assert!(config.deny_delete && !config.deny_purge && config.subjects == ["events.>"]);
}

async fn a_relay_that_starts_again_goes_on_where_the_stream_ends(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let first = relay(&ledger.log, &nats);
    published(&first, ledger.append(700).await).await;
    // Without a farewell: the checkpoint is behind what the stream holds.
    drop(first);
    ledger.append(300).await;
    let second = relay(&ledger.log, &nats);
    published(&second, 1_000).await;
    assert_eq!(Eyes::open(&nats).await.positions().await, all(1_000));
    assert_eq!(second.stats().published, 300);
    second.shutdown(Duration::from_secs(5)).await;
    assert_eq!(ledger.log.head().await.unwrap(), 1_000);
}

async fn foreign_messages_between_ours_confuse_nothing(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    published(&relay, ledger.append(10).await).await;
    let eyes = Eyes::open(&nats).await;
    eyes.publish("events.rubbish", HeaderMap::new()).await;
    let mut forged = HeaderMap::new();
    forged.insert(headers::LOG, ledger.log.identity().to_string());
    forged.insert(headers::POSITION, "999");
    forged.insert(headers::TIME, "1");
    forged.insert("Nats-Msg-Id", "forged");
    eyes.publish("events.acme.invoice.payment.received", forged).await;
    let mut elsewhere = HeaderMap::new();
    elsewhere.insert(headers::LOG, uuid::Uuid::now_v7().to_string());
    elsewhere.insert(headers::POSITION, "11");
    eyes.publish("events.acme.invoice.payment.received", elsewhere).await;
    published(&relay, ledger.append(10).await).await;
    let ours: Vec<_> = eyes.messages().await.into_iter().filter(|held| held.id.len() > 36).collect();
    assert_eq!(ours.iter().map(|held| held.position).collect::<Vec<_>>(), all(20));
    assert_eq!(relay.stats().refused, None);
}

/// The stream says "duplicate" to a message in the midst of those that do not ask to be acknowledged, and keeps none of it.
async fn ids_that_somebody_used_before_leave_no_hole(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let first = relay(&ledger.log, &nats);
    published(&first, ledger.append(10).await).await;
    first.shutdown(Duration::from_secs(5)).await;
    let last = ledger.append(1_000).await;
    let eyes = Eyes::open(&nats).await;
    for event in [&ledger.log.read(39, 1).await.unwrap()[0], &ledger.log.read(499, 1).await.unwrap()[0]] {
        let mut used = HeaderMap::new();
        used.insert("Nats-Msg-Id", event.event_id());
        eyes.publish("events.rubbish", used).await;
    }
    let second = relay(&ledger.log, &nats);
    published(&second, last).await;
    let ours = eyes.messages().await.into_iter().filter(|held| held.position > 0);
    assert_eq!(ours.map(|held| held.position).collect::<Vec<_>>(), all(last));
    assert_eq!((second.stats().lag, second.stats().refills), (0, 0), "{:?}", second.stats());
}

async fn two_relays_of_one_log_publish_each_event_once(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let first = relay(&ledger.log, &nats);
    published(&first, ledger.append(100).await).await;
    let second = relay(&ledger.again().await, &nats);
    let last = ledger.append(400).await;
    published(&first, last).await;
    assert!(first.stats().active && !second.stats().active);
    assert_eq!((second.stats().published, second.stats().lag), (0, 0));
    // The first one goes while there is work: the second takes over in the midst of it.
    ledger.append(3_000).await;
    drop(first);
    published(&second, 3_500).await;
    assert_eq!(Eyes::open(&nats).await.positions().await, all(3_500));
}

async fn an_event_that_is_too_large_or_damaged_stops_nothing(version: Version) {
    let (nats, ledger) = (NatsServer::start_with(version, "max_payload: 64KB"), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    ledger.append(1).await;
    ledger.append_sized(1, 200_000, now()).await;
    published(&relay, ledger.append(1).await).await;
    let held = Eyes::open(&nats).await.messages().await;
    assert_eq!(held.iter().map(|held| held.position).collect::<Vec<_>>(), all(3));
    assert_eq!(held[1].headers.get(headers::OMITTED).unwrap().as_str(), "too-large");
    let body: serde_json::Value = serde_json::from_slice(&held[1].body).unwrap();
    assert_eq!((body["position"].as_i64(), body["data"].is_null()), (Some(2), true));
    assert!(held[0].headers.get(headers::OMITTED).is_none());
    assert_eq!(relay.stats().omitted, 1);
}

async fn max_age_takes_events_away_and_nobody_brings_them_back(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let mut short = settings(&nats);
    // Less than JetStream's own time for duplicates would be refused.
    short.max_age = Some(Duration::from_secs(121));
    let old = now() - 3_600_000_000;
    ledger.append_sized(50, 10, old).await;
    let relay = Stream::start(short, ledger.log.clone(), Arc::new(Payload));
    published(&relay, ledger.append(5).await).await;
    let eyes = Eyes::open(&nats).await;
    assert_eq!(
        eyes.positions().await,
        (51..=55).collect::<Vec<_>>(),
        "what would expire at once is not sent"
    );
    assert_eq!(eyes.info().await.config.max_age, Duration::from_secs(121));
    // What is left of the stream once its first events expired looks like this to the relay.
    ledger.append_sized(5, 10, old).await;
    published(&relay, ledger.append(5).await).await;
    eyes.stream().await.purge().sequence(11).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    eventually("the stream holds what is young", async || eyes.positions().await.len() >= 5).await;
    assert_eq!(eyes.positions().await, (61..=65).collect::<Vec<_>>());
    assert_eq!(relay.stats().refills, 0);
}
