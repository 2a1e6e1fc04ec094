//! Where the fan-out gets its events from.

use crate::endpoint::KIND;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use sunledger_store::{Log, RecordedEvent, StoreError};
use tokio::sync::watch;
use tokio::time::Instant;

/// Events at a time.
const PAGE: usize = 256;
/// Events passed over at a time, while nobody listens.
const STRIDE: i64 = 4_000;
/// While nobody listens, the log is looked at this often: the first endpoint hears of its first events so much later.
const PACE: Duration = Duration::from_millis(100);
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

    /// Whether there is no endpoint at all. While there is none, `next` may leave out every event that is not an endpoint's,
    /// as long as nothing after such a one comes with it, and may take a little longer.
    fn nobody_listens(&mut self, _nobody: bool) {}
}

/// Opens the source: at the start, and again after every failure.
pub type Sources = Arc<dyn Fn() -> Box<dyn EventSource> + Send + Sync>;

/// The log itself.
pub struct LogSource {
    log: Log,
    grown: watch::Receiver<i64>,
    /// There is no endpoint.
    nobody: bool,
    /// When events were last passed over up to the log's end.
    passed: Option<Instant>,
}

impl LogSource {
    /// Follows a log.
    pub fn new(log: Log) -> Self {
        let grown = log.watch();
        Self { log, grown, nobody: false, passed: None }
    }

    /// While there is no endpoint: its first event after a position, or one far behind that stands for all before it.
    async fn pass_over(&mut self, after: i64) -> Result<Vec<RecordedEvent>, StoreError> {
        if let Some(passed) = self.passed.take() {
            tokio::time::sleep_until(passed + PACE).await;
        }
        let head = self.log.head().await?;
        let upto = head.min(after.saturating_add(STRIDE));
        if upto <= after {
            return Ok(Vec::new());
        }
        let event = self.log.read_next_of(KIND, after, upto).await?;
        if event.as_ref().is_some_and(|event| event.position == head) {
            self.passed = Some(Instant::now());
        }
        Ok(event.into_iter().collect())
    }
}

impl EventSource for LogSource {
    fn next(&mut self, after: i64) -> BoxFuture<'_, Result<Vec<RecordedEvent>, StoreError>> {
        Box::pin(async move {
            loop {
                // Seen before the read, so that what comes during it wakes us again.
                self.grown.borrow_and_update();
                let events = if self.nobody {
                    self.pass_over(after).await?
                } else {
                    self.log.read(after, PAGE).await?
                };
                if !events.is_empty() {
                    return Ok(events);
                }
                if let Ok(Err(_)) = tokio::time::timeout(LOOK, self.grown.changed()).await {
                    tokio::time::sleep(LOOK).await;
                }
            }
        })
    }

    fn nobody_listens(&mut self, nobody: bool) {
        self.nobody = nobody;
    }
}
