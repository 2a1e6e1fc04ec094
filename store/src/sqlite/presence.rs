//! Being one of those who have the log open, and what the first of them owes to the disk.
//!
//! A transaction is acknowledged once the write-ahead log was synced, and shown to other connections only then. One whose
//! sync failed is refused; its frames stay in the file, past the end that the connections have agreed upon in memory, and
//! the next transaction is written over them. But that agreement ends with the last connection. Whoever opens the log
//! next takes for committed what reads like it, and that may be a transaction that was refused, or that was being
//! synced when its process was killed. This is right (the log tells nothing else about it), and it is not safe
//! yet: the system shows from its memory what may never have reached the disk, and after a sync that failed Linux takes
//! the pages for clean, so that no later sync writes them. A power cut would take them, with all that was appended
//! behind them and acknowledged: the log is read up to the first frame that is broken.
//!
//! So the first to open the log writes what it finds once more, and syncs it, before anybody reads. It holds SQLite's
//! write lock meanwhile, so that nobody moves the log's end or starts it over. Those who come later find the first by a
//! lock on a file of its own, and wait until it is done; they have nothing to do themselves, because the
//! agreement in memory is kept alive by the connection that each of them holds open from here on.

use super::connection::{self, Role, store_error};
use crate::StoreError;
use rusqlite::{Connection, TransactionBehavior};
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Mutex;

/// Bytes that are written again at a time.
const CHUNK: usize = 1 << 20;

/// Held as long as the log is open.
pub(super) struct Presence {
    _file: File,
    _connection: Mutex<Connection>,
}

impl Presence {
    /// Blocks.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let file = path.with_extension("open");
        let failed = |error: std::io::Error| StoreError::Unavailable(format!("{}: {error}", file.display()));
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&file).map_err(failed)?;
        let first = match lock.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        };
        if !first {
            lock.lock_shared().map_err(failed)?;
        }
        let mut connection = connection::open(path, Role::Durable)?;
        settle(&mut connection, path, first)?;
        if first {
            lock.lock_shared().map_err(failed)?;
        }
        Ok(Self { _file: lock, _connection: Mutex::new(connection) })
    }
}

/// Makes the connection one that has looked at the log, and what it saw durable where nobody else has seen to it.
fn settle(connection: &mut Connection, path: &Path, first: bool) -> Result<(), StoreError> {
    if !first {
        return connection.query_row("PRAGMA user_version", [], |_| Ok(())).map_err(store_error);
    }
    let _held = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(store_error)?;
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    write_again(Path::new(&wal))
        .map_err(|error| StoreError::Unavailable(format!("{}: {error}", Path::new(&wal).display())))
}

/// Writes a file over with what it shows, and syncs it.
fn write_again(path: &Path) -> std::io::Result<()> {
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let mut chunk = vec![0; CHUNK];
    let mut at = 0;
    loop {
        let read = file.read_at(&mut chunk, at)?;
        if read == 0 {
            return file.sync_all();
        }
        file.write_all_at(&chunk[..read], at)?;
        at += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    fn written(wal: &Path) -> SystemTime {
        wal.metadata().unwrap().modified().unwrap()
    }

    #[test]
    fn the_first_to_come_writes_what_it_finds_once_more_and_nobody_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, wal) = (folder.path().join("log.db"), folder.path().join("log.db-wal"));
        let writer = connection::open(&path, Role::Durable).unwrap();
        writer.execute_batch("CREATE TABLE t (n); INSERT INTO t VALUES (1)").unwrap();
        // Larger than what is written at a time, and not a whole number of it.
        writer.execute("INSERT INTO t VALUES (zeroblob(?1))", [(3 * CHUNK / 2) as i64]).unwrap();
        let found = std::fs::read(&wal).unwrap();
        let long_ago = SystemTime::now() - Duration::from_secs(3600);
        let age = || File::options().write(true).open(&wal).unwrap().set_modified(long_ago).unwrap();

        age();
        let first = Presence::take(&path).unwrap();
        assert!(written(&wal) > long_ago, "what it found was not written again");
        assert_eq!(std::fs::read(&wal).unwrap(), found);
        age();
        let second = Presence::take(&path).unwrap();
        drop(first);
        let third = Presence::take(&path).unwrap();
        assert_eq!(written(&wal), long_ago, "somebody else had it open");
        drop((second, third));
        let _again = Presence::take(&path).unwrap();
        assert!(written(&wal) > long_ago, "nobody else had it open any more");
        assert_eq!(std::fs::read(&wal).unwrap(), found);
    }
}
