//! The log's public face; the two backends stand behind it.

use crate::changes::{ChangesPage, FIRST_LOOK, LARGEST_LOOK};
use crate::check::{self, Findings};
use crate::postgres::{PgLock, PgLog};
use crate::sqlite::SqliteLog;
use crate::validate::validate;
use crate::{
    Append, AppendError, AppendStats, Appended, Backend, RecordedEvent, StoreError, StoreSettings, StreamId,
};
use std::fs::File;
use std::sync::Arc;
use std::time::Instant;
use sunledger_domain::TenantId;
use tokio::sync::watch;
use uuid::Uuid;

/// The log. Cheap to clone.
#[derive(Clone)]
pub struct Log {
    engine: Arc<Engine>,
    stats: Arc<AppendStats>,
}

enum Engine {
    Sqlite(Box<SqliteLog>),
    Postgres(Box<PgLog>),
}

/// The same call to whichever backend it is.
macro_rules! engine {
    ($log:expr, $engine:ident => $call:expr) => {
        match &*$log.engine {
            Engine::Sqlite($engine) => $call,
            Engine::Postgres($engine) => $call,
        }
    };
}

/// The name under which the log keeps its own identity.
const IDENTITY: &str = "identity";

/// What was done under an Idempotency-Key.
#[derive(Debug, Clone)]
pub struct KeyRecord {
    /// Hash of the request that used it.
    pub fingerprint: [u8; 32],
    /// Position of the append's first event.
    pub first: i64,
    /// How many events it had.
    pub count: i64,
    /// When, microseconds.
    pub recorded_at: i64,
}

/// An aggregate's state at a version, so that a long stream need not be folded from its beginning. Only a
/// cache: it can be deleted.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The version it is of.
    pub version: i64,
    /// Form of the state; another form is ignored.
    pub form: String,
    /// The state, JSON.
    pub state: String,
}

/// Which events of a tenant.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Aggregate type.
    pub kind: Option<String>,
    /// Event type.
    pub event_type: Option<String>,
    /// Actor, as in the metadata's `actor`.
    pub actor: Option<String>,
    /// Recorded at or after, microseconds.
    pub from: Option<i64>,
    /// Recorded before, microseconds.
    pub until: Option<i64>,
}

/// A page of a tenant's log.
#[derive(Debug, Clone)]
pub struct LogPage {
    /// In order.
    pub events: Vec<RecordedEvent>,
    /// Continue after this position; also moves on where events were looked at and did not match.
    pub next: i64,
}

/// A lock held by this process until dropped, or until its connection dies ([`Lock::is_held`]).
pub struct Lock {
    held: Held,
}

enum Held {
    /// The operating system keeps it as long as the file is open.
    File(#[expect(dead_code, reason = "held open, never read")] File),
    Session(PgLock),
}

impl Lock {
    /// False once the lock may belong to somebody else.
    pub fn is_held(&self) -> bool {
        match &self.held {
            Held::File(_) => true,
            Held::Session(lock) => lock.is_held(),
        }
    }
}

impl Log {
    /// Opens the log, making or migrating its tables.
    ///
    /// # Errors
    /// `Unavailable` where the file or server cannot be reached; `Failed` where the settings are wrong or a newer
    /// program has changed the tables; `Damaged` where they hold something else.
    pub async fn open(settings: &StoreSettings) -> Result<Log, StoreError> {
        let stats = Arc::new(AppendStats::default());
        let (max_batch, readers) = (settings.max_batch, settings.readers);
        let engine = match &settings.backend {
            Backend::Sqlite { folder } => {
                Engine::Sqlite(Box::new(SqliteLog::open(folder, max_batch, readers, stats.clone()).await?))
            }
            Backend::Postgres { url } => Engine::Postgres(Box::new(
                Box::pin(PgLog::open(url, max_batch, readers, stats.clone())).await?,
            )),
        };
        Ok(Log { engine: Arc::new(engine), stats })
    }

    /// This log's own identity, made with it.
    pub fn identity(&self) -> Uuid {
        engine!(self, log => log.identity())
    }

    /// Counters of this process' appends.
    pub fn stats(&self) -> &AppendStats {
        &self.stats
    }

    /// Appends durably, or not at all. Many callers share one transaction. Dropping the future after it was polled
    /// stops nothing: the append goes on.
    ///
    /// # Errors
    /// See [`AppendError`].
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        validate(&append)?;
        let since = Instant::now();
        let _waiting = self.stats.waits();
        let answer = engine!(self, log => log.append(append).await);
        self.stats.waited(since.elapsed());
        answer
    }

    /// A stream's events after a version, in order, `limit` at most.
    ///
    /// # Errors
    /// See [`StoreError`], as for all that reads.
    pub async fn read_stream(
        &self,
        stream: &StreamId,
        after_version: i64,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        engine!(self, log => log.read_stream(stream, after_version, limit).await)
    }

