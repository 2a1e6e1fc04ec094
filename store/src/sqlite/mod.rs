//! The embedded backend: one file for the log and one per [`crate::Db`], on threads of their own.

pub(crate) mod backup;
mod changes;
mod check;
mod checkpoint;
mod connection;
mod db;
mod decide;
mod lock;
mod migrate;
mod presence;
mod rows;
mod threads;
mod watcher;
mod writer;

pub(crate) use db::SqliteDb;

use crate::check::Findings;
use crate::filter::{actor_hint, page, scan_limit};
use crate::queue::{self, Answer, CAPACITY, gone};
use crate::stats::AppendStats;
use crate::{Append, KeyRecord, LogFilter, LogPage, RecordedEvent, Snapshot, StoreError, StreamId};
use checkpoint::Checkpointer;
use connection::{Role, store_error};
use presence::Presence;
use rows::columns;
use rusqlite::{Connection, OptionalExtension, params};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use sunledger_domain::TenantId;
use threads::{Threads, task};
use tokio::sync::{mpsc, watch};
use uuid::Uuid;
use watcher::Watcher;
use writer::{Work, Writer};

/// The log's migrations; a name stands for its SQL for good.
const MIGRATIONS: [(&str, &str); 1] = [("log_1", include_str!("schema.sql"))];

/// The log in `log.db`.
pub(crate) struct SqliteLog {
    folder: PathBuf,
    path: PathBuf,
    identity: Uuid,
    queue: mpsc::Sender<Work>,
    readers: Threads,
    /// For what tenants read at length: commands and followers do not queue up behind it.
    browsers: Threads,
    head: Arc<watch::Sender<i64>>,
    watcher: Watcher,
    _presence: Presence,
}

impl SqliteLog {
    pub(crate) async fn open(
        folder: &Path,
        max_batch: usize,
        readers: usize,
        stats: Arc<AppendStats>,
    ) -> Result<Self, StoreError> {
        let folder = folder.to_owned();
        let path = folder.join("log.db");
        make_folder(&folder)?;
        let presence = tokio::task::spawn_blocking({
            let path = path.clone();
            move || Presence::take(&path)
        });
        let presence = presence.await.map_err(|error| StoreError::Failed(error.to_string()))??;
        let browsers = Threads::start("log-browse", &path, Role::Reader, readers / 2)?;
        let readers = Threads::start("log-read", &path, Role::Reader, readers - readers / 2)?;
        let (queue, work) = mpsc::channel(CAPACITY);
        let head = Arc::new(watch::Sender::new(0));
        let checkpointer = Checkpointer::start(path.clone(), "log-checkpoint")?;
        let writer = Writer {
            path: path.clone(),
            queue: work,
            max_batch: max_batch.max(1),
            stats,
            head: head.clone(),
            checkpointer,
        };
        threads::spawn("log-write", move || writer.run())?;
        let mut log = Self {
            folder,
            path,
            identity: Uuid::nil(),
            queue,
            readers,
            browsers,
            head,
            watcher: Watcher::new(),
            _presence: presence,
        };
        let (identity, position) = log.write(prepare).await?;
        log.identity = identity;
        log.head.send_replace(position);
        Ok(log)
    }

    pub(crate) fn identity(&self) -> Uuid {
        self.identity
    }

    pub(crate) async fn append(&self, append: Append) -> Answer {
        queue::submit(&self.queue, append, |job| Work::Append(Box::new(job))).await
    }

    /// Work for the writer's own connection.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (task, answered) = task(Duration::MAX, work);
        self.queue.send(Work::Run(task)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    /// A query for one row, of which there may be none.
    async fn find<T: Send + 'static>(
        &self,
        sql: &'static str,
        params: impl rusqlite::Params + Send + 'static,
        row: fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let work = move |sql_: &mut Connection| sql_.prepare_cached(sql)?.query_row(params, row).optional();
        self.readers.run(move |connection| work(connection).map_err(store_error)).await
    }

    pub(crate) async fn read(&self, after: i64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        self.readers.run(move |connection| rows::read(connection, after, limit)).await
    }

