//! Queues for those who want to change one aggregate.

use std::hash::{BuildHasher, RandomState};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

/// Locks over which aggregates are spread.
const STRIPES: usize = 4096;

/// One waits for another that holds the same aggregate, in the order in which they came; two aggregates seldom share a queue.
pub(crate) struct Turns {
    stripes: Box<[Mutex<()>]>,
    hasher: RandomState,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self { stripes: (0..STRIPES).map(|_| Mutex::new(())).collect(), hasher: RandomState::new() }
    }

    /// Waits for an aggregate's turn, which lasts as long as what is returned.
    pub(crate) async fn of(&self, id: Uuid) -> MutexGuard<'_, ()> {
        self.stripes[self.hasher.hash_one(id) as usize % STRIPES].lock().await
    }
}
