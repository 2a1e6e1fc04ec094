//! SIGTERM: what is running ends well, what was acknowledged is there, and the exit is clean.

use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use sunledger_tests::books::shown;
use sunledger_tests::events::Events;
use sunledger_tests::{Api, Receiver, Server, both_backends};

const CLIENTS: &str = "/api/v1/clients";

/// Makes clients until the server takes no more, counts them as it goes, and returns the ids of those it acknowledged.
async fn write(api: Api, count: Arc<AtomicUsize>) -> Vec<String> {
    let mut made = Vec::new();
    while let Ok(reply) = api.call("POST", CLIENTS).json(&json!({"name": "Late"})).attempt().await {
        match reply.status.as_u16() {
            201 => {
                made.push(shown(&reply.value()["data"]["id"]));
                let _ = count.fetch_add(1, Relaxed);
            }
            503 => break,
            other => panic!("{other} while shutting down: {}", reply.text()),
        }
    }
    made
}

both_backends! {
    async fn under_load_it_loses_nothing_and_exits_with_0(server: Server) {
        for _ in 0..3 {
            let api = server.api();
            let count = Arc::new(AtomicUsize::new(0));
            let writers: Vec<_> =
                (0..16).map(|_| tokio::spawn(write(api.clone(), count.clone()))).collect();
            while count.load(Relaxed) < 64 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            server.signal("TERM");
            let waiting = server.clone();
            let status = tokio::task::spawn_blocking(move || waiting.ended(Duration::from_secs(15))).await.unwrap();
            assert_eq!(status.code(), Some(0), "{}", server.printed());
            let mut made = Vec::new();
            for writer in writers {
                made.extend(writer.await.unwrap());
            }
            server.up();
            let api = server.api();
            for id in &made {
                let _ = api.get(&format!("{CLIENTS}/{id}")).await.expect(200);
            }
        }
        let total = server.api().get(CLIENTS).await.json(200)["total"].as_u64().unwrap();
        let log = server.api().get("/audit?type=client.created&limit=1").await;
        assert!(total > 0 && log.status == 200);
        assert!(server.cli(&["verify"]).status.success());
    }

    async fn open_streams_and_long_polls_do_not_hold_it_up(server: Server) {
        let api = server.api();
        let mut stream = Events::open(api.call("GET", "/feed?after=0")).await;
        let _ = stream.next().await.unwrap();
        let end = shown(&api.get("/feed?after=0&limit=100").await.json(200)["next"]);
        let poll = tokio::spawn({
            let call = api.call("GET", &format!("/feed?after={end}&wait=50"));
            async move { call.attempt().await }
        });
        let idle = tokio::net::TcpStream::connect(server.address()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let started = Instant::now();
        server.signal("TERM");
        let waiting = server.clone();
        let ended = tokio::task::spawn_blocking(move || waiting.ended(Duration::from_secs(15)));
        while stream.next().await.is_some() {}
        if let Ok(reply) = poll.await.unwrap() {
            assert_eq!(reply.json(200)["data"], json!([]));
        }
        assert_eq!(ended.await.unwrap().code(), Some(0));
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
        drop(idle);
    }

    async fn a_webhook_that_hangs_does_not_hold_it_up(server: Server) {
        let api = server.api();
        let hanging = Receiver::scripted(|_| sunledger_tests::Answer::Hang).await;
        let body = json!({"url": hanging.url(), "events": ["*"]});
        let _ = api.post("/webhooks", body).await.expect(201);
        let _ = api.client("One").await;
        let _ = hanging.wait_for("an attempt", |all| !all.is_empty()).await;
        server.signal("TERM");
        assert_eq!(server.ended(Duration::from_secs(15)).code(), Some(0));
    }
}
