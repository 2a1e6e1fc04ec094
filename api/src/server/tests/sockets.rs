//! Clients that misbehave, and a server that stops.

use crate::server::accept::{Bounds, Served, serve};
use crate::server::drain::Drain;
use crate::server::pulse::Patience;
use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(20);
const PATIENCE: Patience = Patience { head: SHORT, idle: LONG };
const BOUNDS: Bounds = Bounds { connections: 100, patience: PATIENCE, drain: LONG };
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

struct Server {
    address: SocketAddr,
    drain: Drain,
    task: JoinHandle<Served>,
}

impl Server {
    async fn start(bounds: Bounds) -> Self {
        let router = Router::new()
            .route("/", get(async || "hello"))
            .route(
                "/slow",
                get(async || {
                    tokio::time::sleep(Duration::from_millis(600)).await;
                    "done"
                }),
            )
            .route("/never", get(async || std::future::pending::<()>().await))
            .route("/refuse", post(async || (http::StatusCode::PAYLOAD_TOO_LARGE, "too large")))
            .route(
                "/endless",
                get(async || {
                    let chunks = futures_util::stream::repeat_with(|| {
                        Ok::<_, std::io::Error>(Bytes::from(vec![0; 65536]))
                    });
                    Body::from_stream(chunks)
                }),
            );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let drain = Drain::default();
        let task = tokio::spawn(serve(listener, router, bounds, drain.clone(), Arc::default()));
        Self { address, drain, task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn says_hello(&self) -> bool {
        let mut stream = self.connect().await;
        stream.write_all(GET).await.unwrap();
        read_until(&mut stream, "hello").await.contains("hello")
    }
}

/// Reads until the text came, or the end.
async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&all).contains(text) {
        match timeout(LONG, stream.read(&mut buffer)).await.unwrap() {
            Ok(0) | Err(_) => break,
            Ok(count) => all.extend_from_slice(&buffer[..count]),
        }
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// How long until the other side closes.
async fn closed_after(stream: &mut TcpStream) -> Duration {
    let began = Instant::now();
    let mut buffer = vec![0; 65536];
    while !matches!(timeout(LONG, stream.read(&mut buffer)).await.unwrap(), Ok(0) | Err(_)) {}
    began.elapsed()
}

#[tokio::test]
async fn a_head_that_drips_is_cut_off_and_does_not_disturb_others() {
    let server = Server::start(BOUNDS).await;
    let mut slow = server.connect().await;
    let began = Instant::now();
    let dripped = async {
        for byte in b"GET / HTTP/1.1\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" {
            if slow.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        closed_after(&mut slow).await;
    };
    let (hello, ()) = tokio::join!(server.says_hello(), dripped);
    assert!(hello);
    assert!(began.elapsed() >= SHORT && began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_connection_may_wait_for_its_next_request_longer_than_for_a_head() {
    let server = Server::start(BOUNDS).await;
    let mut stream = server.connect().await;
    for _ in 0..2 {
        stream.write_all(GET).await.unwrap();
        assert!(read_until(&mut stream, "hello").await.contains("200 OK"));
        tokio::time::sleep(SHORT * 3).await;
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let patience = Patience { head: SHORT, idle: SHORT };
    let server = Server::start(Bounds { patience, ..BOUNDS }).await;
    let mut silent = server.connect().await;
    assert!(closed_after(&mut silent).await < Duration::from_secs(3));
    let mut used = server.connect().await;
    used.write_all(GET).await.unwrap();
    read_until(&mut used, "hello").await;
    assert!(closed_after(&mut used).await < Duration::from_secs(3));
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_given_up() {
    let patience = Patience { head: SHORT, idle: SHORT };
    let server = Server::start(Bounds { patience, connections: 1, ..BOUNDS }).await;
    let mut lazy = server.connect().await;
    lazy.write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    // With the one place taken, this is served only once the lazy one was cut off.
    assert!(timeout(Duration::from_secs(5), server.says_hello()).await.unwrap());
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Server::start(BOUNDS).await;
    let mut stream = server.connect().await;
    let requests = [
        GET,
        b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n",
        GET,
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ]
    .concat();
    stream.write_all(&requests).await.unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).await.unwrap();
    let bodies: Vec<_> =
        all.split("\r\n\r\n").skip(1).map(|part| part.split("HTTP").next().unwrap()).collect();
    assert_eq!(bodies, ["hello", "done", "hello", "hello"]);
}

#[tokio::test]
async fn the_sender_of_a_body_that_is_too_long_gets_to_read_why() {
    let server = Server::start(BOUNDS).await;
    for _ in 0..5 {
        let mut stream = server.connect().await;
        let head = format!("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", 4 << 20);
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut reading, mut writing) = stream.split();
        let send = async {
            // Goes on although the answer is there already, as simple clients do.
            for _ in 0..64 {
                if writing.write_all(&[0; 65536]).await.is_err() {
                    break;
                }
            }
        };
        let mut answer = String::new();
        let (read, ()) = tokio::join!(reading.read_to_string(&mut answer), send);
        read.unwrap();
        assert!(answer.contains("413") && answer.contains("too large"), "{answer}");
    }
}

#[tokio::test]
async fn a_head_that_is_too_long_is_431() {
    let server = Server::start(BOUNDS).await;
    let mut stream = server.connect().await;
    let head = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(200_000));
    let _ = stream.write_all(head.as_bytes()).await;
    assert!(read_until(&mut stream, "431").await.contains("431"));
    assert!(server.says_hello().await);
}

#[tokio::test]
async fn connections_over_the_limit_wait_their_turn() {
    let server = Server::start(Bounds { connections: 2, ..BOUNDS }).await;
    let mut first = server.connect().await;
    first.write_all(GET).await.unwrap();
    read_until(&mut first, "hello").await;
    let mut second = server.connect().await;
    second.write_all(GET).await.unwrap();
    read_until(&mut second, "hello").await;
    let mut third = server.connect().await;
    third.write_all(GET).await.unwrap();
    let mut buffer = [0; 16];
    assert!(timeout(SHORT, third.read(&mut buffer)).await.is_err(), "it is not served yet");
    drop(first);
    assert!(read_until(&mut third, "hello").await.contains("200 OK"));
}

#[tokio::test]
async fn where_places_are_short_a_connection_that_rests_gives_up_its_own() {
    let server = Server::start(Bounds { connections: 2, ..BOUNDS }).await;
    let mut rests = server.connect().await;
    rests.write_all(GET).await.unwrap();
    read_until(&mut rests, "hello").await;
    let mut works = server.connect().await;
    works.write_all(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut third = server.connect().await;
    third.write_all(GET).await.unwrap();
    let began = Instant::now();
    assert!(read_until(&mut third, "hello").await.contains("200 OK"));
    assert!(began.elapsed() < LONG / 2, "{:?}", began.elapsed());
    assert!(closed_after(&mut rests).await < LONG / 2);
    assert!(timeout(SHORT, works.read(&mut [0])).await.is_err(), "what is in hand goes on");
}

#[tokio::test]
async fn stopping_answers_what_is_in_hand_and_takes_nothing_new() {
    let server = Server::start(BOUNDS).await;
    let mut idle = server.connect().await;
    idle.write_all(GET).await.unwrap();
    read_until(&mut idle, "hello").await;
    let unused = server.connect().await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.drain.start();
    let answer = read_until(&mut busy, "done").await;
    assert!(answer.contains("done"), "{answer}");
    drop(busy);
    assert!(closed_after(&mut idle).await < Duration::from_secs(1), "idle connections are closed at once");
    // Clients that keep their ends open, as pools do, hold nothing up.
    assert_eq!(timeout(Duration::from_secs(1), server.task).await.unwrap().unwrap(), Served::Drained);
    drop((idle, unused));
    assert!(TcpSocket::new_v4().unwrap().connect(server.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let server = Server::start(Bounds { drain: SHORT, ..BOUNDS }).await;
    let mut stuck = server.connect().await;
    stuck.write_all(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.drain.start();
    assert_eq!(timeout(Duration::from_secs(5), server.task).await.unwrap().unwrap(), Served::CutOff(1));
}
