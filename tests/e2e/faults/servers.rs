//! One of two servers dies under load: the one that does everything beside serving (read models, webhooks, due dates), or
//! the other. What was acknowledged stays, the other goes on within a moment, and every event reaches its receiver.

use crate::several_servers::{aside, write_here_read_there};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::load::Outcome;
use sunledger_tests::receiver::Received;
use sunledger_tests::{Api, Backend, Load, Receiver, Server, Tenant, both_backends, eventually};

/// Whether a server is the one of the cluster that does it (`read_models`, `webhooks`, `scheduler`).
pub(crate) async fn does(server: &Server, role: &str) -> bool {
    let page = server.api().get("/metrics").await.expect(200).text();
    page.contains(&format!("sunledger_role_active{{role=\"{role}\"}} 1\n"))
}

/// Two servers on the same data: the first does everything beside serving.
pub(super) async fn pair(backend: Backend) -> (Server, Server) {
    let first = Server::start(backend);
    eventually("the first server has every role", || async {
        for role in ["read_models", "webhooks", "scheduler"] {
            if !does(&first, role).await {
                return None;
            }
        }
        Some(())
    })
    .await;
    let second = first.twin();
    (first, second)
}

/// A receiver that is told of every new invoice.
pub(super) async fn subscribed(server: &Server) -> Receiver {
    let receiver = Receiver::start().await;
    let hook = json!({"url": receiver.url(), "events": ["invoice.created"]});
    let _ = server.api().post("/webhooks", hook).await.expect(201);
    receiver
}

/// Waits until each of so many invoices has been told of; how many were told of more than once.
pub(super) async fn all_told(receiver: &Receiver, invoices: usize) -> usize {
    let ids = |all: &[Received]| all.iter().map(|one| one.id().to_owned()).collect::<BTreeSet<_>>().len();
    let all = receiver.wait_for("an event for each invoice", |all| ids(all) >= invoices).await;
    assert_eq!(ids(&all), invoices, "one message for each invoice");
    all.len() - invoices
}

/// The longest time without an acknowledgement that began or went on in the seconds after a moment.
pub(super) fn silence_after(moment: Duration, outcome: &Outcome) -> Duration {
    let pairs =
        outcome.moments.windows(2).filter(|two| two[1] > moment && two[0] < moment + Duration::from_secs(15));
    pairs.map(|two| two[1] - two[0]).max().unwrap_or_default()
}

/// Ends one of two under load, by and by, and starts it again.
async fn end_one(backend: Backend, leading: bool) {
    let name = if leading { "the leading one" } else { "the other one" };
    let mut figures = Figures::of(&format!("kill -9 of {name} of two servers on {backend:?}"));
    let (mut leader, mut other) = pair(backend).await;
    let receiver = subscribed(&leader).await;
    let readers = Tenant::on(&leader);
    let client = readers.client("Acme Corp").await;
    let load = Load::start(&[&leader, &other], 8).await;
    let started = Instant::now();
    let mut kills = Vec::new();
    for round in 0..pick(1, 10) {
        load.progress(50).await;
        tokio::time::sleep(Duration::from_millis(pick(500, 3_000) + 37 * round)).await;
        let (victim, heir) = if leading { (&leader, &other) } else { (&other, &leader) };
        // What the other acknowledges meanwhile shows there, too.
        let (stop, api) = (Arc::new(AtomicBool::new(false)), Api::new(heir, readers.key()));
        let reading = write_here_read_there(api.clone(), api, client.clone(), stop.clone(), Arc::default());
        let reading = tokio::spawn(reading);
        kills.push(started.elapsed());
        victim.kill9();
        load.progress(50).await;
        for role in ["read_models", "webhooks"] {
            eventually(role, || async { does(heir, role).await.then_some(()) }).await;
        }
        tokio::time::sleep(Duration::from_millis(pick(500, 3_000))).await;
        stop.store(true, Ordering::Relaxed);
        reading.await.unwrap();
        aside(victim, Server::up).await;
        if leading {
            std::mem::swap(&mut leader, &mut other);
        }
    }
    let ended = started.elapsed();
    let outcome = load.stop().await;
    let invoices = outcome.settle(&leader).await;
    let twice = all_told(&receiver, invoices).await;
    let silences: Vec<_> = kills.iter().map(|kill| silence_after(*kill, &outcome).as_millis()).collect();
    figures.add("silent for ms after each", format!("{silences:?}"));
    figures.add("acknowledged", outcome.acknowledged);
    figures.add("a second before", outcome.rate(Duration::ZERO, kills[0]));
    figures.add("and after", outcome.rate(kills[0], ended));
    figures.add("without an answer", outcome.unanswered);
    figures.add("told twice", twice);
    assert!(outcome.longest_silence < Duration::from_secs(5), "silent for {:?}", outcome.longest_silence);
    assert!(outcome.answers.keys().all(|status| *status == 201), "{:?}", outcome.answers);
}

both_backends! {
    async fn the_leading_one_dies(backend: Backend) {
        end_one(backend, true).await;
    }

    async fn the_other_one_dies(backend: Backend) {
        end_one(backend, false).await;
    }
}
