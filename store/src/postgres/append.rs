//! The appender: one connection, one batch in flight, one server-side call and one flush per batch.
//!
//! **A lost connection.** Nobody knows then whether the batch in flight was committed. The appender connects again, makes
//! sure that the server has ended the old session (nothing of it can still happen), and sends the batch again. An
//! append that was committed before is refused now, because its own streams have moved: whatever is refused is therefore
//! looked up in the log by its metadata, which is unique, before the refusal is believed.
//!
//! **A label that is taken** (somebody chose the name by hand that a series comes to) takes the statement down: labels are
//! not looked up before they are made. The batch is sent again, and its names and series are decided one by one.
//!
//! **What is foreseen.** The appender knows what the series are at that it counted on last, so it sends most batches as
//! they are to be stored ([`super::foreseen`]). Where it is wrong nothing is written, and the batch goes the long way.
//!
//! **A defect in one append** takes the statement down with it. The batch is then sent one append at a time, and only the
//! culprit fails.

use super::columns::{self, Columns};
use super::connect::{Conn, Connector, PATIENCE, Slot};
use super::errors::{is_lost, is_stale_plan, store_error};
use super::foreseen::{self, Foresight};
use super::listen::grown;
use super::rows;
use super::select::{Selector, is_careful};
use crate::fill::recover;
use crate::queue::{Answer, Job, gone};
use crate::stats::AppendStats;
use crate::{Append, Appended, StoreError};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_postgres::error::SqlState;

/// Keys that were forgotten are deleted after so many new ones.
const PURGE: usize = 256;

/// One snapshot per statement, taken after the lock; plans that probe indexes
/// whatever the tables' statistics say, made once.
const SETUP: &str = "SET search_path = sunledger; SET default_transaction_isolation = 'read committed'; \
    SET default_transaction_read_only = off; SET statement_timeout = 0; SET lock_timeout = 0; \
    SET client_min_messages = warning; SET plan_cache_mode = force_generic_plan; SET jit = off; \
    SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off; SET enable_bitmapscan = off; \
    SET enable_material = off";

/// Commits wait for the disk, also where the server's default is not to; stricter defaults stay.
pub(super) const SYNCHRONOUS: &str = "SELECT pg_catalog.set_config('synchronous_commit', 'on', false) \
    WHERE pg_catalog.current_setting('synchronous_commit') IN ('off', 'local')";

/// What the appender's connection is set to.
pub(super) fn setup() -> String {
    format!("{SETUP}; {SYNCHRONOUS}")
}

/// What a batch gets at the least, however long its appends have waited.
const LEAST: Duration = Duration::from_millis(500);
/// The pause before a batch is sent again.
const AGAIN: Duration = Duration::from_millis(10);

pub(super) struct Appender {
    link: Link,
    foresight: Foresight,
    stats: Arc<AppendStats>,
    head: Arc<watch::Sender<i64>>,
}

/// What a batch came to.
enum Outcome {
    Done(Vec<Answer>),
    /// Refused as a whole; nothing was written.
    Refused(StoreError),
    /// Nobody knows.
    Lost(StoreError),
}

impl Appender {
    pub(super) fn new(
        connector: Arc<Connector>,
        stats: Arc<AppendStats>,
        head: Arc<watch::Sender<i64>>,
    ) -> Self {
        let link = Link { connector, conn: None, session: None };
        Self { link, foresight: Foresight::default(), stats, head }
    }

