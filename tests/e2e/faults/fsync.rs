//! Disks that fail under SQLite: power cuts that take what was not synced, syncs and writes that fail. What was
//! acknowledged had been synced; what was refused is there entirely or not at all, and nothing is built upon it before it
//! is on the disk.

use super::shim::{Disk, Fault};
use super::{excused, reckoned};
use serde_json::json;
use std::time::{Duration, Instant};
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::{Api, Backend, Load, Server, eventually, run};

const WRITERS: usize = 8;

/// Runs a test that brings its own server.
fn on_a_disk<F: Future<Output = ()>>(test: impl FnOnce(Disk, Server) -> F) {
    run(Backend::Sqlite, |_: Backend| {
        let (disk, server) = Disk::serve();
        test(disk, server)
    });
}

#[test]
fn power_cuts_take_nothing_that_was_acknowledged() {
    on_a_disk(|disk, server| async move {
        let mut figures = Figures::of("power cuts under load, SQLite");
        let load = Load::start(&[&server], WRITERS).await;
        let rounds = pick(4, 60);
        for round in 0..rounds {
            load.progress(20 + 7 * round % 31).await;
            disk.power_cut(&server);
            server.up();
        }
        load.progress(10).await;
        let outcome = load.stop().await;
        figures.add("cuts", rounds);
        reckoned(&mut figures, &outcome, &server).await;
    });
}

#[test]
fn what_a_failing_sync_refused_is_never_built_upon() {
    on_a_disk(|disk, server| async move {
        let mut figures = Figures::of("failing fsync under load, SQLite");
        let load = Load::start(&[&server], WRITERS).await;
        let mut slowest = Duration::ZERO;
        let rounds = pick(6, 60);
        for round in 0..rounds {
            load.progress(10).await;
            // The log's files alone, or all of them.
            disk.begin(Fault::Sync, if round % 2 == 0 { "log.db" } else { "" });
            tokio::time::sleep(Duration::from_millis(150)).await;
            match round % 3 {
                // It comes back by itself.
                0 => disk.end(Fault::Sync),
                // The program is killed: the system still shows what never came to the disk.
                1 => {
                    server.kill9();
                    disk.end(Fault::Sync);
                    server.up();
                }
                _ => {
                    disk.power_cut(&server);
                    disk.end(Fault::Sync);
                    server.up();
                }
            }
            let since = Instant::now();
            load.progress(1).await;
            slowest = slowest.max(since.elapsed());
        }
        let outcome = load.stop().await;
        assert!(outcome.answers.contains_key(&503), "nothing was refused: the fault did not reach the log");
        figures.add("faults", rounds);
        figures.add("slowest recovery ms", slowest.as_millis());
        reckoned(&mut figures, &outcome, &server).await;
        // The last of it has to be on the disk as well.
        disk.power_cut(&server);
        server.up();
        let _ = outcome.settle(&server).await;
    });
}

#[test]
fn a_program_that_cannot_sync_repeats_no_answer_that_rests_on_the_page_cache() {
    on_a_disk(|disk, server| async move {
        let api = server.api();
        let client = api.client("Payer").await;
        let ask = |api: Api| {
            let body = Api::bill(&client, "10.00");
            async move {
                api.call("POST", "/api/v1/invoices")
                    .header("idempotency-key", "once")
                    .json(&body)
                    .attempt()
                    .await
            }
        };
        disk.begin(Fault::Sync, "log.db");
        excused(&ask(api.clone()).await.unwrap());
        // The next process finds the refused transaction in the page cache, whole and unsynced.
        server.kill9();
        let mut unsure = server.spawn_serve();
        tokio::time::sleep(Duration::from_millis(300)).await;
        unsure.kill().unwrap();
        unsure.wait().unwrap();
        disk.end(Fault::Sync);
        server.up();
        let told = ask(server.api()).await.unwrap().data(201);
        disk.power_cut(&server);
        server.up();
        let again = ask(server.api()).await.unwrap().expect(201);
        assert_eq!(again.header("idempotent-replayed"), "true", "it was acknowledged, and then lost");
        assert_eq!(again.value()["data"], told);
        let _ = server.cli_ok(&["verify"]);
    });
}

#[test]
fn failing_writes_are_refused_and_reading_goes_on() {
    on_a_disk(|disk, server| async move {
        let mut figures = Figures::of("failing and full disk under load, SQLite");
        let load = Load::start(&[&server], WRITERS).await;
        load.progress(20).await;
        let api = server.api();
        let mut slowest = Duration::ZERO;
        for fault in [Fault::Write, Fault::Full] {
            for files in ["log.db", "read_", "webhooks", ""] {
                disk.begin(fault, files);
                let began = Instant::now();
                while began.elapsed() < Duration::from_millis(pick(200, 3000)) {
                    // What is there can be read.
                    let _ = api.get("/api/v1/invoices?limit=1").await.expect(200);
                    let _ = api.get("/health/live").await.expect(200);
                }
                disk.end(fault);
                let since = Instant::now();
                load.progress(5).await;
                slowest = slowest.max(since.elapsed());
            }
        }
        let outcome = load.stop().await;
        assert!(outcome.answers.contains_key(&503), "nothing was refused: the fault did not reach the log");
        eventually("the server is ready again", || async {
            (api.get("/health/ready").await.status == 200).then_some(())
        })
        .await;
        figures.add("slowest recovery ms", slowest.as_millis());
        reckoned(&mut figures, &outcome, &server).await;
        let _ = api.post("/api/v1/clients", json!({"name": "Afterwards"})).await.expect(201);
    });
}
