//! Keeps the fan-out, the worker and the housekeeping running, in one process of the cluster at a time.
//!
//! Whoever holds the log's lock `webhooks` is the active one; the others ask for it several times a second. The fan-out comes
//! back from its checkpoint after any failure, the worker rides failures of the store out by itself, and a task that
//! panics ends the session: the next one begins with everything read anew.

use crate::client::Client;
use crate::endpoint::Registry;
use crate::fanout::{FanOut, Render};
use crate::settings::{Clock, WebhookSettings, micros};
use crate::source::Sources;
use crate::stats::Counters;
use crate::tables::Tables;
use crate::wake::Wake;
use crate::worker::{Control, Tools, Worker};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;
use sunledger_store::{Lock, Log, StoreError};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How often the lock is asked for, and looked at by its holder.
const LOCK_POLL: Duration = Duration::from_millis(250);
/// How often its holder looks whether the tables still say so.
const SESSION_POLL: Duration = Duration::from_secs(1);
/// Shortest and longest pause after a failure.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// How often old deliveries are deleted.
const HOUSEKEEPING: Duration = Duration::from_secs(60);
/// Deliveries deleted in one transaction, and the pause to the next, so that others get to write between.
const PURGE_STEP: i64 = 500;
const PURGE_PAUSE: Duration = Duration::from_millis(50);

/// Everything that a session needs.
#[derive(Clone)]
pub(crate) struct Supervisor {
    pub(crate) settings: WebhookSettings,
    pub(crate) log: Log,
    pub(crate) tables: Tables,
    pub(crate) client: Client,
    pub(crate) sources: Sources,
    pub(crate) render: Arc<dyn Render>,
    pub(crate) control: Arc<dyn Control>,
    pub(crate) clock: Clock,
    pub(crate) counters: Arc<Counters>,
    /// Set when it is time to stop: until when attempts under way may go on.
    pub(crate) stop: watch::Receiver<Option<Instant>>,
}

