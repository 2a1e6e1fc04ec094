//! How fast the relay is beside a bare pipelined publisher: `relay_rate nats://127.0.0.1:4222 [events]`. Takes the streams
//! `sunledger` and `bare` of that server, and removes them.

use async_nats::jetstream::{self, message::PublishMessage, stream::Config};
use std::collections::VecDeque;
use std::error::Error;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::{Duration, Instant};
use sunledger_domain::TenantId;
use sunledger_store::{
    Append, Backend, Log, NewEvent, RecordedEvent, StoreError, StoreSettings, StreamWrite,
};
use sunledger_stream::{Print, Stream, StreamSettings};
use uuid::Uuid;

/// Events of one append, and messages in flight.
const PAGE: usize = 500;
const FLIGHTS: usize = 512;

struct Payload;

impl Print for Payload {
    fn print(&self, event: &RecordedEvent) -> Result<Vec<u8>, StoreError> {
        // As much work as the server's own printing: parsed, and written again.
        let value: serde_json::Value =
            serde_json::from_str(&event.payload).map_err(|error| StoreError::Damaged(error.to_string()))?;
        Ok(value.to_string().into_bytes())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("where is NATS?")?;
    let count = arguments.next().map_or(Ok(100_000), |count| count.parse::<usize>())?;
    let folder = tempfile::tempdir()?;
    let log = Log::open(&StoreSettings::new(Backend::Sqlite { folder: folder.path().to_owned() })).await?;
    for _ in 0..count.div_ceil(PAGE) {
        log.append(append()?).await?;
    }
    let head = log.head().await?;
    let context = jetstream::new(async_nats::connect(&url).await?);

    let bare = bare(&context, &log, head).await?;
    let settings = StreamSettings {
        addresses: url.parse()?,
        stream: "sunledger".into(),
        prefix: "events".into(),
        replicas: 1,
        max_age: None,
    };
    let since = Instant::now();
    let relay = Stream::start(settings, log, Arc::new(Payload));
    while relay.stats().position < head {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let relayed = since.elapsed();
    relay.shutdown(Duration::from_secs(5)).await;
    context.delete_stream("sunledger").await?;

    let rate = |time: Duration| u128::try_from(head).unwrap_or(0) * 1_000 / time.as_millis().max(1);
    println!(
        "{head} events: bare {}/s, relay {}/s, ratio {}%",
        rate(bare),
        rate(relayed),
        bare.as_millis() * 100 / relayed.as_millis().max(1)
    );
    Ok(())
}

/// Publishes as many messages of the same size, read beforehand, with ids and nothing else.
async fn bare(context: &jetstream::Context, log: &Log, head: i64) -> Result<Duration, Box<dyn Error>> {
    let config = Config { name: "bare".into(), subjects: vec!["bare.>".into()], ..Config::default() };
    context.create_stream(config).await?;
    let body: bytes::Bytes =
        log.read(0, 1).await?.pop().map_or_else(String::new, |event| event.payload.into()).into();
    let mut flights = VecDeque::with_capacity(FLIGHTS);
    let since = Instant::now();
    for index in 0..head {
        if flights.len() == FLIGHTS
            && let Some(flight) = flights.pop_front()
        {
            let _: jetstream::publish::PublishAck = IntoFuture::into_future(flight).await?;
        }
        let message = PublishMessage::build().payload(body.clone()).message_id(format!("bare-{index}"));
        flights.push_back(context.send_publish("bare.acme.invoice.payment.received", message).await?);
    }
    for flight in flights {
        flight.await?;
    }
    let took = since.elapsed();
    context.delete_stream("bare").await?;
    Ok(took)
}

fn append() -> Result<Append, Box<dyn Error>> {
    let event = |index: usize| NewEvent {
        event_type: "payment.received".into(),
        event_version: "1.0".into(),
        payload: format!(
            r#"{{"payment.received":{{"payment_id":"{}","amount":"{index}.50","method":"pix","note":"{}"}}}}"#,
            Uuid::now_v7(),
            "x".repeat(150)
        ),
    };
    let write = StreamWrite {
        kind: "invoice".into(),
        id: Uuid::now_v7(),
        expected: 0,
        events: (0..PAGE).map(event).collect(),
    };
    Ok(Append {
        tenant: TenantId::new("acme")?,
        writes: vec![write],
        unchanged: vec![],
        quiet: None,
        take: vec![],
        release: vec![],
        series: vec![],
        key: None,
        metadata: format!(r#"{{"command_id":"{}"}}"#, Uuid::now_v7()).into(),
        recorded_at: 1_718_452_800_000_000,
    })
}
