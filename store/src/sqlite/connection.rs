//! Connections to one SQLite file: how they are opened, and what its errors mean.

use super::checkpoint::KEPT;
use crate::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::time::{Duration, Instant};

/// The oldest SQLite that may touch the files: before it, resetting the WAL could lose pages (fixed in 3.51.3).
const OLDEST: i32 = 3_051_003;
/// How long a writer waits for the writers of other processes.
const PATIENCE: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared.
const PREPARED: usize = 256;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Writes; every commit waits for the disk.
    Durable,
    /// Writes; a commit may be lost with the machine, never the file's integrity.
    Lazy,
    /// Only reads.
    Reader,
    /// Moves pages from the WAL into the file.
    Checkpointer,
}

/// Opens the file, making it where missing.
///
/// # Errors
/// `Failed` for a SQLite that is too old; else as [`store_error`].
pub(crate) fn open(path: &Path, role: Role) -> Result<Connection, StoreError> {
    assert_version(rusqlite::version_number())?;
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(store_error)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    // A plan never depends on a bound value: a prepared statement is not prepared again for another one.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(store_error)?;
    let patience = if role == Role::Checkpointer { Duration::from_millis(200) } else { PATIENCE };
    connection.busy_handler(Some(wait(patience))).map_err(store_error)?;
    let wal =
        || connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
    let mode = retry_busy(wal).map_err(store_error)?;
    if mode != "wal" {
        return Err(StoreError::Failed(format!(
            "{} does not take a write-ahead log ({mode})",
            path.display()
        )));
    }
    // Checkpoints have a thread of their own, so that no commit pays for one.
    let settings = match role {
        // No more cache than its hot pages need: a commit that has split one walks over all of them
        // (`balance_nonroot` gives a page the number past the end for a moment, and `pcache1Truncate` looks for it).
        Role::Durable => "PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;",
        Role::Lazy => "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;",
        Role::Reader => "PRAGMA query_only = ON; PRAGMA cache_size = -16384;",
        // A checkpoint syncs the WAL before it copies pages, whatever the writer did.
        Role::Checkpointer => "PRAGMA synchronous = FULL;",
    };
    let settings = format!("PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = {KEPT}; {settings}");
    retry_busy(|| connection.execute_batch(&settings)).map_err(store_error)?;
    Ok(connection)
}

fn assert_version(version: i32) -> Result<(), StoreError> {
    if version >= OLDEST {
        return Ok(());
    }
    let (major, minor, patch) = (version / 1_000_000, version / 1000 % 1000, version % 1000);
    Err(StoreError::Failed(format!(
        "SQLite {major}.{minor}.{patch} is too old: its write-ahead log can lose pages; 3.51.3 is the oldest to use"
    )))
}

/// Sleeps briefly and often: the other writers' transactions take a millisecond, and SQLite's own waiting would
/// soon sleep 100 ms at a time while they take turns.
fn wait(patience: Duration) -> impl FnMut(i32) -> bool + Send + 'static {
    let mut since = Instant::now();
    move |count| {
        if count == 0 {
            since = Instant::now();
        }
        if since.elapsed() >= patience {
            return false;
        }
        std::thread::sleep(Duration::from_micros(100 << count.clamp(0, 4)));
        true
    }
}

/// Some locks (the change to WAL, its recovery) do not ask the busy handler.
pub(crate) fn retry_busy<T>(mut work: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let since = Instant::now();
    loop {
        match work() {
            Err(error) if is_busy(&error) && since.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(2));
            }
            done => return done,
        }
    }
}

pub(crate) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// What an error of SQLite means to the caller.
pub(crate) fn store_error(error: rusqlite::Error) -> StoreError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::OutOfMemory
            | ErrorCode::FileLockingProtocolFailed,
        ) => StoreError::Unavailable(text),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged(text),
        _ => StoreError::Failed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_that_can_lose_pages_is_refused() {
        assert!(assert_version(3_051_002).unwrap_err().to_string().contains("SQLite 3.51.2 is too old"));
        assert!(assert_version(3_051_003).is_ok());
        assert!(assert_version(rusqlite::version_number()).is_ok());
    }

    #[test]
    fn a_full_disk_is_unavailable_and_a_broken_constraint_is_a_defect() {
        let error = |code| store_error(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None));
        assert!(matches!(error(rusqlite::ffi::SQLITE_FULL), StoreError::Unavailable(_)));
        assert!(matches!(error(rusqlite::ffi::SQLITE_IOERR_FSYNC), StoreError::Unavailable(_)));
        assert!(matches!(error(rusqlite::ffi::SQLITE_READONLY), StoreError::Unavailable(_)));
        assert!(matches!(error(rusqlite::ffi::SQLITE_CORRUPT), StoreError::Damaged(_)));
        assert!(matches!(error(rusqlite::ffi::SQLITE_CONSTRAINT), StoreError::Failed(_)));
    }
}
