//! Events out of the log's table.

use super::connect::{Conn, QueryError};
use crate::intern::Interner;
use crate::{RecordedEvent, StoreError};
use futures_util::{TryStreamExt, pin_mut};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql};

/// The columns of an event, in the order that [`event`] reads them.
macro_rules! columns {
    () => {
        "position, tenant, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, \
         recorded_at"
    };
}
pub(super) use columns;

/// Events after a position.
pub(super) const READ: &str =
    concat!("SELECT ", columns!(), " FROM events WHERE position > $1 ORDER BY position LIMIT $2");

/// The first event of a kind between two positions, or the one at the second.
pub(super) const NEXT_OF: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM events WHERE position > $1 AND position <= $2 AND (aggregate_type = $3 OR position = $2) \
     ORDER BY position LIMIT 1"
);

/// The events that a query finds.
pub(super) async fn events(
    conn: &Conn,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Vec<RecordedEvent>, QueryError> {
    let statement = conn.prepare(sql).await?;
    let rows = conn.client.query_raw(&statement, params.iter().copied()).await?;
    pin_mut!(rows);
    let mut interner = Interner::default();
    let mut events = Vec::new();
    while let Some(row) = rows.try_next().await? {
        events.push(event(&row, &mut interner)?);
    }
    Ok(events)
}

/// Postgres' LIMIT is signed.
pub(super) fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn event(row: &Row, interner: &mut Interner) -> Result<RecordedEvent, StoreError> {
    Ok(RecordedEvent {
        position: get(row, 0)?,
        tenant: interner.tenant(get(row, 1)?)?,
        kind: interner.name(get(row, 2)?),
        id: get(row, 3)?,
        version: get(row, 4)?,
        event_type: interner.name(get(row, 5)?),
        event_version: interner.name(get(row, 6)?),
        payload: get::<&str>(row, 7)?.into(),
        metadata: interner.metadata(get(row, 8)?),
        recorded_at: get(row, 9)?,
    })
}

/// A column of a type that the log's tables have there.
pub(super) fn get<'r, T: FromSql<'r>>(row: &'r Row, column: usize) -> Result<T, StoreError> {
    row.try_get(column).map_err(|error| StoreError::Damaged(format!("column {column}: {error}")))
}
