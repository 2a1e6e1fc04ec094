//! A receiver of webhooks that behaves as badly as a test wants.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
    /// The connection it came on, counted from 0.
    pub(crate) connection: usize,
}

impl Received {
    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Checks the signature as a receiver would, by the reference library.
    pub(crate) fn verify(&self, secret: &str) -> bool {
        let mut headers = http::HeaderMap::new();
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            headers.insert(name, self.headers[name].parse().unwrap());
        }
        standardwebhooks::Webhook::new(secret).unwrap().verify(self.body.as_bytes(), &headers).is_ok()
    }
}

/// What a receiver does with a request.
pub(crate) enum Reply {
    Status(u16),
    /// With these header lines.
    With(u16, String),
    /// Never answers.
    Hang,
    /// Answers a byte of the head at a time, without end.
    DripHead,
    /// Answers 200, and a byte of a long body at a time.
    DripBody,
    /// Answers 200 and so many bytes.
    Huge(usize),
    /// Closes the connection.
    Close,
}

type Behaviour = dyn Fn(usize, &Received) -> Reply + Send + Sync;

/// A listening receiver. It stops with the test.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    sent: Arc<Mutex<usize>>,
    _task: JoinSet<()>,
}

impl Receiver {
    /// The behaviour is asked with the request's number, from 0.
    pub(crate) async fn start(behaviour: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let sent: Arc<Mutex<usize>> = Arc::default();
        let behaviour: Arc<Behaviour> = Arc::new(behaviour);
        let mut task = JoinSet::new();
        let (seen, bytes) = (received.clone(), sent.clone());
        task.spawn(async move {
            let mut connections = JoinSet::new();
            for number in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(serve(stream, number, behaviour.clone(), seen.clone(), bytes.clone()));
            }
        });
        Self { address, received, sent, _task: task }
    }

    /// A receiver that answers 200 to everything.
    pub(crate) async fn healthy() -> Self {
        Self::start(|_, _| Reply::Status(200)).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    /// Bytes of bodies that were taken off our hands.
    pub(crate) fn bytes_sent(&self) -> usize {
        *self.sent.lock().unwrap()
    }

    /// Waits for so many requests.
    pub(crate) async fn wait_for(&self, number: usize) -> Vec<Received> {
        super::eventually(&format!("{number} requests"), || async { self.count() >= number }).await;
        self.received()
    }
}

async fn serve(
    stream: TcpStream,
    connection: usize,
    behaviour: Arc<Behaviour>,
    received: Arc<Mutex<Vec<Received>>>,
    sent: Arc<Mutex<usize>>,
) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream, connection).await {
        let number = {
            let mut received = received.lock().unwrap();
            received.push(request.clone());
            received.len() - 1
        };
        let done = match behaviour(number, &request) {
            Reply::Status(status) => answer(&mut stream, status, "").await,
            Reply::With(status, headers) => answer(&mut stream, status, &headers).await,
            Reply::Hang => std::future::pending().await,
            Reply::Close => return,
            Reply::DripHead => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx-drip: ").await;
                drip(&mut stream).await
            }
            Reply::DripBody => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await;
                drip(&mut stream).await
            }
            Reply::Huge(size) => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n");
                let _ = stream.write_all(head.as_bytes()).await;
                huge(&mut stream, size, &sent).await
            }
        };
        if done.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>, connection: usize) -> Option<Received> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length: usize = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Received { path, headers, body: String::from_utf8(body).ok()?, connection })
}

async fn answer(stream: &mut BufReader<TcpStream>, status: u16, headers: &str) -> std::io::Result<()> {
    let body = format!("status {status}");
    let head = format!("HTTP/1.1 {status} Whatever\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(head.as_bytes()).await
}

async fn drip(stream: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    loop {
        stream.write_all(b"a").await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn huge(stream: &mut BufReader<TcpStream>, size: usize, sent: &Mutex<usize>) -> std::io::Result<()> {
    let piece = vec![b'x'; 65_536];
    let mut left = size;
    while left > 0 {
        let now = left.min(piece.len());
        stream.write_all(&piece[..now]).await?;
        *sent.lock().unwrap() += now;
        left -= now;
    }
    Ok(())
}
