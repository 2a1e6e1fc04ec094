//! The webhooks' source.

use crate::support::{Eyes, Ledger, Version, eventually, nats, on_each_nats, published, relay};
use async_nats::HeaderMap;
use async_nats::jetstream::consumer::pull;
use std::time::{Duration, Instant};
use sunledger_stream::{Stream, headers};
use sunledger_test_servers::NatsServer;
use sunledger_webhooks::EventSource;

on_each_nats! {
    the_source_gives_every_event_of_the_log_and_acknowledges_its_messages;
    a_source_without_nats_follows_the_log;
    a_source_goes_on_from_the_log_when_nats_dies_and_from_the_stream_after;
    what_the_log_told_before_the_stream_is_acknowledged_without_waiting_for_more;
    a_source_listens_to_the_stream_only_while_there_is_anybody_to_tell;
    a_forged_message_makes_no_event;
    a_consumer_that_is_deleted_or_changed_is_made_again;
}

/// Everything from a position to another.
async fn follow(source: &mut dyn EventSource, after: &mut i64, until: i64) {
    while *after < until {
        let events =
            tokio::time::timeout(Duration::from_secs(20), source.next(*after)).await.unwrap().unwrap();
        for event in events {
            assert_eq!(event.position, *after + 1, "in order, without a gap");
            *after += 1;
        }
    }
}

/// Asks for more than there is, for a moment: acknowledges what was given.
async fn ask(source: &mut dyn EventSource, after: i64) {
    let more = tokio::time::timeout(Duration::from_millis(300), source.next(after)).await;
    assert!(more.is_err(), "there is no more");
}

async fn unacknowledged(eyes: &Eyes) -> Option<usize> {
    let info = eyes.stream().await.consumer_info("webhooks").await.ok()?;
    Some(info.num_ack_pending + usize::try_from(info.num_pending).unwrap())
}

async fn the_source_gives_every_event_of_the_log_and_acknowledges_its_messages(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    let mut source = relay.sources()();
    let mut after = 0;
    for _ in 0..3 {
        let last = ledger.append(600).await;
        follow(&mut *source, &mut after, last).await;
    }
    let eyes = Eyes::open(&nats).await;
    published(&relay, after).await;
    eventually("all is acknowledged", async || {
        ask(&mut *source, after).await;
        unacknowledged(&eyes).await == Some(0)
    })
    .await;
    // The best of a few: a busy machine may be late once, and the look at the log always is.
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        let since = Instant::now();
        let last = ledger.append(1).await;
        follow(&mut *source, &mut after, last).await;
        fastest = fastest.min(since.elapsed());
    }
    assert!(fastest < Duration::from_millis(900), "the stream wakes, not the look at the log: {fastest:?}");
}

