//! Requests per caller and time, by the generic cell rate algorithm (GCRA): one number a caller, no timer, no queue.
//!
//! The number is the *theoretical arrival time*: when the next request would come if requests came evenly. Each one
//! pushes it on by one interval; it may run ahead of the clock by a whole period, which is what lets a caller that was
//! quiet send its full quota at once. How far it runs ahead also says what is left of the quota, and when all of it is there
//! again.
//!
//! Counting is one look-up in a sharded table and one compare-and-swap, so callers do not wait for each other, and what
//! passes is exact however many requests of a caller come at once. The table is bounded: the callers that were heard
//! longest ago fall out, and start with their full quota again.

use quick_cache::sync::Cache;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// Callers remembered by each limiter: some 10 MB at most.
const CALLERS: usize = 100_000;
const SECOND: u64 = 1_000_000;

/// So many requests in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many, 1 to a million.
    pub requests: u32,
    /// In which time, whole seconds.
    pub per: Duration,
}

/// Where a caller stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What the quota is.
    pub quota: Quota,
    /// How many more requests would pass now.
    pub remaining: u32,
    /// When the whole quota is there again, microseconds since the Unix epoch.
    pub full_at: u64,
    /// In how many microseconds one more would pass than now; 0 where nothing is used up.
    pub more_in: u64,
}

impl Standing {
    /// When the whole quota is there again, in seconds since the Unix epoch, rounded up.
    pub fn reset(&self) -> u64 {
        self.full_at.div_ceil(SECOND)
    }

    /// In how many seconds one more would pass than now, rounded up.
    pub fn next(&self) -> u64 {
        self.more_in.div_ceil(SECOND)
    }
}

/// Counts the requests of callers against one quota.
pub struct Limiter {
    quota: Quota,
    /// Between two requests that come evenly, microseconds.
    interval: u64,
    /// How far ahead of the clock a caller may run: so many intervals as there are requests.
    tolerance: u64,
    arrivals: Cache<Uuid, Arc<AtomicU64>>,
}

impl Limiter {
    /// Of a quota.
    pub fn new(quota: Quota) -> Self {
        let requests = u64::from(quota.requests.max(1));
        let interval = (quota.per.as_secs().saturating_mul(SECOND) / requests).max(1);
        Self { quota, interval, tolerance: interval.saturating_mul(requests), arrivals: Cache::new(CALLERS) }
    }

    /// Takes one request at `now` (microseconds since the Unix epoch).
    ///
    /// # Errors
    /// Where the quota is used up; one will pass when the standing says that there is more.
    pub fn take(&self, caller: Uuid, now: u64) -> Result<Standing, Standing> {
        let arrival = self.arrival(caller);
        let limit = now.saturating_add(self.tolerance);
        let taken = arrival.fetch_update(Ordering::AcqRel, Ordering::Acquire, |arrival| {
            // A clock that was set back must not shut a caller out for longer than a period.
            let next = arrival.clamp(now, limit).saturating_add(self.interval);
            (next <= limit).then_some(next)
        });
        match taken {
            Ok(before) => Ok(self.standing(before.clamp(now, limit).saturating_add(self.interval), now)),
            Err(arrival) => Err(self.standing(arrival, now)),
        }
    }

    /// Where a caller stands at `now`, without taking anything.
    pub fn look(&self, caller: Uuid, now: u64) -> Standing {
        self.standing(self.arrivals.get(&caller).map_or(0, |arrival| arrival.load(Ordering::Acquire)), now)
    }

    fn arrival(&self, caller: Uuid) -> Arc<AtomicU64> {
        if let Some(arrival) = self.arrivals.get(&caller) {
            return arrival;
        }
        let fresh: Result<_, Infallible> =
            self.arrivals.get_or_insert_with(&caller, || Ok(Arc::new(AtomicU64::new(0))));
        match fresh {
            Ok(arrival) => arrival,
            Err(never) => match never {},
        }
    }

