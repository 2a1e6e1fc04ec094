//! Postgres that crashes, is away for a while, or hangs, under load: nothing is lost or doubled, and all goes on by itself
//! once it is back.

use super::{reckoned, subscribed};
use futures_util::future::join_all;
use std::time::{Duration, Instant};
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::postgres::Cluster;
use sunledger_tests::{Api, Backend, Load, Options, Reply, Server, eventually, run};

/// Longer than any caller is made to wait for a server that is away (5 s), also where this machine stands still for a
/// moment.
const LONG: Duration = Duration::from_millis(6_500);
/// What a request may take at most, where a test waits for it.
const REQUEST: Duration = Duration::from_secs(7);
/// More than a server needs, in MiB.
const MEMORY: u64 = 512;

/// A server on a cluster of its own, one that waits for the disk.
fn serve() -> (Cluster, Server) {
    let cluster = Cluster::private(&[("fsync", "on")]);
    let options = Options::new()
        .set("DATABASE_URL", &cluster.url("postgres"))
        .set("SUNLEDGER_REQUEST_TIMEOUT_MS", &REQUEST.as_millis().to_string());
    (cluster, Server::start_with(Backend::Sqlite, options))
}

async fn ready(api: &Api) {
    eventually("the server is ready again", || async {
        (api.get("/health/ready").await.status == 200).then_some(())
    })
    .await;
}

fn memory(figures: &mut Figures, server: &Server) {
    let mebibytes = server.peak_memory();
    figures.add("peak MiB", mebibytes);
    assert!(mebibytes < MEMORY, "{mebibytes} MiB");
}

#[test]
fn crashes_of_postgres_lose_nothing_and_double_nothing() {
    run(Backend::Postgres, |_: Backend| async {
        let (cluster, server) = serve();
        let mut figures = Figures::of("Postgres crashes under load");
        let receiver = subscribed(&server.api()).await;
        let load = Load::start(&[&server], 8).await;
        let (mut slowest, rounds) = (Duration::ZERO, pick(3, 30));
        for round in 0..rounds {
            load.progress(20).await;
            match round % 3 {
                0 => cluster.stop_immediately(),
                1 => cluster.kill9(),
                _ => {
                    cluster.stop_immediately();
                    tokio::time::sleep(LONG).await;
                }
            }
            cluster.up();
            let since = Instant::now();
            load.progress(1).await;
            slowest = slowest.max(since.elapsed());
        }
        load.progress(20).await;
        let outcome = load.stop().await;
        assert!(outcome.answers.contains_key(&503), "nobody was refused while Postgres was away");
        ready(&server.api()).await;
        figures.add("crashes", rounds);
        figures.add("first 201 after ms", slowest.as_millis());
        memory(&mut figures, &server);
        let there = reckoned(&mut figures, &outcome, &server).await;
        receiver.all(there).await;
    });
}

/// Asks all sorts of things at once; the slowest answer, which must be an excuse.
async fn all_are_refused_in_time(api: &Api, times: usize) -> Duration {
    let began = Instant::now();
    let mut calls = Vec::new();
    for number in 0..times {
        for path in ["/api/v1/invoices?limit=5", "/api/v1/clients/1", "/audit?limit=5", "/webhooks"] {
            calls.push(api.call("GET", path));
        }
        let post = api.call("POST", "/api/v1/invoices").header("idempotency-key", format!("hung-{number}"));
        calls.push(post.json(&Api::bill("1", "10")));
        calls.push(api.call("POST", "/api/v1/invoices").json(&Api::bill("1", "10")));
    }
    let replies: Vec<Reply> = join_all(calls.into_iter().map(sunledger_tests::client::Call::send)).await;
    for reply in &replies {
        assert_eq!(reply.status, 503, "{}: {}", reply.what, reply.text());
        let pause: u32 = reply.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&pause));
    }
    began.elapsed()
}

#[test]
fn a_postgres_that_hangs_is_told_from_one_that_answers() {
    run(Backend::Postgres, |_: Backend| async {
        let (cluster, server) = serve();
        let mut figures = Figures::of("Postgres hangs");
        let api = server.api();
        let receiver = subscribed(&api).await;
        let load = Load::start(&[&server], 4).await;
        load.progress(20).await;
        for round in 0..pick(1, 5) {
            cluster.pause();
            let began = Instant::now();
            let _ = api.get("/health/live").await.expect(200);
            let _ = api.get("/health/ready").await.expect(503);
            assert!(began.elapsed() < Duration::from_secs(4), "health took {:?}", began.elapsed());
            let slowest = all_are_refused_in_time(&api, 40).await;
            figures.add("slowest refusal ms", slowest.as_millis());
            assert!(slowest < REQUEST + Duration::from_secs(3), "{slowest:?}");
            cluster.resume();
            let since = Instant::now();
            load.progress(1).await;
            figures.add(&format!("first 201 after hang {round} ms"), since.elapsed().as_millis());
        }
        load.progress(20).await;
        let outcome = load.stop().await;
        ready(&api).await;
        memory(&mut figures, &server);
        // Those that were refused may have taken effect; under their keys they did so once.
        let keyed = (0..40).map(|number| {
            let call =
                api.call("POST", "/api/v1/invoices").header("idempotency-key", format!("hung-{number}"));
            call.json(&Api::bill("1", "10")).send()
        });
        for reply in join_all(keyed).await {
            let _ = reply.expect(201);
        }
        let list = api.get("/api/v1/invoices?limit=1").await.json(200);
        let there = usize::try_from(list["total"].as_u64().unwrap()).unwrap();
        figures.add("acknowledged", outcome.acknowledged);
        figures.add("there", there);
        assert!((outcome.acknowledged + 40..=outcome.acknowledged + 40 + 40).contains(&there));
        let newest = format!("INV-{there:04}");
        assert_eq!(list["data"][0]["invoiceNumber"], newest, "numbers have no gap");
        let _ = server.cli_ok(&["verify"]);
        receiver.all(there).await;
    });
}
