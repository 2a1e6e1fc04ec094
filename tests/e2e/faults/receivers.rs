//! Webhook receivers that hang, drip, flood and lie, beside healthy ones: the healthy notice nothing, the server's memory
//! stays what it was, and the sick get everything once they are well.

use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use sunledger_tests::books::shown;
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::{
    Api, Options, Receiver, Server, SickReceiver, Sickness, both_backends, eventually, receiver::Received,
};

/// Longest that one attempt may take, as the server is set here.
const ATTEMPT: Duration = Duration::from_millis(1_500);
/// A body that nobody should read to its end.
const FLOOD: usize = 50 << 20;
/// What the systems on both sides of a connection may hold of it beside what is read.
const IN_TRANSIT: u64 = 16 << 20;

async fn subscribe(api: &Api, url: &str) -> String {
    shown(&api.post("/webhooks", json!({"url": url, "events": ["client.created"]})).await.data(201)["id"])
}

/// Makes clients, as many a second as a slow machine delivers to everybody without a backlog.
async fn work(api: &Api, count: usize) {
    for _ in 0..count {
        let _ = api.client("Acme Corp").await;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// Milliseconds from the event to its arrival, by the wall clock of this machine.
fn lag(received: &Received) -> i64 {
    let event: jiff::Timestamp = shown(&received.json()["timestamp"]).parse().unwrap();
    let arrived = jiff::Timestamp::now() - received.at.elapsed();
    arrived.as_millisecond() - event.as_millisecond()
}

/// Waits until each healthy one has `count` more; the lags, sorted.
async fn lags(healthy: &[Receiver], before: usize, count: usize) -> Vec<i64> {
    let mut lags = Vec::new();
    for receiver in healthy {
        let received = receiver.accepted(before + count).await;
        lags.extend(received[before..].iter().map(lag));
    }
    lags.sort_unstable();
    lags
}

fn percentile(sorted: &[i64], percent: usize) -> i64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

fn ids(received: &[Received]) -> BTreeSet<String> {
    received.iter().map(|one| one.id().to_owned()).collect()
}

both_backends! {
    async fn the_healthy_beside_the_sick(backend: sunledger_tests::Backend) {
        let mut figures = Figures::of(&format!("sick receivers on {backend:?}"));
        let millis = ATTEMPT.as_millis().to_string();
        let server = Server::start_with(backend, Options::new().set("SUNLEDGER_WEBHOOK_TIMEOUT_MS", &millis));
        let api = server.api();
        let count = pick(60, 2_000);
        let mut healthy = Vec::new();
        for _ in 0..3 {
            let receiver = Receiver::start().await;
            let _ = subscribe(&api, &receiver.url()).await;
            healthy.push(receiver);
        }
        // As many as the sick will be: a message to nine more costs what it costs.
        let (other, mut others) = (Receiver::start().await, Vec::new());
        for _ in 0..9 {
            others.push(subscribe(&api, &other.url()).await);
        }
        work(&api, count).await;
        let alone = lags(&healthy, 0, count).await;
        let memory = server.peak_memory();
        for endpoint in others {
            let _ = api.delete(&format!("/webhooks/{endpoint}")).await.expect(204);
        }

        let elsewhere = Receiver::start().await;
        let mut sick = Vec::new();
        for sickness in [
            Sickness::Hangs, Sickness::DripsHead, Sickness::DripsBody, Sickness::Floods(FLOOD), Sickness::Closes,
            Sickness::EndlessHead, Sickness::Late(ATTEMPT / 2), Sickness::Redirects(elsewhere.url()),
            Sickness::Redirects("http://169.254.169.254/latest/meta-data/".into()),
        ] {
            let receiver = SickReceiver::start(sickness.clone());
            let _ = subscribe(&api, &receiver.url()).await;
            sick.push((sickness, receiver));
        }
        work(&api, count).await;
        let beside = lags(&healthy, count, count).await;
        for (name, lags) in [("alone", &alone), ("beside the sick", &beside)] {
            figures.add(&format!("{name}: p50 ms"), percentile(lags, 50));
            figures.add("p99 ms", percentile(lags, 99));
        }
        let usual = percentile(&alone, 99).max(100);
        assert!(percentile(&beside, 99) < 5 * usual, "alone {alone:?}, beside {beside:?}");

        for (sickness, receiver) in &sick {
            eventually("each was tried", || async { (receiver.attempts() > 0).then_some(()) }).await;
            if let Sickness::Floods(_) | Sickness::EndlessHead = sickness {
                let each = receiver.sent() / receiver.attempts().max(1) as u64;
                figures.add(&format!("{sickness:?}: bytes an attempt"), each);
                assert!(each < IN_TRANSIT, "{sickness:?}: {each} bytes an attempt");
            }
        }
        assert!(elsewhere.received().is_empty(), "a redirect was followed");
        let peak = server.peak_memory();
        figures.add("peak MiB", format!("{peak} after {memory}"));
        assert!(peak < memory + 64, "{peak} after {memory} MiB");

        // Well again: each gets all that happened since it was registered.
        let expected = ids(&healthy[0].received()[count..]).len();
        for (_, receiver) in &sick {
            receiver.cure();
        }
        let cured = std::time::Instant::now();
        for (sickness, receiver) in &sick {
            eventually(&format!("{sickness:?} has everything"), || async {
                (receiver.accepted().len() >= expected).then_some(())
            }).await;
        }
        figures.add("all delivered s after the cure", format!("{:.1}", cured.elapsed().as_secs_f32()));
    }
}
