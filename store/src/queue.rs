//! Where callers meet: each puts its append into a bounded queue and waits for the answer. The appender takes all
//! that is there, up to a batch, and while it commits the next batch collects by itself.

use crate::{Append, AppendError, Appended, StoreError};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// Appends that may wait; past them, callers wait to be let in.
pub(crate) const CAPACITY: usize = 4096;
/// A batch stops growing here, so that one transaction stays short and small in memory.
pub(crate) const BATCH_BYTES: usize = 8 << 20;

/// What the appender answers.
pub(crate) type Answer = Result<Appended, AppendError>;

/// An append and whoever waits for it.
pub(crate) struct Job {
    pub(crate) append: Append,
    pub(crate) since: Instant,
    pub(crate) answer: oneshot::Sender<Answer>,
}

impl Job {
    /// The caller may be gone: its append went on without it.
    pub(crate) fn finish(self, answer: Answer) {
        let _ = self.answer.send(answer);
    }
}

/// Queues an append and waits. Once it is queued, dropping the returned future stops nothing.
pub(crate) async fn submit<W>(queue: &mpsc::Sender<W>, append: Append, wrap: fn(Job) -> W) -> Answer {
    let since = Instant::now();
    let (answer, answered) = oneshot::channel();
    if queue.send(wrap(Job { append, since, answer })).await.is_err() {
        return Err(gone().into());
    }
    answered.await.unwrap_or_else(|_| Err(gone().into()))
}

pub(crate) fn gone() -> StoreError {
    StoreError::Unavailable("the log is closed".into())
}
