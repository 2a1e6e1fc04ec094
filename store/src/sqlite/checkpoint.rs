//! Moves committed pages from the write-ahead log into the file, off the write path.
//!
//! A passive checkpoint works beside readers and writers, but under steady writing it never gets to the end, and
//! only a WAL that was moved entirely starts over at its beginning. So when one falls behind, the few pages that the
//! passive one left are moved with the write lock held (`FULL`), which takes milliseconds; not while somebody reads an
//! older state, since it would wait for him in vain, and all writers with it.
//!
//! The WAL's file keeps its size when it starts over, and while nobody writes: a commit that writes over blocks which the
//! file has waits half as long for the disk as one that makes the file longer.

use super::connection::Role;
use super::threads::{Held, spawn};
use crate::StoreError;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender, TrySendError};
use std::time::Duration;

/// Pages (of 4 KiB) from which on the WAL is moved, 16 MiB.
const PASSIVE: i64 = 4096;
/// Pages from which on writers are made to wait for it, 64 MiB.
const FULL: i64 = 4 * PASSIVE;
/// Bytes of the WAL's file that are kept when it starts over, 128 MiB: what a reader of an older state made of it beyond
/// them is given back.
pub(super) const KEPT: i64 = 2 * FULL * 4096;
/// How often it looks while there are commits.
const PACE: Duration = Duration::from_millis(50);
/// Without a commit for so long, all of the WAL is moved: the next commit starts it over.
const IDLE: Duration = Duration::from_secs(2);

/// The writer's end: tells the thread that something was written. The thread ends with it.
pub(crate) struct Checkpointer {
    written: SyncSender<()>,
}

impl Checkpointer {
    pub(crate) fn start(path: PathBuf, name: &str) -> Result<Self, StoreError> {
        let (written, commits) = mpsc::sync_channel(1);
        let mut held = Held::new(path, Role::Checkpointer);
        spawn(name, move || {
            let mut dirty = false;
            loop {
                match commits.recv_timeout(IDLE) {
                    Ok(()) => {
                        dirty = true;
                        step(&mut held, move_pages);
                        std::thread::sleep(PACE);
                    }
                    Err(RecvTimeoutError::Timeout) if dirty => {
                        dirty = false;
                        step(&mut held, |connection| checkpoint(connection, "PASSIVE").map(drop));
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        })?;
        Ok(Self { written })
    }

    /// Never waits.
    pub(crate) fn written(&self) {
        if let Err(TrySendError::Disconnected(())) = self.written.try_send(()) {
            tracing::error!("the checkpoint thread has ended");
        }
    }
}

fn step(held: &mut Held, work: impl FnOnce(&Connection) -> rusqlite::Result<()>) {
    let done = held.get().and_then(|connection| work(connection).map_err(super::connection::store_error));
    if let Err(error) = done {
        // Nothing is lost: the pages stay in the WAL.
        tracing::warn!(%error, "checkpoint");
        held.discard();
    }
}

fn move_pages(connection: &Connection) -> rusqlite::Result<()> {
    let (begun, moved) = checkpoint(connection, "NOOP")?;
    if begun - moved < PASSIVE && begun < FULL || begun == moved {
        return Ok(());
    }
    let (in_wal, moved) = checkpoint(connection, "PASSIVE")?;
    // One that did not even get to where the WAL ended when it began is held up by somebody who reads an older state (a
    // backup, a check). So would the other one be, and all writers with it.
    let held_up = moved < begun;
    if in_wal >= FULL && moved < in_wal && !held_up {
        checkpoint(connection, "FULL")?;
    }
    Ok(())
}

/// Runs one; pages in the WAL, and how many of them are in the file. That somebody was in the way is no error.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<(i64, i64)> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| Ok((row.get(1)?, row.get(2)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::connection::open;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn writers_never_wait_for_somebody_who_reads_an_older_state() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.db");
        let writer = open(&path, Role::Lazy).unwrap();
        writer.execute_batch("CREATE TABLE some (bytes BLOB); INSERT INTO some VALUES (x'00');").unwrap();
        let reader = open(&path, Role::Reader).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM some;").unwrap();
        for _ in 0..=FULL / PASSIVE {
            writer.execute("INSERT INTO some VALUES (zeroblob(?1))", [PASSIVE * 4096]).unwrap();
        }
        let mut mover = open(&path, Role::Checkpointer).unwrap();
        let waits = Arc::new(AtomicUsize::new(0));
        let counted = waits.clone();
        mover.busy_handler(Some(move |_| counted.fetch_add(1, Ordering::Relaxed) > 100)).unwrap();
        move_pages(&mover).unwrap();
        assert_eq!(
            waits.load(Ordering::Relaxed),
            0,
            "the checkpoint waited, and held the write lock meanwhile"
        );

        reader.execute_batch("COMMIT").unwrap();
        move_pages(&mover).unwrap();
        let (in_wal, moved) = checkpoint(&mover, "NOOP").unwrap();
        assert!(in_wal >= FULL && moved == in_wal, "{moved} of {in_wal}");
    }
    #[test]
    fn a_wal_that_was_moved_starts_over_in_a_file_that_keeps_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.db");
        let writer = open(&path, Role::Lazy).unwrap();
        let mover = open(&path, Role::Checkpointer).unwrap();
        let write = |bytes| writer.execute("INSERT INTO some VALUES (zeroblob(?1))", [bytes]).unwrap();
        let size = || i64::try_from(folder.path().join("some.db-wal").metadata().unwrap().len()).unwrap();
        writer.execute_batch("CREATE TABLE some (bytes BLOB)").unwrap();
        write(KEPT);
        assert!(size() > KEPT);
        for _ in 0..2 {
            let (in_wal, moved) = checkpoint(&mover, "PASSIVE").unwrap();
            assert_eq!(in_wal, moved);
            write(1);
            assert!(checkpoint(&mover, "NOOP").unwrap().0 < 10, "it did not start over");
            assert_eq!(size(), KEPT);
        }
    }
}