    fn standing(&self, arrival: u64, now: u64) -> Standing {
        let full_at = arrival.clamp(now, now.saturating_add(self.tolerance));
        let free = self.tolerance - (full_at - now);
        let remaining = free / self.interval;
        Standing {
            quota: self.quota,
            remaining: u32::try_from(remaining).unwrap_or(u32::MAX),
            full_at,
            more_in: if full_at == now { 0 } else { (remaining + 1) * self.interval - free },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Some moment.
    const NOW: u64 = 1_800_000_000 * SECOND;

    fn limiter(requests: u32, seconds: u64) -> Limiter {
        Limiter::new(Quota { requests, per: Duration::from_secs(seconds) })
    }

    fn per_minute(requests: u32) -> Limiter {
        limiter(requests, 60)
    }

    #[test]
    fn a_quiet_caller_may_send_its_whole_quota_at_once() {
        let limiter = per_minute(120);
        for _ in 0..120 {
            assert!(limiter.take(Uuid::nil(), NOW).is_ok());
        }
        let refused = limiter.take(Uuid::nil(), NOW).unwrap_err();
        assert_eq!((refused.remaining, refused.more_in), (0, SECOND / 2));
        assert!(limiter.take(Uuid::max(), NOW).is_ok(), "another caller has a quota of its own");
        let later = NOW + SECOND / 2;
        assert!(limiter.take(Uuid::nil(), later).is_ok(), "and one passes when it was said to");
        assert!(limiter.take(Uuid::nil(), later).is_err());
    }

    #[test]
    fn the_figures_are_what_a_reader_expects() {
        let limiter = limiter(1_000, 3_600);
        let figures = |standing: Standing| (standing.remaining, standing.reset(), standing.next());
        let second = NOW / SECOND;
        assert_eq!(figures(limiter.look(Uuid::nil(), NOW)), (1_000, second, 0));
        assert_eq!(figures(limiter.take(Uuid::nil(), NOW).unwrap()), (999, second + 4, 4));
        assert_eq!(figures(limiter.take(Uuid::nil(), NOW).unwrap()), (998, second + 8, 4));
        assert_eq!(figures(limiter.look(Uuid::nil(), NOW + 4 * SECOND)), (999, second + 8, 4));
        for _ in 0..998 {
            limiter.take(Uuid::nil(), NOW).unwrap();
        }
        assert_eq!(figures(limiter.take(Uuid::nil(), NOW).unwrap_err()), (0, second + 3_600, 4));
        assert_eq!(figures(limiter.look(Uuid::nil(), NOW + 3_600 * SECOND)), (1_000, second + 3_600, 0));
    }

    #[test]
    fn a_clock_that_was_set_back_shuts_nobody_out_for_long() {
        let limiter = per_minute(1);
        limiter.take(Uuid::nil(), NOW).unwrap();
        let earlier = NOW - 86_400 * SECOND;
        let refused = limiter.take(Uuid::nil(), earlier).unwrap_err();
        assert_eq!(refused.next(), 60);
        assert_eq!(refused.full_at, earlier + 60 * SECOND);
    }

    #[test]
    fn concurrent_requests_are_counted_once_each() {
        let limiter = per_minute(1000);
        let passed: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| (0..500).filter(|_| limiter.take(Uuid::nil(), NOW).is_ok()).count()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(passed, 1000);
    }

    #[test]
    fn many_callers_take_no_more_memory_than_there_is_for_them() {
        let limiter = per_minute(1);
        for caller in 0..(CALLERS as u128 + 50_000) {
            let _ = limiter.take(Uuid::from_u128(caller), NOW);
        }
        assert!(limiter.arrivals.len() <= CALLERS + CALLERS / 100, "{}", limiter.arrivals.len());
    }

    proptest! {
        #[test]
        fn never_more_than_the_quota_and_what_refills(
            requests in 1u32..200,
            gaps in proptest::collection::vec(0..SECOND, 1..400),
        ) {
            let limiter = per_minute(requests);
            let (mut now, mut passed) = (NOW, 0u64);
            for gap in gaps {
                now += gap;
                passed += u64::from(limiter.take(Uuid::nil(), now).is_ok());
            }
            prop_assert!(passed <= u64::from(requests) + (now - NOW) / limiter.interval + 1);
        }

        /// As many as `Remaining` says pass at once, and none more; one more passes when it is said to, and not before; all
        /// are there again at `Reset`.
        #[test]
        fn the_figures_hold(
            requests in 1u32..50,
            seconds in 1u64..100,
            gaps in proptest::collection::vec(0..3 * SECOND, 0..60),
        ) {
            let limiter = limiter(requests, seconds);
            let mut now = NOW;
            for gap in gaps {
                now += gap;
                let before = limiter.look(Uuid::nil(), now);
                let taken = limiter.take(Uuid::nil(), now);
                prop_assert_eq!(taken.is_ok(), before.remaining > 0);
                let after = taken.unwrap_or_else(|refused| refused);
                prop_assert_eq!(after, limiter.look(Uuid::nil(), now));
                prop_assert_eq!(after.remaining, before.remaining.saturating_sub(1));
                prop_assert!(after.more_in > 0 && after.more_in <= limiter.interval);
                prop_assert!(after.reset() * SECOND >= after.full_at && after.full_at > now);
                prop_assert!(limiter.look(Uuid::nil(), now + after.more_in - 1).remaining == after.remaining);
                prop_assert!(limiter.look(Uuid::nil(), now + after.more_in).remaining == after.remaining + 1);
                prop_assert_eq!(limiter.look(Uuid::nil(), after.full_at).remaining, requests);
            }
            let left = limiter.look(Uuid::nil(), now).remaining;
            for _ in 0..left {
                prop_assert!(limiter.take(Uuid::nil(), now).is_ok());
            }
            prop_assert!(limiter.take(Uuid::nil(), now).is_err());
        }
    }
}
