//! What the databases do on their own: rows of a log, one a transaction or 200.

use crate::Failure;
use crate::database::connect;
use crate::work;
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Rows of a batch.
const BATCH: usize = 200;
/// Sessions that append side by side on Postgres; more are no faster.
const SESSIONS: usize = 4;

/// SQLite: rows a second, `batch` of them a transaction, each transaction waiting for the disk. Ids are in order of time.
pub(crate) fn sqlite(file: &Path, time: Duration, batch: usize) -> Result<f64, Failure> {
    let mut connection = rusqlite::Connection::open(file)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16384;
         CREATE TABLE IF NOT EXISTS events (position INTEGER PRIMARY KEY, tenant TEXT NOT NULL, kind TEXT NOT NULL,
           id BLOB NOT NULL, sequence INTEGER NOT NULL, payload TEXT NOT NULL, metadata TEXT NOT NULL,
           UNIQUE (tenant, kind, id, sequence));",
    )?;
    let (payload, metadata) = (work::notes(), "m".repeat(120));
    let began = Instant::now();
    let mut rows = 0;
    while began.elapsed() < time {
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO events (tenant, kind, id, sequence, payload, metadata) VALUES ('bench', 'invoice', ?1, 1, ?2, ?3)",
            )?;
            for _ in 0..batch {
                insert.execute((Uuid::now_v7().as_bytes(), &payload, &metadata))?;
            }
        }
        transaction.commit()?;
        rows += batch;
    }
    Ok(rows as f64 / began.elapsed().as_secs_f64())
}

/// SQLite: batches of 200.
pub(crate) fn sqlite_batches(file: &Path, time: Duration) -> Result<f64, Failure> {
    sqlite(file, time, BATCH)
}

/// Postgres: rows a second in batches of 200 over the wire, each a durable transaction.
pub(crate) async fn postgres(url: &str, time: Duration) -> Result<f64, Failure> {
    connect(url)
        .await?
        .batch_execute(
            "CREATE SCHEMA IF NOT EXISTS raw;
             CREATE TABLE IF NOT EXISTS raw.events (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
               kind text NOT NULL, id uuid NOT NULL, sequence bigint NOT NULL, type text NOT NULL, payload text NOT NULL,
               metadata text NOT NULL, UNIQUE (kind, id, sequence));",
        )
        .await?;
    let began = Instant::now();
    let sessions: Vec<_> =
        (0..SESSIONS).map(|_| tokio::spawn(postgres_session(url.to_owned(), began, time))).collect();
    let mut rows = 0;
    for session in sessions {
        rows += session.await??;
    }
    Ok(rows as f64 / began.elapsed().as_secs_f64())
}

async fn postgres_session(url: String, began: Instant, time: Duration) -> Result<usize, Failure> {
    let client = connect(&url).await?;
    let insert = client
        .prepare(
            "INSERT INTO raw.events (kind, id, sequence, type, payload, metadata)
             SELECT 'invoice', id, 1, 'invoice.updated', payload, metadata
             FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (id, payload, metadata)",
        )
        .await?;
    let (payloads, metadata) = (vec![work::notes(); BATCH], vec!["m".repeat(120); BATCH]);
    let mut rows = 0;
    while began.elapsed() < time {
        let ids: Vec<Uuid> = (0..BATCH).map(|_| Uuid::now_v7()).collect();
        client.execute(&insert, &[&ids, &payloads, &metadata]).await?;
        rows += BATCH;
    }
    Ok(rows)
}
