//! The webhooks' events, by way of the stream: the stream says that there is something, the log says what.
//!
//! Deliveries are signed, so what stands in them must be true; but whoever may publish can put a message on the stream.
//! And secrets, which some deliveries need, are not on it. So a message only wakes: the events themselves are read from
//! the log, in its order and without gaps, whatever the messages say. Hence the stream may be away, silent, behind or
//! refused: the log is followed directly then, until the stream has caught up.

use crate::consumer::{Heard, listen};
use crate::nats::{Guard, Nats};
use crate::settings::StreamSettings;
use futures_util::future::BoxFuture;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use sunledger_store::{Log, RecordedEvent, StoreError};
use sunledger_webhooks::{EventSource, LogSource};
use tokio::sync::{mpsc, watch};

/// Events at a time.
const PAGE: usize = 256;
/// How often the log is asked whether it has more than the stream told of. Twice so, and the stream is behind.
const LOOK: Duration = Duration::from_millis(500);
/// Messages that may wait to be looked at.
const WAITING: usize = 1_024;

/// The stream, while there is anybody to tell; else the log alone, most of which is passed over then: NATS need not send
/// what nobody is told.
pub(crate) struct WhileNeeded {
    nats: Nats,
    settings: Arc<StreamSettings>,
    log: Log,
    nobody: bool,
    stream: Option<StreamSource>,
    quiet: LogSource,
}

impl WhileNeeded {
    /// Listens to nothing until it is asked for events.
    pub(crate) fn new(nats: Nats, settings: Arc<StreamSettings>, log: Log) -> Self {
        let mut quiet = LogSource::new(log.clone());
        quiet.nobody_listens(true);
        Self { nats, settings, log, nobody: false, stream: None, quiet }
    }
}

impl EventSource for WhileNeeded {
    fn next(&mut self, after: i64) -> BoxFuture<'_, Result<Vec<RecordedEvent>, StoreError>> {
        if self.nobody {
            self.stream = None;
            return self.quiet.next(after);
        }
        let listen = || StreamSource::new(self.nats.clone(), self.settings.clone(), self.log.clone());
        self.stream.get_or_insert_with(listen).next(after)
    }

    fn nobody_listens(&mut self, nobody: bool) {
        self.nobody = nobody;
    }
}

/// Follows the stream, and where that is no help the log.
struct StreamSource {
    log: Log,
    grown: watch::Receiver<i64>,
    heard: mpsc::Receiver<Heard>,
    /// Heard of, and not yet asked for what comes after it.
    open: VecDeque<Heard>,
    /// The highest position that the stream told of.
    told: i64,
    /// Whether the log was found to be ahead of what the stream tells.
    behind: bool,
    /// Where the log ended at the last look.
    seen: i64,
    _listener: Guard,
}

impl StreamSource {
    /// Begins to listen.
    fn new(nats: Nats, settings: Arc<StreamSettings>, log: Log) -> Self {
        let (tell, heard) = mpsc::channel(WAITING);
        let listener = tokio::spawn(listen(nats, settings, log.identity(), tell));
        Self {
            grown: log.watch(),
            log,
            heard,
            open: VecDeque::new(),
            told: 0,
            behind: false,
            seen: i64::MAX,
            _listener: Guard(listener),
        }
    }

    /// Takes note of a message.
    fn note(&mut self, heard: Heard, after: i64) {
        self.told = self.told.max(heard.position);
        self.open.push_back(heard);
        if self.behind && self.told >= after {
            self.behind = false;
            tracing::info!("webhooks follow the stream again");
        }
    }

    /// Takes note of a message and of all that wait behind it, and acknowledges those that the log told of before.
    async fn hear(&mut self, first: Option<Heard>, after: i64) {
        let mut next = first;
        while let Some(heard) = next.or_else(|| self.heard.try_recv().ok()) {
            self.note(heard, after);
            next = None;
        }
        self.acknowledge(|position| position <= after).await;
    }

    /// Acknowledges what tells of nothing new: a message that is lost on the way comes again, and is acknowledged then.
    async fn acknowledge(&mut self, until: impl Fn(i64) -> bool + Send) {
        let mut kept = VecDeque::with_capacity(self.open.len());
        for heard in std::mem::take(&mut self.open) {
            if until(heard.position) {
                let _ = heard.acker.ack().await;
            } else {
                kept.push_back(heard);
            }
        }
        self.open = kept;
    }

    /// The next events from the log.
    async fn read(&mut self, after: i64) -> Result<Vec<RecordedEvent>, StoreError> {
        self.grown.borrow_and_update();
        let events = self.log.read(after, PAGE).await?;
        if events.len() < PAGE {
            // This is the log's end: who told of more told of what does not exist.
            let end = events.last().map_or(after, |event| event.position);
            self.acknowledge(|position| position > end).await;
            self.told = self.told.min(end);
        }
        Ok(events)
    }

    /// Whether the log has had more for a while than the stream told of.
    async fn look(&mut self, after: i64) -> Result<(), StoreError> {
        let head = self.log.head().await?;
        if self.seen > after && self.seen != i64::MAX && !self.behind {
            self.behind = true;
            tracing::info!(after, "the stream is silent: webhooks follow the log");
        }
        self.seen = head;
        Ok(())
    }

    async fn wait(&mut self, after: i64) -> Result<Vec<RecordedEvent>, StoreError> {
        self.hear(None, after).await;
        loop {
            if self.told > after || self.behind {
                let events = self.read(after).await?;
                if !events.is_empty() {
                    return Ok(events);
                }
            }
            tokio::select! {
                Some(heard) = self.heard.recv() => self.hear(Some(heard), after).await,
                Ok(()) = self.grown.changed(), if self.behind => {}
                () = tokio::time::sleep(LOOK) => self.look(after).await?,
            }
        }
    }
}

impl EventSource for StreamSource {
    fn next(&mut self, after: i64) -> BoxFuture<'_, Result<Vec<RecordedEvent>, StoreError>> {
        Box::pin(self.wait(after))
    }
}
