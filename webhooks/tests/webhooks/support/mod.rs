//! A ledger with webhooks, and receivers to deliver to.

mod receiver;

pub(crate) use receiver::{Receiver, Reply};

use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use std::future::Future;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use sunledger_domain::TenantId;
use sunledger_store::{
    Append, Backend, Log, NewEvent, RecordedEvent, StoreError, StoreSettings, StreamId, StreamWrite,
};
use sunledger_test_servers::Database;
use sunledger_webhooks::{
    Clock, Control, Delivery, DeliveryDetail, DeliveryState, EventSource, LogSource, Render, WebhookSettings,
    Webhooks, new_secret,
};
use uuid::Uuid;

/// How long anything may take to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something is so.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let start = tokio::time::Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Runs a test on SQLite and on Postgres.
macro_rules! on_every_backend {
    ($($(#[$doc:meta])* async fn $name:ident($ledger:ident) $body:block)*) => {
        $(
            $(#[$doc])*
            mod $name {
                use super::*;
                use sunledger_test_servers::Cluster;

                async fn run($ledger: Ledger) $body

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    run(Ledger::on_sqlite().await).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    let database = Cluster::get().database();
                    run(Ledger::on_postgres(&database).await).await;
                }
            }
        )*
    };
}
pub(crate) use on_every_backend;

/// Renders an event as its own payload; what a test wants else is in the fields.
#[derive(Default)]
pub(crate) struct TestRender {
    pub(crate) rendered: AtomicUsize,
    /// Fails so many times with `Unavailable` first.
    pub(crate) away: AtomicUsize,
}

impl Render for TestRender {
    fn render<'a>(&'a self, event: &'a RecordedEvent) -> BoxFuture<'a, Result<Value, StoreError>> {
        Box::pin(async move {
            if self.away.load(SeqCst) > 0 {
                self.away.fetch_sub(1, SeqCst);
                return Err(StoreError::Unavailable("not now".into()));
            }
            self.rendered.fetch_add(1, SeqCst);
            assert!(!event.payload.contains("explosive"), "as the test wants it");
            if event.payload.contains("unrenderable") {
                return Err(StoreError::Failed("no such resource".into()));
            }
            let mut data: Value = serde_json::from_str(&event.payload).unwrap();
            let fields = data.as_object_mut().and_then(|event| event.values_mut().next());
            if let Some(fields) =
                fields.and_then(Value::as_object_mut).filter(|fields| !fields.contains_key("leak"))
            {
                fields.remove("secret");
                fields.remove("previous_secret");
            }
            Ok(data)
        })
    }
}

/// Disables endpoints as the command side would: by an event.
pub(crate) struct TestControl {
    log: Log,
    pub(crate) asked: Mutex<Vec<(Uuid, String)>>,
}

impl Control for TestControl {
    fn disable(
        &self,
        tenant: &TenantId,
        endpoint: Uuid,
        reason: String,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let tenant = tenant.clone();
        Box::pin(async move {
            self.asked.lock().unwrap().push((endpoint, reason.clone()));
            let event = endpoint_event("disabled", json!({ "reason": reason }));
            append(&self.log, &tenant, "webhook_endpoint", endpoint, event, now()).await;
            Ok(())
        })
    }
}

pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

/// An endpoint's event as the domain writes it.
pub(crate) fn endpoint_event(what: &str, mut fields: Value) -> (String, Value) {
    fields["at"] = json!(jiff::Timestamp::now().to_string());
    (format!("webhook_endpoint.{what}"), fields)
}

async fn append(log: &Log, tenant: &TenantId, kind: &str, id: Uuid, event: (String, Value), at: i64) -> i64 {
    let stream = StreamId { tenant: tenant.clone(), kind: kind.into(), id };
    let expected = log.read_stream(&stream, 0, 1_000).await.unwrap().len();
    let (event_type, fields) = event;
    let payload = json!({ event_type.as_str(): fields }).to_string();
    let append = Append {
        tenant: tenant.clone(),
        writes: vec![StreamWrite {
            kind: kind.into(),
            id,
            expected: i64::try_from(expected).unwrap(),
            events: vec![NewEvent { event_type: event_type.into(), event_version: "1.0".into(), payload }],
        }],
        unchanged: vec![],
        quiet: None,
        take: vec![],
        release: vec![],
        series: vec![],
        key: None,
        metadata: json!({ "command": Uuid::now_v7() }).to_string().into(),
        recorded_at: at,
    };
    log.append(append).await.unwrap().first
}

/// A log, and webhooks that follow it once they are started.
pub(crate) struct Ledger {
    _folder: tempfile::TempDir,
    pub(crate) store: StoreSettings,
    pub(crate) log: Log,
    pub(crate) tenant: TenantId,
    pub(crate) settings: WebhookSettings,
    pub(crate) render: Arc<TestRender>,
    pub(crate) control: Arc<TestControl>,
    /// Added to the time that the webhooks see, microseconds.
    pub(crate) later: Arc<AtomicI64>,
}

impl Ledger {
    pub(crate) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let backend = Backend::Sqlite { folder: folder.path().into() };
        Self::new(folder, backend).await
    }

    /// On a database that must outlive it.
    pub(crate) async fn on_postgres(database: &Database) -> Self {
        Self::new(tempfile::tempdir().unwrap(), Backend::Postgres { url: database.url() }).await
    }

    async fn new(folder: tempfile::TempDir, backend: Backend) -> Self {
        let store = StoreSettings::new(backend);
        let log = Log::open(&store).await.unwrap();
        // One base unit is 1 ms: the pauses are 1 ms, 60 ms, 360 ms, 1.4 s...
        let settings =
            WebhookSettings { allow_private: true, retry_base_ms: 1, ..WebhookSettings::default() };
        Self {
            _folder: folder,
            store,
            log: log.clone(),
            tenant: TenantId::new("acme").unwrap(),
            settings,
            render: Arc::default(),
            control: Arc::new(TestControl { log, asked: Mutex::default() }),
            later: Arc::default(),
        }
    }

    fn clock(&self) -> Clock {
        let later = self.later.clone();
        Arc::new(move || now() + later.load(SeqCst))
    }

    pub(crate) async fn start(&self) -> Webhooks {
        let log = self.log.clone();
        self.start_from(Arc::new(move || Box::new(LogSource::new(log.clone())) as Box<dyn EventSource>)).await
    }

    pub(crate) async fn start_from(&self, sources: sunledger_webhooks::Sources) -> Webhooks {
        let (settings, store) = (self.settings.clone(), self.store.clone());
        let (render, control) = (self.render.clone(), self.control.clone());
        Webhooks::start_from(sources, settings, self.log.clone(), store, render, control, self.clock())
            .await
            .unwrap()
    }

    /// Registers an endpoint; its id and secret.
    pub(crate) async fn register(&self, url: &str, events: &[&str]) -> (Uuid, String) {
        let (id, secret) = (Uuid::now_v7(), new_secret(random_bytes()));
        let fields = json!({ "number": 1, "url": url, "events": events, "secret": secret });
        self.endpoint(id, "registered", fields).await;
        (id, secret)
    }

    /// Appends an endpoint's event.
    pub(crate) async fn endpoint(&self, id: Uuid, what: &str, fields: Value) -> i64 {
        append(&self.log, &self.tenant, "webhook_endpoint", id, endpoint_event(what, fields), now()).await
    }

    /// Appends an event of something else; its position.
    pub(crate) async fn happens(&self, event_type: &str, fields: Value) -> i64 {
        self.happened(event_type, fields, now()).await
    }

    /// Appends an event that happened at another time.
    pub(crate) async fn happened(&self, event_type: &str, fields: Value, at: i64) -> i64 {
        append(&self.log, &self.tenant, "invoice", Uuid::now_v7(), (event_type.to_owned(), fields), at).await
    }

    /// So many invoices.
    pub(crate) async fn invoices(&self, number: usize) {
        for index in 0..number {
            self.happens("invoice.created", json!({ "number": index })).await;
        }
    }

    pub(crate) async fn list(&self, webhooks: &Webhooks, endpoint: Uuid) -> Vec<Delivery> {
        webhooks.deliveries().list(&self.tenant, endpoint, None, None, 1_000).await.unwrap()
    }

    pub(crate) async fn detail(&self, webhooks: &Webhooks, id: Uuid) -> DeliveryDetail {
        webhooks.deliveries().get(&self.tenant, id).await.unwrap().unwrap()
    }

    /// Waits until so many of an endpoint's deliveries are in a state.
    pub(crate) async fn wait_for(
        &self,
        webhooks: &Webhooks,
        endpoint: Uuid,
        state: DeliveryState,
        number: usize,
    ) {
        eventually(&format!("{number} {}", state.as_str()), || async {
            let list = self.list(webhooks, endpoint).await;
            list.iter().filter(|delivery| delivery.state == state).count() == number
        })
        .await;
    }

    /// Waits until every event of the log is fanned out.
    pub(crate) async fn fanned_out(&self, webhooks: &Webhooks) {
        let head = self.log.head().await.unwrap();
        eventually("the fan-out", || async {
            let stats = webhooks.stats();
            stats.active && stats.lag == 0 && *self.log.watch().borrow() >= head
        })
        .await;
    }
}

/// 32 bytes that differ from call to call.
fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(Uuid::now_v7().as_bytes());
    bytes[16..].copy_from_slice(Uuid::now_v7().as_bytes());
    bytes
}
