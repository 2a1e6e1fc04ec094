//! Storage in which the program has made its tables, for tests that are not about a first start: made once, by
//! `scripts/test`, which names it by [`VARIABLE`], and copied for each of them. It has no identity yet: each copy gets its
//! own.

use crate::binary;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use sunledger_test_servers::{Cluster, postgres};

/// Names the folder of the one for SQLite; the one for Postgres is [`DATABASE`], in the cluster of the tests.
pub const VARIABLE: &str = "SUNLEDGER_TEST_TEMPLATE";
/// The database.
pub const DATABASE: &str = "sunledger_template";
/// Forgets which ledger it is.
const FORGET: &str = "DELETE FROM meta WHERE name = 'identity'";

/// Where the one for SQLite lies, if there is one.
#[must_use]
pub fn kept() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// Copies the one for SQLite.
///
/// # Panics
/// When that fails.
pub fn copy(kept: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder for the copy");
    for file in fs::read_dir(kept).expect("the folder of the template") {
        let file = file.expect("a file of the template");
        let copied = fs::copy(file.path(), to.join(file.file_name()));
        assert!(copied.is_ok(), "{}: {copied:?}", file.path().display());
    }
}

/// Makes both: the one for SQLite in an empty folder, the one for Postgres in the cluster of the tests.
///
/// # Panics
/// When that fails.
pub fn make(folder: &Path) {
    let cluster = Cluster::get();
    cluster.execute(&format!("CREATE DATABASE {DATABASE} TEMPLATE template0"));
    let database = cluster.url(DATABASE);
    for database in [None, Some(&database)] {
        let mut program = Command::new(binary::path());
        let program = program.arg("verify").env("SUNLEDGER_DATA", folder).env_remove("DATABASE_URL");
        let done =
            program.envs(database.map(|url| ("DATABASE_URL", url))).output().expect("the program runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let open = |name: &str| rusqlite::Connection::open(folder.join(name)).expect("a database");
    let log = open("log.db");
    assert_eq!(log.execute(FORGET, []).expect("the table of the identity"), 1);
    // What is in the write-ahead logs, and would be copied and recovered each time, goes where it belongs.
    for database in [log, open("read_1.db")] {
        database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("a checkpoint");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let forgotten = runtime.block_on(async {
        let client = postgres::connect(&database).await;
        client.batch_execute("SET search_path = sunledger").await?;
        client.execute(FORGET, &[]).await
    });
    assert_eq!(forgotten.expect("the table of the identity"), 1);
}
