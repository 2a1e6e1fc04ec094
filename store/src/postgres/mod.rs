//! The Postgres backend: the log in schema `sunledger`, each [`crate::Db`] in a schema of its own.

mod append;
mod changes;
mod columns;
mod connect;
mod db;
mod errors;
mod foreseen;
mod listen;
mod lock;
mod migrate;
mod rows;
mod select;
mod tls;
mod value;

pub(crate) use db::PgDb;
pub(crate) use lock::PgLock;

use crate::check::{Counts, Findings};
use crate::filter::{actor_hint, page, scan_limit};
use crate::queue::{self, Answer, CAPACITY, Job};
use crate::stats::AppendStats;
use crate::{Append, KeyRecord, LogFilter, LogPage, RecordedEvent, Snapshot, StoreError, StreamId};
use append::Appender;
use connect::{Connector, PATIENCE, Readers, Slot};
use errors::store_error;
use listen::{Listener, grown};
use lock::Locks;
use rows::{columns, get, limit_of};
use std::sync::Arc;
use std::time::Duration;
use sunledger_domain::TenantId;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

const SCHEMA: &str = "sunledger";

/// The log's migrations; a name stands for its SQL for good.
const MIGRATIONS: [(&str, &str); 6] = [
    ("log_1", include_str!("schema.sql")),
    ("log_1_claims", include_str!("claims.sql")),
    ("log_1_append", include_str!("append.sql")),
    ("log_2_append", include_str!("append_2.sql")),
    ("log_3_append", include_str!("append_3.sql")),
    ("log_4_append", include_str!("append_4.sql")),
];

/// The oldest server (`pg_terminate_backend` that waits, `idle_session_timeout`).
const OLDEST: i32 = 140_000;

/// How long one of the log's own queries may take. Each walks an index over few rows; what they wait for is each other.
const ANSWER: Duration = Duration::from_secs(10);

/// What makes a connection one that only reads.
const READ_ONLY: &str = "SET default_transaction_read_only = on";

/// The log's own queries walk indexes, whatever the tables' statistics say: they are right for a log that has grown by a
/// million since the last look at it. Each is in the order of the one index that fits it, so that none needs a sort: a
/// plan that has one goes through another index, from end to end.
const READ: &str = "SET search_path = sunledger; SET jit = off; SET client_min_messages = warning; \
    SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; \
    SET default_transaction_isolation = 'read committed'";
const WRITE: &str = "SET search_path = sunledger; SET client_min_messages = warning; \
    SET default_transaction_read_only = off; SET default_transaction_isolation = 'read committed'";

/// The log in schema `sunledger`.
pub(crate) struct PgLog {
    identity: Uuid,
    queue: mpsc::Sender<Job>,
    readers: Readers,
    /// For what tenants read at length: commands and followers do not queue up behind it.
    browsers: Readers,
    /// For small writes beside the appender.
    aside: Arc<Slot>,
    /// For what needs a connection of its own.
    plain: Arc<Connector>,
    locks: Locks,
    head: Arc<watch::Sender<i64>>,
    listener: Listener,
}

impl PgLog {
    pub(crate) async fn open(
        url: &str,
        max_batch: usize,
        readers: usize,
        stats: Arc<AppendStats>,
    ) -> Result<Self, StoreError> {
        let plain = Arc::new(Connector::new(url, "log", WRITE.to_owned())?);
        suits(&plain).await?;
        migrate::run(&plain, SCHEMA, &MIGRATIONS).await?;
        let reader = Arc::new(Connector::new(url, "log read", format!("{READ}; {READ_ONLY}"))?);
        let appender = Arc::new(Connector::new(url, "log append", append::setup())?);
        let locks = Locks::new(url)?;
        let aside = Arc::new(Slot::new(plain.clone()));
        let identity = identity(&aside).await?;
        let head = Arc::new(watch::Sender::new(0));
        let (queue, jobs) = mpsc::channel(CAPACITY);
        tokio::spawn(Appender::new(appender, stats, head.clone()).run(jobs, max_batch, aside.clone()));
        let listener = Listener::new(reader.clone());
        let browsers = Readers::new(&reader, readers / 2, ANSWER);
        let readers = Readers::new(&reader, readers - readers / 2, ANSWER);
        let log = Self { identity, queue, readers, browsers, aside, plain, locks, head, listener };
        grown(&log.head, log.head().await?);
        Ok(log)
    }

    pub(crate) fn identity(&self) -> Uuid {
        self.identity
    }

    pub(crate) async fn append(&self, append: Append) -> Answer {
        queue::submit(&self.queue, append, |job| job).await
    }

    async fn events(
        &self,
        readers: &Readers,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let mut attempts = readers.attempts();
        loop {
            let conn = attempts.conn().await?;
            match attempts.ask(&conn, rows::events(&conn, sql, params)).await {
                Ok(events) => return Ok(events),
                Err(error) => attempts.failed(&conn, error).await?,
            }
        }
    }

