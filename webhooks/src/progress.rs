//! How far the fan-out is: in the tables, and beyond that with pages that are handed over and not written yet.

use crate::job::LaneKey;
use crate::stats::{Counters, count};
use crate::tables::Checkpoint;
use crate::wake::Wake;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use sunledger_store::StoreError;
use tokio::sync::oneshot;

/// A page that is handed over.
pub(crate) struct Unwritten {
    /// Told when it is written. Nothing comes where it will not be.
    pub(crate) written: oneshot::Receiver<Result<(), StoreError>>,
    /// Position of its last event.
    pub(crate) to: i64,
    /// Its deliveries.
    pub(crate) count: usize,
    /// Lanes of which the table will have something due, and when (microseconds).
    pub(crate) due: HashSet<LaneKey>,
    pub(crate) due_at: i64,
}

/// How far one run of the fan-out is.
pub(crate) struct Progress {
    /// Position of the last event that is handed over or written.
    pub(crate) position: i64,
    /// Events up to here are only folded.
    pub(crate) silent_until: i64,
    /// Whether this run has written anything yet. Until then it posts nothing that is not written: what the tables refuse,
    /// or a process that ends again and again, would else be posted each time.
    pub(crate) proven: bool,
    unwritten: VecDeque<Unwritten>,
    wake: Arc<Wake>,
    counters: Arc<Counters>,
}

impl Progress {
    /// At the checkpoint.
    pub(crate) fn new(checkpoint: Checkpoint, wake: Arc<Wake>, counters: Arc<Counters>) -> Self {
        let Checkpoint { position, silent_until } = checkpoint;
        Self { position, silent_until, proven: false, unwritten: VecDeque::new(), wake, counters }
    }

    /// A page is handed over.
    pub(crate) fn handed_over(&mut self, page: Unwritten) {
        self.position = page.to;
        self.unwritten.push_back(page);
    }

    /// Everything up to here is written, so many deliveries among it.
    pub(crate) fn wrote(&mut self, to: i64, deliveries: usize) {
        self.position = self.position.max(to);
        self.proven = true;
        self.counters.position.store(to, Relaxed);
        count(&self.counters.fanned_out, deliveries);
    }

    /// Lanes that are due in pages which are not written yet.
    pub(crate) fn behind(&self) -> impl Iterator<Item = LaneKey> {
        self.unwritten.iter().flat_map(|page| page.due.iter().copied())
    }

    /// Whether every page is written.
    pub(crate) fn is_written(&self) -> bool {
        self.unwritten.is_empty()
    }

    /// Waits until so many pages at most are not written.
    pub(crate) async fn written(&mut self, most: usize) -> Result<(), StoreError> {
        while self.unwritten.len() > most {
            self.next_written().await?;
        }
        Ok(())
    }

    /// Waits until the next page is written; may be broken off.
    pub(crate) async fn next_written(&mut self) -> Result<(), StoreError> {
        let Some(first) = self.unwritten.front_mut() else { return Ok(()) };
        let told = (&mut first.written).await;
        let Some(page) = self.unwritten.pop_front() else { return Ok(()) };
        let dropped = |_| StoreError::Unavailable("what came before was not written".into());
        told.map_err(dropped)??;
        self.wrote(page.to, page.count);
        self.wake.due(page.due, page.due_at);
        Ok(())
    }
}
