//! What metrics show.

use crate::row::Columns;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use sunledger_store::{Db, Param, StoreError};

/// A moment's figures. Counters count from this process's start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Whether this process is the one that delivers.
    pub active: bool,
    /// Events of the log that are not fanned out yet; 0 where another process delivers.
    pub lag: i64,
    /// Attempts under way.
    pub in_flight: i64,
    /// Counter: deliveries made by the fan-out.
    pub fanned_out: u64,
    /// Counter: deliveries that succeeded.
    pub delivered: u64,
    /// Counter: attempts that failed.
    pub failed_attempts: u64,
    /// Counter: deliveries given up after their last attempt.
    pub failed: u64,
    /// Counter: events that could not be rendered or read, and were skipped.
    pub parked: u64,
    /// Counter: endpoints that were disabled because they kept failing.
    pub disabled: u64,
}

/// The same, as it is counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) active: AtomicBool,
    pub(crate) position: AtomicI64,
    pub(crate) in_flight: AtomicI64,
    pub(crate) fanned_out: AtomicU64,
    pub(crate) delivered: AtomicU64,
    pub(crate) failed_attempts: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) parked: AtomicU64,
    pub(crate) disabled: AtomicU64,
}

impl Counters {
    /// The figures; `head` tells where the log ends.
    pub(crate) fn read(&self, head: impl FnOnce() -> i64) -> Stats {
        let active = self.active.load(Relaxed);
        let lag = if active { head().saturating_sub(self.position.load(Relaxed)).max(0) } else { 0 };
        Stats {
            active,
            lag,
            in_flight: self.in_flight.load(Relaxed),
            fanned_out: self.fanned_out.load(Relaxed),
            delivered: self.delivered.load(Relaxed),
            failed_attempts: self.failed_attempts.load(Relaxed),
            failed: self.failed.load(Relaxed),
            parked: self.parked.load(Relaxed),
            disabled: self.disabled.load(Relaxed),
        }
    }
}

/// What is to be done, for the cluster as a whole: read from the tables, which every process can.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Position of the last event that is fanned out.
    pub position: i64,
    /// Deliveries that wait for an attempt, those of disabled endpoints included.
    pub pending: i64,
    /// Those of them that could be attempted now.
    pub due: i64,
    /// Since when the first of these is due, microseconds.
    pub oldest_due: Option<i64>,
    /// Deliveries that a worker has taken.
    pub delivering: i64,
    /// Deliveries given up, as long as they are kept.
    pub failed: i64,
    /// Endpoints that get what they subscribed to.
    pub enabled: i64,
    /// Endpoints that are disabled.
    pub disabled: i64,
    /// Events that could not be delivered, as long as their traces are kept.
    pub parked: i64,
}

impl Backlog {
    pub(crate) async fn read(db: &Db, now: i64) -> Result<Self, StoreError> {
        let rows = db.query(include_str!("sql/backlog.sql"), vec![Param::Int(now)]).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(Self::default()) };
        let mut columns = Columns::from(row);
        Ok(Self {
            position: columns.int()?,
            pending: columns.int()?,
            due: columns.int()?,
            oldest_due: columns.int_or_null()?,
            delivering: columns.int()?,
            failed: columns.int()?,
            enabled: columns.int()?,
            disabled: columns.int()?,
            parked: columns.int()?,
        })
    }
}

/// Adds to a counter.
pub(crate) fn count(counter: &AtomicU64, more: usize) {
    counter.fetch_add(u64::try_from(more).unwrap_or(u64::MAX), Relaxed);
}