async fn a_source_without_nats_follows_the_log(version: Version) {
    let (nats, ledger) = (NatsServer::prepare(version, ""), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    let mut source = relay.sources()();
    let mut after = 0;
    let last = ledger.append(5_000).await;
    let since = Instant::now();
    follow(&mut *source, &mut after, last).await;
    // One wait for the stream, not one for each page.
    assert!(since.elapsed() < Duration::from_secs(6), "{:?}", since.elapsed());
}

async fn a_source_goes_on_from_the_log_when_nats_dies_and_from_the_stream_after(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    let mut source = relay.sources()();
    let mut after = 0;
    let last = ledger.append(100).await;
    follow(&mut *source, &mut after, last).await;
    nats.kill9();
    let last = ledger.append(100).await;
    follow(&mut *source, &mut after, last).await;
    nats.up();
    let last = ledger.append(100).await;
    follow(&mut *source, &mut after, last).await;
    published(&relay, last).await;
    let eyes = Eyes::open(&nats).await;
    eventually("the stream is heard and acknowledged again", async || {
        ask(&mut *source, after).await;
        unacknowledged(&eyes).await == Some(0)
    })
    .await;
}

async fn what_the_log_told_before_the_stream_is_acknowledged_without_waiting_for_more(version: Version) {
    let (nats, ledger) = (NatsServer::prepare(version, ""), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    let mut source = relay.sources()();
    let mut after = 0;
    let last = ledger.append(100).await;
    follow(&mut *source, &mut after, last).await;
    // Nothing more happens in the log: the one who follows it waits all the time.
    let waiting = tokio::spawn(async move { source.next(after).await });
    nats.up();
    published(&relay, last).await;
    let eyes = Eyes::open(&nats).await;
    eventually("all is acknowledged", async || unacknowledged(&eyes).await == Some(0)).await;
    assert!(!waiting.is_finished());
    waiting.abort();
}

async fn a_source_listens_to_the_stream_only_while_there_is_anybody_to_tell(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    let mut source = relay.sources()();
    source.nobody_listens(true);
    let mut after = ledger.append(600).await;
    let events = source.next(0).await.unwrap();
    assert_eq!(
        events.iter().map(|event| event.position).collect::<Vec<_>>(),
        [after],
        "it stands for all before it"
    );
    published(&relay, after).await;
    let eyes = Eyes::open(&nats).await;
    ask(&mut *source, after).await;
    assert_eq!(unacknowledged(&eyes).await, None, "nobody asked to be told");

    source.nobody_listens(false);
    let last = ledger.append(3).await;
    follow(&mut *source, &mut after, last).await;
    eventually("the source listens", async || unacknowledged(&eyes).await.is_some()).await;
}

async fn a_forged_message_makes_no_event(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    let mut source = relay.sources()();
    let mut after = 0;
    let last = ledger.append(3).await;
    follow(&mut *source, &mut after, last).await;
    let eyes = Eyes::open(&nats).await;
    eventually("the source listens", async || unacknowledged(&eyes).await.is_some()).await;
    for log in [ledger.log.identity(), uuid::Uuid::now_v7()] {
        let mut forged = HeaderMap::new();
        forged.insert(headers::LOG, log.to_string());
        forged.insert(headers::POSITION, "4");
        forged.insert(headers::TIME, "1");
        forged.insert("Nats-Msg-Id", format!("forged-{log}"));
        eyes.publish("events.acme.invoice.payment.received", forged).await;
    }
    eventually("forged messages are acknowledged and forgotten", async || {
        ask(&mut *source, after).await;
        unacknowledged(&eyes).await == Some(0)
    })
    .await;
    let last = ledger.append(3).await;
    follow(&mut *source, &mut after, last).await;
}

async fn a_consumer_that_is_deleted_or_changed_is_made_again(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let relay: Stream = relay(&ledger.log, &nats);
    let mut source = relay.sources()();
    let eyes = Eyes::open(&nats).await;
    let mut after = 0;
    let last = ledger.append(3).await;
    follow(&mut *source, &mut after, last).await;
    eventually("the source listens", async || unacknowledged(&eyes).await.is_some()).await;
    eyes.stream().await.delete_consumer("webhooks").await.unwrap();
    let last = ledger.append(3).await;
    follow(&mut *source, &mut after, last).await;
    eventually("the consumer is back", async || unacknowledged(&eyes).await.is_some()).await;

    drop(source);
    let stream = eyes.stream().await;
    stream.delete_consumer("webhooks").await.unwrap();
    let deaf = pull::Config {
        durable_name: Some("webhooks".to_owned()),
        filter_subject: "events.nobody.>".to_owned(),
        ..pull::Config::default()
    };
    stream.create_consumer(deaf).await.unwrap();
    let mut source = relay.sources()();
    let last = ledger.append(3).await;
    follow(&mut *source, &mut after, last).await;
    eventually("it hears everything again", async || {
        let info = eyes.stream().await.consumer_info("webhooks").await;
        info.is_ok_and(|info| info.config.filter_subject.is_empty())
    })
    .await;
}
