//! How the fan-out tells the worker what has become due, without the worker asking the tables.

use crate::job::LaneKey;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// Lanes with something due.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    lanes: Mutex<HashSet<LaneKey>>,
    notify: Notify,
}

impl Wake {
    /// Something is due in these lanes.
    pub(crate) fn add(&self, lanes: impl IntoIterator<Item = LaneKey>) {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).extend(lanes);
        self.notify.notify_one();
    }

    /// Takes what was added.
    pub(crate) fn take(&self) -> HashSet<LaneKey> {
        std::mem::take(&mut *self.lanes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until something was added since the last wait.
    pub(crate) async fn added(&self) {
        self.notify.notified().await;
    }
}
