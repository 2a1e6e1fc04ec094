//! Events out of the log's file.

use super::connection::store_error;
use crate::intern::Interner;
use crate::{RecordedEvent, StoreError};
use rusqlite::{Connection, Params, Row};
use uuid::Uuid;

/// The columns of an event, in the order that [`event`] reads them.
macro_rules! columns {
    () => {
        "position, tenant, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, \
         recorded_at"
    };
}
pub(super) use columns;

/// Events after a position.
pub(super) fn read(
    connection: &Connection,
    after: i64,
    limit: usize,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let sql = concat!("SELECT ", columns!(), " FROM events WHERE position > ?1 ORDER BY position LIMIT ?2");
    events(connection, sql, (after, limit_of(limit)))
}

/// The events that a query finds.
pub(super) fn events(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(store_error)?;
    let mut rows = statement.query(params).map_err(store_error)?;
    let mut interner = Interner::default();
    let mut events = Vec::new();
    while let Some(row) = rows.next().map_err(store_error)? {
        events.push(event(row, &mut interner)?);
    }
    Ok(events)
}

/// SQLite's LIMIT is signed.
pub(super) fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn event(row: &Row<'_>, interner: &mut Interner) -> Result<RecordedEvent, StoreError> {
    let text = |index: usize| -> Result<&str, StoreError> {
        row.get_ref(index).map_err(store_error)?.as_str().map_err(|error| damaged(row, &error))
    };
    let int = |index: usize| -> Result<i64, StoreError> {
        row.get_ref(index).map_err(store_error)?.as_i64().map_err(|error| damaged(row, &error))
    };
    let id = row.get_ref(3).map_err(store_error)?.as_blob().map_err(|error| damaged(row, &error))?;
    Ok(RecordedEvent {
        position: int(0)?,
        tenant: interner.tenant(text(1)?)?,
        kind: interner.name(text(2)?),
        id: Uuid::from_slice(id).map_err(|error| damaged(row, &error))?,
        version: int(4)?,
        event_type: interner.name(text(5)?),
        event_version: interner.name(text(6)?),
        payload: text(7)?.into(),
        metadata: interner.metadata(text(8)?),
        recorded_at: int(9)?,
    })
}

fn damaged(row: &Row<'_>, error: &dyn std::error::Error) -> StoreError {
    let position: i64 = row.get(0).unwrap_or_default();
    StoreError::Damaged(format!("event {position}: {error}"))
}
