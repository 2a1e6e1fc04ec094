//! Locks between processes: a session's advisory lock, gone with its connection.
//!
//! A connection can be dead without either end knowing. So the holder asks the server every second, and is told by the
//! clock when it got no answer; the server asks the holder's machine by TCP. The holder gives up first.

use super::connect::{Conn, Connector, PATIENCE};
use super::errors::store_error;
use crate::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// How often the holder asks, and how long it waits for the answer.
const PACE: Duration = Duration::from_secs(1);
const ANSWER: Duration = Duration::from_secs(2);

/// What a lock's connection is set to: the server notices within 10 s that the holder's machine is gone.
pub(super) const SETUP: &str = "SET tcp_keepalives_idle = 4; SET tcp_keepalives_interval = 2; \
    SET tcp_keepalives_count = 3; SET idle_session_timeout = 0";

/// A lock that is held.
pub(crate) struct PgLock {
    held: Arc<AtomicBool>,
    conn: Arc<Conn>,
    asking: JoinHandle<()>,
}

impl PgLock {
    pub(super) async fn take(connector: &Connector, name: &str) -> Result<Option<Self>, StoreError> {
        let conn = Arc::new(connector.connect_until(Instant::now() + PATIENCE).await?);
        let sql = "SELECT pg_try_advisory_lock(hashtextextended($1, 7307003))";
        let row = conn.client.query_one(sql, &[&name]).await.map_err(store_error)?;
        if !super::rows::get::<bool>(&row, 0)? {
            return Ok(None);
        }
        let held = Arc::new(AtomicBool::new(true));
        let asking = tokio::spawn(ask(conn.clone(), held.clone()));
        Ok(Some(Self { held, conn, asking }))
    }

    pub(crate) fn is_held(&self) -> bool {
        self.held.load(Ordering::Acquire) && !self.conn.is_closed()
    }
}

impl Drop for PgLock {
    fn drop(&mut self) {
        // With the task goes its hold on the connection, and with the last hold the connection.
        self.asking.abort();
    }
}

async fn ask(conn: Arc<Conn>, held: Arc<AtomicBool>) {
    loop {
        sleep(PACE).await;
        if !matches!(timeout(ANSWER, conn.client.batch_execute("")).await, Ok(Ok(()))) {
            held.store(false, Ordering::Release);
            return;
        }
    }
}
