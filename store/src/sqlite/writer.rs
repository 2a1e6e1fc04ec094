//! The one thread that writes the log in this process. Other processes write the same file: every transaction
//! begins with the write lock and reads the head again under it.
//!
//! A batch is one transaction and one sync of the disk. What goes wrong with one append beyond a refusal (a defect
//! that the database notices) takes its transaction down; the appends are then tried one by one, and only the
//! culprit fails. After a failed write or commit the connection is closed; whether a commit that failed late is in the
//! file after all is looked up by the events' metadata on a new one.

use super::checkpoint::Checkpointer;
use super::connection::{Role, store_error};
use super::threads::{Held, Task};
use super::{decide, rows};
use crate::fill::recover;
use crate::queue::{Answer, BATCH_BYTES, Job};
use crate::stats::AppendStats;
use crate::{Append, AppendError, Appended, StoreError};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Keys that were forgotten are deleted so many at a time, after so many new ones.
const PURGE: usize = 256;

/// What the writer does.
pub(super) enum Work {
    Append(Box<Job>),
    Run(Task),
}

pub(super) struct Writer {
    pub(super) path: PathBuf,
    pub(super) queue: mpsc::Receiver<Work>,
    pub(super) max_batch: usize,
    pub(super) stats: Arc<AppendStats>,
    pub(super) head: Arc<watch::Sender<i64>>,
    pub(super) checkpointer: Checkpointer,
}

impl Writer {
    /// Runs until the log is dropped; what was queued before is still done.
    pub(super) fn run(mut self) {
        let mut held = Held::new(self.path.clone(), Role::Durable);
        let mut keys = 0;
        let mut next = None;
        while let Some(work) = next.take().or_else(|| self.queue.blocking_recv()) {
            match work {
                Work::Run(task) => held.run(task),
                Work::Append(first) => {
                    let (jobs, other) = self.gather(*first);
                    next = other;
                    keys += jobs.iter().filter(|job| job.append.key.is_some()).count();
                    let forget_before = jobs
                        .iter()
                        .filter_map(|job| job.append.key.as_ref())
                        .map(|key| key.forget_before)
                        .min();
                    self.batch(&mut held, jobs);
                    if let Some(before) = forget_before.filter(|_| keys >= PURGE) {
                        keys = 0;
                        purge(&mut held, before);
                    }
                }
            }
            self.checkpointer.written();
        }
    }

    /// Everything that waits, up to a batch; work of another sort ends it.
    fn gather(&mut self, first: Job) -> (Vec<Job>, Option<Work>) {
        let mut bytes = size(&first.append);
        let mut jobs = vec![first];
        while jobs.len() < self.max_batch && bytes < BATCH_BYTES {
            match self.queue.try_recv() {
                Ok(Work::Append(job)) => {
                    bytes += size(&job.append);
                    jobs.push(*job);
                }
                Ok(other) => return (jobs, Some(other)),
                Err(_) => break,
            }
        }
        (jobs, None)
    }

    fn batch(&self, held: &mut Held, jobs: Vec<Job>) {
        let _busy = held.busy();
        match self.attempt(held, &jobs) {
            Ok(answers) => finish(jobs, answers),
            Err(StoreError::Failed(_)) if jobs.len() > 1 => {
                for job in jobs {
                    let answer = self.attempt(held, std::slice::from_ref(&job));
                    let answer = answer.and_then(|mut one| one.pop().ok_or_else(super::threads::ended));
                    job.finish(answer.unwrap_or_else(|error| Err(error.into())));
                }
            }
            Err(error) => {
                for job in jobs {
                    job.finish(Err(error.clone().into()));
                }
            }
        }
    }

