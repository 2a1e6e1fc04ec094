//! Connections that are slow on purpose, more than there are places, and bodies that have no end: other clients are served
//! all the while, memory stays bounded, and each connection has its time and no more.

use std::time::{Duration, Instant};
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::server::KEY;
use sunledger_tests::{Api, Backend, Load, Options, Server, both_backends, raw};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// The time limits of the servers here: a head, a body, an idle connection or an answer that nobody reads.
const LIMITS: [(&str, Duration); 3] = [
    ("SUNLEDGER_HEADER_TIMEOUT_MS", Duration::from_millis(1_500)),
    ("SUNLEDGER_BODY_TIMEOUT_MS", Duration::from_millis(2_000)),
    ("SUNLEDGER_IDLE_TIMEOUT_MS", Duration::from_millis(3_000)),
];
/// By how much a busy machine may be late.
const LATE: Duration = Duration::from_secs(15);

fn limited() -> Options {
    LIMITS
        .iter()
        .fold(Options::new(), |options, (name, limit)| options.set(name, &limit.as_millis().to_string()))
}

/// How a connection wastes time.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Waste {
    /// It never ends its request's head.
    Head,
    /// It never ends its request's body.
    Body,
    /// It asks once, and then never again.
    Idle,
    /// It asks for a lot, and reads none of it.
    Deaf,
}

const WASTES: [Waste; 4] = [Waste::Head, Waste::Body, Waste::Idle, Waste::Deaf];

/// Wastes a connection until the server ends it; how long that took.
async fn waste(server: &Server, how: Waste) -> Duration {
    let socket = TcpSocket::new_v4().unwrap();
    if how == Waste::Deaf {
        socket.set_recv_buffer_size(4_096).unwrap();
    }
    let mut socket = socket.connect(server.address()).await.unwrap();
    let key = format!("authorization: Bearer {KEY}\r\n");
    let request = match how {
        Waste::Head => "GET /health/live HTTP/1.1\r\nhost: x\r\n".to_owned(),
        Waste::Body => {
            format!("POST /api/v1/clients HTTP/1.1\r\nhost: x\r\n{key}content-length: 100\r\n\r\n{{\"name\":")
        }
        Waste::Idle => "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        Waste::Deaf => "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200),
    };
    let started = Instant::now();
    socket.write_all(request.as_bytes()).await.unwrap();
    if how == Waste::Deaf {
        // Reading would help it: its end shows in what can still be written.
        while socket.write_all(b"\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        return started.elapsed();
    }
    let mut bin = [0_u8; 4_096];
    let drip = tokio::time::Duration::from_millis(300);
    loop {
        match tokio::time::timeout(drip, socket.read(&mut bin)).await {
            Ok(Ok(1..)) => {}
            Ok(_) => return started.elapsed(),
            Err(_) if how == Waste::Head => drop(socket.write_all(b"x: y\r\n").await),
            Err(_) if how == Waste::Body => drop(socket.write_all(b" ").await),
            Err(_) => {}
        }
    }
}

/// Wastes so many connections at a time, on a thread that does nothing else; the longest time of each sort.
fn waste_all(server: &Server, count: usize) -> [Duration; 4] {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut wasters = tokio::task::JoinSet::new();
        for number in 0..count {
            // Few are deaf: what they ask for is made, and that is work and not waste.
            let sort = if number % 20 == 0 { 3 } else { number % 3 };
            let server = server.clone();
            wasters.spawn(async move { (sort, waste(&server, WASTES[sort]).await) });
        }
        let mut longest = [Duration::ZERO; 4];
        while let Some(wasted) = wasters.join_next().await {
            let (sort, time) = wasted.unwrap();
            longest[sort] = longest[sort].max(time);
        }
        longest
    })
}

/// The longest that this waste may go on.
fn limit(how: Waste) -> Duration {
    let limit = match how {
        Waste::Head => LIMITS[0].1,
        Waste::Body => LIMITS[1].1,
        Waste::Idle | Waste::Deaf => LIMITS[2].1,
    };
    // What is cut off may linger for two seconds, so that its answer is read.
    limit + Duration::from_secs(2) + LATE
}

/// Thousands of sockets need as many files: this process asks for all that it may have.
fn raise_own_limit() {
    let pid = std::process::id().to_string();
    let hard = std::process::Command::new("sh").args(["-c", "ulimit -Hn"]).output().unwrap().stdout;
    let limit = format!("--nofile={}:", String::from_utf8_lossy(&hard).trim());
    let raised = std::process::Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap();
    assert!(raised.success());
}

/// One request of a client of its own, with its time.
async fn answered(api: &Api) -> Duration {
    let started = Instant::now();
    let _ = api.get("/health/live").await.expect(200);
    started.elapsed()
}

