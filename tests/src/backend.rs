//! Which storage a server runs on, and a fresh place in it.

use crate::template;
use std::path::{Path, PathBuf};
use sunledger_test_servers::{Cluster, Database};

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
    database: Option<Database>,
}

impl Place {
    /// Makes one.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::of(None),
            Backend::Postgres => Self::on(Cluster::get()),
        }
    }

    /// Makes one in a cluster of the test's own.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn on(cluster: &Cluster) -> Self {
        Self::of(Some(cluster.database()))
    }

    /// Makes one in which the program has made its tables already, where `scripts/test` has prepared that: most tests are
    /// not about a first start, which takes longer than many of them. Else as [`Place::new`] does.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn ready(backend: Backend) -> Self {
        match (template::kept(), backend) {
            (None, _) => Self::new(backend),
            (Some(_), Backend::Postgres) => Self::of(Some(Cluster::get().database_like(template::DATABASE))),
            (Some(kept), Backend::Sqlite) => {
                let place = Self::of(None);
                template::copy(&kept, &place.data());
                place
            }
        }
    }

    fn of(database: Option<Database>) -> Self {
        let folder =
            tempfile::Builder::new().prefix("sunledger-test-").tempdir().expect("a temporary folder");
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
        self.database.as_ref().map(Database::url)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Removed by the reaper as well; either may be first.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
