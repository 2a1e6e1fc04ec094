//! The database goes away under a running server, and comes back.

use futures_util::StreamExt;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use sunledger_tests::postgres::Cluster;
use sunledger_tests::receiver::Received;
use sunledger_tests::{Api, Backend, Receiver, Reply, Server, eventually, run};

const INVOICES: &str = "/api/v1/invoices";

/// Lets nobody into the server's database any more, and throws out who is in it; or lets them in again.
fn let_in(server: &Server, allowed: bool) {
    let url = server.place().database_url().unwrap();
    let name = url.rsplit('/').next().unwrap();
    Cluster::get().execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}"));
    if !allowed {
        let throw_out =
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        Cluster::get().execute(&throw_out);
    }
}

fn is_an_excuse(reply: &Reply) {
    let pause: u32 = reply.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&pause), "Retry-After: {pause}");
    let error = reply.clone().error(503);
    for inside in ["postgres", "connection", "sql", "database \""] {
        assert!(!error.to_lowercase().contains(inside), "{inside} leaks in {error:?}");
    }
}

async fn create(api: &Api, key: &str) -> Reply {
    let body = Api::bill("1", "10");
    api.call("POST", INVOICES).header("idempotency-key", key).json(&body).send().await
}

#[test]
fn while_the_log_is_away_all_is_503_and_afterwards_all_is_as_before() {
    run(Backend::Postgres, |server: Server| async move {
        let api = server.api();
        let receiver = Receiver::start().await;
        let hook = json!({"url": receiver.url(), "events": ["invoice.created"]});
        let _ = api.post("/webhooks", hook).await.expect(201);
        let _ = api.client("Payer").await;
        let _ = create(&api, "before").await.expect(201);

        let_in(&server, false);
        let started = Instant::now();
        let during = ["one", "two", "three"].map(|key| create(&api, key));
        let replies = futures_util::future::join_all(during).await;
        replies.iter().for_each(is_an_excuse);
        is_an_excuse(&api.get(INVOICES).await);
        assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
        let _ = api.get("/health/live").await.expect(200);
        let _ = api.get("/health/ready").await.expect(503);

        let_in(&server, true);
        eventually("the server is ready again", || async {
            (api.get("/health/ready").await.status == 200).then_some(())
        })
        .await;
        for key in ["before", "one", "two", "three"] {
            let _ = create(&api, key).await.expect(201);
        }
        let list = api.get(INVOICES).await.json(200);
        assert_eq!(list["total"], 4, "each that was asked for, once");
        // At least once: a delivery whose success could not be recorded is made again, under the same id.
        let all_four = |all: &[Received]| all.iter().map(Received::id).collect::<BTreeSet<_>>().len() == 4;
        let _ = receiver.wait_for("an event for each", all_four).await;
        let _ = server.cli_ok(&["verify"]);
    });
}

#[test]
fn connections_that_break_under_load_lose_nothing_and_double_nothing() {
    run(Backend::Postgres, |server: Server| async move {
        let api = server.api();
        let _ = api.client("Payer").await;
        let keys: Vec<String> = (0..200).map(|number| format!("order-{number}")).collect();
        let name = server.place().database_url().unwrap().rsplit('/').next().unwrap().to_owned();
        let cuts = tokio::spawn(async move {
            for _ in 0..6 {
                tokio::time::sleep(Duration::from_millis(60)).await;
                let cut = format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                );
                Cluster::get().execute(&cut);
            }
        });
        let asked = futures_util::stream::iter(keys.iter().map(|key| create(&api, key)));
        let first: Vec<Reply> = asked.buffer_unordered(16).collect().await;
        cuts.await.unwrap();
        for reply in &first {
            assert!([201, 503].contains(&reply.status.as_u16()), "{}: {}", reply.status, reply.text());
        }
        for key in &keys {
            let _ = eventually("an answer", || async {
                let reply = create(&api, key).await;
                (reply.status == 201).then_some(reply)
            })
            .await;
        }
        let mut last = api.get(&format!("{INVOICES}?limit=1")).await.json(200);
        assert_eq!(last["total"], 200);
        assert_eq!(last["data"][0]["invoiceNumber"].take(), "INV-0200");
        let _ = server.cli_ok(&["verify"]);
    });
}