    /// A query for one row, of which there may be none.
    async fn find(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>, StoreError> {
        self.find_by(&self.readers, sql, params).await
    }

    async fn find_by(
        &self,
        readers: &Readers,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, StoreError> {
        let mut attempts = readers.attempts();
        loop {
            let conn = attempts.conn().await?;
            let found = async {
                let statement = conn.prepare(sql).await?;
                Ok(conn.client.query_opt(&statement, params).await?)
            };
            match attempts.ask(&conn, found).await {
                Ok(row) => return Ok(row),
                Err(error) => attempts.failed(&conn, error).await?,
            }
        }
    }

    /// A small write beside the appender; how many rows it changed.
    async fn execute(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<u64, StoreError> {
        let conn = self.aside.get(Instant::now() + PATIENCE).await?;
        let written = async {
            let statement = conn.prepare(sql).await.map_err(store_error)?;
            conn.client.execute(&statement, params).await.map_err(store_error)
        };
        conn.answer(ANSWER, written).await
    }

    pub(crate) async fn read(&self, after: i64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        self.events(&self.readers, rows::READ, &[&after, &limit_of(limit)]).await
    }

    pub(crate) async fn read_next_of(
        &self,
        kind: &'static str,
        after: i64,
        upto: i64,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        self.events(&self.readers, rows::NEXT_OF, &[&after, &upto, &kind]).await
    }

    pub(crate) async fn read_at(
        &self,
        tenant: &TenantId,
        positions: &[i64],
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE position = ANY($1) AND tenant = $2 ORDER BY position DESC"
        );
        self.events(&self.readers, SQL, &[&positions, &tenant.as_str()]).await
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
            " FROM events WHERE tenant = $1 AND aggregate_type = $2 AND aggregate_id = $3 AND sequence > $4 \
             ORDER BY sequence LIMIT $5"
        );
        let (tenant, kind) = (stream.tenant.as_str(), &*stream.kind);
        self.events(&self.readers, SQL, &[&tenant, &kind, &stream.id, &after_version, &limit_of(limit)]).await
    }

    pub(crate) async fn read_tenant(
        &self,
        tenant: &TenantId,
        after: i64,
        limit: usize,
        filter: &LogFilter,
    ) -> Result<LogPage, StoreError> {
        // Compared as rows, so that only the tenant's own index fits: the planner would else walk everybody's
        // events in the primary key, where a tenant's may be far between.
        const SCAN: &str = "SELECT max(position) FROM (SELECT position FROM events \
             WHERE (tenant, position) > ($1, $2) AND (tenant, position) <= ($1, 9223372036854775807) \
             ORDER BY tenant, position LIMIT $3) AS scanned";
        const FOUND: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE (tenant, position) > ($1, $2) AND (tenant, position) <= ($1, $3) \
             AND ($5::text IS NULL OR aggregate_type = $5) AND ($6::text IS NULL OR event_type = $6) \
             AND ($7::bigint IS NULL OR recorded_at >= $7) AND ($8::bigint IS NULL OR recorded_at < $8) \
             AND ($9::text IS NULL OR position($9 IN metadata) > 0) ORDER BY tenant, position LIMIT $4"
        );
        let name = tenant.as_str();
        let scan = limit_of(scan_limit(limit));
        let row = self.find_by(&self.browsers, SCAN, &[&name, &after, &scan]).await?;
        let scanned: Option<i64> = row.map(|row| get(&row, 0)).transpose()?.flatten();
        let hint = actor_hint(filter);
        let params: [&(dyn ToSql + Sync); 9] = [
            &name,
            &after,
            &scanned.unwrap_or(after),
            &limit_of(limit),
            &filter.kind,
            &filter.event_type,
            &filter.from,
            &filter.until,
            &hint,
        ];
        let events = self.events(&self.browsers, FOUND, &params).await?;
        Ok(page(events, after, limit, scanned, filter))
    }

    pub(crate) async fn head(&self) -> Result<i64, StoreError> {
        let row = self.find("SELECT position FROM head", &[]).await?;
        row.map_or_else(|| Err(StoreError::Damaged("the log has no head".into())), |row| get(&row, 0))
    }

    pub(crate) fn watch(&self) -> watch::Receiver<i64> {
        let receiver = self.head.subscribe();
        self.listener.ensure(&self.head);
        receiver
    }

    pub(crate) async fn find_key(
        &self,
        tenant: &TenantId,
        key: &str,
        since: i64,
    ) -> Result<Option<KeyRecord>, StoreError> {
        const SQL: &str = "SELECT fingerprint, first, count, recorded_at FROM idempotency_keys \
             WHERE tenant = $1 AND key = $2 AND recorded_at >= $3";
        let Some(row) = self.find(SQL, &[&tenant.as_str(), &key, &since]).await? else { return Ok(None) };
        let fingerprint: &[u8] = get(&row, 0)?;
        let fingerprint = fingerprint
            .try_into()
            .map_err(|_| StoreError::Damaged(format!("the fingerprint of idempotency key {key}")))?;
        let (first, count, recorded_at) = (get(&row, 1)?, get(&row, 2)?, get(&row, 3)?);
        Ok(Some(KeyRecord { fingerprint, first, count, recorded_at }))
    }

