//! Two servers on one log, as one: what either acknowledged shows on both, whatever happens meanwhile.

use futures_util::future::join_all;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use sunledger_tests::books::shown;
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::tenant::new_key;
use sunledger_tests::{Api, Backend, Load, Options, Server, both_backends, eventually};

const INVOICES: &str = "/api/v1/invoices";

/// Writes on one and reads on the other, at once, until told to stop; then the other way round, and so on.
pub(crate) async fn write_here_read_there(
    here: Api,
    there: Api,
    client: String,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
) {
    let (mut here, mut there) = (here, there);
    while !stop.load(Ordering::Relaxed) {
        let id = here.draft(&client, "10.00").await;
        assert_eq!(shown(&there.invoice(&id).await["status"]), "DRAFT");
        let _ = there.act(&format!("{INVOICES}/{id}/send")).await.expect(200);
        assert_eq!(shown(&here.invoice(&id).await["status"]), "SENT");
        let total = there.get(&format!("{INVOICES}?limit=1")).await.json(200)["total"].as_u64().unwrap();
        assert!(total as usize > count.fetch_add(1, Ordering::Relaxed));
        std::mem::swap(&mut here, &mut there);
    }
}

/// Does something to a server that takes its time, while the test's other tasks go on.
pub(crate) async fn aside<T: Send + 'static>(server: &Server, work: fn(&Server) -> T) -> T {
    let server = server.clone();
    tokio::task::spawn_blocking(move || work(&server)).await.unwrap()
}

/// Sends the same request to both servers at the same time, until both have an answer.
async fn both(servers: [&Api; 2], path: &str, key: &str, body: &serde_json::Value) -> Vec<(u16, String)> {
    let ask = |api: &Api| {
        let call = api.call("POST", path).header("idempotency-key", key).json(body);
        async move {
            loop {
                let reply = call.clone().send().await;
                let running = reply.status == 409 && reply.find("retry-after").is_some();
                if !running {
                    return (reply.status.as_u16(), reply.text());
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    join_all(servers.map(ask)).await
}

both_backends! {
    async fn what_one_acknowledged_the_other_shows_at_once_also_during_rebuilds(backend: Backend) {
        let mut figures = Figures::of(&format!("write here and read there on {backend:?}"));
        let one = Server::start(backend);
        let other = one.twin();
        let client = one.api().client("Acme Corp").await;
        let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = (0..4)
            .map(|number| {
                let (mut here, mut there) = (one.api(), other.api());
                if number % 2 == 1 {
                    std::mem::swap(&mut here, &mut there);
                }
                let (stop, count) = (Arc::clone(&stop), Arc::clone(&count));
                tokio::spawn(write_here_read_there(here, there, client.clone(), stop, count))
            })
            .collect();
        let began = Instant::now();
        for _ in 0..pick(2, 20) {
            let before = count.load(Ordering::Relaxed);
            let _ = aside(&one, |one| one.cli_ok(&["replay"])).await;
            eventually("they go on", || async {
                (tasks.iter().any(tokio::task::JoinHandle::is_finished)
                    || count.load(Ordering::Relaxed) > before + 20)
                    .then_some(())
            })
            .await;
        }
        tokio::time::sleep(Duration::from_millis(pick(500, 20_000))).await;
        stop.store(true, Ordering::Relaxed);
        for task in tasks {
            task.await.unwrap();
        }
        figures.add("invoices", count.load(Ordering::Relaxed));
        figures.add("seconds", began.elapsed().as_secs());
        let _ = other.cli_ok(&["verify"]);
    }

    async fn two_may_start_at_the_same_time_on_nothing(backend: Backend) {
        for _ in 0..pick(1, 10) {
            let one = Server::prepare(backend, Options::new());
            let ((), other) = tokio::join!(aside(&one, Server::up), aside(&one, Server::twin));
            let id = one.api().client("Acme Corp").await;
            assert_eq!(shown(&other.api().get(&format!("/api/v1/clients/{id}")).await.data(200)["id"]), id);
            let _ = one.cli_ok(&["verify"]);
        }
    }

    async fn a_request_sent_to_both_under_one_key_is_done_once(backend: Backend) {
        let one = Server::start(backend);
        let other = one.twin();
        let apis = [&one.api(), &other.api()];
        let client = apis[0].client("Acme Corp").await;
        for round in 0..pick(15, 300) {
            let answers = both(apis, INVOICES, &format!("make-{round}"), &Api::bill(&client, "10.00")).await;
            assert_eq!((answers[0].0, &answers[0]), (201, &answers[1]));
            let made = sunledger_tests::books::document(&answers[0].1);
            let cancel = format!("{INVOICES}/{}/cancel", shown(&made["data"]["id"]));
            // The one that comes second finds the invoice cancelled: by the same request.
            let answers = both(apis, &cancel, &format!("cancel-{round}"), &json!({})).await;
            assert_eq!((answers[0].0, &answers[0]), (200, &answers[1]));
        }
    }

    async fn a_key_works_on_both_at_once_and_a_deleted_one_on_neither_within_a_second(backend: Backend) {
        let one = Server::start(backend);
        let other = one.twin();
        for _ in 0..pick(2, 20) {
            let admin = one.api();
            let made = admin.post("/keys", json!({"name": "till", "scopes": ["invoicing:read"]})).await.data(201);
            let key = shown(&made["key"]);
            let there = other.api().with_key(Some(&key));
            let _ = there.get(INVOICES).await.expect(200);
            let _ = admin.delete(&format!("/keys/{}", shown(&made["id"]))).await.expect(204);
            let deleted = Instant::now();
            while there.get(INVOICES).await.status != 401 {
                assert!(deleted.elapsed() < Duration::from_secs(1), "a deleted key still works");
            }
        }
        let key = new_key(&one, "default", &["invoicing:read"]);
        let _ = other.api().with_key(Some(&key)).get(INVOICES).await.expect(200);
    }

    async fn servers_restarted_one_after_the_other_fail_no_request(backend: Backend) {
        let mut figures = Figures::of(&format!("rolling restart on {backend:?}"));
        let one = Server::start(backend);
        let other = one.twin();
        let load = Load::start(&[&one, &other], 8).await;
        for _ in 0..pick(1, 10) {
            for server in [&one, &other] {
                load.progress(50).await;
                aside(server, Server::stop).await;
                load.progress(20).await;
                aside(server, Server::up).await;
            }
        }
        load.progress(50).await;
        let outcome = load.stop().await;
        figures.add("acknowledged", outcome.acknowledged);
        figures.add("refused connections", outcome.unanswered);
        figures.add("longest silence ms", outcome.longest_silence.as_millis());
        assert!(outcome.answers.keys().all(|status| *status == 201), "{:?}", outcome.answers);
        assert!(outcome.longest_silence < Duration::from_secs(5), "silent for {:?}", outcome.longest_silence);
        let _ = outcome.settle(&one).await;
    }
}