    /// Runs until the log is dropped; what was queued before is still done. `aside` is for what must not wait in line.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Job>, max_batch: usize, aside: Arc<Slot>) {
        let max_batch = max_batch.max(1);
        let mut waiting = VecDeque::new();
        let mut fresh = Vec::with_capacity(max_batch);
        let mut selector = Selector::default();
        let mut keys = 0;
        loop {
            if waiting.is_empty() {
                let idle = queue.is_empty();
                if queue.recv_many(&mut fresh, max_batch).await == 0 {
                    return;
                }
                if idle {
                    // Callers are answered together and come back together: the first of them does not go alone.
                    yield_now().await;
                }
            }
            while waiting.len() + fresh.len() < 2 * max_batch {
                let Ok(job) = queue.try_recv() else { break };
                fresh.push(job);
            }
            waiting.extend(fresh.drain(..));
            let jobs = selector.select(&mut waiting, max_batch);
            let claims = jobs.iter().filter_map(|job| job.append.key.as_ref());
            keys += claims.clone().count();
            let forget_before = claims.map(|key| key.forget_before).min();
            self.batch(jobs).await;
            if let Some(before) = forget_before.filter(|_| keys >= PURGE) {
                keys = 0;
                tokio::spawn(purge(aside.clone(), before));
            }
        }
    }

    async fn batch(&mut self, jobs: Vec<Job>) {
        match self.attempts(&jobs).await {
            Ok(answers) => {
                for (job, answer) in jobs.into_iter().zip(answers) {
                    job.finish(answer);
                }
            }
            Err(StoreError::Failed(_)) if jobs.len() > 1 => {
                for job in jobs {
                    let answer = self.attempts(std::slice::from_ref(&job)).await;
                    let answer = answer.and_then(|mut one| one.pop().ok_or_else(gone));
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

    /// Sends the batch until something is known of it, or the time is up.
    async fn attempts(&mut self, jobs: &[Job]) -> Result<Vec<Answer>, StoreError> {
        let now = Instant::now();
        let oldest = jobs.iter().map(|job| Instant::from_std(job.since)).min().unwrap_or(now);
        let deadline = (oldest + PATIENCE).max(now + LEAST);
        let mut lost = None;
        loop {
            let outcome = match timeout_at(deadline, self.attempt(jobs, lost.is_some(), deadline)).await {
                Ok(outcome) => outcome,
                Err(_) => {
                    // A server that hangs: this session is ended before another one works.
                    self.link.conn = None;
                    return Err(StoreError::Unavailable("the server did not answer in time".into()));
                }
            };
            match outcome {
                Outcome::Done(answers) => return Ok(answers),
                Outcome::Refused(error) => return Err(error),
                Outcome::Lost(error) => {
                    tracing::warn!(%error, "a batch in flight was lost sight of");
                    self.link.conn = None;
                    lost = Some(error);
                    sleep(AGAIN).await;
                }
            }
        }
    }

    async fn attempt(&mut self, jobs: &[Job], lost: bool, deadline: Instant) -> Outcome {
        let conn = match self.link.connected(deadline).await {
            Ok(conn) => conn,
            // Nothing was sent, but it may go well with the next connection: this one broke while it was made.
            Err(error @ StoreError::Unavailable(_)) if Instant::now() + AGAIN < deadline => {
                return Outcome::Lost(error);
            }
            Err(error) => return Outcome::Refused(error),
        };
        let _used = conn.used();
        let careful = is_careful(jobs);
        let foreseen = match careful {
            true => Ok(None),
            false => as_foreseen(conn, &mut self.foresight, jobs).await,
        };
        let sent = match foreseen {
            Ok(Some(done)) => Ok(done),
            Ok(None) => the_long_way(conn, &mut self.foresight, jobs, careful).await,
            Err(error) => Err(unknown_or_refused(error)),
        };
        let (head, mut answers) = match sent {
            Ok(done) => done,
            Err(outcome) => return outcome,
        };
        if lost {
            for (job, answer) in jobs.iter().zip(&mut answers).filter(|(_, answer)| answer.is_err()) {
                match find(conn, &job.append).await {
                    Ok(Some(appended)) => *answer = Ok(appended),
                    Ok(None) => {}
                    Err(error) => return Outcome::Lost(error),
                }
            }
        }
        let events = answers.iter().flatten().map(|done| done.count).sum();
        let rejected = answers.iter().filter(|answer| answer.is_err()).count();
        self.stats.batch(jobs.len(), rejected, events);
        grown(&self.head, head);
        Outcome::Done(answers)
    }
}

/// The head after a batch, and what each append came to.
type Done = (i64, Vec<Answer>);

/// Sends the batch as the appender foresees it; `None` where it does not, or something is otherwise: nothing is written
/// then.
async fn as_foreseen(
    conn: &Conn,
    foresight: &mut Foresight,
    jobs: &[Job],
) -> Result<Option<Done>, tokio_postgres::Error> {
    let Some(foreseen) = foresight.of(jobs) else { return Ok(None) };
    let statement = conn.prepare(foreseen::CALL).await?;
    let before = match foreseen.call(&conn.client, &statement).await {
        Err(error) if is_taken(&error, NAMES) || is_taken(&error, STREAMS) => None,
        called => called?,
    };
    foresight.came_true(before.is_some());
    Ok(before.map(|before| foreseen.answers(before, jobs, foresight)))
}

/// Sends the batch, and is told what it came to.
async fn the_long_way(
    conn: &Conn,
    foresight: &mut Foresight,
    jobs: &[Job],
    careful: bool,
) -> Result<Done, Outcome> {
    let columns = Columns::of(jobs);
    let statement = conn.prepare(columns::CALL).await.map_err(unknown_or_refused)?;
    let called = match columns.call(&conn.client, &statement, careful).await {
        // Nothing of it was written.
        Err(error) if !careful && is_taken(&error, NAMES) => {
            columns.call(&conn.client, &statement, true).await
        }
        called => called,
    };
    let row = called.map_err(unknown_or_refused)?;
    columns.answers(jobs, &row, foresight).map_err(Outcome::Refused)
}

/// The appender's connection.
struct Link {
    connector: Arc<Connector>,
    conn: Option<Conn>,
    /// The newest session: its process, and when that began.
    session: Option<(i32, String)>,
}

impl Link {
    /// The connection; before a new one is used, the server has ended the session before it.
    async fn connected(&mut self, deadline: Instant) -> Result<&Conn, StoreError> {
        let conn = match self.conn.take().filter(|conn| !conn.is_closed()) {
            Some(conn) => conn,
            None => {
                let conn = self.connector.connect_until(deadline).await?;
                if let Some((process, begun)) = &self.session {
                    let sql = "SELECT pg_terminate_backend(pid, 3000) FROM pg_catalog.pg_stat_activity \
                        WHERE pid = $1 AND backend_start::text = $2";
                    let ended = conn.client.query_opt(sql, &[process, begun]).await.map_err(store_error)?;
                    if ended.is_some_and(|row| !row.try_get::<_, bool>(0).unwrap_or(false)) {
                        return Err(StoreError::Unavailable(
                            "the server does not end the lost session".into(),
                        ));
                    }
                }
                let sql = "SELECT pid, backend_start::text FROM pg_catalog.pg_stat_activity \
                    WHERE pid = pg_catalog.pg_backend_pid()";
                let row = conn.client.query_one(sql, &[]).await.map_err(store_error)?;
                self.session = Some((rows::get(&row, 0)?, rows::get(&row, 1)?));
                conn
            }
        };
        Ok(self.conn.insert(conn))
    }
}

/// What a name violates that the batch made of a series and that is somebody's already.
const NAMES: &str = "names_pkey";
/// What the first event of a stream violates that is there already.
const STREAMS: &str = "events_stream";

/// Whether a batch was refused because of what must be there once.
fn is_taken(error: &tokio_postgres::Error, constraint: &str) -> bool {
    let server = error.as_db_error();
    server.is_some_and(|server| {
        *server.code() == SqlState::UNIQUE_VIOLATION && server.constraint() == Some(constraint)
    })
}

/// An error that the server reports and lives on means that nothing was written. After any other nobody knows.
fn unknown_or_refused(error: tokio_postgres::Error) -> Outcome {
    if is_stale_plan(&error) {
        // Another program changed the function: prepared again on a new connection.
        return Outcome::Lost(store_error(error));
    }
    // A deadlock with somebody outside of the program is tried again.
    let deadlock = error.code().is_some_and(|code| ["40001", "40P01"].contains(&code.code()));
    let reported = error.as_db_error().is_some() && !is_lost(&error) && !deadlock;
    match store_error(error) {
        error if reported => Outcome::Refused(error),
        StoreError::Unavailable(text) => Outcome::Lost(StoreError::Unavailable(text)),
        error => Outcome::Refused(error),
    }
}

/// The append, if its events are in the log with the very same metadata.
async fn find(conn: &Conn, append: &Append) -> Result<Option<Appended>, StoreError> {
    let Some(stream) = append.writes.first() else { return Ok(None) };
    let sql = "SELECT position FROM events WHERE tenant = $1 AND aggregate_type = $2 AND aggregate_id = $3 \
        AND sequence = $4 AND metadata = $5";
    let (kind, sequence) = (&*stream.kind, stream.expected + 1);
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
        [&append.tenant.as_str(), &kind, &stream.id, &sequence, &&*append.metadata];
    let Some(row) = conn.client.query_opt(sql, &params).await.map_err(store_error)? else { return Ok(None) };
    let first: i64 = rows::get(&row, 0)?;
    let count = append.count();
    let read = rows::events(conn, rows::READ, &[&(first - 1), &rows::limit_of(count)]).await;
    let events = read.map_err(StoreError::from)?;
    let payloads: Vec<&str> = events.iter().map(|event| &*event.payload).collect();
    Ok(recover(append, &payloads).map(|filled| Appended { first, count, filled }))
}

/// Deletes keys that no claim remembers any more; those that an append is about to use again it leaves alone.
async fn purge(aside: Arc<Slot>, before: i64) {
    let sql = "DELETE FROM idempotency_keys WHERE (tenant, key) IN (SELECT tenant, key FROM idempotency_keys \
        WHERE recorded_at < $1 ORDER BY recorded_at LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let purged = async {
        let conn = aside.get(Instant::now() + PATIENCE).await?;
        conn.client.execute(sql, &[&before, &(4 * PURGE as i64)]).await.map_err(store_error)
    };
    if let Err(error) = purged.await {
        // They are deleted the next time.
        tracing::warn!(%error, "purging idempotency keys");
    }
}
