//! What changed since a moment, on SQLite.

use super::SqliteLog;
use super::connection::store_error;
use super::rows::limit_of;
use crate::StoreError;
use crate::changes::{Changed, ChangesPage, SCAN, Stretch, page};
use rusqlite::{Connection, OptionalExtension, Row, params};
use sunledger_domain::TenantId;
use uuid::Uuid;

impl SqliteLog {
    pub(crate) async fn changes(
        &self,
        tenant: &TenantId,
        kind: &'static str,
        after: i64,
        until: i64,
        limit: usize,
    ) -> Result<ChangesPage, StoreError> {
        let tenant = tenant.clone();
        let found = move |connection: &Connection| -> rusqlite::Result<ChangesPage> {
            const LOOKED_AT: &str = "SELECT max(position), count(*) FROM (SELECT position FROM events \
                 INDEXED BY events_by_tenant WHERE tenant = ?1 AND position > ?2 AND position <= ?3 \
                 ORDER BY position LIMIT ?4)";
            let name = tenant.as_str();
            let (scanned, rows): (Option<i64>, i64) = connection
                .prepare_cached(LOOKED_AT)?
                .query_row(params![name, after, until, limit_of(SCAN)], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            let params = params![name, after, scanned.unwrap_or(after), limit_of(limit), kind, until];
            let mut statement = connection.prepare_cached(include_str!("changes.sql"))?;
            let changed = statement.query_map(params, changed)?.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(page(changed, limit, scanned, rows, until))
        };
        self.browsers.run(move |connection| found(connection).map_err(store_error)).await
    }

    /// The last `limit` events of a tenant up to a position.
    pub(crate) async fn stretch(
        &self,
        tenant: &TenantId,
        until: i64,
        limit: usize,
    ) -> Result<Stretch, StoreError> {
        const SQL: &str = "SELECT min(position), max(recorded_at), count(*) FROM (SELECT position, recorded_at \
             FROM events INDEXED BY events_by_tenant WHERE tenant = ?1 AND position <= ?2 \
             ORDER BY position DESC LIMIT ?3)";
        let tenant = tenant.clone();
        let read = move |connection: &Connection| -> rusqlite::Result<Stretch> {
            let params = params![tenant.as_str(), until, limit_of(limit)];
            connection.prepare_cached(SQL)?.query_row(params, |row| {
                Ok(Stretch { first: row.get(0)?, latest: row.get(1)?, count: row.get(2)? })
            })
        };
        self.browsers.run(move |connection| read(connection).map_err(store_error)).await
    }

    /// Position of the first of a tenant's events behind a position and up to another that was recorded at or after a moment.
    pub(crate) async fn first_since(
        &self,
        tenant: &TenantId,
        moment: i64,
        after: i64,
        until: i64,
    ) -> Result<Option<i64>, StoreError> {
        const SQL: &str = "SELECT position FROM events INDEXED BY events_by_tenant \
             WHERE tenant = ?1 AND position > ?2 AND position <= ?3 AND recorded_at >= ?4 ORDER BY position LIMIT 1";
        let tenant = tenant.clone();
        let read = move |connection: &Connection| {
            let params = params![tenant.as_str(), after, until, moment];
            connection.prepare_cached(SQL)?.query_row(params, |row| row.get(0)).optional()
        };
        self.browsers.run(move |connection| read(connection).map_err(store_error)).await
    }
}

fn changed(row: &Row<'_>) -> rusqlite::Result<Changed> {
    Ok(Changed {
        position: row.get(0)?,
        id: Uuid::from_bytes(row.get(1)?),
        version: row.get(2)?,
        recorded_at: row.get(3)?,
    })
}
