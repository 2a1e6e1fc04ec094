//! The lanes, shared: the fan-out puts into them what it has just written, and the worker takes it out.

use crate::lanes::{Lanes, Limits};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The lanes of one session.
#[derive(Debug)]
pub(crate) struct Wake {
    lanes: Mutex<Lanes>,
    notify: Notify,
}

impl Wake {
    /// Lanes without anything in them.
    pub(crate) fn new(limits: Limits) -> Self {
        Self { lanes: Mutex::new(Lanes::new(limits)), notify: Notify::new() }
    }

    /// The lanes, for a moment.
    pub(crate) fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There is something to do for the worker.
    pub(crate) fn wake(&self) {
        self.notify.notify_one();
    }

    /// Waits until somebody woke the worker since the last wait.
    pub(crate) async fn woken(&self) {
        self.notify.notified().await;
    }
}
