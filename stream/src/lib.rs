//! The log's copy in NATS JetStream, for others to consume.
//!
//! | file | what |
//! | --- | --- |
//! | `settings` | where, and under which names |
//! | `nats` | one connection, made again whenever it is lost |
//! | `config` | the stream as it should be, and whose it is |
//! | `message` | an event as a message, and a message as the event that it claims to be |
//! | `checkpoint` | what the relay knows for sure, kept beside the log |
//! | `scan`, `resume` | what the stream holds, and from where on it is filled |
//! | `reader`, `window`, `session` | publishing: read ahead, in flight, acknowledged |
//! | `relay` | one relay in the cluster, kept running |
//! | `consumer`, `source` | the webhooks' events, by way of the stream |
//! | `stats` | figures |
//!
//! [`Stream::start`] is all that a server needs. The log is the truth and the stream a copy: nothing here can stop or
//! slow a command, and whatever the stream loses is published again from the log.

mod checkpoint;
mod config;
mod consumer;
mod message;
mod nats;
mod reader;
mod relay;
mod resume;
mod scan;
mod session;
mod settings;
mod source;
mod stats;
mod trouble;
mod window;

pub use message::{Print, headers};
pub use settings::{Addresses, StreamSettings, check_prefix, check_stream};
pub use stats::Stats;

use nats::Nats;
use relay::Relay;
use source::WhileNeeded;
use stats::Counters;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use sunledger_store::Log;
use sunledger_webhooks::Sources;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The running relay, and the connection that it shares with the sources. Dropped without [`Stream::shutdown`], it ends
/// at once; the next start finds in the stream how far it came.
pub struct Stream {
    settings: Arc<StreamSettings>,
    log: Log,
    nats: Nats,
    counters: Arc<Counters>,
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Stream {
    /// Begins to connect, and to publish what the log holds as soon as no other process does. Returns at once, whether
    /// NATS is there or not.
    pub fn start(settings: StreamSettings, log: Log, print: Arc<dyn Print>) -> Self {
        let settings = Arc::new(settings);
        let counters = Arc::new(Counters::default());
        let nats = Nats::start(settings.addresses.clone(), counters.clone());
        let (stop, stopped) = watch::channel(false);
        let relay = Relay {
            settings: settings.clone(),
            log: log.clone(),
            nats: nats.clone(),
            print,
            counters: counters.clone(),
            stop: stopped,
        };
        let task = Mutex::new(Some(tokio::spawn(relay.run())));
        Self { settings, log, nats, counters, stop, task }
    }

    /// Events for the webhooks: the stream says that there is something, the log says what.
    pub fn sources(&self) -> Sources {
        let (nats, settings, log) = (self.nats.clone(), self.settings.clone(), self.log.clone());
        Arc::new(move || Box::new(WhileNeeded::new(nats.clone(), settings.clone(), log.clone())))
    }

    /// Figures for metrics and health.
    pub fn stats(&self) -> Stats {
        self.counters.read(*self.log.watch().borrow())
    }

    /// Publishes nothing new, waits so long for what is under way to be acknowledged, and gives the lock back.
    pub async fn shutdown(&self, deadline: Duration) {
        self.stop.send_replace(true);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut task) = task
            && tokio::time::timeout(deadline, &mut task).await.is_err()
        {
            tracing::warn!("the relay did not end in time");
            task.abort();
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}
