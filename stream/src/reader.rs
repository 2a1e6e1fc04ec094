//! Reads ahead: the next events of the log, printed, while those before them are on their way.

use crate::message::{Outgoing, Print};
use crate::nats::Guard;
use std::sync::Arc;
use std::time::Duration;
use sunledger_store::{Log, RecordedEvent, StoreError};
use tokio::sync::mpsc;

/// Events at a time.
const PAGE: usize = 256;
/// A look at the log that nothing asked for, in case a wake-up is lost.
const LOOK: Duration = Duration::from_secs(1);

/// The events after a position, in order, without end.
pub(crate) struct Reader {
    pub(crate) pages: mpsc::Receiver<Result<Vec<Outgoing>, StoreError>>,
    _tasks: [Guard; 2],
}

impl Reader {
    pub(crate) fn start(log: Log, after: i64, print: Arc<dyn Print>, max_payload: usize) -> Self {
        // One page is read while the one before it is printed, and the one before that sent: memory stays bounded however
        // slow the other end is.
        let (read, mut events) = mpsc::channel(1);
        let (printed, pages) = mpsc::channel(1);
        let reading = tokio::spawn(follow(log, after, read));
        let printing = tokio::spawn(async move {
            while let Some(page) = events.recv().await {
                let message = |event| Outgoing::new(event, &*print, max_payload);
                let page = page.map(|events: Vec<RecordedEvent>| events.into_iter().map(message).collect());
                if printed.send(page).await.is_err() {
                    return;
                }
            }
        });
        Self { pages, _tasks: [Guard(reading), Guard(printing)] }
    }
}

/// Reads until whoever takes the pages is gone, or a read fails, which is the last page.
async fn follow(log: Log, mut after: i64, pages: mpsc::Sender<Result<Vec<RecordedEvent>, StoreError>>) {
    let mut grown = log.watch();
    loop {
        // Seen before the read, so that what comes during it wakes us again.
        grown.borrow_and_update();
        let page = log.read(after, PAGE).await;
        match page.as_deref() {
            Ok([]) => {
                let _ = tokio::time::timeout(LOOK, grown.changed()).await;
                continue;
            }
            Ok(events) => after = events.last().map_or(after, |event| event.position),
            Err(_) => {}
        }
        let failed = page.is_err();
        if pages.send(page).await.is_err() || failed {
            return;
        }
    }
}
