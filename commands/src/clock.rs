//! Time, passed in: production reads the system's clock, tests set their own.

use jiff::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long it is remembered, at least, that the clock was behind what it says now.
const MEMORY: Duration = Duration::from_secs(24 * 3_600);

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// The earliest time that it may be: for what must not be forgotten before its time only because the clock jumped.
    fn earliest(&self) -> Timestamp {
        self.now()
    }
}

/// The system's clock, to the microsecond (what the log keeps).
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    offsets: Mutex<Offsets>,
}

impl Default for SystemClock {
    fn default() -> Self {
        let started = Instant::now();
        let offsets = Mutex::new(Offsets::starting(microseconds()));
        Self { started, offsets }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(microseconds()).unwrap_or_else(|_| Timestamp::now())
    }

    fn earliest(&self) -> Timestamp {
        let mut offsets = self.offsets.lock().unwrap_or_else(PoisonError::into_inner);
        let earliest = offsets.earliest(microseconds(), self.started.elapsed());
        Timestamp::from_microsecond(earliest).unwrap_or_else(|_| self.now())
    }
}

fn microseconds() -> i64 {
    Timestamp::now().as_microsecond()
}

/// By how much the clock was ahead of the time since the start (microseconds): the least of it in this period of
/// [`MEMORY`] and in the one before. A clock that jumps changes it; time that passes does not.
#[derive(Debug)]
struct Offsets {
    since: Duration,
    now: i64,
    before: i64,
}

impl Offsets {
    fn starting(clock: i64) -> Self {
        Self { since: Duration::ZERO, now: clock, before: clock }
    }

    /// Notes what the clock says so long after the start; the earliest time that it may be then.
    fn earliest(&mut self, clock: i64, passed: Duration) -> i64 {
        let micros = i64::try_from(passed.as_micros()).unwrap_or(i64::MAX);
        let offset = clock.saturating_sub(micros);
        if passed.saturating_sub(self.since) >= MEMORY {
            *self = Self { since: passed, now: offset, before: self.now };
        }
        self.now = self.now.min(offset);
        micros.saturating_add(self.now.min(self.before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_behind_a_moment_ago_may_be_ahead_now() {
        const HOUR: i64 = 3_600_000_000;
        let mut offsets = Offsets::starting(0);
        let mut earliest = |passed: u64, clock: i64| {
            offsets.earliest(clock * HOUR, Duration::from_secs(passed * 3_600)) / HOUR
        };
        assert_eq!(earliest(1, 1), 1);
        assert_eq!(earliest(2, 50), 2, "ahead by two days");
        assert_eq!(earliest(3, 3), 3, "right again");
        assert_eq!(earliest(20, 0), 0, "behind by twenty hours");
        assert_eq!(earliest(21, 21), 1, "right again, but what was noted a moment ago is not older for that");
        assert_eq!(earliest(44, 44), 24);
        assert_eq!(earliest(70, 70), 70, "long ago");
        assert_eq!(earliest(71, 143), 71, "ahead");
        assert_eq!(earliest(95, 167), 95);
        assert_eq!(earliest(120, 192), 192, "it has been so for a day and more");
    }
}
