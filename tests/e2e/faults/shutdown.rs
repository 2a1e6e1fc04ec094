//! SIGTERM: what was begun is ended, what was acknowledged is there, nobody waits for longer than the drain time.

use serde_json::json;
use std::process::ExitStatus;
use std::time::{Duration, Instant};
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::postgres::Cluster;
use sunledger_tests::server::KEY;
use sunledger_tests::{
    Backend, Load, Options, Server, SickReceiver, Sickness, both_backends, eventually, raw,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long a stopping server waits, as it is set here; and by how much a busy machine may be late.
const DRAIN: Duration = Duration::from_secs(3);
const LATE: Duration = Duration::from_secs(4);

fn draining() -> Options {
    Options::new().set("SUNLEDGER_DRAIN_MS", &DRAIN.as_millis().to_string())
}

/// Waits for the end while the test's other tasks go on.
async fn ended(server: &Server, within: Duration) -> (ExitStatus, Duration) {
    let (server, started) = (server.clone(), Instant::now());
    tokio::task::spawn_blocking(move || (server.ended(within), started.elapsed())).await.unwrap()
}

/// A request whose body's second half is still to come.
async fn half(server: &Server) -> TcpStream {
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    let head = format!(
        "POST /api/v1/clients HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\ncontent-type: application/json\r\n\
         content-length: 20\r\n\r\n{{\"name\": "
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

async fn rest(mut socket: TcpStream) -> String {
    let _ = socket.write_all(b"\"Half way\"}").await;
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Requests that the server is reading.
async fn halves(server: &Server, count: usize) -> Vec<TcpStream> {
    let mut sockets = Vec::new();
    for _ in 0..count {
        sockets.push(half(server).await);
    }
    // Accepted in order: once this is answered, those before it are in the server's hands.
    let _ = server.api().get("/health/live").await.expect(200);
    tokio::time::sleep(Duration::from_millis(50)).await;
    sockets
}

both_backends! {
    async fn again_and_again_under_load(backend: Backend) {
        let mut figures = Figures::of(&format!("SIGTERM under load on {backend:?}"));
        let server = Server::start_with(backend, draining());
        let load = Load::start(&[&server], 8).await;
        let mut longest = Duration::ZERO;
        for _ in 0..pick(3, 20) {
            load.progress(20).await;
            server.signal("TERM");
            let (status, took) = ended(&server, DRAIN + LATE).await;
            assert_eq!(status.code(), Some(0), "{}", server.printed());
            longest = longest.max(took);
            server.up();
        }
        load.progress(20).await;
        let outcome = load.stop().await;
        figures.add("longest end ms", longest.as_millis());
        figures.add("acknowledged", outcome.acknowledged);
        figures.add("answers", format!("{:?}", outcome.answers));
        figures.add("without answer", outcome.unanswered);
        figures.add("invoices", outcome.settle(&server).await);
    }

    async fn what_was_accepted_is_answered_and_told_that_it_was_the_last(backend: Backend) {
        let server = Server::start_with(backend, draining());
        let sockets = halves(&server, 50).await;
        let (address, started) = (server.address(), Instant::now());
        server.signal("TERM");
        eventually("new connections are refused", || async { TcpStream::connect(address).await.err() }).await;
        let answers = futures_util::future::join_all(sockets.into_iter().map(rest)).await;
        for answer in &answers {
            assert_eq!(raw::status(answer), Some(201), "{answer}");
            assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
        }
        let (status, _) = ended(&server, DRAIN + LATE).await;
        assert_eq!(status.code(), Some(0), "{}", server.printed());
        assert!(started.elapsed() < DRAIN, "{:?}: it waited for nobody", started.elapsed());
        server.up();
        assert_eq!(server.api().get("/api/v1/clients").await.json(200)["total"], 50);
    }

    async fn a_second_signal_ends_it_at_once(backend: Backend) {
        let server = Server::start_with(backend, Options::new().set("SUNLEDGER_DRAIN_MS", "60000"));
        let sockets = halves(&server, 3).await;
        server.signal("TERM");
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.signal("TERM");
        let (status, took) = ended(&server, LATE).await;
        assert_eq!(status.code(), Some(1));
        assert!(took < Duration::from_secs(1), "{took:?}");
        drop(sockets);
        server.up();
        assert_eq!(server.api().get("/api/v1/clients").await.json(200)["total"], 0, "nothing half done");
    }

    async fn while_the_database_is_away_it_still_ends(backend: Backend) {
        let mut figures = Figures::of(&format!("SIGTERM without a database on {backend:?}"));
        let server = Server::start_with(backend, draining());
        let api = server.api();
        let _ = api.client("Before").await;
        let away = Away::take(&server);
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let call = api.call("POST", "/api/v1/clients").json(&json!({"name": "During"}));
                tokio::spawn(async move { call.attempt().await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.signal("TERM");
        // The drain, the webhooks' end and the projector's batch: each has its time.
        let (status, took) = ended(&server, 2 * DRAIN + LATE).await;
        figures.add("ended after ms", took.as_millis());
        figures.add("with", status);
        assert_eq!(status.code(), Some(0), "{}", server.printed());
        let mut acknowledged = 0;
        for writer in writers {
            match writer.await.unwrap() {
                Ok(reply) if reply.status == 201 => acknowledged += 1,
                Ok(reply) => assert_eq!(reply.status, 503, "{}", reply.text()),
                Err(_) => {}
            }
        }
        drop(away);
        server.up();
        let total = server.api().get("/api/v1/clients").await.json(200)["total"].as_u64().unwrap();
        assert!((1 + acknowledged..=9).contains(&total), "{total} of {acknowledged} and one");
        let _ = server.cli_ok(&["verify"]);
    }

    async fn a_webhook_under_way_is_recorded_and_not_sent_again(backend: Backend) {
        let server = Server::start_with(backend, draining());
        let api = server.api();
        let receiver = SickReceiver::start(Sickness::Late(Duration::from_millis(800)));
        let _ = api.post("/webhooks", json!({"url": receiver.url(), "events": ["client.created"]})).await.expect(201);
        let _ = api.client("One").await;
        eventually("it is under way", || async { (receiver.attempts() == 1).then_some(()) }).await;
        server.signal("TERM");
        let (status, _) = ended(&server, DRAIN + LATE).await;
        assert_eq!(status.code(), Some(0));
        server.up();
        let _ = server.api().client("Two").await;
        eventually("the next one arrives", || async { (receiver.accepted().len() == 2).then_some(()) }).await;
        assert_eq!(receiver.attempts(), 2);
    }
}

#[test]
fn a_database_that_hangs_does_not_hold_it_up() {
    sunledger_tests::run(Backend::Postgres, |_: Backend| async move {
        let mut figures = Figures::of("SIGTERM while Postgres hangs");
        let cluster = Cluster::private(&[]);
        let server = Server::start_on(&cluster, draining());
        let _ = server.api().client("Before").await;
        cluster.pause();
        let call = server.api().call("POST", "/api/v1/clients").json(&json!({"name": "During"}));
        let writer = tokio::spawn(async move { call.attempt().await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.signal("TERM");
        let (status, took) = ended(&server, 4 * DRAIN + LATE).await;
        figures.add("ended after ms", took.as_millis());
        assert_eq!(status.code(), Some(0), "{}", server.printed());
        let acknowledged = writer.await.unwrap().is_ok_and(|reply| reply.status == 201);
        assert!(!acknowledged, "nothing can have been written");
        cluster.resume();
        server.up();
        let total = server.api().get("/api/v1/clients").await.json(200)["total"].as_u64();
        assert!(total >= Some(1), "{total:?}");
    });
}

/// The server's database, out of reach until dropped.
enum Away {
    /// Another process holds the log's write lock.
    Locked(rusqlite::Connection),
    /// Nobody is let in.
    Shut(String),
}

impl Away {
    fn take(server: &Server) -> Self {
        let Some(url) = server.place().database_url() else {
            let file = rusqlite::Connection::open(server.place().data().join("log.db")).unwrap();
            file.busy_timeout(Duration::from_secs(10)).unwrap();
            file.execute_batch("BEGIN IMMEDIATE").unwrap();
            return Self::Locked(file);
        };
        let name = url.rsplit('/').next().unwrap().to_owned();
        Cluster::get().execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
        Cluster::get().execute(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ));
        Self::Shut(name)
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        match self {
            Self::Locked(file) => drop(file.execute_batch("ROLLBACK")),
            Self::Shut(name) => {
                Cluster::get().execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"));
            }
        }
    }
}
