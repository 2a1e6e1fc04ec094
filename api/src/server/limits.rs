//! Requests per key and time, by the generic cell rate algorithm (GCRA): one number a key, no timer, no queue.
//!
//! The number is the *theoretical arrival time*: when the next request would come if requests came evenly. Each one
//! pushes it on by one interval; it may run ahead of the clock by a whole period, which is what lets a key that was
//! quiet send its full quota at once.

use crate::http::ApiError;
use quick_cache::sync::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Keys remembered: one that fell out starts with its full quota again.
const KEYS: usize = 100_000;

/// So many requests in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many.
    pub requests: u32,
    /// In which time.
    pub per: Duration,
}

/// The limits of the surfaces that have one.
pub struct Limits {
    started: Instant,
    invoicing: Option<Limiter>,
}

impl Limits {
    /// Limits; `None` where the surface is not limited.
    pub fn new(invoicing: Option<Quota>) -> Self {
        Self { started: Instant::now(), invoicing: invoicing.map(Limiter::new) }
    }

    /// Counts a request of a key on a surface.
    ///
    /// # Errors
    /// 429 with the seconds after which the next one will pass.
    pub fn take(&self, surface: &str, key: Uuid) -> Result<(), ApiError> {
        let limiter = match surface {
            "invoicing" => self.invoicing.as_ref(),
            _ => None,
        };
        let Some(limiter) = limiter else { return Ok(()) };
        let now = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        limiter.take(key, now).map_err(|wait| ApiError::too_many_requests(wait.div_ceil(1_000_000).max(1)))
    }
}

struct Limiter {
    /// Between two requests that come evenly, microseconds.
    interval: u64,
    /// How far ahead of the clock a key may run.
    tolerance: u64,
    arrivals: Cache<Uuid, Arc<AtomicU64>>,
}

impl Limiter {
    fn new(quota: Quota) -> Self {
        let period = u64::try_from(quota.per.as_micros()).unwrap_or(u64::MAX);
        let interval = (period / u64::from(quota.requests.max(1))).max(1);
        Self { interval, tolerance: interval * u64::from(quota.requests.max(1)), arrivals: Cache::new(KEYS) }
    }

    /// Takes one request at `now` (microseconds), or says in how many microseconds one would pass.
    fn take(&self, key: Uuid, now: u64) -> Result<(), u64> {
        let arrival = match self.arrivals.get(&key) {
            Some(arrival) => arrival,
            None => {
                let fresh: Result<_, std::convert::Infallible> =
                    self.arrivals.get_or_insert_with(&key, || Ok(Arc::new(AtomicU64::new(0))));
                match fresh {
                    Ok(arrival) => arrival,
                    Err(never) => match never {},
                }
            }
        };
        let next = |arrival: u64| arrival.max(now) + self.interval;
        arrival
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |arrival| {
                (next(arrival) <= now + self.tolerance).then(|| next(arrival))
            })
            .map(drop)
            .map_err(|arrival| next(arrival).saturating_sub(now + self.tolerance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000;

    fn per_minute(requests: u32) -> Limiter {
        Limiter::new(Quota { requests, per: Duration::from_secs(60) })
    }

    #[test]
    fn a_quiet_key_may_send_its_whole_quota_at_once() {
        let limiter = per_minute(120);
        for _ in 0..120 {
            assert!(limiter.take(Uuid::nil(), SECOND).is_ok());
        }
        assert_eq!(limiter.take(Uuid::nil(), SECOND), Err(SECOND / 2));
        assert!(limiter.take(Uuid::max(), SECOND).is_ok(), "another key has a quota of its own");
        assert!(limiter.take(Uuid::nil(), SECOND + SECOND / 2).is_ok(), "and one passes when it was said to");
        assert!(limiter.take(Uuid::nil(), SECOND + SECOND / 2).is_err());
    }

    #[test]
    fn the_answer_says_when() {
        let limits = Limits::new(Some(Quota { requests: 1, per: Duration::from_secs(60) }));
        assert!(limits.take("invoicing", Uuid::nil()).is_ok());
        let error = limits.take("invoicing", Uuid::nil()).unwrap_err();
        assert_eq!(error.status, 429);
        assert_eq!(error.headers, vec![(http::header::RETRY_AFTER, http::HeaderValue::from(60))]);
        for _ in 0..1000 {
            assert!(limits.take("audit", Uuid::nil()).is_ok(), "this surface has no limit");
            assert!(Limits::new(None).take("invoicing", Uuid::nil()).is_ok());
        }
    }

    #[test]
    fn concurrent_requests_are_counted_once_each() {
        let limiter = per_minute(1000);
        let passed: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| (0..500).filter(|_| limiter.take(Uuid::nil(), SECOND).is_ok()).count())
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(passed, 1000);
    }

    proptest! {
        #[test]
        fn never_more_than_the_quota_and_what_refills(
            requests in 1u32..200,
            gaps in proptest::collection::vec(0u64..SECOND, 1..400),
        ) {
            let limiter = per_minute(requests);
            let (mut now, mut passed) = (0, 0u64);
            for gap in gaps {
                now += gap;
                passed += u64::from(limiter.take(Uuid::nil(), now).is_ok());
            }
            prop_assert!(passed <= u64::from(requests) + now / limiter.interval + 1);
        }
    }
}
