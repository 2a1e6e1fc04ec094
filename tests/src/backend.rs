//! Which storage a server runs on, and a fresh place in it.

use crate::postgres::Cluster;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// The storages that the program supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// Files in a folder.
    Sqlite,
    /// A database in a cluster.
    Postgres,
}

/// A fresh place for one server's data. Gone when dropped.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    database: Option<String>,
}

impl Place {
    /// Makes one.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new(backend: Backend) -> Self {
        let folder =
            tempfile::Builder::new().prefix("sunledger-test-").tempdir().expect("a temporary folder");
        let database = (backend == Backend::Postgres).then(|| {
            let name = format!("sunledger_test_{}", Uuid::new_v4().simple());
            Cluster::get().execute(&format!("CREATE DATABASE {name} TEMPLATE template0"));
            name
        });
        Self { folder: folder.keep(), database }
    }

    /// The folder: the server's working directory; its data lie in [`Place::data`].
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What `SUNLEDGER_DATA` is set to.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// What `DATABASE_URL` is set to, on Postgres.
    #[must_use]
    pub fn database_url(&self) -> Option<String> {
        self.database.as_ref().map(|name| Cluster::get().url(name))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(name) = &self.database {
            Cluster::get().execute_quietly(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
        // Removed by the reaper as well; either may be first.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
