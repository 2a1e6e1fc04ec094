//! A log, a relay, and eyes on the stream.

use async_nats::HeaderMap;
use async_nats::jetstream::{self, Context, consumer, stream};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use sunledger_domain::TenantId;
use sunledger_store::{
    Append, Backend, Log, NewEvent, RecordedEvent, StoreError, StoreSettings, StreamWrite,
};
use sunledger_stream::{Print, Stream, StreamSettings, headers};
use sunledger_test_servers::NatsServer;
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) use sunledger_test_servers::Version;

/// Longest that anything may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// One test for each version of NATS.
macro_rules! on_each_nats {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        mod installed {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                Box::pin(super::$name($crate::support::Version::Installed)).await;
            })*
        }
        mod newest {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(version) = $crate::support::Version::Newest.or_skip() {
                    Box::pin(super::$name(version)).await;
                }
            })*
        }
    };
}
pub(crate) use on_each_nats;

/// A NATS server.
pub(crate) fn nats(version: Version) -> NatsServer {
    NatsServer::start_with(version, "")
}

/// A log in a folder of its own.
pub(crate) struct Ledger {
    folder: TempDir,
    pub(crate) log: Log,
}

impl Ledger {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::open(&settings_of(folder.path())).await.unwrap();
        Self { folder, log }
    }

    /// The same log, as another process would have it.
    pub(crate) async fn again(&self) -> Log {
        Log::open(&settings_of(self.folder.path())).await.unwrap()
    }

    /// A copy of the log as it is now: the backup that is restored later.
    pub(crate) async fn backup(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
            }
        }
        let log = Log::open(&settings_of(folder.path())).await.unwrap();
        Self { folder, log }
    }

    /// Appends so many events to a stream of their own; gives the last position.
    pub(crate) async fn append(&self, count: usize) -> i64 {
        self.append_sized(count, 10, now()).await
    }

    pub(crate) async fn append_sized(&self, count: usize, size: usize, recorded_at: i64) -> i64 {
        let event = |index: usize| NewEvent {
            event_type: "payment.received".into(),
            event_version: "1.0".into(),
            payload: format!(r#"{{"payment.received":{{"index":{index},"text":"{}"}}}}"#, "x".repeat(size)),
        };
        let write = StreamWrite {
            kind: "invoice".into(),
            id: Uuid::now_v7(),
            expected: 0,
            events: (0..count).map(event).collect(),
        };
        let append = Append {
            tenant: TenantId::new("acme").unwrap(),
            writes: vec![write],
            unchanged: vec![],
            quiet: None,
            take: vec![],
            release: vec![],
            series: vec![],
            key: None,
            metadata: format!(r#"{{"command_id":"{}"}}"#, Uuid::now_v7()).into(),
            recorded_at,
        };
        let appended = self.log.append(append).await.unwrap();
        appended.first + i64::try_from(appended.count).unwrap() - 1
    }
}

fn settings_of(folder: &std::path::Path) -> StoreSettings {
    StoreSettings::new(Backend::Sqlite { folder: folder.to_owned() })
}

/// Microseconds since the Unix epoch.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros().try_into().unwrap()
}

/// Prints the payload; what says that it is damaged cannot be printed.
pub(crate) struct Payload;

impl Print for Payload {
    fn print(&self, event: &RecordedEvent) -> Result<Vec<u8>, StoreError> {
        if event.payload.contains("damaged") {
            return Err(StoreError::Damaged("so it says".into()));
        }
        Ok(event.payload.as_bytes().to_vec())
    }
}

pub(crate) fn settings(nats: &NatsServer) -> StreamSettings {
    StreamSettings {
        addresses: nats.url().parse().unwrap(),
        stream: "sunledger".into(),
        prefix: "events".into(),
        replicas: 1,
        max_age: None,
    }
}

/// A relay of this log to this server.
pub(crate) fn relay(log: &Log, nats: &NatsServer) -> Stream {
    Stream::start(settings(nats), log.clone(), Arc::new(Payload))
}

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let since = std::time::Instant::now();
    while !is_so().await {
        assert!(since.elapsed() < PATIENCE, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// Waits until a relay has published everything up to a position.
pub(crate) async fn published(relay: &Stream, position: i64) {
    let since = std::time::Instant::now();
    while relay.stats().position < position || !relay.stats().up {
        assert!(since.elapsed() < PATIENCE, "{position} is not published: {:?}", relay.stats());
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// Waits until a relay refuses, and tells why.
pub(crate) async fn refused(relay: &Stream) -> String {
    eventually("the stream is refused", async || relay.stats().refused.is_some()).await;
    relay.stats().refused.unwrap()
}

/// A message of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) sequence: u64,
    pub(crate) position: i64,
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Somebody who looks at NATS from outside.
pub(crate) struct Eyes {
    pub(crate) context: Context,
}

impl Eyes {
    pub(crate) async fn open(nats: &NatsServer) -> Self {
        let client = async_nats::connect(nats.url()).await.unwrap();
        Self { context: jetstream::new(client) }
    }

    pub(crate) async fn stream(&self) -> stream::Stream {
        self.context.get_stream("sunledger").await.unwrap()
    }

    pub(crate) async fn info(&self) -> stream::Info {
        self.stream().await.cached_info().clone()
    }

    pub(crate) async fn purge(&self) {
        self.stream().await.purge().await.unwrap();
    }

    /// Everything in the stream, in order.
    pub(crate) async fn messages(&self) -> Vec<Held> {
        let stream = self.stream().await;
        let mut held = Vec::new();
        let count = usize::try_from(stream.cached_info().state.messages).unwrap();
        let config = consumer::pull::OrderedConfig::default();
        let mut messages = stream.create_consumer(config).await.unwrap().messages().await.unwrap();
        while held.len() < count {
            let message = tokio::time::timeout(PATIENCE, messages.next()).await.unwrap().unwrap().unwrap();
            let headers = message.headers.clone().unwrap_or_default();
            let text = |name: &str| headers.get(name).map(|value| value.to_string()).unwrap_or_default();
            held.push(Held {
                sequence: message.info().unwrap().stream_sequence,
                position: text(headers::POSITION).parse().unwrap_or(0),
                id: text("Nats-Msg-Id"),
                subject: message.subject.to_string(),
                body: message.payload.to_vec(),
                headers,
            });
        }
        held
    }

    /// The positions in the stream, in its order.
    pub(crate) async fn positions(&self) -> Vec<i64> {
        self.messages().await.into_iter().map(|held| held.position).collect()
    }

    /// Publishes something that is none of ours.
    pub(crate) async fn publish(&self, subject: &'static str, headers: HeaderMap) {
        let sent = self.context.publish_with_headers(subject, headers, "rubbish".into()).await.unwrap();
        sent.await.unwrap();
    }
}

/// `1..=last`.
pub(crate) fn all(last: i64) -> Vec<i64> {
    (1..=last).collect()
}
