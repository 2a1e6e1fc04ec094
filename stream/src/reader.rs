//! Reads ahead: the next events of the log, printed, while those before them are on their way.

use crate::message::{Outgoing, Print};
use crate::nats::Guard;
use std::sync::Arc;
use std::time::Duration;
use sunledger_store::{Log, StoreError};
use tokio::sync::mpsc;

/// Events at a time.
const PAGE: usize = 256;
/// A look at the log that nothing asked for, in case a wake-up is lost.
const LOOK: Duration = Duration::from_secs(1);

/// The events after a position, in order, without end.
pub(crate) struct Reader {
    pub(crate) pages: mpsc::Receiver<Result<Vec<Outgoing>, StoreError>>,
    _task: Guard,
}

impl Reader {
    pub(crate) fn start(log: Log, after: i64, print: Arc<dyn Print>, max_payload: usize) -> Self {
        // One page waits while the next one is made: memory stays bounded however slow the other end is.
        let (send, pages) = mpsc::channel(1);
        let task = tokio::spawn(async move {
            let mut after = after;
            let mut grown = log.watch();
            loop {
                // Seen before the read, so that what comes during it wakes us again.
                grown.borrow_and_update();
                let page = match log.read(after, PAGE).await {
                    Ok(events) if events.is_empty() => {
                        let _ = tokio::time::timeout(LOOK, grown.changed()).await;
                        continue;
                    }
                    Ok(events) => {
                        after = events.last().map_or(after, |event| event.position);
                        Ok(events
                            .into_iter()
                            .map(|event| Outgoing::new(event, &*print, max_payload))
                            .collect())
                    }
                    Err(error) => Err(error),
                };
                let failed = page.is_err();
                if send.send(page).await.is_err() || failed {
                    return;
                }
            }
        });
        Self { pages, _task: Guard(task) }
    }
}
