//! Notices what other processes append: the server notifies once per batch, and is asked all the same now and then.

use super::connect::{Conn, Connector};
use super::errors::store_error;
use crate::StoreError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// How often it asks while notifications come.
const PACE: Duration = Duration::from_secs(1);
/// How long it waits for an answer, and before it connects again.
const ANSWER: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(250);

/// Listens while somebody watches.
pub(super) struct Listener {
    connector: Arc<Connector>,
    running: Arc<AtomicBool>,
    runtime: tokio::runtime::Handle,
}

impl Listener {
    pub(super) fn new(connector: Arc<Connector>) -> Self {
        Self { connector, running: Arc::default(), runtime: tokio::runtime::Handle::current() }
    }

    /// Call it with a receiver in hand, or the task may end at once.
    pub(super) fn ensure(&self, known: &Arc<watch::Sender<i64>>) {
        if self.running.swap(true, Ordering::AcqRel) {
            return;
        }
        let (connector, weak, running) =
            (self.connector.clone(), Arc::downgrade(known), self.running.clone());
        self.runtime.spawn(async move {
            while watched(&weak, &running) {
                if let Err(error) = listen(&connector, &weak).await {
                    tracing::warn!(%error, "listening to the log");
                    sleep(PAUSE).await;
                }
            }
        });
    }
}

/// True while somebody watches. Giving up, it looks once more: a watcher that came in between was told that somebody
/// listens.
fn watched(known: &Weak<watch::Sender<i64>>, running: &AtomicBool) -> bool {
    let Some(known) = known.upgrade() else { return false };
    if known.receiver_count() > 0 {
        return true;
    }
    running.store(false, Ordering::Release);
    known.receiver_count() > 0 && !running.swap(true, Ordering::AcqRel)
}

async fn listen(connector: &Connector, weak: &Weak<watch::Sender<i64>>) -> Result<(), StoreError> {
    let told = weak.clone();
    let notify = Box::new(move |payload: &str| {
        if let (Ok(head), Some(known)) = (payload.parse(), told.upgrade()) {
            grown(&known, head);
        }
    });
    let late = |_| StoreError::Unavailable("the server did not answer in time".into());
    let conn = timeout(ANSWER, connector.connect(Some(notify))).await.map_err(late)??;
    conn.client.batch_execute("LISTEN sunledger").await.map_err(store_error)?;
    loop {
        let head = timeout(ANSWER, head(&conn)).await.map_err(late)??;
        match weak.upgrade() {
            Some(known) if known.receiver_count() > 0 => grown(&known, head),
            _ => return Ok(()),
        }
        tokio::select! {
            () = conn.ended() => return Err(StoreError::Unavailable("the connection was lost".into())),
            () = sleep(PACE) => {}
        }
    }
}

pub(super) async fn head(conn: &Conn) -> Result<i64, StoreError> {
    let statement = conn.prepare("SELECT position FROM head").await.map_err(store_error)?;
    let row = conn.client.query_one(&statement, &[]).await.map_err(store_error)?;
    super::rows::get(&row, 0)
}

/// Positions only grow, whoever tells them first.
pub(super) fn grown(known: &watch::Sender<i64>, head: i64) {
    known.send_if_modified(|known| {
        let grown = head > *known;
        *known = head.max(*known);
        grown
    });
}