impl Supervisor {
    /// Runs until it is told to stop, or until nobody is left to tell it.
    pub(crate) async fn run(self) {
        let mut stop = self.stop.clone();
        while stop.borrow().is_none() {
            match self.log.try_lock("webhooks").await {
                Ok(Some(lock)) => {
                    tracing::info!("this process delivers the webhooks");
                    self.counters.active.store(true, Relaxed);
                    match self.tables.begin(self.log.identity()).await {
                        Ok(tables) => Self { tables, ..self.clone() }.session(Arc::new(lock)).await,
                        Err(error) => tracing::warn!(%error, "webhook deliveries cannot begin"),
                    }
                    self.counters.active.store(false, Relaxed);
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the lock for webhooks cannot be asked for"),
            }
            if stop.borrow().is_some() || pause(LOCK_POLL, &mut stop).await.is_err() {
                return;
            }
        }
    }

    /// One time of being the active process.
    async fn session(&self, lock: Arc<Lock>) {
        let (registry, registry_seen) = watch::channel(Arc::new(Registry::default()));
        let wake = Arc::new(Wake::new(self.settings.limits()));
        // Kept here too: the registry's sender must outlive the fan-out, or a worker that still drains would be cut off.
        let fan_out = Arc::new(FanOut {
            tables: self.tables.clone(),
            registry,
            render: self.render.clone(),
            clock: self.clock.clone(),
            wake: wake.clone(),
            counters: self.counters.clone(),
            retention: micros(self.settings.retention),
            lease: self.settings.lease(),
            claiming: AtomicI64::new(0),
        });
        let tools = Tools {
            tables: self.tables.clone(),
            registry: registry_seen,
            client: self.client.clone(),
            control: self.control.clone(),
            clock: self.clock.clone(),
            wake,
            counters: self.counters.clone(),
            settings: self.settings.clone(),
            lock: lock.clone(),
            stop: self.stop.clone(),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(self.clone().fan_out(fan_out.clone()));
        tasks.spawn(self.clone().work(tools));
        tasks.spawn(self.clone().keep_house());
        let mut looked = Instant::now();
        loop {
            tokio::select! {
                ended = tasks.join_next() => match ended {
                    None => return,
                    Some(Ok(())) if self.stop.borrow().is_some() => {}
                    // The stop's sender is gone: nobody waits for an orderly end.
                    Some(Ok(())) => return,
                    Some(Err(error)) => {
                        tracing::error!(%error, "a task of the webhooks failed; all of them begin anew");
                        return;
                    }
                },
                () = tokio::time::sleep(LOCK_POLL) => if !lock.is_held() {
                    tracing::warn!("the lock for webhooks is lost");
                    return;
                } else if looked.elapsed() >= SESSION_POLL {
                    // One that was paused after it got the lock may have entered itself when it had lost it.
                    if let Ok(false) = self.tables.is_ours().await {
                        tracing::warn!("another process took itself for the one that delivers webhooks");
                        return;
                    }
                    looked = Instant::now();
                },
            }
        }
    }

    async fn fan_out(self, fan_out: Arc<FanOut>) {
        let mut stop = self.stop.clone();
        let mut wait = PAUSES.0;
        loop {
            let began_at = self.counters.position.load(Relaxed);
            let error = tokio::select! {
                result = self.follow(&fan_out) => match result {
                    Ok(never) => match never {},
                    Err(error) => error,
                },
                _ = stop.changed() => return,
            };
            if self.counters.position.load(Relaxed) != began_at {
                wait = PAUSES.0;
            }
            tracing::warn!(%error, "the fan-out of webhooks failed and goes on from its checkpoint");
            if pause(wait, &mut stop).await.is_err() || stop.borrow().is_some() {
                return;
            }
            wait = (wait * 2).min(PAUSES.1);
        }
    }

    /// Reads everything anew: after a failure nobody knows whether the last transaction was made.
    async fn follow(&self, fan_out: &FanOut) -> Result<std::convert::Infallible, StoreError> {
        fan_out.settle().await?;
        let checkpoint = self.tables.adopt(self.log.identity(), self.log.head(), (self.clock)()).await?;
        self.counters.position.store(checkpoint.position, Relaxed);
        let endpoints = self.tables.endpoints().await?;
        fan_out.registry.send_replace(Arc::new(Registry::new(endpoints)));
        let mut source = (self.sources)();
        fan_out.run(source.as_mut(), checkpoint).await
    }

    async fn work(self, tools: Tools) {
        let mut stop = self.stop.clone();
        let worker = loop {
            match Worker::start(tools.clone()).await {
                Ok(worker) => break worker,
                Err(error) => tracing::warn!(%error, "webhook deliveries cannot begin"),
            }
            if pause(LOCK_POLL, &mut stop).await.is_err() || stop.borrow().is_some() {
                return;
            }
        };
        Box::pin(worker.run()).await;
    }

    async fn keep_house(self) {
        let mut stop = self.stop.clone();
        loop {
            if let Err(error) = self.purge().await {
                tracing::warn!(%error, "housekeeping of webhooks failed");
            }
            if pause(HOUSEKEEPING, &mut stop).await.is_err() || stop.borrow().is_some() {
                return;
            }
        }
    }

    async fn purge(&self) -> Result<(), StoreError> {
        let before = (self.clock)().saturating_sub(micros(self.settings.retention));
        while self.tables.purge(before, PURGE_STEP).await? > 0 && self.stop.borrow().is_none() {
            tokio::time::sleep(PURGE_PAUSE).await;
        }
        Ok(())
    }
}

/// Waits, or until the stop changes; an error where nobody can stop it any more.
async fn pause(
    time: Duration,
    stop: &mut watch::Receiver<Option<Instant>>,
) -> Result<(), watch::error::RecvError> {
    tokio::select! {
        () = tokio::time::sleep(time) => Ok(()),
        changed = stop.changed() => changed,
    }
}
