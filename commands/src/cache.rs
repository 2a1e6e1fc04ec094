//! Recently used aggregates, kept in memory with their version. Never trusted for a refusal: another process may
//! have moved the aggregate on (see `executor`).

use crate::read_side::AnyState;
use std::sync::Arc;
use sunledger_domain::Entity;
use sunledger_store::StreamId;
use uuid::Uuid;

/// Memory that cached aggregates may take, about.
const CAPACITY: u64 = 192 * 1024 * 1024;
/// What an aggregate weighs beside its JSON: its place in the cache.
const PLACE: u64 = 256;
/// Lighter ones need no exact weight, bytes of JSON.
const LIGHT: u64 = 1024;
/// Ids made here that no stream can have yet.
const FRESH: usize = 8192;

/// An aggregate in memory.
#[derive(Clone)]
pub(crate) struct Cached {
    /// Its state.
    pub(crate) state: AnyState,
    /// Its version; 0: it has no event.
    pub(crate) version: i64,
    /// What it weighs, in bytes of its JSON.
    pub(crate) weight: Weight,
    /// Memory for each of them, as its type says.
    pub(crate) bulk: u64,
}

/// What a state weighs, about, in bytes of its JSON.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weight {
    /// When it was last weighed.
    weighed: u64,
    /// Of the events since then; most of them replace something and add less.
    since: u64,
}

impl Weight {
    /// Of an aggregate that was just made: about what its events say, so that it need not be written as JSON to know.
    pub(crate) fn made(events: u64) -> Self {
        Self { weighed: events, since: 0 }
    }

    /// After more events. The state is weighed anew once they could have made it twice as heavy: seldom, because that
    /// means to write it as JSON; and often enough, because an aggregate that changes again and again hardly grows.
    pub(crate) fn after(self, events: u64, weigh: impl FnOnce() -> u64) -> Self {
        let since = self.since + events;
        if since > self.weighed.max(LIGHT) {
            Self { weighed: weigh(), since: 0 }
        } else {
            Self { since, ..self }
        }
    }
}

/// A state's bytes as JSON.
pub(crate) fn weigh<A: Entity>(state: &A) -> u64 {
    /// Counts what is written to it.
    struct Counter(u64);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // A state that cannot be written weighs what was written of it: its rows and snapshots say what is wrong.
    let _ = serde_json::to_writer(&mut counter, state);
    counter.0
}

impl Cached {
    /// An aggregate that has no event.
    pub(crate) fn new<A: Entity>() -> Self {
        Self { state: Arc::new(A::default()), version: 0, weight: Weight::default(), bulk: A::BULK }
    }

    /// The state as its own type; `None` where the stream holds another type (a programming error).
    pub(crate) fn state<A: Entity>(&self) -> Option<Arc<A>> {
        self.state.clone().downcast::<A>().ok()
    }
}

#[derive(Clone)]
struct ByWeight;

impl quick_cache::Weighter<StreamId, Cached> for ByWeight {
    fn weight(&self, _: &StreamId, cached: &Cached) -> u64 {
        (cached.weight.weighed + cached.weight.since) * cached.bulk + PLACE
    }
}

/// The cache.
pub(crate) struct Cache {
    aggregates: quick_cache::sync::Cache<StreamId, Cached, ByWeight>,
    fresh: quick_cache::sync::Cache<Uuid, ()>,
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self {
            aggregates: quick_cache::sync::Cache::with_weighter(10_000, CAPACITY, ByWeight),
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

#[cfg(test)]
mod tests {
    use super::*;
    use sunledger_domain::client::Client;

    #[test]
    fn what_changes_again_and_again_weighs_what_it_is_and_not_what_was_said_of_it() {
        let state = 2_000;
        let mut weighed = 0;
        let weight = (0..1_000).fold(Weight::default(), |weight, _| {
            weight.after(600, || {
                weighed += 1;
                state
            })
        });
        assert!((state..=2 * state).contains(&(weight.weighed + weight.since)), "{weight:?}");
        assert!(weighed < 400, "weighed {weighed} times");
    }

    #[test]
    fn what_was_just_made_is_weighed_once_it_has_grown() {
        let made = Weight::made(3_000);
        let changed = made.after(2_000, || unreachable!("it is not twice as heavy"));
        assert_eq!((changed.weighed, changed.since), (3_000, 2_000));
        assert_eq!(changed.after(1_001, || 4_000).weighed, 4_000);
    }

    #[test]
    fn a_state_weighs_its_json() {
        let client = Client { notes: Some("x".repeat(5_000)), ..Client::default() };
        assert_eq!(weigh(&client), serde_json::to_string(&client).unwrap().len() as u64);
    }
}
