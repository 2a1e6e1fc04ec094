//! Recently used aggregates, kept in memory with their version. Never trusted for a refusal: another process may
//! have moved the aggregate on (see `executor`).

use crate::read_side::AnyState;
use std::sync::Arc;
use sunledger_domain::Entity;
use sunledger_store::StreamId;
use uuid::Uuid;

/// Memory that cached aggregates may take, in bytes of their events' JSON.
const CAPACITY: u64 = 128 * 1024 * 1024;
/// Ids made here that no stream can have yet.
const FRESH: usize = 8192;

/// An aggregate in memory.
#[derive(Clone)]
pub(crate) struct Cached {
    /// Its state.
    pub(crate) state: AnyState,
    /// Its version; 0: it has no event.
    pub(crate) version: i64,
    /// Bytes of its events.
    pub(crate) weight: u64,
}

impl Cached {
    /// An aggregate that has no event.
    pub(crate) fn new<A: Entity>() -> Self {
        Self { state: Arc::new(A::default()), version: 0, weight: 0 }
    }

    /// The state as its own type; `None` where the stream holds another type (a programming error).
    pub(crate) fn state<A: Entity>(&self) -> Option<Arc<A>> {
        self.state.clone().downcast::<A>().ok()
    }
}

#[derive(Clone)]
struct Weight;

impl quick_cache::Weighter<StreamId, Cached> for Weight {
    fn weight(&self, _: &StreamId, cached: &Cached) -> u64 {
        cached.weight + 256
    }
}

/// The cache.
pub(crate) struct Cache {
    aggregates: quick_cache::sync::Cache<StreamId, Cached, Weight>,
    fresh: quick_cache::sync::Cache<Uuid, ()>,
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self {
            aggregates: quick_cache::sync::Cache::with_weighter(10_000, CAPACITY, Weight),
            fresh: quick_cache::sync::Cache::new(FRESH),
        }
    }

    pub(crate) fn get(&self, stream: &StreamId) -> Option<Cached> {
        self.aggregates.get(stream)
    }

    /// Keeps an aggregate, unless a newer one is there already.
    pub(crate) fn put(&self, stream: StreamId, cached: Cached) {
        if self.aggregates.peek(&stream).is_none_or(|there| there.version < cached.version) {
            self.aggregates.insert(stream, cached);
        }
    }

    pub(crate) fn forget(&self, stream: &StreamId) {
        self.aggregates.remove(stream);
    }

    /// Notes an id that was just made here: nothing in the log can have it.
    pub(crate) fn made(&self, id: Uuid) {
        self.fresh.insert(id, ());
    }

    /// True once for an id that was made here.
    pub(crate) fn is_fresh(&self, id: &Uuid) -> bool {
        self.fresh.remove(id).is_some()
    }
}