both_backends! {
    async fn two_thousand_that_waste_time_beside_writers(backend: Backend) {
        let mut figures = Figures::of(&format!("2,000 slow connections on {backend:?}"));
        raise_own_limit();
        // A soft limit as many systems have it: the server must ask for more.
        let server = Server::start_with(backend, limited().under(&["prlimit", "--nofile=1024:16384"]));
        let load = Load::start(&[&server], 4).await;
        let warm = Instant::now();
        load.progress(pick(100, 2_000)).await;
        let alone = load.acknowledged() * 1_000 / usize::try_from(warm.elapsed().as_millis()).unwrap();
        let memory = server.peak_memory();

        let began = load.acknowledged();
        let started = Instant::now();
        let wasted = server.clone();
        let longest = tokio::task::spawn_blocking(move || waste_all(&wasted, 2_000)).await.unwrap();
        let done = load.acknowledged() - began;
        let beside = done * 1_000 / usize::try_from(started.elapsed().as_millis()).unwrap();
        for (how, time) in WASTES.into_iter().zip(longest) {
            figures.add(&format!("{how:?} cut after s"), format!("{:.1}", time.as_secs_f32()));
        }
        figures.add("writes/s alone", alone);
        figures.add("beside", beside);
        figures.add("peak MiB", format!("{} after {memory}", server.peak_memory()));
        for (how, time) in WASTES.into_iter().zip(longest) {
            assert!(time < limit(how), "{how:?} went on for {time:?}");
        }
        assert!(done > 20, "{done} writes beside them");
        let outcome = load.stop().await;
        // A writer that is late itself may meet the end of its own idle time: that is for it to try again.
        assert!(outcome.unanswered <= 4, "{} without answer", outcome.unanswered);
        figures.add("longest silence ms", outcome.longest_silence.as_millis());
        assert!(outcome.longest_silence < Duration::from_secs(10));
        let peak = server.peak_memory();
        assert!(peak < memory + 400, "{peak} after {memory} MiB");
    }
}

#[test]
fn more_connections_than_places_wait_for_one_that_rests() {
    sunledger_tests::run(Backend::Sqlite, |backend: Backend| async move {
        let mut figures = Figures::of("20 places");
        let server = Server::start_with(
            backend,
            Options::new()
                .set("SUNLEDGER_MAX_CONNECTIONS", "20")
                .set("SUNLEDGER_HEADER_TIMEOUT_MS", "2000")
                .set("SUNLEDGER_IDLE_TIMEOUT_MS", "60000"),
        );
        // All places taken by clients that may come back, and rest.
        let mut resting = Vec::new();
        for _ in 0..20 {
            let mut socket = TcpStream::connect(server.address()).await.unwrap();
            socket.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
            let mut answer = [0_u8; 12];
            let _ = socket.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"HTTP/1.1 200");
            resting.push(socket);
        }
        let waited = answered(&server.api()).await;
        figures.add("a request waits for places of resting clients ms", waited.as_millis());
        assert!(waited < Duration::from_secs(30), "{waited:?}: those who rest hold up those who work");
        drop(resting);

        // All places taken by heads that never end: they have their time, and then others have theirs.
        let mut slow = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let server = server.clone();
            slow.spawn(async move { waste(&server, Waste::Head).await });
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let waited = answered(&server.api()).await;
        figures.add("of endless heads ms", waited.as_millis());
        assert!(waited < Duration::from_secs(2) + LATE, "{waited:?}");
        slow.abort_all();
    });
}

#[test]
fn bodies_without_end_are_not_read() {
    sunledger_tests::run(Backend::Sqlite, |backend: Backend| async move {
        let mut figures = Figures::of("bodies of 1 GB");
        let server = Server::start_with(backend, Options::new());
        let memory = server.peak_memory();
        let head = format!(
            "POST /api/v1/clients HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\ncontent-type: application/json\r\n"
        );
        let announced = format!("{head}content-length: 1073741824\r\n");
        for (name, request) in [
            ("announced", format!("{announced}\r\n")),
            ("chunked", format!("{head}transfer-encoding: chunked\r\n\r\n")),
        ] {
            let chunked = name == "chunked";
            let mut pushing = tokio::task::JoinSet::new();
            let started = Instant::now();
            for _ in 0..pick(32, 200) {
                let (server, request) = (server.clone(), request.clone());
                pushing.spawn(async move { push(&server, &request, chunked).await });
            }
            let (mut slowest, mut most) = (Duration::ZERO, 0);
            while let Some(pushed) = pushing.join_next().await {
                let (status, time, sent) = pushed.unwrap();
                assert_eq!(status, Some(413), "{name}");
                (slowest, most) = (slowest.max(time), most.max(sent));
            }
            figures.add(&format!("{name}: slowest refusal ms"), slowest.as_millis());
            figures.add("most bytes taken of one", most);
            assert!(started.elapsed() < Duration::from_secs(40), "{:?}", started.elapsed());
            assert!(most < 64 << 20, "{most} bytes of a body that was refused");
        }
        // Asked first, it says no at once.
        let asked =
            raw::exchange(&server, format!("{announced}expect: 100-continue\r\n\r\n").as_bytes()).await;
        assert_eq!(raw::status(&asked), Some(413), "{asked}");
        assert!(!asked.contains("100 Continue"));
        let peak = server.peak_memory();
        figures.add("peak MiB", format!("{peak} after {memory}"));
        assert!(peak < memory + 200, "{peak} after {memory} MiB");
        let _ = server.api().client("Right").await;
    });
}

/// Sends a body until the server has had enough: its answer, when that came, and how much was sent.
async fn push(server: &Server, request: &str, chunked: bool) -> (Option<u16>, Duration, usize) {
    let started = Instant::now();
    let (mut reading, mut writing) = TcpStream::connect(server.address()).await.unwrap().into_split();
    let answer = tokio::spawn(async move {
        let mut answer = [0_u8; 512];
        let read = reading.read(&mut answer).await.unwrap_or_default();
        (raw::status(&String::from_utf8_lossy(&answer[..read])), started.elapsed())
    });
    let mut piece = vec![b' '; 65_536];
    if chunked {
        piece.splice(0..0, *b"10000\r\n");
        piece.extend_from_slice(b"\r\n");
    }
    let mut sent = 0;
    if writing.write_all(request.as_bytes()).await.is_ok() {
        while sent < 1 << 30 && writing.write_all(&piece).await.is_ok() {
            sent += piece.len();
        }
    }
    let (status, time) = answer.await.unwrap();
    (status, time, sent)
}
