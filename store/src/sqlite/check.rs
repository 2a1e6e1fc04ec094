//! Looks for damage with queries over whole tables.

use super::connection::store_error;
use crate::StoreError;
use crate::check::{Counts, Findings};
use rusqlite::{Connection, OptionalExtension};

/// Counts the log, and finds the first damage that a query can find.
pub(super) fn findings(connection: &mut Connection) -> Result<Findings, StoreError> {
    let transaction = connection.transaction().map_err(store_error)?;
    let counts = transaction
        .query_row(include_str!("../check/counts.sql"), [], |row| {
            Ok(Counts { head: row.get(0)?, last: row.get(1)?, events: row.get(2)? })
        })
        .map_err(store_error)?;
    let damage = transaction
        .query_row(include_str!("check.sql"), [], |row| row.get(0))
        .optional()
        .map_err(store_error)?;
    Ok(Findings { counts, damage })
}
