//! What metrics and health show.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment's figures. Counters count from this process's start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Whether this process is the one that publishes.
    pub active: bool,
    /// Whether NATS is connected.
    pub up: bool,
    /// Position up to which the stream has acknowledged every event; 0 where another process publishes.
    pub position: i64,
    /// Events of the log that are not acknowledged yet; 0 where another process publishes.
    pub lag: i64,
    /// Age of the oldest event that is not acknowledged yet, from when it was recorded; a few seconds inexact.
    pub oldest_unacknowledged: Duration,
    /// Counter: events acknowledged.
    pub published: u64,
    /// Counter: events whose message came without its data, because it is too large or cannot be printed.
    pub omitted: u64,
    /// Counter: times that the stream was filled again after it had lost events.
    pub refills: u64,
    /// Counter: failures, of connecting and of publishing.
    pub errors: u64,
    /// The latest failure.
    pub last_error: Option<String>,
    /// Why nothing is published until somebody changes something.
    pub refused: Option<String>,
    /// Version of the NATS server.
    pub server_version: Option<String>,
    /// Counter: connections made after the first one.
    pub reconnects: u64,
}

/// The same, as it is counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) active: AtomicBool,
    pub(crate) up: AtomicBool,
    pub(crate) position: AtomicI64,
    /// When the oldest event was recorded that is not acknowledged, microseconds; 0 where there is none.
    pub(crate) waiting_since: AtomicI64,
    pub(crate) published: AtomicU64,
    pub(crate) omitted: AtomicU64,
    pub(crate) refills: AtomicU64,
    pub(crate) connections: AtomicU64,
    errors: AtomicU64,
    texts: Mutex<Texts>,
}

#[derive(Debug, Default)]
struct Texts {
    last_error: Option<String>,
    refused: Option<String>,
    server_version: Option<String>,
}

impl Counters {
    /// The figures; `head` is where the log ends.
    pub(crate) fn read(&self, head: i64) -> Stats {
        let active = self.active.load(Relaxed);
        let position = if active { self.position.load(Relaxed) } else { 0 };
        let lag = if active { head.saturating_sub(position).max(0) } else { 0 };
        let since = self.waiting_since.load(Relaxed);
        let waiting = if lag == 0 || since == 0 { 0 } else { now_micros().saturating_sub(since).max(0) };
        let texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        Stats {
            active,
            up: self.up.load(Relaxed),
            position,
            lag,
            oldest_unacknowledged: Duration::from_micros(waiting.unsigned_abs()),
            published: self.published.load(Relaxed),
            omitted: self.omitted.load(Relaxed),
            refills: self.refills.load(Relaxed),
            errors: self.errors.load(Relaxed),
            last_error: texts.last_error.clone(),
            refused: texts.refused.clone(),
            server_version: texts.server_version.clone(),
            reconnects: self.connections.load(Relaxed).saturating_sub(1),
        }
    }

    pub(crate) fn failed(&self, error: &str) {
        self.errors.fetch_add(1, Relaxed);
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).last_error = Some(error.to_owned());
    }

    /// True where it says something new.
    pub(crate) fn refused(&self, why: Option<&str>) -> bool {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let new = texts.refused.as_deref() != why;
        texts.refused = why.map(str::to_owned);
        new
    }

    pub(crate) fn connected(&self, version: &str) {
        self.up.store(true, Relaxed);
        self.connections.fetch_add(1, Relaxed);
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).server_version = Some(version.to_owned());
    }
}

/// Now, microseconds since the Unix epoch.
pub(crate) fn now_micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