    /// Everybody's events after a position, in order, `limit` at most.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn read(&self, after: i64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        engine!(self, log => log.read(after, limit).await)
    }

    /// The first event of a kind after a position and up to another; where there is none, the one at `upto`. So one call
    /// passes over everything that is not of the kind.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn read_next_of(
        &self,
        kind: &'static str,
        after: i64,
        upto: i64,
    ) -> Result<Option<RecordedEvent>, StoreError> {
        let found = engine!(self, log => log.read_next_of(kind, after, upto).await)?;
        Ok(found.into_iter().next())
    }

    /// A tenant's events at these positions, the newest first; those that are not its own are left out.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn read_at(
        &self,
        tenant: &TenantId,
        positions: &[i64],
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        if positions.is_empty() {
            return Ok(Vec::new());
        }
        engine!(self, log => log.read_at(tenant, positions).await)
    }

    /// A tenant's events after a position that match. One call looks at ten times `limit` rows at most: continue at
    /// [`LogPage::next`] until it moves no more.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn read_tenant(
        &self,
        tenant: &TenantId,
        after: i64,
        limit: usize,
        filter: &LogFilter,
    ) -> Result<LogPage, StoreError> {
        engine!(self, log => log.read_tenant(tenant, after, limit, filter).await)
    }

    /// Which of a tenant's things of a kind (`invoice`) changed by events after one position and up to another, `limit` at most: each once, where
    /// the last of its changes in that range is. Two calls with the same `until` never tell of the same thing. One call
    /// looks at a bounded number of events: continue at [`ChangesPage::next`] until it is `until`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn changes(
        &self,
        tenant: &TenantId,
        kind: &'static str,
        after: i64,
        until: i64,
        limit: usize,
    ) -> Result<ChangesPage, StoreError> {
        engine!(self, log => log.changes(tenant, kind, after, until, limit).await)
    }

    /// The position right before the first of a tenant's events up to `until` that was recorded at or after a moment
    /// (microseconds); `until` where none was. Looks back from `until`, in stretches that double, to the first one in which
    /// nothing is so new; a clock that was wrong for fewer events than a stretch has hides nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn position_before(
        &self,
        tenant: &TenantId,
        moment: i64,
        until: i64,
    ) -> Result<i64, StoreError> {
        let (mut end, mut size) = (until, FIRST_LOOK);
        let old = loop {
            let stretch = engine!(self, log => log.stretch(tenant, end, size).await)?;
            match (stretch.first, stretch.latest) {
                (Some(_), Some(latest)) if latest < moment => break end,
                (Some(first), Some(_)) if usize::try_from(stretch.count).is_ok_and(|count| count >= size) => {
                    end = first - 1;
                    size = (size * 2).min(LARGEST_LOOK);
                }
                _ => break 0,
            }
        };
        let first = engine!(self, log => log.first_since(tenant, moment, old, until).await)?;
        Ok(first.map_or(until, |first| first - 1))
    }

    /// Position of the newest event; 0 for an empty log.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn head(&self) -> Result<i64, StoreError> {
        engine!(self, log => log.head().await)
    }

    /// Wakes when the log has grown, also by another process; the value is a position known to be in it.
    pub fn watch(&self) -> watch::Receiver<i64> {
        engine!(self, log => log.watch())
    }

    /// What was done under an Idempotency-Key at or after `since` (microseconds).
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn find_key(
        &self,
        tenant: &TenantId,
        key: &str,
        since: i64,
    ) -> Result<Option<KeyRecord>, StoreError> {
        engine!(self, log => log.find_key(tenant, key, since).await)
    }

    /// Who has a name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn name_owner(
        &self,
        tenant: &TenantId,
        scope: &str,
        name: &str,
    ) -> Result<Option<Uuid>, StoreError> {
        engine!(self, log => log.name_owner(tenant, scope, name).await)
    }

    /// The newest snapshot of a stream.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        engine!(self, log => log.load_snapshot(stream).await)
    }

    /// Keeps a snapshot (the newest one wins).
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        engine!(self, log => log.save_snapshot(stream, snapshot).await)
    }

    /// A small value kept beside the log (`read_generation`).
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn get_meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        engine!(self, log => log.get_meta(name).await)
    }

    /// Sets it if it is still as expected; false where it is not.
    ///
    /// # Errors
    /// `Failed` for the log's own identity; else see [`StoreError`].
    pub async fn set_meta(
        &self,
        name: &str,
        expected: Option<&str>,
        value: &str,
    ) -> Result<bool, StoreError> {
        if name == IDENTITY {
            return Err(StoreError::Failed("the log's identity never changes".into()));
        }
        engine!(self, log => log.set_meta(name, expected, value).await)
    }

    /// Tries to become the one holder of a named lock in the whole cluster; `None` where another process has it.
    ///
    /// # Errors
    /// `Failed` for a name with other characters than `a-z`, `0-9`, `_` and `-`; else see [`StoreError`].
    pub async fn try_lock(&self, name: &str) -> Result<Option<Lock>, StoreError> {
        let plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
        if name.is_empty() || name.len() > 63 || !name.bytes().all(plain) {
            return Err(StoreError::Failed(format!("a lock cannot be named {name:?}")));
        }
        let held = match &*self.engine {
            Engine::Sqlite(log) => log.try_lock(name).await?.map(Held::File),
            Engine::Postgres(log) => log.try_lock(name).await?.map(Held::Session),
        };
        Ok(held.map(|held| Lock { held }))
    }

    /// Walks the whole log: positions and versions without gap, payloads and metadata valid JSON, names and series
    /// as far as the log alone can tell (a name's owner has events, a key's append is there). Calls `progress` with
    /// the position reached. The first damage is an error.
    ///
    /// # Errors
    /// `Damaged`, naming the place; else see [`StoreError`].
    pub async fn check(&self, progress: &(dyn Fn(i64) + Sync)) -> Result<i64, StoreError> {
        check::run(self, progress).await
    }

    pub(crate) async fn findings(&self) -> Result<Findings, StoreError> {
        engine!(self, log => log.findings().await)
    }
}
