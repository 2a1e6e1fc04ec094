//! The load generator: requests over keep-alive connections, with as little work of its own as possible, the same for
//! every contender.

use crate::Failure;
use crate::process::KEY;
use crate::table::Rate;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    head: String,
    /// Its body.
    pub(crate) body: String,
}

impl Answer {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// Its body as JSON, if the request was taken.
    pub(crate) fn json(&self) -> Result<serde_json::Value, Failure> {
        if self.status >= 300 {
            return Err(format!("{}: {}", self.status, self.body).into());
        }
        Ok(serde_json::from_str(&self.body)?)
    }
}

/// A request as it goes over the wire. `more` are further headers, each ending with CRLF.
pub(crate) fn request(method: &str, path: &str, more: &str, body: &str) -> Vec<u8> {
    let content = if body.is_empty() {
        String::new()
    } else {
        format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len())
    };
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {KEY}\r\n{content}{more}\r\n{body}"
    )
    .into_bytes()
}

/// One request over a connection of its own.
pub(crate) async fn call(address: SocketAddr, request: &[u8]) -> Result<Answer, Failure> {
    let mut connection = Connection::open(address).await?;
    let (status, head) = connection.exchange(request).await?;
    let text = String::from_utf8(std::mem::take(&mut connection.buffer))?;
    Ok(Answer { status, body: text[head..].to_owned(), head: text[..head].to_owned() })
}

struct Connection {
    stream: TcpStream,
    /// The answer so far.
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and reads the whole answer: its status, and the length of its head.
    async fn exchange(&mut self, request: &[u8]) -> Result<(u16, usize), Failure> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut whole = None;
        loop {
            if let Some((status, head, end)) = whole
                && self.buffer.len() >= end
            {
                return Ok((status, head));
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the connection was closed".into());
            }
            if whole.is_none() {
                whole = measure(&self.buffer)?;
            }
        }
    }
}

/// Status and length of the head, once it is there.
fn head(buffer: &[u8]) -> Result<Option<(u16, usize)>, Failure> {
    let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let status = std::str::from_utf8(&buffer[..end])?.get(9..12).ok_or("no status")?.parse()?;
    Ok(Some((status, end + 4)))
}

/// Status, length of the head, and length of the whole answer, once its head is there.
fn measure(buffer: &[u8]) -> Result<Option<(u16, usize, usize)>, Failure> {
    let Some((status, end)) = head(buffer)? else { return Ok(None) };
    let length = std::str::from_utf8(&buffer[..end])?.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    let body = match length {
        Some(length) => length?,
        None if status == 204 => 0,
        None => return Err("an answer without Content-Length".into()),
    };
    Ok(Some((status, end, end + body)))
}

/// Sends a request over a connection of its own and hands over its answer's body as it comes; the status.
pub(crate) async fn read(
    address: SocketAddr,
    request: &[u8],
    mut part: impl FnMut(&[u8]),
) -> Result<u16, Failure> {
    let mut connection = Connection::open(address).await?;
    // An HTTP/1.0 answer is not cut into chunks: its body goes on until the connection is closed.
    let request = String::from_utf8_lossy(request).replacen(" HTTP/1.1\r\n", " HTTP/1.0\r\n", 1);
    connection.stream.write_all(request.as_bytes()).await?;
    let mut status = None;
    while connection.stream.read_buf(&mut connection.buffer).await? > 0 {
        if status.is_none() {
            let Some((told, head)) = head(&connection.buffer)? else { continue };
            status = Some(told);
            connection.buffer.drain(..head);
        }
        if !connection.buffer.is_empty() {
            part(&connection.buffer);
            connection.buffer.clear();
        }
    }
    status.ok_or_else(|| "the connection was closed".into())
}

/// Makes the n-th request.
pub(crate) type Make = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// When a load ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// After so long.
    After(Duration),
    /// With so many requests.
    Requests(u64),
}

/// Requests over so many connections for so long, from one thread: one that is shared would be most of the load.
pub(crate) async fn load(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    make: Make,
) -> Result<Rate, Failure> {
    on_one_thread(address, connections, End::After(time), make).await
}

/// The first so many requests over so many connections, from one thread.
pub(crate) async fn all(
    address: SocketAddr,
    connections: usize,
    requests: u64,
    make: Make,
) -> Result<Rate, Failure> {
    on_one_thread(address, connections, End::Requests(requests), make).await
}

async fn on_one_thread(
    address: SocketAddr,
    connections: usize,
    end: End,
    make: Make,
) -> Result<Rate, Failure> {
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(on_this_thread(address, connections, end, make))
    })
    .await?
}

async fn on_this_thread(
    address: SocketAddr,
    connections: usize,
    end: End,
    make: Make,
) -> Result<Rate, Failure> {
    let next = Arc::new(AtomicU64::new(0));
    let mut opened = Vec::new();
    for _ in 0..connections {
        opened.push(Connection::open(address).await?);
    }
    let began = Instant::now();
    let mut tasks = Vec::new();
    for mut connection in opened {
        let (make, next) = (make.clone(), next.clone());
        tasks.push(tokio::spawn(async move {
            let mut latencies = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let goes_on = match end {
                    End::After(time) => began.elapsed() < time,
                    End::Requests(requests) => number < requests,
                };
                if !goes_on {
                    return Ok::<_, Failure>(latencies);
                }
                let request = make(number);
                let asked = Instant::now();
                let (status, head) = connection.exchange(&request).await?;
                latencies.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
                if status >= 300 {
                    let body = String::from_utf8_lossy(&connection.buffer[head..]);
                    return Err(format!("{status}: {body}").into());
                }
            }
        }));
    }
    Rate::gather(tasks, began).await
}
