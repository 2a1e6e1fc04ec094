//! Locks between processes: a session's advisory lock, held as a lease.
//!
//! A session alone is no lease: a process that is paused keeps its connection, because its kernel goes on answering for
//! it, and would hold the lock for as long as it is paused. So the server ends a session that is silent for [`SILENCE`],
//! the holder says something every [`PACE`], and takes itself for the holder only for [`LEASE`] after the moment at which it
//! last spoke and was answered. That is the shorter time, by a clock that goes on while the process stands still: whoever
//! wakes up knows before doing anything that the lock may be somebody else's.

use super::connect::{Conn, Connector, PATIENCE};
use super::errors::store_error;
use crate::StoreError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// How often the holder speaks.
const PACE: Duration = Duration::from_millis(500);
/// How long after its last answered word the holder believes to be the holder.
const LEASE: Duration = Duration::from_secs(3);
/// After how much silence the server ends the session. Longer than the lease, by more than any two clocks differ over it.
const SILENCE: Duration = Duration::from_secs(4);
/// Connections kept between attempts.
const SPARE: usize = 4;

/// Takes locks. Whoever waits for one asks several times a second: the connection is kept for the next attempt.
pub(super) struct Locks {
    connector: Connector,
    spare: Mutex<Vec<Conn>>,
}

impl Locks {
    /// # Errors
    /// `Failed` for a URL that is none.
    pub(super) fn new(url: &str) -> Result<Self, StoreError> {
        let setup = format!("SET idle_session_timeout = {}", SILENCE.as_millis());
        Ok(Self { connector: Connector::new(url, "lock", setup)?, spare: Mutex::default() })
    }

    /// One attempt.
    pub(super) async fn take(&self, name: &str) -> Result<Option<PgLock>, StoreError> {
        // One that lay for long may have been ended by the server.
        loop {
            let spare = self.spares().pop();
            let Some(conn) = spare else { break };
            match self.ask(conn, name).await {
                Err(StoreError::Unavailable(_)) => {}
                answer => return answer,
            }
        }
        let conn = self.connector.connect_until(Instant::now() + PATIENCE).await?;
        self.ask(conn, name).await
    }

    async fn ask(&self, conn: Conn, name: &str) -> Result<Option<PgLock>, StoreError> {
        let asked = Instant::now();
        let sql = "SELECT pg_try_advisory_lock(hashtextextended($1, 7307003))";
        let answer = async {
            let statement = conn.prepare(sql).await?;
            conn.client.query_one(&statement, &[&name]).await
        };
        let late = |_| StoreError::Unavailable("the server did not answer in time".into());
        let row = timeout(PATIENCE, answer).await.map_err(late)?.map_err(store_error)?;
        if super::rows::get::<bool>(&row, 0)? {
            return Ok(Some(PgLock::held(conn, asked)));
        }
        let mut spares = self.spares();
        if spares.len() < SPARE {
            spares.push(conn);
        }
        Ok(None)
    }

    fn spares(&self) -> MutexGuard<'_, Vec<Conn>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lock that is held.
pub(crate) struct PgLock {
    conn: Arc<Conn>,
    /// When the last word that was answered was spoken.
    heard: Arc<Mutex<Instant>>,
    speaking: JoinHandle<()>,
}

impl PgLock {
    fn held(conn: Conn, asked: Instant) -> Self {
        let (conn, heard) = (Arc::new(conn), Arc::new(Mutex::new(asked)));
        let speaking = tokio::spawn(speak(conn.clone(), heard.clone()));
        Self { conn, heard, speaking }
    }

    pub(crate) fn is_held(&self) -> bool {
        let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.elapsed() < LEASE && !self.conn.is_closed()
    }
}

impl Drop for PgLock {
    fn drop(&mut self) {
        // With the task goes its hold on the connection, and with the last hold the connection.
        self.speaking.abort();
    }
}

/// Speaks until it gets no answer within the lease. One that comes after it changes nothing: a lease that has run out
/// does not begin again, since others may have had the lock in between.
async fn speak(conn: Arc<Conn>, heard: Arc<Mutex<Instant>>) {
    loop {
        sleep(PACE).await;
        let spoken = Instant::now();
        let answered = timeout(LEASE, conn.client.batch_execute("")).await;
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(answered, Ok(Ok(()))) || heard.elapsed() >= LEASE {
            return;
        }
        *heard = spoken;
    }
}
