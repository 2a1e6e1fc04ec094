//! What the suite stands on: a place to keep a log, for either backend, and appends to put into it.

pub(crate) mod process;
pub(crate) mod proxy;

use std::sync::atomic::{AtomicU64, Ordering};
use sunledger_domain::{Label, TenantId};
use sunledger_store::{
    Append, AppendError, Appended, Backend, Db, KeyClaim, Log, NameClaim, NewEvent, Rejection, SeriesRequest,
    StoreSettings, StreamId, StreamWrite,
};
use sunledger_test_servers::{Cluster, Database, postgres};
use tempfile::TempDir;
use uuid::Uuid;

/// Somewhere empty, gone with the test.
pub(crate) struct Place {
    backend: Backend,
    _folder: Option<TempDir>,
    _database: Option<Database>,
}

impl Place {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let backend = Backend::Sqlite { folder: folder.path().join("data") };
        Self { backend, _folder: Some(folder), _database: None }
    }

    pub(crate) async fn postgres() -> Self {
        let database = Cluster::get().database();
        let backend = Backend::Postgres { url: database.url() };
        Self { backend, _folder: None, _database: Some(database) }
    }

    pub(crate) fn settings(&self) -> StoreSettings {
        StoreSettings::new(self.backend.clone())
    }

    pub(crate) async fn log(&self) -> Log {
        Log::open(&self.settings()).await.unwrap()
    }

    /// Runs SQL behind the log's back, as its owner could.
    pub(crate) async fn tamper(&self, sql: &str) -> Result<(), String> {
        match &self.backend {
            Backend::Sqlite { folder } => {
                let connection = rusqlite::Connection::open(folder.join("log.db")).unwrap();
                connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
                connection.execute_batch(sql).map_err(|error| error.to_string())
            }
            Backend::Postgres { url } => {
                let client = postgres::connect(url).await;
                let sql = format!("SET search_path = sunledger; {sql}");
                client.batch_execute(&sql).await.map_err(|error| format!("{error:?}"))
            }
        }
    }

    /// Takes the guard off the events, as somebody who falsifies them would.
    pub(crate) async fn unguard(&self) {
        let sql = match &self.backend {
            Backend::Sqlite { .. } => {
                "DROP TRIGGER events_are_never_updated; DROP TRIGGER events_are_never_deleted;"
            }
            Backend::Postgres { .. } => "ALTER TABLE events DISABLE TRIGGER USER;",
        };
        self.tamper(sql).await.unwrap();
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.backend, Backend::Postgres { .. })
    }

    /// A table in a `Db`.
    pub(crate) async fn db(&self, name: &str) -> Db {
        Db::open(&self.settings(), name, sunledger_store::Durability::Durable).await.unwrap()
    }
}

pub(crate) fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

pub(crate) fn id() -> Uuid {
    Uuid::now_v7()
}

static COMMANDS: AtomicU64 = AtomicU64::new(0);

/// An append of nothing, by a command of its own.
pub(crate) fn empty(tenant: &TenantId) -> Append {
    let command = COMMANDS.fetch_add(1, Ordering::Relaxed);
    Append {
        tenant: tenant.clone(),
        writes: Vec::new(),
        unchanged: Vec::new(),
        quiet: None,
        take: Vec::new(),
        release: Vec::new(),
        series: Vec::new(),
        key: None,
        metadata: format!(
            r#"{{"actor":{{"type":"user","id":"u","name":"U"}},"command":"{}-{command}"}}"#,
            std::process::id()
        )
        .into(),
        recorded_at: 1_700_000_000_000_000 + command as i64,
    }
}

pub(crate) fn event(event_type: &str, payload: &str) -> NewEvent {
    NewEvent {
        event_type: event_type.to_owned().into(),
        event_version: "1.0".into(),
        payload: payload.to_owned(),
    }
}

/// One event onto a stream at `expected`.
pub(crate) fn one(tenant: &TenantId, kind: &str, id: Uuid, expected: i64) -> Append {
    many(tenant, &[(kind, id, expected, 1)])
}

/// Events onto streams: kind, id, expected version, how many.
pub(crate) fn many(tenant: &TenantId, streams: &[(&str, Uuid, i64, usize)]) -> Append {
    let mut append = empty(tenant);
    for (kind, id, expected, count) in streams {
        let events =
            (0..*count).map(|n| event(&format!("{kind}.happened"), &format!(r#"{{"n":{n},"é":"ü"}}"#)));
        append.writes.push(StreamWrite {
            kind: (*kind).into(),
            id: *id,
            expected: *expected,
            events: events.collect(),
        });
    }
    append
}

/// A new invoice: its number, its label, both filled in by the log.
pub(crate) fn invoice(tenant: &TenantId) -> Append {
    let mut append = empty(tenant);
    let payload =
        format!(r#"{{"label":{0},"number":{0},"note":"the \"number\":{0} is in a text"}}"#, i64::MIN);
    append.writes.push(StreamWrite {
        kind: "invoice".into(),
        id: id(),
        expected: 0,
        events: vec![event("invoice.created", &payload)],
    });
    append.series.push(number("number:invoice", 0));
    append.series.push(labelled("label:INV-", 0, "INV-"));
    append
}

pub(crate) fn number(series: &str, event: usize) -> SeriesRequest {
    SeriesRequest { event, series: series.into(), field: Some("number"), label: None, max: None, refusal: "" }
}

pub(crate) fn labelled(series: &str, event: usize, prefix: &str) -> SeriesRequest {
    let label = Label { prefix: prefix.to_owned(), width: 4, scope: "invoice_number" };
    SeriesRequest {
        event,
        series: series.into(),
        field: Some("label"),
        label: Some(label),
        max: None,
        refusal: "",
    }
}

pub(crate) fn claim(scope: &'static str, name: &str, owner: Uuid) -> NameClaim {
    NameClaim { scope, name: name.to_owned(), owner }
}

pub(crate) fn key(name: &str, fingerprint: u8, forget_before: i64) -> KeyClaim {
    KeyClaim { key: name.to_owned(), fingerprint: [fingerprint; 32], forget_before }
}

/// The refusal of an append that must be refused.
pub(crate) fn refused(result: Result<Appended, AppendError>) -> Rejection {
    match result {
        Err(AppendError::Rejected(rejection)) => rejection,
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) fn is_conflict(result: Result<Appended, AppendError>) -> bool {
    matches!(refused(result), Rejection::Conflict { .. })
}

pub(crate) fn stream(tenant: &TenantId, kind: &str, id: Uuid) -> StreamId {
    StreamId { tenant: tenant.clone(), kind: kind.into(), id }
}

/// The value of a filled field, as text without quotes.
pub(crate) fn filled(appended: &Appended, field: &str) -> String {
    let filled = appended.filled.iter().find(|filled| filled.field == field).unwrap();
    filled.value.trim_matches('"').to_owned()
}
