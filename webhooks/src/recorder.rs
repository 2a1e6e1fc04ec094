//! Writes what came of the attempts, beside them: while one transaction is under way, the next one gathers, so that
//! posting never waits for the tables and a transaction holds whatever has ended meanwhile.
//!
//! Nothing is forgotten before it is written. What a crash takes along is attempted again.

use crate::job::{Finished, Job, LaneKey};
use crate::tables::Tables;
use std::collections::HashMap;
use std::time::Duration;
use sunledger_store::StoreError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

/// How long a transaction waits for company.
const LINGER: Duration = Duration::from_millis(5);
/// Shortest and longest pause after a failure.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// Entries of one transaction.
const MOST: usize = 1_000;

/// Something to be written.
#[derive(Debug)]
pub(crate) enum Entry {
    /// An attempt.
    Finished(Finished),
    /// A claim that is given back.
    Released(Job),
    /// Since when an endpoint has only failed.
    Failing(Uuid, Option<i64>),
}

/// Lanes and when (microseconds) something of them is due, because of what was written.
pub(crate) type Due = Vec<(LaneKey, i64)>;

/// The writing task.
pub(crate) struct Recorder {
    entries: UnboundedSender<Entry>,
    written: UnboundedReceiver<Due>,
    task: JoinSet<()>,
}

impl Recorder {
    /// Begins; it ends with the recorder.
    pub(crate) fn start(tables: Tables) -> Self {
        let (entries, to_write) = unbounded_channel();
        let (tell, written) = unbounded_channel();
        let mut task = JoinSet::new();
        task.spawn(write(tables, to_write, tell));
        Self { entries, written, task }
    }

    /// Has an entry written, soon.
    pub(crate) fn write(&self, entry: Entry) {
        // The task goes on for as long as there is somebody to send.
        let _ = self.entries.send(entry);
    }

    /// Waits for something that became due.
    pub(crate) async fn due(&mut self) -> Option<Due> {
        self.written.recv().await
    }

    /// Writes the rest, until the deadline; false where it was not enough.
    pub(crate) async fn finish(self, deadline: Instant) -> bool {
        let Self { entries, written: _written, mut task } = self;
        drop(entries);
        timeout_at(deadline, task.join_next()).await.is_ok()
    }
}

async fn write(tables: Tables, mut to_write: UnboundedReceiver<Entry>, tell: UnboundedSender<Due>) {
    let mut entries = Vec::new();
    while to_write.recv_many(&mut entries, MOST).await > 0 {
        if entries.len() < MOST {
            sleep(LINGER).await;
            while entries.len() < MOST
                && let Ok(entry) = to_write.try_recv()
            {
                entries.push(entry);
            }
        }
        let mut pause = PAUSES.0;
        while let Err(error) = transact(&tables, &entries).await {
            tracing::warn!(%error, "the attempts at webhook deliveries wait to be recorded");
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
        let due = entries.drain(..).filter_map(due).collect::<Due>();
        if !due.is_empty() {
            // Nobody cares any more where the worker has ended.
            let _ = tell.send(due);
        }
    }
}

async fn transact(tables: &Tables, entries: &[Entry]) -> Result<(), StoreError> {
    let (mut finished, mut released, mut failing) = (Vec::new(), Vec::new(), HashMap::new());
    for entry in entries {
        match entry {
            Entry::Finished(attempt) => finished.push(attempt),
            Entry::Released(job) => released.push(job),
            Entry::Failing(endpoint, since) => {
                failing.insert(*endpoint, *since);
            }
        }
    }
    let mut batch = tables.batch();
    batch.finish(&finished);
    batch.release(&released);
    for (endpoint, since) in failing {
        batch.failing(endpoint, since);
    }
    tables.commit(batch).await?;
    Ok(())
}

/// What follows from an entry that is written.
fn due(entry: Entry) -> Option<(LaneKey, i64)> {
    match entry {
        Entry::Finished(Finished { job, next_attempt_at, finished_at: None, .. }) => {
            Some((job.lane, next_attempt_at))
        }
        Entry::Released(job) => Some((job.lane, job.due)),
        Entry::Finished(_) | Entry::Failing(..) => None,
    }
}
