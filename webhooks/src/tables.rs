//! The operational tables, as the fan-out and the worker write them. What people read of them is in
//! [`crate::deliveries`].
//!
//! They can be made again from the log (which endpoints there are, what must be delivered), so their transactions
//! need not wait for the disk: after a crash of the machine the last moments happen again, with the same ids.

#[cfg(test)]
pub(crate) mod tests;

use crate::batch::Batch;
use crate::endpoint::Endpoint;
use crate::job::{Job, LaneKey};
use crate::row::Columns;
use foldhash::HashMap;
use sunledger_domain::TenantId;
use sunledger_store::{Db, Dialect, Durability, Param, StoreError, StoreSettings};
use uuid::Uuid;

/// Name of the schema or file.
pub const NAME: &str = "webhooks";

/// How far the fan-out has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// Position of the last event that was handled.
    pub(crate) position: i64,
    /// Events up to here are only folded: their deliveries were made before the log was restored.
    pub(crate) silent_until: i64,
}

/// The tables. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Tables {
    db: Db,
    claim: &'static str,
    purge_bodies: &'static str,
    /// Whoever delivers. The checkpoint says whose turn it is.
    session: Uuid,
}

impl Tables {
    /// Opens the tables, making or migrating them.
    pub(crate) async fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        let db = Db::open(settings, NAME, Durability::Lazy).await?;
        let (schema, bodies, first_attempt, session, claim, purge_bodies) = match db.dialect() {
            Dialect::Sqlite => (
                include_str!("sql/schema_sqlite.sql"),
                include_str!("sql/bodies_sqlite.sql"),
                include_str!("sql/first_attempt_sqlite.sql"),
                "ALTER TABLE checkpoint ADD COLUMN session BLOB",
                include_str!("sql/claim_sqlite.sql"),
                include_str!("sql/purge_bodies_sqlite.sql"),
            ),
            Dialect::Postgres => (
                include_str!("sql/schema_postgres.sql"),
                include_str!("sql/bodies_postgres.sql"),
                include_str!("sql/first_attempt_postgres.sql"),
                "ALTER TABLE checkpoint ADD COLUMN session uuid",
                include_str!("sql/claim_postgres.sql"),
                include_str!("sql/purge_bodies_postgres.sql"),
            ),
        };
        let migrations = [
            ("001_webhooks", schema),
            ("002_bodies", bodies),
            ("003_first_attempt", first_attempt),
            ("004_session", session),
            ("005_ranges", include_str!("sql/ranges.sql")),
        ];
        db.migrate(&migrations).await?;
        Ok(Self { db, claim, purge_bodies, session: Uuid::nil() })
    }

    /// The tables of a new session, for the holder of the lock alone. Whoever held it before may not know yet that it lost
    /// it: what it still fans out is refused, and it claims nothing more.
    pub(crate) async fn begin(&self, log: Uuid) -> Result<Self, StoreError> {
        let session = Uuid::now_v7();
        let mut batch = self.batch();
        let sql = "INSERT INTO checkpoint (id, log, position, silent_until, session) VALUES (1, $1, 0, 0, $2) \
            ON CONFLICT (id) DO UPDATE SET session = $2";
        batch.push(sql, vec![Param::Uuid(log), Param::Uuid(session)]);
        self.commit(batch).await?;
        Ok(Self { session, ..self.clone() })
    }

    /// Whether the checkpoint is this session's.
    pub(crate) async fn is_ours(&self) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM checkpoint WHERE id = 1 AND session = $1";
        Ok(!self.db.query(sql, vec![Param::Uuid(self.session)]).await?.is_empty())
    }

    /// The SQL access, for queries.
    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// Where the fan-out goes on, in this log that ends at `head`. The end is asked for last: another process may be
    /// moving on, and would else seem to have come from a longer log.
    ///
    /// A log that ends before the checkpoint was restored from a backup: what came after it never happened, so the
    /// endpoints are folded again without delivering again, and what is still pending of the lost part is cancelled.
    /// Another log altogether means that all of this belongs to something else, and it is emptied.
    pub(crate) async fn adopt(
        &self,
        log: Uuid,
        head: impl Future<Output = Result<i64, StoreError>>,
        now: i64,
    ) -> Result<Checkpoint, StoreError> {
        let found =
            self.db.query("SELECT log, position, silent_until FROM checkpoint WHERE id = 1", vec![]).await?;
        let begun = found.into_iter().next();
        let mut columns =
            Columns::from(begun.ok_or_else(|| StoreError::Failed("the checkpoint is gone".into()))?);
        let mut batch = self.batch();
        let (known, position, silent_until) = (columns.uuid()?, columns.int()?, columns.int()?);
        if known != log {
            tracing::warn!("the webhook deliveries belong to another log and are emptied");
            for table in ["attempts", "deliveries", "bodies", "endpoints", "parked"] {
                batch.push(&format!("DELETE FROM {table}"), vec![]);
            }
            batch.push(
                "UPDATE checkpoint SET log = $1, silent_until = 0 WHERE id = 1",
                vec![Param::Uuid(log)],
            );
            batch.advance(position, 0);
            self.commit(batch).await?;
            return Ok(Checkpoint { position: 0, silent_until: 0 });
        }
        let head = head.await?;
        if position > head {
            tracing::warn!(position, head, "the log ends before the webhooks' checkpoint: folding it again");
            batch.push("UPDATE checkpoint SET silent_until = $1 WHERE id = 1", vec![Param::Int(head)]);
            batch.advance(position, 0);
            batch.push("DELETE FROM endpoints", vec![]);
            batch.push(
                "UPDATE deliveries SET state = 'cancelled', finished_at = $2, claimed_until = NULL \
                 WHERE position > $1 AND state IN ('pending', 'delivering')",
                vec![Param::Int(head), Param::Int(now)],
            );
            self.commit(batch).await?;
            return Ok(Checkpoint { position: 0, silent_until: head });
        }
        Ok(Checkpoint { position, silent_until })
    }

    /// Every endpoint.
    pub(crate) async fn endpoints(&self) -> Result<Vec<Endpoint>, StoreError> {
        let sql = "SELECT id, tenant, url, events, secret, previous_secret, previous_until, enabled, fresh_since, \
            version FROM endpoints";
        self.db
            .query(sql, vec![])
            .await?
            .into_iter()
            .map(|row| Endpoint::from_row(Columns::from(row)))
            .collect()
    }

    /// Since when endpoints have only failed.
    pub(crate) async fn failing(&self) -> Result<HashMap<Uuid, i64>, StoreError> {
        let sql = "SELECT id, failing_since FROM endpoints WHERE failing_since IS NOT NULL";
        let rows = self.db.query(sql, vec![]).await?;
        rows.into_iter()
            .map(|row| {
                let mut columns = Columns::from(row);
                Ok((columns.uuid()?, columns.int()?))
            })
            .collect()
    }

    /// Lanes with pending deliveries, and when the first one is due.
    pub(crate) async fn lanes(&self) -> Result<Vec<(LaneKey, i64)>, StoreError> {
        let rows = self.db.query(include_str!("sql/lanes.sql"), vec![]).await?;
        rows.into_iter()
            .map(|row| {
                let mut columns = Columns::from(row);
                let lane = LaneKey { endpoint: columns.uuid()?, tests: columns.int()? == 1 };
                Ok((lane, columns.int()?))
            })
            .collect()
    }

    /// Claims due deliveries, so many of each lane at most.
    pub(crate) async fn claim(
        &self,
        wanted: &[(LaneKey, usize)],
        now: i64,
        lease: i64,
    ) -> Result<Vec<Job>, StoreError> {
        let room = |room: usize| i64::try_from(room).unwrap_or(i64::MAX);
        let mut rows = Vec::new();
        match self.db.dialect() {
            Dialect::Postgres => {
                let params = vec![
                    Param::UuidArray(wanted.iter().map(|(lane, _)| lane.endpoint).collect()),
                    Param::IntArray(wanted.iter().map(|(lane, _)| Some(lane.number())).collect()),
                    Param::IntArray(wanted.iter().map(|(_, most)| Some(room(*most))).collect()),
                    Param::Int(now),
                    Param::Int(lease),
                    Param::Uuid(self.session),
                ];
                rows = self.db.write(self.claim, params).await?;
            }
            Dialect::Sqlite => {
                for (lane, most) in wanted {
                    let params = vec![
                        Param::Uuid(lane.endpoint),
                        Param::Int(lane.number()),
                        Param::Int(room(*most)),
                        Param::Int(now),
                        Param::Int(lease),
                        Param::Uuid(self.session),
                    ];
                    rows.extend(self.db.write(self.claim, params).await?);
                }
            }
        }
        let mut jobs = rows
            .into_iter()
            .map(|row| {
                let mut columns = Columns::from(row);
                Ok(Job {
                    id: columns.uuid()?,
                    lane: LaneKey { endpoint: columns.uuid()?, tests: columns.int()? == 1 },
                    message_id: columns.text()?,
                    body: columns.text()?,
                    attempts: columns.int()?,
                    due: columns.int()?,
                    lease,
                })
            })
            .collect::<Result<Vec<Job>, StoreError>>()?;
        // RETURNING keeps no order.
        jobs.sort_by_key(|job| (job.due, job.id));
        Ok(jobs)
    }

    /// Makes claimed deliveries pending again: all of them, or those whose claim ended before `before`.
    pub(crate) async fn reclaim(&self, before: Option<i64>) -> Result<u64, StoreError> {
        let mut batch = self.batch();
        let sql = "UPDATE deliveries SET state = 'pending', claimed_until = NULL WHERE state = 'delivering'";
        match before {
            None => batch.push(sql, vec![]),
            Some(before) => batch.push(&format!("{sql} AND claimed_until < $1"), vec![Param::Int(before)]),
        }
        Ok(self.commit(batch).await?.into_iter().sum())
    }

    /// Gives back the claims of one lease.
    pub(crate) async fn unclaim(&self, lease: i64) -> Result<(), StoreError> {
        let mut batch = self.batch();
        let sql = "UPDATE deliveries SET state = 'pending', claimed_until = NULL \
            WHERE state = 'delivering' AND claimed_until = $1";
        batch.push(sql, vec![Param::Int(lease)]);
        self.commit(batch).await?;
        Ok(())
    }

    /// Makes due now what was planned by a clock that was ahead: the attempt before it, or its making, is still to come.
    pub(crate) async fn replan(&self, now: i64) -> Result<u64, StoreError> {
        let mut batch = self.batch();
        batch.push(include_str!("sql/replan.sql"), vec![Param::Int(now)]);
        Ok(self.commit(batch).await?.into_iter().sum())
    }

    /// Deletes up to `limit` deliveries that finished before a time; how many it were.
    pub(crate) async fn purge(&self, before: i64, limit: i64) -> Result<u64, StoreError> {
        let mut batch = self.batch();
        batch.push("DELETE FROM parked WHERE at < $1", vec![Param::Int(before)]);
        let params = vec![Param::Int(before), Param::Int(limit)];
        batch.push(include_str!("sql/purge_attempts.sql"), params.clone());
        batch.push(self.purge_bodies, params.clone());
        batch.push(include_str!("sql/purge_deliveries.sql"), params);
        Ok(self.commit(batch).await?.last().copied().unwrap_or(0))
    }

    /// An endpoint's own deliveries (no copies) of events in a range of ids, in order.
    pub(crate) async fn originals(
        &self,
        tenant: &TenantId,
        endpoint: Uuid,
        after: Uuid,
        before: Uuid,
        limit: i64,
    ) -> Result<Vec<Uuid>, StoreError> {
        // In the order of the endpoint's index, as in `Deliveries::list`.
        let sql = "SELECT id FROM deliveries \
            WHERE tenant = $1 AND (endpoint_id, id) > ($2, $3) AND (endpoint_id, id) < ($2, $4) \
            AND redelivery_of IS NULL ORDER BY endpoint_id, id LIMIT $5";
        let params = vec![
            Param::Text(tenant.as_str().into()),
            Param::Uuid(endpoint),
            Param::Uuid(after),
            Param::Uuid(before),
            Param::Int(limit),
        ];
        let rows = self.db.query(sql, params).await?;
        rows.into_iter().map(|row| Columns::from(row).uuid()).collect()
    }

    /// An empty batch.
    pub(crate) fn batch(&self) -> Batch {
        Batch::new(self.db.dialect(), self.session)
    }

    /// Runs a batch as one transaction; rows changed, by statement.
    pub(crate) async fn commit(&self, batch: Batch) -> Result<Vec<u64>, StoreError> {
        let statements = batch.into_statements();
        if statements.is_empty() { Ok(Vec::new()) } else { self.db.transaction(statements).await }
    }
}
