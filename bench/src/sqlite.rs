//! What SQLite does on its own: one row a transaction, each waiting for the disk.

use crate::ours::Failure;
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Rows a second.
pub(crate) fn single_rows(file: &Path, time: Duration) -> Result<f64, Failure> {
    let connection = rusqlite::Connection::open(file)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE events (position INTEGER PRIMARY KEY, tenant TEXT NOT NULL, kind TEXT NOT NULL, id BLOB NOT NULL,
           sequence INTEGER NOT NULL, payload TEXT NOT NULL, UNIQUE (tenant, kind, id, sequence));",
    )?;
    let payload = "x".repeat(600);
    let mut insert = connection.prepare(
        "INSERT INTO events (tenant, kind, id, sequence, payload) VALUES ('bench', 'invoice', ?1, 1, ?2)",
    )?;
    let began = Instant::now();
    let mut rows = 0_u32;
    while began.elapsed() < time {
        insert.execute((Uuid::now_v7().as_bytes(), &payload))?;
        rows += 1;
    }
    Ok(f64::from(rows) / began.elapsed().as_secs_f64())
}
