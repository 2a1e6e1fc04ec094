//! This process' connections to its databases, counted by what they are for.
//!
//! The counters are the process' own, not an opened log's: what a pool is for is known by name, so that the figures
//! keep their few names however often a generation of the read models is opened and dropped.

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// What one sort of connection does at this moment, and did so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStats {
    /// What it is for (`log_read`, `webhooks_write`).
    pub name: &'static str,
    /// Connections that are open.
    pub open: i64,
    /// Queries and transactions under way. On Postgres several share a connection.
    pub busy: i64,
    /// Callers that wait for a connection or for their turn on it.
    pub waiting: i64,
    /// Connections made so far: beyond the first ones, they replace lost ones.
    pub opened: u64,
    /// Connections that could not be made.
    pub failed: u64,
}

/// The figures of every pool, always in the same order; those that are not in use are zero.
pub fn pools() -> impl Iterator<Item = PoolStats> {
    POOLS.iter().map(Pool::stats)
}

/// The counters of one sort of connection.
pub(crate) struct Pool {
    name: &'static str,
    open: AtomicI64,
    busy: AtomicI64,
    waiting: AtomicI64,
    opened: AtomicU64,
    failed: AtomicU64,
}

static POOLS: [Pool; 8] = [
    Pool::new("log_append"),
    Pool::new("log_read"),
    Pool::new("log_write"),
    Pool::new("lock"),
    Pool::new("read_models_read"),
    Pool::new("read_models_write"),
    Pool::new("webhooks_read"),
    Pool::new("webhooks_write"),
];

/// What a pool's connections do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Only read.
    Read,
    /// Whatever else.
    Write,
}

impl Pool {
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            open: AtomicI64::new(0),
            busy: AtomicI64::new(0),
            waiting: AtomicI64::new(0),
            opened: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// The pool of a Postgres connector, by its name (`log append`, `read_7 write`).
    pub(crate) fn of_connector(name: &str) -> &'static Self {
        match name {
            "log append" => &POOLS[0],
            "log" => &POOLS[2],
            "lock" => &POOLS[3],
            _ => {
                let (database, what) = name.split_once(' ').unwrap_or((name, ""));
                Self::of_database(database, if what == "read" { Purpose::Read } else { Purpose::Write })
            }
        }
    }

    /// The pool of a SQLite file.
    pub(crate) fn of_file(path: &Path, purpose: Purpose) -> &'static Self {
        match path.file_stem().and_then(|stem| stem.to_str()) {
            // One thread does all that is written to the log's file.
            Some("log") if purpose == Purpose::Write => &POOLS[0],
            name => Self::of_database(name.unwrap_or_default(), purpose),
        }
    }

    fn of_database(name: &str, purpose: Purpose) -> &'static Self {
        match (name, purpose) {
            ("log", Purpose::Read) => &POOLS[1],
            ("log", Purpose::Write) => &POOLS[2],
            ("webhooks", Purpose::Read) => &POOLS[6],
            ("webhooks", Purpose::Write) => &POOLS[7],
            (_, Purpose::Read) => &POOLS[4],
            (_, Purpose::Write) => &POOLS[5],
        }
    }

    /// A connection was made; it is open until the mark is dropped.
    pub(crate) fn opened(&'static self) -> Mark {
        self.opened.fetch_add(1, Relaxed);
        Mark::on(&self.open)
    }

    /// A connection could not be made.
    pub(crate) fn failed(&self) {
        self.failed.fetch_add(1, Relaxed);
    }

    /// A query is under way until the mark is dropped.
    pub(crate) fn busy(&'static self) -> Mark {
        Mark::on(&self.busy)
    }

    /// Somebody waits until the mark is dropped.
    pub(crate) fn waiting(&'static self) -> Mark {
        Mark::on(&self.waiting)
    }

    fn stats(&self) -> PoolStats {
        PoolStats {
            name: self.name,
            open: self.open.load(Relaxed),
            busy: self.busy.load(Relaxed),
            waiting: self.waiting.load(Relaxed),
            opened: self.opened.load(Relaxed),
            failed: self.failed.load(Relaxed),
        }
    }
}

/// Counts one as long as it is kept.
pub(crate) struct Mark(&'static AtomicI64);

impl Mark {
    fn on(gauge: &'static AtomicI64) -> Self {
        gauge.fetch_add(1, Relaxed);
        Self(gauge)
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_known_by_what_they_are_for() {
        for (connector, pool) in [
            ("log append", "log_append"),
            ("log read", "log_read"),
            ("log", "log_write"),
            ("lock", "lock"),
            ("read_7", "read_models_write"),
            ("read_7 read", "read_models_read"),
            ("webhooks write", "webhooks_write"),
            ("webhooks read", "webhooks_read"),
        ] {
            assert_eq!(Pool::of_connector(connector).name, pool, "{connector}");
        }
        for (file, purpose, pool) in [
            ("data/log.db", Purpose::Write, "log_append"),
            ("data/log.db", Purpose::Read, "log_read"),
            ("data/read_12.db", Purpose::Read, "read_models_read"),
            ("data/webhooks.db", Purpose::Write, "webhooks_write"),
        ] {
            assert_eq!(Pool::of_file(Path::new(file), purpose).name, pool, "{file}");
        }
    }

    #[test]
    fn what_has_ended_is_counted_no_more() {
        static POOL: Pool = Pool::new("test");
        let (one, two) = (POOL.opened(), POOL.opened());
        let busy = POOL.busy();
        POOL.failed();
        drop((one, busy));
        let expected = PoolStats { name: "test", open: 1, busy: 0, waiting: 0, opened: 2, failed: 1 };
        assert_eq!(POOL.stats(), expected);
        drop(two);
        assert_eq!(POOL.stats().open, 0);
    }
}
