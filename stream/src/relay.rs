//! Keeps one relay running in the whole cluster.
//!
//! Whoever holds the log's lock `relay` is the active one; the others ask for it every second. A session goes on until
//! something is in the way; what follows depends on what it is. That two processes believe to be the active one, for a
//! moment, does no harm: the stream takes each next event from one of them.

use crate::checkpoint::Kept;
use crate::message::Print;
use crate::nats::{Nats, Pause};
use crate::session::{Again, LOOK, Session};
use crate::settings::StreamSettings;
use crate::stats::Counters;
use crate::trouble::Trouble;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use sunledger_store::{Lock, Log};
use tokio::sync::watch;
use tokio::time::Instant;

/// How often the lock is asked for.
const LOCK_POLL: Duration = Duration::from_secs(1);
/// How often a refused stream is looked at again.
const RECONSIDER: Duration = Duration::from_secs(5);
/// A session that lasted this long had no trouble in beginning: the pauses start over.
const SOUND: Duration = Duration::from_secs(10);

/// Everything that the relay needs.
pub(crate) struct Relay {
    pub(crate) settings: Arc<StreamSettings>,
    pub(crate) log: Log,
    pub(crate) nats: Nats,
    pub(crate) print: Arc<dyn Print>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) stop: watch::Receiver<bool>,
}

impl Relay {
    /// Runs until it is told to stop.
    pub(crate) async fn run(self) {
        loop {
            match self.log.try_lock("relay").await {
                Ok(Some(lock)) => {
                    self.counters.active.store(true, Relaxed);
                    self.hold(&lock).await;
                    self.counters.active.store(false, Relaxed);
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the lock for the relay cannot be asked for"),
            }
            if self.pause(LOCK_POLL).await {
                return;
            }
        }
    }

    /// Publishes as long as the lock is held.
    async fn hold(&self, lock: &Lock) {
        let mut pause = Pause::default();
        let mut again = None;
        while lock.is_held() {
            let since = Instant::now();
            let trouble = match self.session(lock, &mut again).await {
                Ok(never) => match never {},
                Err(trouble) => trouble,
            };
            if since.elapsed() > SOUND {
                pause = Pause::default();
            }
            if matches!(trouble, Trouble::Stopped | Trouble::LockLost) {
                return;
            }
            let wait = self.report(&trouble, &mut pause);
            if self.pause(wait).await {
                return;
            }
        }
    }

    async fn session(
        &self,
        lock: &Lock,
        again: &mut Option<Again>,
    ) -> Result<std::convert::Infallible, Trouble> {
        let mut kept = Kept::load(&self.log, &self.settings.stream).await?;
        if let Some(known) = &kept.value {
            self.counters.position.store(known.position, Relaxed);
        }
        let connection = loop {
            if self.is_stopped() {
                return Err(Trouble::Stopped);
            }
            if !lock.is_held() {
                return Err(Trouble::LockLost);
            }
            // While NATS is away the figures go on.
            self.note_waiting().await;
            tokio::select! {
                connection = self.nats.connection() => break connection,
                stopped = self.pause(LOOK) => if stopped { return Err(Trouble::Stopped) },
            }
        };
        let session = Session {
            settings: &self.settings,
            log: &self.log,
            print: &self.print,
            counters: &self.counters,
            connection: &connection,
            lock,
            stop: self.stop.clone(),
        };
        let trouble = Box::pin(session.run(&mut kept, again)).await;
        if matches!(trouble, Trouble::Away(_)) {
            // Whatever is still on its way goes down with the connection.
            connection.give_up();
        }
        Err(trouble)
    }

    /// Says what is in the way, and how long to wait.
    fn report(&self, trouble: &Trouble, pause: &mut Pause) -> Duration {
        let text = trouble.to_string();
        match trouble {
            Trouble::Changed(_) => tracing::info!(stream = self.settings.stream, "{text}"),
            Trouble::Refused(_) => {
                if self.counters.refused(Some(&text)) {
                    self.counters.failed(&text);
                    tracing::error!("nothing is published: {text}");
                }
                return RECONSIDER;
            }
            _ => {
                self.counters.failed(&text);
                if pause.is_first() {
                    tracing::warn!(stream = self.settings.stream, "publishing is interrupted: {text}");
                }
            }
        }
        pause.next()
    }

    /// The age of what waits, from the log.
    async fn note_waiting(&self) {
        let position = self.counters.position.load(Relaxed);
        if let Ok(events) = self.log.read(position, 1).await {
            let since = events.first().map_or(0, |event| event.recorded_at);
            self.counters.waiting_since.store(since, Relaxed);
        }
    }

    fn is_stopped(&self) -> bool {
        *self.stop.borrow() || self.stop.has_changed().is_err()
    }

    /// Waits; true where it is time to stop.
    async fn pause(&self, time: Duration) -> bool {
        let mut stop = self.stop.clone();
        tokio::time::timeout(time, stop.wait_for(|stop| *stop)).await.is_ok()
    }
}
