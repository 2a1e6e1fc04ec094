//! The stream loses events, or the server; the relay brings them back.

use crate::support::{Eyes, Ledger, Version, all, eventually, nats, on_each_nats, published, relay};
use sunledger_test_servers::NatsServer;

on_each_nats! {
    a_server_that_is_killed_and_comes_back_gets_every_event_once;
    a_server_that_is_away_at_the_start_is_no_obstacle;
    a_purged_stream_is_filled_again_although_the_server_remembers_the_ids;
    a_stream_purged_under_traffic_is_filled_again;
    a_stream_whose_front_was_purged_holds_each_event_once_again;
    a_stream_purged_while_nobody_looked_is_filled_at_the_next_start;
    a_deleted_stream_is_made_and_filled_again;
    an_old_copy_of_the_folder_is_filled_up;
}

/// What a refilled stream must hold: every event, once, in order.
async fn assert_refilled(eyes: &Eyes, last: i64) {
    let wanted = all(last);
    eventually("the stream is filled again", async || eyes.positions().await == wanted).await;
}

async fn a_server_that_is_killed_and_comes_back_gets_every_event_once(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    for _ in 0..3 {
        ledger.append(2_000).await;
        eventually("something is published", async || relay.stats().published > 0).await;
        nats.kill9();
        ledger.append(500).await;
        nats.up();
        published(&relay, ledger.append(500).await).await;
    }
    assert_eq!(Eyes::open(&nats).await.positions().await, all(9_000));
    assert!(relay.stats().reconnects >= 3, "{:?}", relay.stats());
    assert_eq!(relay.stats().refills, 0);
}

async fn a_server_that_is_away_at_the_start_is_no_obstacle(version: Version) {
    let (nats, ledger) = (NatsServer::prepare(version, ""), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    let last = ledger.append(20).await;
    eventually("the lag shows", async || {
        let stats = relay.stats();
        stats.lag == 20 && stats.errors > 0 && !stats.oldest_unacknowledged.is_zero() && !stats.up
    })
    .await;
    nats.up();
    published(&relay, last).await;
    assert_eq!(Eyes::open(&nats).await.positions().await, all(20));
}

async fn a_purged_stream_is_filled_again_although_the_server_remembers_the_ids(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    published(&relay, ledger.append(1_500).await).await;
    let eyes = Eyes::open(&nats).await;
    for _ in 0..2 {
        eyes.purge().await;
        assert_refilled(&eyes, 1_500).await;
    }
    assert_eq!(eyes.positions().await, all(1_500));
    assert_eq!(relay.stats().refills, 2);
    // Whatever came to stand behind the ids, each is the event's own before it.
    let events = ledger.log.read(0, 2_000).await.unwrap();
    for (held, event) in eyes.messages().await.iter().zip(&events) {
        assert_eq!(held.id.split('#').next().unwrap(), event.event_id());
    }
    published(&relay, ledger.append(1).await).await;
    assert!(!eyes.messages().await.last().unwrap().id.contains('#'), "a new event needs no mark");
}

async fn a_stream_purged_under_traffic_is_filled_again(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    published(&relay, ledger.append(500).await).await;
    let eyes = Eyes::open(&nats).await;
    eyes.purge().await;
    // Before the relay has looked: the stream holds something again, and looks sound from its end.
    published(&relay, ledger.append(50).await).await;
    assert_refilled(&eyes, 550).await;
    assert_eq!(relay.stats().refills, 1);
}

async fn a_stream_whose_front_was_purged_holds_each_event_once_again(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    published(&relay, ledger.append(100).await).await;
    let eyes = Eyes::open(&nats).await;
    eyes.stream().await.purge().keep(10).await.unwrap();
    assert_refilled(&eyes, 100).await;
    published(&relay, ledger.append(5).await).await;
    drop(relay);
    let relay = crate::support::relay(&ledger.log, &nats);
    published(&relay, ledger.append(5).await).await;
    assert_eq!(eyes.positions().await, all(110));
}

async fn a_stream_purged_while_nobody_looked_is_filled_at_the_next_start(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let first = relay(&ledger.log, &nats);
    published(&first, ledger.append(300).await).await;
    drop(first);
    let eyes = Eyes::open(&nats).await;
    eyes.purge().await;
    let second = relay(&ledger.log, &nats);
    assert_refilled(&eyes, 300).await;
    published(&second, ledger.append(1).await).await;
    assert_eq!(eyes.positions().await, all(301));
}

async fn a_deleted_stream_is_made_and_filled_again(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    published(&relay, ledger.append(400).await).await;
    let eyes = Eyes::open(&nats).await;
    eyes.context.delete_stream("sunledger").await.unwrap();
    eventually("the stream is back", async || eyes.context.get_stream("sunledger").await.is_ok()).await;
    assert_refilled(&eyes, 400).await;
    published(&relay, ledger.append(100).await).await;
    assert_eq!(eyes.positions().await, all(500));
}

async fn an_old_copy_of_the_folder_is_filled_up(version: Version) {
    let (nats, ledger) = (nats(version), Ledger::new().await);
    let relay = relay(&ledger.log, &nats);
    published(&relay, ledger.append(300).await).await;
    nats.stop();
    let old = nats.copy();
    nats.up();
    published(&relay, ledger.append(300).await).await;
    nats.stop();
    nats.put_back(&old);
    nats.up();
    let eyes = Eyes::open(&nats).await;
    assert_refilled(&eyes, 600).await;
    published(&relay, ledger.append(10).await).await;
    assert_eq!(eyes.positions().await, all(610));
}