    pub(crate) async fn name_owner(
        &self,
        tenant: &TenantId,
        scope: &str,
        name: &str,
    ) -> Result<Option<Uuid>, StoreError> {
        const SQL: &str = "SELECT owner FROM names WHERE tenant = $1 AND scope = $2 AND name = $3";
        let row = self.find(SQL, &[&tenant.as_str(), &scope, &name]).await?;
        row.map(|row| get(&row, 0)).transpose()
    }

    pub(crate) async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        const SQL: &str = "SELECT version, form, state FROM snapshots \
             WHERE tenant = $1 AND aggregate_type = $2 AND aggregate_id = $3";
        let row = self.find(SQL, &[&stream.tenant.as_str(), &&*stream.kind, &stream.id]).await?;
        row.map(|row| Ok(Snapshot { version: get(&row, 0)?, form: get(&row, 1)?, state: get(&row, 2)? }))
            .transpose()
    }

    pub(crate) async fn save_snapshot(
        &self,
        stream: &StreamId,
        snapshot: Snapshot,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO snapshots (tenant, aggregate_type, aggregate_id, version, form, state) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, aggregate_type, aggregate_id) \
             DO UPDATE SET version = excluded.version, form = excluded.form, state = excluded.state \
             WHERE excluded.version >= snapshots.version";
        let (tenant, kind) = (stream.tenant.as_str(), &*stream.kind);
        let Snapshot { version, form, state } = snapshot;
        self.execute(SQL, &[&tenant, &kind, &stream.id, &version, &form, &state]).await.map(drop)
    }

    pub(crate) async fn get_meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row = self.find("SELECT value FROM meta WHERE name = $1", &[&name]).await?;
        row.map(|row| get(&row, 0)).transpose()
    }

    pub(crate) async fn set_meta(
        &self,
        name: &str,
        expected: Option<&str>,
        value: &str,
    ) -> Result<bool, StoreError> {
        let changed = match expected {
            None => {
                let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
                self.execute(sql, &[&name, &value]).await?
            }
            Some(expected) => {
                let sql = "UPDATE meta SET value = $3 WHERE name = $1 AND value = $2";
                self.execute(sql, &[&name, &expected, &value]).await?
            }
        };
        Ok(changed == 1)
    }

    pub(crate) async fn try_lock(&self, name: &str) -> Result<Option<PgLock>, StoreError> {
        self.locks.take(name).await
    }

    pub(crate) async fn findings(&self) -> Result<Findings, StoreError> {
        // On a connection of its own: these queries take their time, and read whole tables.
        let conn = self.plain.connect_until(Instant::now() + PATIENCE).await?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        conn.client.batch_execute(begin).await.map_err(store_error)?;
        let row =
            conn.client.query_one(include_str!("../check/counts.sql"), &[]).await.map_err(store_error)?;
        let counts = Counts { head: get(&row, 0)?, last: get(&row, 1)?, events: get(&row, 2)? };
        let row = conn.client.query_opt(include_str!("check.sql"), &[]).await.map_err(store_error)?;
        Ok(Findings { counts, damage: row.map(|row| get(&row, 0)).transpose()? })
    }
}

/// A server that is new enough, and a database that holds every text.
async fn suits(connector: &Connector) -> Result<(), StoreError> {
    let conn = connector.connect_until(Instant::now() + PATIENCE).await?;
    let sql = "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')";
    let row = conn.client.query_one(sql, &[]).await.map_err(store_error)?;
    let (version, encoding): (i32, &str) = (get(&row, 0)?, get(&row, 1)?);
    if version < OLDEST {
        return Err(StoreError::Failed(format!(
            "Postgres {} is too old: 14 is the oldest to use",
            version / 10_000
        )));
    }
    if encoding != "UTF8" {
        return Err(StoreError::Failed(format!("the database's encoding is {encoding}; it must be UTF8")));
    }
    Ok(())
}

async fn identity(aside: &Slot) -> Result<Uuid, StoreError> {
    let conn = aside.get(Instant::now() + PATIENCE).await?;
    let make = "INSERT INTO meta (name, value) VALUES ('identity', $1) ON CONFLICT DO NOTHING";
    conn.client.execute(make, &[&Uuid::now_v7().to_string()]).await.map_err(store_error)?;
    let sql = "SELECT value FROM meta WHERE name = 'identity'";
    let row = conn.client.query_one(sql, &[]).await.map_err(store_error)?;
    let text: &str = get(&row, 0)?;
    Uuid::parse_str(text)
        .map_err(|error| StoreError::Damaged(format!("the log's identity {text:?}: {error}")))
}
