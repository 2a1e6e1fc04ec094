//! Migrations of one schema, each named for good and run once.

use super::connect::{Conn, Connector, PATIENCE};
use super::errors::store_error;
use crate::StoreError;
use crate::migrations::{self, Migrations};
use tokio::time::Instant;

/// Makes the schema where it is missing, and runs what has not run. Processes that come at the same time wait for
/// each other, and all of it is one transaction.
pub(super) async fn run(
    connector: &Connector,
    schema: &str,
    wanted: &Migrations<'_>,
) -> Result<(), StoreError> {
    let conn = connector.connect_until(Instant::now() + PATIENCE).await?;
    // A transaction that fails ends with the connection.
    begin(&conn).await?;
    let there = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1";
    // Asked first: `IF NOT EXISTS` would want the right to make schemas even where there is nothing to make.
    if conn.client.query_opt(there, &[&schema]).await.map_err(store_error)?.is_none() {
        execute(&conn, &format!("CREATE SCHEMA \"{schema}\"")).await?;
    }
    execute(&conn, &format!("SET LOCAL search_path = \"{schema}\"")).await?;
    execute(
        &conn,
        "SET LOCAL client_min_messages = warning; CREATE TABLE IF NOT EXISTS schema_migrations (
             name text COLLATE \"C\" PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
    )
    .await?;
    let rows = conn.client.query("SELECT name FROM schema_migrations", &[]).await.map_err(store_error)?;
    let applied = rows.iter().map(|row| super::rows::get(row, 0)).collect::<Result<Vec<String>, _>>()?;
    for (name, sql) in migrations::missing(wanted, &applied)? {
        let failed = |error: StoreError| match error {
            StoreError::Failed(text) => StoreError::Failed(format!("migration {name}: {text}")),
            other => other,
        };
        execute(&conn, sql).await.map_err(failed)?;
        let note = "INSERT INTO schema_migrations (name) VALUES ($1)";
        conn.client.execute(note, &[&name]).await.map_err(|error| failed(store_error(error)))?;
    }
    execute(&conn, "COMMIT").await
}

/// Only makes the schema.
pub(super) async fn make_schema(connector: &Connector, schema: &str) -> Result<(), StoreError> {
    let conn = connector.connect_until(Instant::now() + PATIENCE).await?;
    begin(&conn).await?;
    let there = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1";
    if conn.client.query_opt(there, &[&schema]).await.map_err(store_error)?.is_none() {
        execute(&conn, &format!("CREATE SCHEMA \"{schema}\"")).await?;
    }
    execute(&conn, "COMMIT").await
}

/// Deletes a schema and everything in it. Whoever reads in it for long makes this fail, and not everybody else wait.
pub(super) async fn drop_schema(connector: &Connector, schema: &str) -> Result<(), StoreError> {
    let conn = connector.connect_until(Instant::now() + PATIENCE).await?;
    begin(&conn).await?;
    let sql = format!(
        "SET LOCAL client_min_messages = warning; SET LOCAL lock_timeout = '5s'; \
            DROP SCHEMA IF EXISTS \"{schema}\" CASCADE; COMMIT"
    );
    execute(&conn, &sql).await
}

/// One at a time in the whole database.
async fn begin(conn: &Conn) -> Result<(), StoreError> {
    execute(conn, "BEGIN; SELECT pg_advisory_xact_lock(7307002)").await
}

async fn execute(conn: &Conn, sql: &str) -> Result<(), StoreError> {
    conn.client.batch_execute(sql).await.map_err(store_error)
}