    pub(crate) async fn read_next_of(
        &self,
        kind: &'static str,
        after: i64,
        upto: i64,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE position > ?1 AND position <= ?2 AND (aggregate_type = ?3 OR position = ?2) \
             ORDER BY position LIMIT 1"
        );
        self.readers.run(move |connection| rows::events(connection, SQL, (after, upto, kind))).await
    }

    pub(crate) async fn read_at(
        &self,
        tenant: &TenantId,
        positions: &[i64],
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE position IN (SELECT value FROM json_each(?1)) AND tenant = ?2 \
             ORDER BY position DESC"
        );
        let positions: Vec<String> = positions.iter().map(i64::to_string).collect();
        let (positions, tenant) = (format!("[{}]", positions.join(",")), tenant.clone());
        self.readers.run(move |connection| rows::events(connection, SQL, (positions, tenant.as_str()))).await
    }

    pub(crate) async fn read_stream(
        &self,
        stream: &StreamId,
        after_version: i64,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE tenant = ?1 AND aggregate_type = ?2 AND aggregate_id = ?3 AND sequence > ?4 \
             ORDER BY sequence LIMIT ?5"
        );
        let stream = stream.clone();
        let limit = rows::limit_of(limit);
        self.readers
            .run(move |connection| {
                let id = stream.id.as_bytes();
                let params = params![stream.tenant.as_str(), &*stream.kind, id, after_version, limit];
                rows::events(connection, SQL, params)
            })
            .await
    }

    pub(crate) async fn read_tenant(
        &self,
        tenant: &TenantId,
        after: i64,
        limit: usize,
        filter: &LogFilter,
    ) -> Result<LogPage, StoreError> {
        const SCAN: &str = "SELECT max(position) FROM (SELECT position FROM events INDEXED BY events_by_tenant \
             WHERE tenant = ?1 AND position > ?2 ORDER BY position LIMIT ?3)";
        const FOUND: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM events INDEXED BY events_by_tenant WHERE tenant = ?1 AND position > ?2 AND position <= ?3 \
             AND (?5 IS NULL OR aggregate_type = ?5) AND (?6 IS NULL OR event_type = ?6) \
             AND (?7 IS NULL OR recorded_at >= ?7) AND (?8 IS NULL OR recorded_at < ?8) \
             AND (?9 IS NULL OR instr(metadata, ?9) > 0) ORDER BY position LIMIT ?4"
        );
        let (tenant, filter) = (tenant.clone(), filter.clone());
        self.browsers
            .run(move |connection| {
                let scan = rows::limit_of(scan_limit(limit));
                let scanned: Option<i64> = connection
                    .prepare_cached(SCAN)
                    .and_then(|mut found| {
                        found.query_row(params![tenant.as_str(), after, scan], |row| row.get(0))
                    })
                    .map_err(store_error)?;
                let params = params![
                    tenant.as_str(),
                    after,
                    scanned.unwrap_or(after),
                    rows::limit_of(limit),
                    filter.kind,
                    filter.event_type,
                    filter.from,
                    filter.until,
                    actor_hint(&filter)
                ];
                let events = rows::events(connection, FOUND, params)?;
                Ok(page(events, after, limit, scanned, &filter))
            })
            .await
    }

    pub(crate) async fn head(&self) -> Result<i64, StoreError> {
        self.readers.run(|connection| writer::head(connection).map_err(store_error)).await
    }

    pub(crate) fn watch(&self) -> watch::Receiver<i64> {
        let receiver = self.head.subscribe();
        self.watcher.ensure(&self.path, &self.head);
        receiver
    }

    pub(crate) async fn find_key(
        &self,
        tenant: &TenantId,
        key: &str,
        since: i64,
    ) -> Result<Option<KeyRecord>, StoreError> {
        const SQL: &str = "SELECT fingerprint, first, count, recorded_at FROM idempotency_keys \
             WHERE tenant = ?1 AND key = ?2 AND recorded_at >= ?3";
        self.find(SQL, (tenant.as_str().to_owned(), key.to_owned(), since), |row| {
            Ok(KeyRecord {
                fingerprint: row.get(0)?,
                first: row.get(1)?,
                count: row.get(2)?,
                recorded_at: row.get(3)?,
            })
        })
        .await
    }

    pub(crate) async fn name_owner(
        &self,
        tenant: &TenantId,
        scope: &str,
        name: &str,
    ) -> Result<Option<Uuid>, StoreError> {
        const SQL: &str = "SELECT owner FROM names WHERE tenant = ?1 AND scope = ?2 AND name = ?3";
        let params = (tenant.as_str().to_owned(), scope.to_owned(), name.to_owned());
        self.find(SQL, params, |row| Ok(Uuid::from_bytes(row.get(0)?))).await
    }

    pub(crate) async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        const SQL: &str = "SELECT version, form, state FROM snapshots \
             WHERE tenant = ?1 AND aggregate_type = ?2 AND aggregate_id = ?3";
        let params =
            (stream.tenant.as_str().to_owned(), stream.kind.as_ref().to_owned(), stream.id.into_bytes());
        self.find(SQL, params, |row| {
            Ok(Snapshot { version: row.get(0)?, form: row.get(1)?, state: row.get(2)? })
        })
        .await
    }

    pub(crate) async fn save_snapshot(
        &self,
        stream: &StreamId,
        snapshot: Snapshot,
    ) -> Result<(), StoreError> {
        let stream = stream.clone();
        self.write(move |connection| {
            connection
                .execute(
                    "INSERT INTO snapshots (tenant, aggregate_type, aggregate_id, version, form, state) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (tenant, aggregate_type, aggregate_id) \
                     DO UPDATE SET version = excluded.version, form = excluded.form, state = excluded.state \
                     WHERE excluded.version >= snapshots.version",
                    params![
                        stream.tenant.as_str(),
                        &*stream.kind,
                        stream.id.as_bytes(),
                        snapshot.version,
                        snapshot.form,
                        snapshot.state
                    ],
                )
                .map(drop)
                .map_err(store_error)
        })
        .await
    }

    pub(crate) async fn get_meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.find("SELECT value FROM meta WHERE name = ?1", (name.to_owned(),), |row| row.get(0)).await
    }

    pub(crate) async fn set_meta(
        &self,
        name: &str,
        expected: Option<&str>,
        value: &str,
    ) -> Result<bool, StoreError> {
        let (name, value) = (name.to_owned(), value.to_owned());
        let expected = expected.map(str::to_owned);
        self.write(move |connection| {
            let changed = match expected {
                None => connection.execute(
                    "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                    [name, value],
                ),
                Some(expected) => connection.execute(
                    "UPDATE meta SET value = ?3 WHERE name = ?1 AND value = ?2",
                    [name, expected, value],
                ),
            };
            changed.map(|rows| rows == 1).map_err(store_error)
        })
        .await
    }

    pub(crate) async fn try_lock(&self, name: &str) -> Result<Option<File>, StoreError> {
        let (folder, name) = (self.folder.clone(), name.to_owned());
        self.readers.run(move |_| lock::try_lock(&folder, &name)).await
    }

    pub(crate) async fn findings(&self) -> Result<Findings, StoreError> {
        self.readers.run(check::findings).await
    }
}

/// Makes or migrates the tables; the log's identity and head.
fn prepare(connection: &mut Connection) -> Result<(Uuid, i64), StoreError> {
    migrate::run(connection, &MIGRATIONS)?;
    let identity = identity(connection).map_err(store_error)?;
    let identity = Uuid::parse_str(&identity)
        .map_err(|error| StoreError::Damaged(format!("the log's identity {identity:?}: {error}")))?;
    Ok((identity, writer::head(connection).map_err(store_error)?))
}

fn identity(connection: &Connection) -> rusqlite::Result<String> {
    let known = |connection: &Connection| {
        connection
            .query_row("SELECT value FROM meta WHERE name = 'identity'", [], |row| row.get(0))
            .optional()
    };
    if let Some(identity) = known(connection)? {
        return Ok(identity);
    }
    connection.execute(
        "INSERT INTO meta (name, value) VALUES ('identity', ?1) ON CONFLICT DO NOTHING",
        [Uuid::now_v7().to_string()],
    )?;
    known(connection)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

fn make_folder(folder: &Path) -> Result<(), StoreError> {
    std::fs::create_dir_all(folder)
        .map_err(|error| StoreError::Unavailable(format!("folder {}: {error}", folder.display())))
}