    /// One transaction; an error means that nothing of it is in the log.
    fn attempt(&self, held: &mut Held, jobs: &[Job]) -> Result<Vec<Answer>, StoreError> {
        let transacted = transact(held.get()?, jobs);
        let (answers, head) = match transacted {
            Ok(done) => done,
            Err(Failure::Before(error)) => {
                if !matches!(error, StoreError::Failed(_)) {
                    held.discard();
                }
                return Err(error);
            }
            Err(Failure::Commit(error)) => {
                held.discard();
                let answers = look(held.get()?, jobs, &error)?;
                let last = answers.iter().flatten().map(|done| done.first + done.count as i64 - 1).max();
                let Some(head) = last else { return Err(error) };
                (answers, head)
            }
        };
        let events = answers.iter().flatten().map(|done| done.count).sum();
        let rejected = answers.iter().filter(|answer| answer.is_err()).count();
        self.stats.batch(jobs.len(), rejected, events);
        self.head.send_if_modified(|known| {
            let grown = head > *known;
            *known = head.max(*known);
            grown
        });
        Ok(answers)
    }
}

enum Failure {
    /// The transaction was rolled back.
    Before(StoreError),
    /// The commit itself failed.
    Commit(StoreError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Before(store_error(error))
    }
}

fn transact(connection: &mut Connection, jobs: &[Job]) -> Result<(Vec<Answer>, i64), Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before = head(&transaction)?;
    let mut at = before;
    let mut answers = Vec::with_capacity(jobs.len());
    for job in jobs {
        answers.push(match decide::decide(&transaction, &job.append)? {
            Ok(values) => {
                let appended = decide::write(&transaction, &job.append, &values, at)?;
                at += appended.count as i64;
                Ok(appended)
            }
            Err(rejection) => Err(AppendError::Rejected(rejection)),
        });
    }
    if at > before {
        transaction.prepare_cached("UPDATE head SET position = ?1")?.execute([at])?;
        transaction.commit().map_err(|error| Failure::Commit(store_error(error)))?;
    }
    Ok((answers, at))
}

pub(super) fn head(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT position FROM head")?.query_row([], |row| row.get(0))
}

/// After a commit that failed: which of the appends are in the log all the same.
fn look(connection: &Connection, jobs: &[Job], error: &StoreError) -> Result<Vec<Answer>, StoreError> {
    jobs.iter()
        .map(|job| Ok(find(connection, &job.append)?.ok_or_else(|| AppendError::Store(error.clone()))))
        .collect()
}

/// The append, if its events are in the log with the very same metadata.
fn find(connection: &Connection, append: &Append) -> Result<Option<Appended>, StoreError> {
    let Some(stream) = append.writes.first() else { return Ok(None) };
    let first: Option<i64> = connection
        .prepare_cached(
            "SELECT position FROM events WHERE tenant = ?1 AND aggregate_type = ?2 AND aggregate_id = ?3 \
             AND sequence = ?4 AND metadata = ?5",
        )
        .and_then(|mut find| {
            let id = stream.id.as_bytes();
            let key =
                params![append.tenant.as_str(), &*stream.kind, id, stream.expected + 1, &*append.metadata];
            find.query_row(key, |row| row.get(0)).optional()
        })
        .map_err(store_error)?;
    let Some(first) = first else { return Ok(None) };
    let count = append.count();
    let events = rows::read(connection, first - 1, count)?;
    let payloads: Vec<&str> = events.iter().map(|event| &*event.payload).collect();
    Ok(recover(append, &payloads).map(|filled| Appended { first, count, filled }))
}

fn finish(jobs: Vec<Job>, answers: Vec<Answer>) {
    for (job, answer) in jobs.into_iter().zip(answers) {
        job.finish(answer);
    }
}

/// Deletes a few keys that no claim remembers any more. That it fails only means that they are deleted later.
fn purge(held: &mut Held, before: i64) {
    let purged = held.get().and_then(|connection| {
        connection
            .execute(
                "DELETE FROM idempotency_keys WHERE (tenant, key) IN \
                 (SELECT tenant, key FROM idempotency_keys WHERE recorded_at < ?1 ORDER BY recorded_at LIMIT ?2)",
                params![before, 2 * PURGE as i64],
            )
            .map_err(store_error)
    });
    if let Err(error) = purged {
        tracing::warn!(%error, "purging idempotency keys");
        held.discard();
    }
}

pub(crate) fn size(append: &Append) -> usize {
    let events = append.writes.iter().flat_map(|write| &write.events);
    events.map(|event| event.payload.len() + append.metadata.len()).sum()
}
