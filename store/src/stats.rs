//! What the appender did so far, for a metrics page.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of the latency buckets, microseconds; a last bucket holds what is slower.
pub const LATENCY_BOUNDS: [u64; 14] = [
    250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 512_000, 1_024_000,
    4_096_000,
];

/// Upper bounds of the batch size buckets, appends; a last bucket holds what is larger.
pub const BATCH_BOUNDS: [u64; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// Counters of one process' appends since it opened the log.
#[derive(Debug, Default)]
pub struct AppendStats {
    batches: AtomicU64,
    appends: AtomicU64,
    rejected: AtomicU64,
    events: AtomicU64,
    last_batch: AtomicU64,
    batch_sizes: [AtomicU64; BATCH_BOUNDS.len() + 1],
    waiting: AtomicI64,
    latency: [AtomicU64; LATENCY_BOUNDS.len() + 1],
    latency_micros: AtomicU64,
}

impl AppendStats {
    /// Committed transactions.
    pub fn batches(&self) -> u64 {
        self.batches.load(Relaxed)
    }

    /// Appends that were decided, refused ones among them.
    pub fn appends(&self) -> u64 {
        self.appends.load(Relaxed)
    }

    /// Appends that were refused.
    pub fn rejected(&self) -> u64 {
        self.rejected.load(Relaxed)
    }

    /// Events written.
    pub fn events(&self) -> u64 {
        self.events.load(Relaxed)
    }

    /// Appends in the newest batch.
    pub fn last_batch(&self) -> u64 {
        self.last_batch.load(Relaxed)
    }

    /// Batches by how many appends they had: one count per bound of [`BATCH_BOUNDS`] (not cumulative), and one for the
    /// larger ones.
    pub fn batch_sizes(&self) -> [u64; BATCH_BOUNDS.len() + 1] {
        std::array::from_fn(|bucket| self.batch_sizes[bucket].load(Relaxed))
    }

    /// Callers that wait for their append at this moment: in the queue or in the batch that is being written.
    pub fn waiting(&self) -> i64 {
        self.waiting.load(Relaxed)
    }

    /// Appends by how long their callers waited: one count per bound of [`LATENCY_BOUNDS`] (not cumulative), and
    /// one for the slower ones.
    pub fn latency(&self) -> [u64; LATENCY_BOUNDS.len() + 1] {
        std::array::from_fn(|bucket| self.latency[bucket].load(Relaxed))
    }

    /// Microseconds waited by all callers together.
    pub fn latency_micros(&self) -> u64 {
        self.latency_micros.load(Relaxed)
    }

    pub(crate) fn batch(&self, appends: usize, rejected: usize, events: usize) {
        self.batches.fetch_add(1, Relaxed);
        self.appends.fetch_add(appends as u64, Relaxed);
        self.rejected.fetch_add(rejected as u64, Relaxed);
        self.events.fetch_add(events as u64, Relaxed);
        self.last_batch.store(appends as u64, Relaxed);
        let bucket = BATCH_BOUNDS.partition_point(|bound| *bound < appends as u64);
        self.batch_sizes[bucket].fetch_add(1, Relaxed);
    }

    /// Counts a caller that waits for its append.
    pub(crate) fn waits(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Relaxed);
        Waiting(&self.waiting)
    }

    pub(crate) fn waited(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let bucket = LATENCY_BOUNDS.partition_point(|bound| *bound < micros);
        self.latency[bucket].fetch_add(1, Relaxed);
        self.latency_micros.fetch_add(micros, Relaxed);
    }
}

/// A caller that waits, until it is dropped.
pub(crate) struct Waiting<'s>(&'s AtomicI64);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_fall_into_the_bucket_of_the_next_bound() {
        let stats = AppendStats::default();
        for micros in [1, 250, 251, 5_000_000] {
            stats.waited(Duration::from_micros(micros));
        }
        let latency = stats.latency();
        assert_eq!((latency[0], latency[1], latency[LATENCY_BOUNDS.len()]), (2, 1, 1));
        assert_eq!(stats.latency_micros(), 5_000_502);
    }

    #[test]
    fn batches_fall_into_the_bucket_of_the_next_bound() {
        let stats = AppendStats::default();
        for appends in [1, 2, 3, 512, 513] {
            stats.batch(appends, 0, appends);
        }
        assert_eq!(stats.batch_sizes(), [1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1]);
    }

    #[test]
    fn who_went_away_waits_no_more() {
        let stats = AppendStats::default();
        let (one, _two) = (stats.waits(), stats.waits());
        drop(one);
        assert_eq!(stats.waiting(), 1);
    }

    #[test]
    fn refused_appends_count_as_appends_of_their_batch() {
        let stats = AppendStats::default();
        stats.batch(3, 1, 4);
        stats.batch(2, 0, 2);
        assert_eq!((stats.appends(), stats.batches(), stats.last_batch()), (5, 2, 2));
        assert_eq!((stats.rejected(), stats.events()), (1, 6));
    }
}
