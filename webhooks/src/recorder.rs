//! Writes what came of the attempts, beside them: while one transaction is under way, the next one gathers, so that
//! posting never waits for the tables and a transaction holds whatever has ended meanwhile.
//!
//! Pages of deliveries that are posted before they are written wait here for what becomes of them. They are written in the
//! order of their events, each when it waits no longer for what is under way, and what ends later finds its row. A page
//! moves the checkpoint: where another process has gone on meanwhile it is refused as a whole, and all behind it with it.
//!
//! Nothing is forgotten before it is written. What a crash takes along is attempted again.

#[cfg(test)]
mod tests;

use crate::job::{Finished, Job, LaneKey};
use crate::page::Page;
use crate::tables::Tables;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use sunledger_store::StoreError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
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
    /// Deliveries whose claims are about to be handed out.
    Page(Page),
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

    /// Where the fan-out sends its pages.
    pub(crate) fn entries(&self) -> UnboundedSender<Entry> {
        self.entries.clone()
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

    /// Writes the rest, until the deadline; false where it was not enough. Nobody else may be able to send any more.
    pub(crate) async fn finish(self, deadline: Instant) -> bool {
        let Self { entries, written: _written, mut task } = self;
        drop(entries);
        timeout_at(deadline, task.join_next()).await.is_ok()
    }
}

async fn write(tables: Tables, mut to_write: UnboundedReceiver<Entry>, tell: UnboundedSender<Due>) {
    let (mut inbox, mut entries, mut pages) = (Vec::new(), Vec::new(), VecDeque::new());
    let mut going_on = true;
    while going_on {
        let until = pages.front().map(Page::waits_until);
        let overdue = until.is_some_and(|until| until <= Instant::now());
        tokio::select! {
            // What has ended is entered before a page is judged.
            biased;
            count = to_write.recv_many(&mut inbox, MOST) => going_on = count > 0,
            () = sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => {}
        }
        if going_on && inbox.len() < MOST && !overdue {
            sleep(LINGER).await;
            while inbox.len() < MOST
                && let Ok(entry) = to_write.try_recv()
            {
                inbox.push(entry);
            }
        }
        for entry in inbox.drain(..) {
            match entry {
                Entry::Page(page) => pages.push_back(page),
                entry => entries.extend(enter(&mut pages, entry)),
            }
        }
        let mut due = Due::new();
        while pages.front().is_some_and(|page| !going_on || page.waits_until() <= Instant::now())
            && let Some(mut page) = pages.pop_front()
        {
            let now_due = page.close();
            let result = write_page(&tables, &page).await;
            match &result {
                Ok(()) => due.extend(now_due),
                Err(error) => {
                    tracing::warn!(%error, "webhook deliveries are fanned out again");
                    pages.clear();
                }
            }
            // Nobody waits for it where the fan-out has ended.
            let _ = page.written.send(result);
            if going_on {
                // Something of the next one may have ended meanwhile.
                break;
            }
        }
        let mut pause = PAUSES.0;
        while !entries.is_empty()
            && let Err(error) = transact(&tables, &entries).await
        {
            waiting(&error, &mut pause).await;
        }
        due.extend(entries.drain(..).filter_map(due_after));
        if !due.is_empty() {
            // Nobody cares any more where the worker has ended.
            let _ = tell.send(due);
        }
    }
}

/// Enters into its page what became of a claim; gives back what is of no page.
fn enter(pages: &mut VecDeque<Page>, entry: Entry) -> Option<Entry> {
    let job = match &entry {
        Entry::Finished(Finished { job, .. }) | Entry::Released(job) => job,
        Entry::Page(_) | Entry::Failing(..) => return Some(entry),
    };
    let id = job.id;
    let Some(page) = pages.iter_mut().find(|page| page.has(job)) else { return Some(entry) };
    page.end(id, if let Entry::Finished(attempt) = entry { Some(attempt) } else { None });
    None
}

/// Writes a page, as soon as the store is there.
async fn write_page(tables: &Tables, page: &Page) -> Result<(), StoreError> {
    let mut pause = PAUSES.0;
    loop {
        let mut batch = tables.batch();
        batch.insert_page(&page.deliveries);
        batch.advance(page.from, page.to);
        match tables.commit(batch).await {
            // Should it have been made all the same, the checkpoint refuses it the next time.
            Err(error @ StoreError::Unavailable(_)) => waiting(&error, &mut pause).await,
            result => return result.map(drop),
        }
    }
}

async fn waiting(error: &StoreError, pause: &mut Duration) {
    tracing::warn!(%error, "the attempts at webhook deliveries wait to be recorded");
    sleep(*pause).await;
    *pause = (*pause * 2).min(PAUSES.1);
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
            // Has a transaction of its own.
            Entry::Page(_) => {}
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
fn due_after(entry: Entry) -> Option<(LaneKey, i64)> {
    match entry {
        Entry::Finished(Finished { job, next_attempt_at, finished_at: None, .. }) => {
            Some((job.lane, next_attempt_at))
        }
        Entry::Released(job) => Some((job.lane, job.due)),
        Entry::Finished(_) | Entry::Failing(..) | Entry::Page(_) => None,
    }
}
