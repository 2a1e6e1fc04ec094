//! Where the data lives.

use std::path::PathBuf;

/// The two backends.
#[derive(Debug, Clone)]
pub enum Backend {
    /// Embedded: files in a folder (`log.db`, and one file per [`crate::Db`]).
    Sqlite {
        /// The folder; made where missing.
        folder: PathBuf,
    },
    /// A Postgres server; the log in schema `sunledger`, each [`crate::Db`] in a schema of its own.
    Postgres {
        /// `postgres://user:password@host:port/database?sslmode=...`
        url: String,
    },
}

/// Settings of the store.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// Which backend, and where.
    pub backend: Backend,
    /// Appends in one batch at most.
    pub max_batch: usize,
    /// Connections (Postgres) or threads (SQLite) for reads of one [`crate::Db`] or of the log.
    pub readers: usize,
}

impl StoreSettings {
    /// The defaults on a backend.
    pub fn new(backend: Backend) -> Self {
        Self { backend, max_batch: 512, readers: 4 }
    }
}
