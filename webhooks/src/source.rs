//! Where the fan-out gets its events from.

use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use sunledger_store::{Log, RecordedEvent, StoreError};
use tokio::sync::watch;

/// Events at a time.
const PAGE: usize = 256;
/// A look at the log that nothing asked for, in case a wake-up is lost.
const LOOK: Duration = Duration::from_secs(1);

/// The events of the whole log, in order.
pub trait EventSource: Send {
    /// Waits until there are events after a position, and gives the next ones, without a gap and at least one. The
    /// same event may come again; it is known by its position.
    ///
    /// # Errors
    /// Where the source is away; it is asked again later.
    fn next(&mut self, after: i64) -> BoxFuture<'_, Result<Vec<RecordedEvent>, StoreError>>;
}

/// Opens the source: at the start, and again after every failure.
pub type Sources = Arc<dyn Fn() -> Box<dyn EventSource> + Send + Sync>;

/// The log itself.
pub struct LogSource {
    log: Log,
    grown: watch::Receiver<i64>,
}

impl LogSource {
    /// Follows a log.
    pub fn new(log: Log) -> Self {
        let grown = log.watch();
        Self { log, grown }
    }
}

impl EventSource for LogSource {
    fn next(&mut self, after: i64) -> BoxFuture<'_, Result<Vec<RecordedEvent>, StoreError>> {
        Box::pin(async move {
            loop {
                // Seen before the read, so that what comes during it wakes us again.
                self.grown.borrow_and_update();
                let events = self.log.read(after, PAGE).await?;
                if !events.is_empty() {
                    return Ok(events);
                }
                if let Ok(Err(_)) = tokio::time::timeout(LOOK, self.grown.changed()).await {
                    tokio::time::sleep(LOOK).await;
                }
            }
        })
    }
}
