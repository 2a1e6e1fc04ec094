//! How many deliveries a second: events through the log, the fan-out and signed posts to receivers on loopback.
//!
//! `cargo run --release -p sunledger-webhooks --example throughput [events] [endpoints] [postgres url]`

use futures_util::future::BoxFuture;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use sunledger_domain::TenantId;
use sunledger_store::{
    Append, Backend, Log, NewEvent, RecordedEvent, StoreError, StoreSettings, StreamWrite,
};
use sunledger_webhooks::{Control, Render, WebhookSettings, Webhooks, new_secret};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

/// Gives an event's payload as it is.
struct Payload;

impl Render for Payload {
    fn render<'a>(
        &'a self,
        event: &'a RecordedEvent,
    ) -> BoxFuture<'a, Result<serde_json::Value, StoreError>> {
        let data =
            serde_json::from_str(&event.payload).map_err(|error| StoreError::Damaged(error.to_string()));
        Box::pin(async move { data })
    }
}

/// Nothing fails here, so nothing is disabled.
struct NoControl;

impl Control for NoControl {
    fn disable(&self, _: &TenantId, _: Uuid, _: String) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let events: u64 = arguments.next().map_or(Ok(5_000), |text| text.parse())?;
    let endpoints: u64 = arguments.next().map_or(Ok(8), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let backend = match arguments.next() {
        Some(url) => Backend::Postgres { url },
        None => Backend::Sqlite { folder: folder.path().into() },
    };
    let store = StoreSettings::new(backend);
    let log = Log::open(&store).await?;
    let tenant = TenantId::new("acme")?;

    let received = Arc::new(AtomicU64::new(0));
    for number in 0..endpoints {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        tokio::spawn(receive(listener, received.clone()));
        let fields = serde_json::json!({
            "number": number, "url": url, "events": ["invoice.created"], "secret": new_secret([7; 32]),
            "at": jiff::Timestamp::now().to_string(),
        });
        append(&log, &tenant, "webhook_endpoint", "webhook_endpoint.registered", fields).await?;
    }
    let fields = serde_json::json!({ "number": 1, "notes": "x".repeat(600) });
    for _ in 0..events.div_ceil(64) {
        let batch = (0..64).map(|_| append(&log, &tenant, "invoice", "invoice.created", fields.clone()));
        futures_util::future::try_join_all(batch).await?;
    }
    let expected = events.div_ceil(64) * 64 * endpoints;

    let settings = WebhookSettings { allow_private: true, ..WebhookSettings::default() };
    let clock = Arc::new(|| jiff::Timestamp::now().as_microsecond());
    let start = Instant::now();
    let webhooks =
        Webhooks::start(settings, log.clone(), store, Arc::new(Payload), Arc::new(NoControl), clock).await?;
    let mut fanned_out = None;
    while webhooks.stats().delivered < expected {
        tokio::time::sleep(Duration::from_millis(5)).await;
        if fanned_out.is_none() && webhooks.stats().fanned_out == expected {
            fanned_out = Some(start.elapsed());
        }
    }
    let time = start.elapsed();
    let rate = u128::from(expected) * 1_000 / time.as_millis().max(1);
    println!(
        "{expected} deliveries to {endpoints} endpoints in {time:?}: {rate}/s (fanned out after {fanned_out:?})"
    );
    println!("{} requests received, {:?}", received.load(Relaxed), webhooks.stats());

    // One event at a time: from the append's answer to the receiver.
    let mut latencies = Vec::new();
    for _ in 0..200 {
        let before = received.load(Relaxed);
        append(&log, &tenant, "invoice", "invoice.created", fields.clone()).await?;
        let start = Instant::now();
        while received.load(Relaxed) < before + endpoints {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        latencies.push(start.elapsed());
    }
    latencies.sort_unstable();
    println!("from append to all endpoints: median {:?}, worst {:?}", latencies.get(100), latencies.last());
    webhooks.shutdown(Duration::from_secs(5)).await;
    Ok(())
}

async fn append(
    log: &Log,
    tenant: &TenantId,
    kind: &str,
    event_type: &'static str,
    fields: serde_json::Value,
) -> Result<(), sunledger_store::AppendError> {
    let payload = serde_json::json!({ event_type: fields }).to_string();
    let event = NewEvent { event_type: event_type.into(), event_version: "1.0".into(), payload };
    let write = StreamWrite { kind: kind.into(), id: Uuid::now_v7(), expected: 0, events: vec![event] };
    let append = Append {
        tenant: tenant.clone(),
        writes: vec![write],
        unchanged: vec![],
        quiet: None,
        take: vec![],
        release: vec![],
        series: vec![],
        key: None,
        metadata: format!("{{\"command\":\"{}\"}}", Uuid::now_v7()).into(),
        recorded_at: jiff::Timestamp::now().as_microsecond(),
    };
    log.append(append).await.map(|_| ())
}

/// Answers 200 to everything.
async fn receive(listener: TcpListener, received: Arc<AtomicU64>) {
    while let Ok((stream, _)) = listener.accept().await {
        let received = received.clone();
        tokio::spawn(async move {
            let _ = answer(stream, received).await;
        });
    }
}

async fn answer(stream: TcpStream, received: Arc<AtomicU64>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        received.fetch_add(1, Relaxed);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
    }
}
