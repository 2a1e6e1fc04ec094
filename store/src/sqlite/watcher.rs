//! Notices what other processes append: SQLite tells nobody, but a counter in shared memory changes.

use super::connection::{self, Role, store_error};
use super::threads::spawn;
use super::writer::head;
use crate::StoreError;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;

/// How often it looks while somebody watches.
const PACE: Duration = Duration::from_millis(20);

/// Starts the thread where it does not run; it ends when nobody watches any more.
pub(super) struct Watcher {
    running: Arc<AtomicBool>,
}

impl Watcher {
    pub(super) fn new() -> Self {
        Self { running: Arc::default() }
    }

    /// Call it with a receiver in hand, or the thread may end at once.
    pub(super) fn ensure(&self, path: &Path, known: &Arc<watch::Sender<i64>>) {
        if self.running.swap(true, Ordering::AcqRel) {
            return;
        }
        let (path, weak, running) = (path.to_owned(), Arc::downgrade(known), self.running.clone());
        let started = spawn("log-watch", move || {
            while watched(&weak, &running) {
                if let Err(error) = poll(&path, &weak, &running) {
                    tracing::warn!(%error, "watching the log");
                    std::thread::sleep(Duration::from_millis(500));
                }
            }
        });
        if let Err(error) = started {
            tracing::error!(%error, "nobody notices what other processes append");
            self.running.store(false, Ordering::Release);
        }
    }
}

/// True while somebody watches. Giving up, it looks once more: a watcher that came in between was told that a thread
/// runs.
fn watched(known: &Weak<watch::Sender<i64>>, running: &AtomicBool) -> bool {
    let Some(known) = known.upgrade() else { return false };
    if known.receiver_count() > 0 {
        return true;
    }
    running.store(false, Ordering::Release);
    known.receiver_count() > 0 && !running.swap(true, Ordering::AcqRel)
}

fn poll(path: &Path, weak: &Weak<watch::Sender<i64>>, running: &AtomicBool) -> Result<(), StoreError> {
    let connection = connection::open(path, Role::Reader)?;
    let mut version = -1;
    while running.load(Ordering::Acquire) {
        let now: i64 =
            connection.query_row("PRAGMA data_version", [], |row| row.get(0)).map_err(store_error)?;
        if now != version {
            version = now;
            let head = head(&connection).map_err(store_error)?;
            let Some(known) = weak.upgrade() else { return Ok(()) };
            known.send_if_modified(|known| {
                let grown = head > *known;
                *known = head.max(*known);
                grown
            });
        }
        std::thread::sleep(PACE);
        match weak.upgrade() {
            Some(known) if known.receiver_count() > 0 => {}
            _ => return Ok(()),
        }
    }
    Ok(())
}
