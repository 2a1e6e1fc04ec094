//! What changed since a moment, on Postgres.

use super::PgLog;
use super::connect::{Conn, QueryError};
use super::rows::{get, limit_of};
use crate::StoreError;
use crate::changes::{Changed, ChangesPage, SCAN, Stretch, page};
use sunledger_domain::TenantId;
use tokio_postgres::types::ToSql;

impl PgLog {
    pub(crate) async fn changes(
        &self,
        tenant: &TenantId,
        kind: &'static str,
        after: i64,
        until: i64,
        limit: usize,
    ) -> Result<ChangesPage, StoreError> {
        const LOOKED_AT: &str = "SELECT max(position), count(*) FROM (SELECT position FROM events \
             WHERE (tenant, position) > ($1, $2) AND (tenant, position) <= ($1, $3) \
             ORDER BY tenant, position LIMIT $4) AS scanned";
        let name = tenant.as_str();
        let row = self.find_by(&self.browsers, LOOKED_AT, &[&name, &after, &until, &limit_of(SCAN)]).await?;
        let (scanned, rows): (Option<i64>, i64) = match row {
            Some(row) => (get(&row, 0)?, get(&row, 1)?),
            None => (None, 0),
        };
        let params: [&(dyn ToSql + Sync); 6] =
            [&name, &after, &scanned.unwrap_or(after), &limit_of(limit), &kind, &until];
        let mut attempts = self.browsers.attempts();
        let changed = loop {
            let conn = attempts.conn().await?;
            match attempts.ask(&conn, changed(&conn, &params)).await {
                Ok(changed) => break changed,
                Err(error) => attempts.failed(&conn, error).await?,
            }
        };
        Ok(page(changed, limit, scanned, rows, until))
    }

    /// The last `limit` events of a tenant up to a position.
    pub(crate) async fn stretch(
        &self,
        tenant: &TenantId,
        until: i64,
        limit: usize,
    ) -> Result<Stretch, StoreError> {
        const SQL: &str = "SELECT min(position), max(recorded_at), count(*) FROM (SELECT position, recorded_at \
             FROM events WHERE (tenant, position) > ($1, 0) AND (tenant, position) <= ($1, $2) \
             ORDER BY tenant DESC, position DESC LIMIT $3) AS stretch";
        let row = self.find_by(&self.browsers, SQL, &[&tenant.as_str(), &until, &limit_of(limit)]).await?;
        row.map_or(Ok(Stretch { first: None, latest: None, count: 0 }), |row| {
            Ok(Stretch { first: get(&row, 0)?, latest: get(&row, 1)?, count: get(&row, 2)? })
        })
    }

    /// Position of the first of a tenant's events behind a position and up to another that was recorded at or after a moment.
    pub(crate) async fn first_since(
        &self,
        tenant: &TenantId,
        moment: i64,
        after: i64,
        until: i64,
    ) -> Result<Option<i64>, StoreError> {
        const SQL: &str = "SELECT position FROM events WHERE (tenant, position) > ($1, $2) AND (tenant, position) <= ($1, $3) \
             AND recorded_at >= $4 ORDER BY tenant, position LIMIT 1";
        let row = self.find_by(&self.browsers, SQL, &[&tenant.as_str(), &after, &until, &moment]).await?;
        row.map(|row| get(&row, 0)).transpose()
    }
}

async fn changed(conn: &Conn, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Changed>, QueryError> {
    let statement = conn.prepare(include_str!("changes.sql")).await?;
    let rows = conn.client.query(&statement, params).await?;
    let mut changed = Vec::with_capacity(rows.len());
    for row in &rows {
        changed.push(Changed {
            position: get(row, 0)?,
            id: get(row, 1)?,
            version: get(row, 2)?,
            recorded_at: get(row, 3)?,
        });
    }
    Ok(changed)
}
