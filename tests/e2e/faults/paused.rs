//! A server that is paused (a virtual machine that is moved, a laptop that sleeps) and goes on later, not knowing that
//! anything happened: the other takes its roles over meanwhile, and nothing is done twice when it is back.
//!
//! On Postgres only: a process that is paused on the embedded database may hold that database's own write lock.

use super::servers::{all_told, does, pair, silence_after, subscribed};
use crate::several_servers::aside;
use serde_json::json;
use std::time::{Duration, Instant};
use sunledger_tests::books::shown;
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::{Backend, Load, eventually, run};

/// Deliveries that one process has under way at most.
const UNDER_WAY: usize = 64;

#[test]
fn a_paused_leader_is_replaced_and_does_nothing_twice_when_it_is_back() {
    run(Backend::Postgres, |backend: Backend| async move {
        let mut figures = Figures::of("SIGSTOP of the leading one of two servers, and SIGCONT");
        let (mut leader, mut other) = pair(backend).await;
        let receiver = subscribed(&leader).await;
        let load = Load::start(&[&leader, &other], 8).await;
        let started = Instant::now();
        let (mut pauses, mut elected) = (Vec::new(), Vec::new());
        for _ in 0..pick(1, 6) {
            load.progress(50).await;
            leader.pause();
            pauses.push(started.elapsed());
            let since = Instant::now();
            for role in ["read_models", "webhooks", "scheduler"] {
                eventually(role, || async { does(&other, role).await.then_some(()) }).await;
            }
            elected.push(since.elapsed().as_millis());
            load.progress(50).await;
            tokio::time::sleep(Duration::from_millis(pick(0, 10_000))).await;
            leader.resume();
            for role in ["read_models", "webhooks", "scheduler"] {
                eventually("it knows that it leads no more", || async {
                    (!does(&leader, role).await).then_some(())
                })
                .await;
            }
            // What it reads is what the other wrote while it was paused.
            let made = other.api().client("Made while it slept").await;
            assert_eq!(
                shown(&leader.api().get(&format!("/api/v1/clients/{made}")).await.data(200)["id"]),
                made
            );
            std::mem::swap(&mut leader, &mut other);
        }
        load.progress(50).await;
        let outcome = load.stop().await;
        let invoices = outcome.settle(&other).await;
        let twice = all_told(&receiver, invoices).await;
        let silences: Vec<_> =
            pauses.iter().map(|pause| silence_after(*pause, &outcome).as_millis()).collect();
        figures.add("all roles taken over after ms", format!("{elected:?}"));
        figures.add("silent for ms", format!("{silences:?}"));
        figures.add("acknowledged", outcome.acknowledged);
        figures.add("answers", format!("{:?}", outcome.answers));
        figures.add("told twice", twice);
        assert!(
            outcome.longest_silence < Duration::from_secs(12),
            "silent for {:?}",
            outcome.longest_silence
        );
        assert!(twice <= UNDER_WAY * pauses.len(), "{twice} messages came twice");
    });
}

#[test]
fn a_rebuild_while_the_leader_is_paused_is_done_by_the_other() {
    run(Backend::Postgres, |backend: Backend| async move {
        let (leader, other) = pair(backend).await;
        let client = leader.api().client("Acme Corp").await;
        let _ = leader.api().draft(&client, "10.00").await;
        leader.pause();
        let _ = aside(&other, |other| other.cli_ok(&["replay"])).await;
        let after = other.api().draft(&client, "10.00").await;
        leader.resume();
        // It reads from the new generation at once, though nobody told it of one.
        assert_eq!(shown(&leader.api().invoice(&after).await["id"]), after);
        assert_eq!(leader.api().get("/api/v1/invoices").await.json(200)["total"], json!(2));
        let _ = other.cli_ok(&["verify"]);
    });
}
