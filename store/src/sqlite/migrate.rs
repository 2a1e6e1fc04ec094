//! Migrations of one file, each named for good and run once.

use super::connection::{retry_busy, store_error};
use crate::StoreError;
use crate::migrations::{self, Migrations};
use rusqlite::{Connection, TransactionBehavior};

/// Runs what has not run. Processes that come at the same time wait for each other.
pub(crate) fn run(connection: &mut Connection, wanted: &Migrations<'_>) -> Result<(), StoreError> {
    let known = retry_busy(|| {
        connection.query_row(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'",
            [],
            |row| row.get(0),
        )
    });
    let known: i64 = known.map_err(store_error)?;
    if known > 0 && migrations::missing(wanted, &applied(connection)?)?.is_empty() {
        return Ok(());
    }
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(store_error)?;
    transaction
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS schema_migrations (
                 name TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) STRICT",
        )
        .map_err(store_error)?;
    for (name, sql) in migrations::missing(wanted, &applied(&transaction)?)? {
        transaction.execute_batch(sql).map_err(|error| failed(name, error))?;
        transaction
            .execute("INSERT INTO schema_migrations (name) VALUES (?1)", [name])
            .map_err(|error| failed(name, error))?;
    }
    transaction.commit().map_err(store_error)
}

fn applied(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare("SELECT name FROM schema_migrations").map_err(store_error)?;
    let names = statement.query_map([], |row| row.get(0)).map_err(store_error)?;
    names.collect::<Result<_, _>>().map_err(store_error)
}

fn failed(name: &str, error: rusqlite::Error) -> StoreError {
    match store_error(error) {
        StoreError::Failed(text) => StoreError::Failed(format!("migration {name}: {text}")),
        other => other,
    }
}
