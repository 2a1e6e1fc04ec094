//! Streams that are not ours to write to.

use crate::support::{Eyes, Ledger, Version, all, nats, on_each_nats, published, refused, relay};
use async_nats::HeaderMap;
use async_nats::jetstream::stream::Config;

on_each_nats! {
    another_logs_stream_is_refused_and_left_as_it_is;
    a_stream_with_other_subjects_is_refused_until_it_is_gone;
    a_stream_of_somebody_elses_messages_is_refused;
    subjects_that_another_stream_takes_are_refused;
    a_log_that_is_older_than_its_stream_is_refused;
    an_empty_stream_made_by_hand_is_taken_and_brought_up_to_date;
}

async fn another_logs_stream_is_refused_and_left_as_it_is(version: Version) {
    let (nats, theirs, ours) = (nats(version), Ledger::new().await, Ledger::new().await);
    let first = relay(&theirs.log, &nats);
    published(&first, theirs.append(10).await).await;
    let eyes = Eyes::open(&nats).await;
    let before = (eyes.messages().await, eyes.info().await.config);
    ours.append(20).await;
    let second = relay(&ours.log, &nats);
    let why = refused(&second).await;
    assert!(
        why.contains(&theirs.log.identity().to_string()) && why.contains("SUNLEDGER_NATS_STREAM"),
        "{why}"
    );
    assert_eq!((eyes.messages().await, eyes.info().await.config), before);
    assert_eq!((second.stats().position, second.stats().lag), (0, 20));
    drop(first);
    eyes.context.delete_stream("sunledger").await.unwrap();
    published(&second, 20).await;
    assert_eq!((eyes.positions().await, second.stats().refused), (all(20), None));
}

async fn a_stream_with_other_subjects_is_refused_until_it_is_gone(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let eyes = Eyes::open(&nats).await;
    let theirs = Config { name: "sunledger".into(), subjects: vec!["orders.>".into()], ..Config::default() };
    let before = eyes.context.create_stream(theirs).await.unwrap().cached_info().config.clone();
    let last = ledger.append(3).await;
    let relay = relay(&ledger.log, &nats);
    assert!(refused(&relay).await.contains("orders.>"));
    assert_eq!(eyes.info().await.config, before);
    eyes.context.delete_stream("sunledger").await.unwrap();
    published(&relay, last).await;
}

async fn a_stream_of_somebody_elses_messages_is_refused(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let eyes = Eyes::open(&nats).await;
    let theirs = Config { name: "sunledger".into(), subjects: vec!["events.>".into()], ..Config::default() };
    eyes.context.create_stream(theirs).await.unwrap();
    eyes.publish("events.theirs", HeaderMap::new()).await;
    ledger.append(3).await;
    let relay = relay(&ledger.log, &nats);
    assert!(refused(&relay).await.contains("no events of a ledger"));
    assert_eq!(eyes.info().await.state.messages, 1);
}

async fn subjects_that_another_stream_takes_are_refused(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let eyes = Eyes::open(&nats).await;
    let theirs = Config { name: "theirs".into(), subjects: vec!["events.x.>".into()], ..Config::default() };
    eyes.context.create_stream(theirs).await.unwrap();
    let relay = relay(&ledger.log, &nats);
    assert!(refused(&relay).await.contains("SUNLEDGER_NATS_PREFIX"));
}

async fn a_log_that_is_older_than_its_stream_is_refused(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let first = relay(&ledger.log, &nats);
    published(&first, ledger.append(100).await).await;
    first.shutdown(std::time::Duration::from_secs(5)).await;
    let restored = ledger.backup().await;
    let second = relay(&ledger.log, &nats);
    published(&second, ledger.append(50).await).await;
    drop(second);
    let third = relay(&restored.log, &nats);
    let why = refused(&third).await;
    assert!(
        why.contains("event 150") && why.contains("ends at 100") && why.contains("older backup"),
        "{why}"
    );
    drop(third);
    // Time goes by, and the restored log has written other events in the same places.
    restored.append(60).await;
    let fourth = relay(&restored.log, &nats);
    assert!(refused(&fourth).await.contains("holds another event there"));
    let eyes = Eyes::open(&nats).await;
    assert_eq!(eyes.positions().await, all(150), "nothing was written to it");
    eyes.context.delete_stream("sunledger").await.unwrap();
    published(&fourth, 160).await;
    assert_eq!(eyes.positions().await, all(160));
}

async fn an_empty_stream_made_by_hand_is_taken_and_brought_up_to_date(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let eyes = Eyes::open(&nats).await;
    let by_hand = Config {
        name: "sunledger".into(),
        subjects: vec!["events.>".into()],
        max_age: std::time::Duration::from_secs(3_600),
        max_consumers: 7,
        ..Config::default()
    };
    eyes.context.create_stream(by_hand).await.unwrap();
    let relay = relay(&ledger.log, &nats);
    published(&relay, ledger.append(5).await).await;
    let config = eyes.info().await.config;
    assert!(config.max_age.is_zero() && config.deny_delete && config.max_consumers == 7, "{config:?}");
    assert!(config.description.unwrap().contains(&ledger.log.identity().to_string()));
}
