//! Webhooks: what happens in the ledger, told to the addresses that subscribed to it. At least once, signed, in the
//! same bytes on every attempt.
//!
//! | file | what |
//! | --- | --- |
//! | `source` | where the events come from |
//! | `fanout`, `page`, `progress` | events become deliveries, once |
//! | `endpoint` | the endpoints, folded from their events |
//! | `worker`, `lanes`, `plan`, `recorder` | attempts: when, whose turn it is, what follows from an answer |
//! | `client`, `guard`, `sign` | one post: where it may go, and what proves who sent it |
//! | `tables`, `batch`, `job`, `row`, `ids`, `sql/` | what is kept, and how |
//! | `deliveries` | what people read of it |
//! | `supervisor`, `wake`, `stats`, `settings` | running it |
//!
//! [`Webhooks::start`] is all that a server needs. What it cannot know comes in by two traits: [`Render`] makes an
//! event's `data`, and [`Control`] carries out the command that disables an endpoint.

mod batch;
pub mod client;
mod connect;
pub mod deliveries;
mod endpoint;
mod fanout;
pub mod guard;
mod ids;
mod job;
mod lanes;
mod page;
mod plan;
mod progress;
mod recorder;
mod row;
mod settings;
pub mod sign;
mod source;
mod stats;
mod supervisor;
mod tables;
mod wake;
mod worker;

pub use client::{LookUp, SystemDns};
pub use connect::trusting_tls;
pub use deliveries::{Attempt, Deliveries, Delivery, DeliveryDetail, DeliveryState, Parked};
pub use fanout::Render;
pub use settings::{Clock, WebhookSettings};
pub use sign::{Secret, new_secret};
pub use source::{EventSource, LogSource, Sources};
pub use stats::{Backlog, Stats};
pub use tables::NAME as DATABASE;
pub use worker::Control;

use client::{Client, ClientSettings};
use stats::Counters;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use sunledger_store::{Log, StoreError, StoreSettings};
use supervisor::Supervisor;
use tables::Tables;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// What the tables get beyond the deadline of a shutdown, to record the last attempts.
const LAST_WRITES: Duration = Duration::from_secs(2);

/// Why the webhooks did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The tables cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing can be posted by `https`.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// The running webhooks. Dropped without [`Webhooks::shutdown`], they end at once; what was under way is attempted
/// again after the next start.
pub struct Webhooks {
    log: Log,
    deliveries: Deliveries,
    counters: Arc<Counters>,
    stop: watch::Sender<Option<Instant>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Webhooks {
    /// Opens the tables and starts delivering what the log holds, as soon as no other process does.
    ///
    /// # Errors
    /// Where the tables cannot be opened, or TLS cannot be set up.
    pub async fn start(
        settings: WebhookSettings,
        log: Log,
        store: StoreSettings,
        render: Arc<dyn Render>,
        control: Arc<dyn Control>,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let followed = log.clone();
        let sources: Sources = Arc::new(move || Box::new(LogSource::new(followed.clone())));
        Self::start_from(sources, settings, log, store, render, control, clock).await
    }

    /// The same, with events from elsewhere (a stream that carries the log's events).
    ///
    /// # Errors
    /// Where the tables cannot be opened, or TLS cannot be set up.
    pub async fn start_from(
        sources: Sources,
        settings: WebhookSettings,
        log: Log,
        store: StoreSettings,
        render: Arc<dyn Render>,
        control: Arc<dyn Control>,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let client = Client::new(&ClientSettings {
            allow_private: settings.allow_private,
            connect_timeout: settings.connect_timeout,
            total_timeout: settings.total_timeout,
            // Several endpoints may share a host, and what was opened for them together is kept for the next posts.
            idle_per_host: settings.concurrency,
            dns: settings.dns.clone(),
        })?;
        let tables = Tables::open(&store).await?;
        let deliveries = Deliveries::new(tables.db().clone());
        let counters = Arc::new(Counters::default());
        let (stop, stopped) = watch::channel(None);
        let supervisor = Supervisor {
            settings,
            log: log.clone(),
            tables,
            client,
            sources,
            render,
            control,
            clock,
            counters: counters.clone(),
            stop: stopped,
        };
        let task = Mutex::new(Some(tokio::spawn(supervisor.run())));
        Ok(Self { log, deliveries, counters, stop, task })
    }

    /// Opens the tables to read them, and delivers nothing: for a program that works beside whoever does, or ends before
    /// anybody would answer.
    ///
    /// # Errors
    /// Where the tables cannot be opened.
    pub async fn at_rest(log: Log, store: &StoreSettings) -> Result<Self, StoreError> {
        let deliveries = Deliveries::new(Tables::open(store).await?.db().clone());
        let (stop, _) = watch::channel(None);
        Ok(Self { log, deliveries, counters: Arc::default(), stop, task: Mutex::new(None) })
    }

    /// What people read of the deliveries; also where another process delivers.
    pub fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    /// Figures for metrics.
    pub fn stats(&self) -> Stats {
        self.counters.read(|| *self.log.watch().borrow())
    }

    /// What is to be done at `now` (microseconds), whichever process does it.
    ///
    /// # Errors
    /// The store's.
    pub async fn backlog(&self, now: i64) -> Result<Backlog, StoreError> {
        Backlog::read(self.deliveries.db(), now).await
    }

    /// Takes up nothing new, lets attempts under way end for so long, records them, and gives the lock back. What did
    /// not end in time is attempted again after the next start.
    pub async fn shutdown(&self, deadline: Duration) {
        let until = Instant::now() + deadline;
        self.stop.send_replace(Some(until));
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut task) = task
            && tokio::time::timeout_at(until + LAST_WRITES, &mut task).await.is_err()
        {
            tracing::warn!("the webhooks did not end in time");
            task.abort();
        }
    }
}
