//! Webhook receivers that misbehave as no HTTP library would, until they are cured.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// How a receiver is ill.
#[derive(Debug, Clone)]
pub enum Sickness {
    /// It takes the request and says nothing, ever.
    Hangs,
    /// Its answer's head comes a byte at a time.
    DripsHead,
    /// Its head comes at once, its body a byte at a time.
    DripsBody,
    /// Its answer's body has so many bytes.
    Floods(usize),
    /// It closes the connection instead of an answer.
    Closes,
    /// Its answer's head has no end.
    EndlessHead,
    /// It answers well, after so long.
    Late(Duration),
    /// It sends everybody somewhere else.
    Redirects(String),
}

/// A receiver on a port of its own, and on a thread of its own, so that what it wastes is not the test's time. Gone when
/// dropped.
#[derive(Debug)]
pub struct SickReceiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    _until_dropped: oneshot::Sender<()>,
}

#[derive(Debug)]
struct Shared {
    sickness: Sickness,
    cured: AtomicBool,
    attempts: AtomicUsize,
    sent: AtomicU64,
    accepted: Mutex<BTreeSet<String>>,
}

impl SickReceiver {
    /// One with this illness.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn start(sickness: Sickness) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        listener.set_nonblocking(true).expect("a listener that waits for nobody");
        let shared = Arc::new(Shared {
            sickness,
            cured: AtomicBool::new(false),
            attempts: AtomicUsize::new(0),
            sent: AtomicU64::new(0),
            accepted: Mutex::default(),
        });
        let (until_dropped, dropped) = oneshot::channel();
        let inbox = Arc::clone(&shared);
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                tokio::select! {
                    () = listen(listener, inbox) => {}
                    _ = dropped => {}
                }
            });
        });
        Self { address, shared, _until_dropped: until_dropped }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// From now on it answers 204 to whatever comes.
    pub fn cure(&self) {
        self.shared.cured.store(true, Relaxed);
    }

    /// Requests that came in.
    #[must_use]
    pub fn attempts(&self) -> usize {
        self.shared.attempts.load(Relaxed)
    }

    /// Bytes of answers that somebody took, or that the system took for somebody.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Relaxed)
    }

    /// Ids of the messages that it has accepted.
    ///
    /// # Panics
    /// When a connection's task failed.
    #[must_use]
    pub fn accepted(&self) -> BTreeSet<String> {
        self.shared.accepted.lock().expect("the accepted").clone()
    }
}

async fn listen(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).expect("a listener of this runtime");
    while let Ok((socket, _)) = listener.accept().await {
        tokio::spawn(serve(socket, Arc::clone(&shared)));
    }
}

async fn serve(mut socket: TcpStream, shared: Arc<Shared>) {
    while let Some(id) = request(&mut socket).await {
        shared.attempts.fetch_add(1, Relaxed);
        let answered = if shared.cured.load(Relaxed) {
            say(&mut socket, &shared, b"HTTP/1.1 204 No Content\r\n\r\n").await
        } else {
            misbehave(&mut socket, &shared).await
        };
        if answered.is_none() {
            return;
        }
        shared.accepted.lock().expect("the accepted").insert(id);
    }
}

/// Reads one request whole; its `webhook-id`.
async fn request(socket: &mut TcpStream) -> Option<String> {
    let (mut read, mut chunk) = (Vec::new(), [0_u8; 8192]);
    loop {
        let head_end = read.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = head_end {
            let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
            let field = |name: &str| {
                head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
            };
            let length: usize = field("content-length")?.parse().ok()?;
            if read.len() >= end + 4 + length {
                return field("webhook-id").map(str::to_owned);
            }
        }
        match socket.read(&mut chunk).await {
            Ok(count @ 1..) => read.extend_from_slice(&chunk[..count]),
            _ => return None,
        }
    }
}

async fn say(socket: &mut TcpStream, shared: &Shared, bytes: &[u8]) -> Option<()> {
    socket.write_all(bytes).await.ok()?;
    shared.sent.fetch_add(bytes.len() as u64, Relaxed);
    Some(())
}

/// Does what its illness makes it do; some where that is an answer that counts.
async fn misbehave(socket: &mut TcpStream, shared: &Shared) -> Option<()> {
    match &shared.sickness {
        Sickness::Hangs => std::future::pending().await,
        Sickness::DripsHead => {
            drip(socket, shared, b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-slow: ").await
        }
        Sickness::DripsBody => {
            say(socket, shared, b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 100000\r\n\r\n")
                .await?;
            drip(socket, shared, &[]).await
        }
        Sickness::Floods(bytes) => {
            let head = format!("HTTP/1.1 500 Internal Server Error\r\ncontent-length: {bytes}\r\n\r\n");
            say(socket, shared, head.as_bytes()).await?;
            for _ in 0..bytes / 65_536 {
                say(socket, shared, &[b'x'; 65_536]).await?;
            }
            None
        }
        Sickness::Closes => None,
        Sickness::EndlessHead => {
            say(socket, shared, b"HTTP/1.1 200 OK\r\n").await?;
            loop {
                say(socket, shared, "x-more: of the same, and no end to it\r\n".repeat(100).as_bytes())
                    .await?;
            }
        }
        Sickness::Late(pause) => {
            tokio::time::sleep(*pause).await;
            say(socket, shared, b"HTTP/1.1 204 No Content\r\n\r\n").await
        }
        Sickness::Redirects(to) => {
            let answer = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            say(socket, shared, answer.as_bytes()).await?;
            None
        }
    }
}

async fn drip(socket: &mut TcpStream, shared: &Shared, start: &[u8]) -> Option<()> {
    for byte in start.iter().chain(std::iter::repeat(&b'x')) {
        say(socket, shared, &[*byte]).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    None
}
