//! What metrics show of the write side, counted from this process's start.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters of one process' commands.
#[derive(Debug, Default)]
pub struct CommandStats {
    replays: AtomicU64,
    conflicts: AtomicU64,
}

impl CommandStats {
    /// Requests whose Idempotency-Key had been used: answered as the first time, and not done again.
    pub fn replays(&self) -> u64 {
        self.replays.load(Relaxed)
    }

    /// Appends that met a newer version of their stream, and were decided again where that was the client's wish.
    pub fn conflicts(&self) -> u64 {
        self.conflicts.load(Relaxed)
    }

    pub(crate) fn replayed(&self) {
        self.replays.fetch_add(1, Relaxed);
    }

    pub(crate) fn conflicted(&self) {
        self.conflicts.fetch_add(1, Relaxed);
    }
}
