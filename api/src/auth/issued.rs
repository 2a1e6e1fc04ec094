//! Answers with a secret in them that were made under an Idempotency-Key, so that the same request can be answered the
//! same. In memory only: nothing but a hash is ever written down, so after a restart the answer cannot be given again.

use quick_cache::sync::Cache;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// An aggregate and the version that the request brought it to: no other request has the same.
type Made = (Uuid, i64);

/// What was answered. Cheap to clone.
#[derive(Clone)]
pub struct Issued(Arc<Cache<Made, (Instant, Arc<str>)>>);

impl Issued {
    const MEMORY: Duration = Duration::from_secs(24 * 3_600);
    const CAPACITY: usize = 1_000;

    /// Keeps an answer, or the secret in it.
    pub fn keep(&self, made: Made, answer: &str) {
        self.0.insert(made, (Instant::now(), answer.into()));
    }

    /// What was answered, where it is remembered.
    pub fn again(&self, made: Made) -> Option<Arc<str>> {
        self.0.remove_if(&made, |(kept, _)| kept.elapsed() >= Self::MEMORY);
        self.0.get(&made).map(|(_, answer)| answer)
    }
}

impl Default for Issued {
    fn default() -> Self {
        Self(Arc::new(Cache::new(Self::CAPACITY)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_remembered_by_what_it_made() {
        let issued = Issued::default();
        issued.keep((Uuid::from_u128(1), 3), "slk_one");
        assert_eq!(issued.again((Uuid::from_u128(1), 3)).as_deref(), Some("slk_one"));
        assert_eq!(issued.again((Uuid::from_u128(1), 4)), None);
        assert_eq!(issued.again((Uuid::from_u128(2), 3)), None);
    }
}
