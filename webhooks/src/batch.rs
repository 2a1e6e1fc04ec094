//! Statements that are run together, or not at all.

use crate::endpoint::Endpoint;
use crate::job::{Finished, Job, NewDelivery};
use sunledger_domain::TenantId;
use sunledger_store::{Dialect, Param, RecordedEvent, Statement};
use uuid::Uuid;

/// Statements of one transaction, in order.
pub(crate) struct Batch {
    statements: Vec<Statement>,
    /// SQLite runs one statement for many rows; Postgres is sent each, all in one round trip.
    join_rows: bool,
}

impl Batch {
    /// An empty batch.
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { statements: Vec::new(), join_rows: dialect == Dialect::Sqlite }
    }

    /// What is in it.
    pub(crate) fn into_statements(self) -> Vec<Statement> {
        self.statements
    }

    /// Adds a statement.
    pub(crate) fn push(&mut self, sql: &str, row: Vec<Param>) {
        let same = self.statements.last_mut().filter(|last| *last.sql == *sql);
        match same {
            Some(last) if self.join_rows => last.rows.push(row),
            Some(last) => {
                let sql = last.sql.clone();
                self.statements.push(Statement { sql, rows: vec![row] });
            }
            None => self.statements.push(Statement { sql: sql.into(), rows: vec![row] }),
        }
    }

    /// Moves the checkpoint on from where this process left it. Where it is somewhere else, another process has gone
    /// on meanwhile: NULL is refused by the column, and the transaction with it.
    pub(crate) fn advance(&mut self, from: i64, to: i64) {
        let sql = "UPDATE checkpoint SET position = CASE WHEN position = $1 THEN CAST($2 AS bigint) END WHERE id = 1";
        self.push(sql, vec![Param::Int(from), Param::Int(to)]);
    }

    pub(crate) fn insert_delivery(&mut self, delivery: &NewDelivery, message_id: String, now: i64) {
        let row = vec![
            Param::Uuid(delivery.id),
            Param::Text(delivery.tenant.as_str().into()),
            Param::Uuid(delivery.lane.endpoint),
            Param::Int(delivery.lane.number()),
            Param::Text(delivery.event_id.clone()),
            Param::Text(delivery.event_type.clone()),
            Param::Int(delivery.event_at),
            Param::Int(delivery.position),
            Param::Text(message_id.into()),
            Param::Text(delivery.body.clone()),
            Param::Int(now),
        ];
        self.push(include_str!("sql/insert_delivery.sql"), row);
    }

    /// A new pending copy of a delivery of that endpoint, if there is one.
    pub(crate) fn copy_delivery(&mut self, id: Uuid, of: Uuid, tenant: &TenantId, endpoint: Uuid, now: i64) {
        let row = vec![
            Param::Uuid(id),
            Param::Int(now),
            Param::Uuid(of),
            Param::Text(tenant.as_str().into()),
            Param::Uuid(endpoint),
        ];
        self.push(include_str!("sql/copy_delivery.sql"), row);
    }

    pub(crate) fn park(&mut self, event: &RecordedEvent, error: &str, now: i64) {
        let row = vec![
            Param::Int(event.position),
            Param::Text(event.tenant.as_str().into()),
            Param::Text(event.event_id().into()),
            Param::Text(event.event_type.clone()),
            Param::Text(error.replace('\0', "\u{fffd}").into()),
            Param::Int(now),
        ];
        let sql = "INSERT INTO parked (position, tenant, event_id, event_type, error, at) \
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (position) DO NOTHING";
        self.push(sql, row);
    }

    pub(crate) fn upsert_endpoint(&mut self, endpoint: &Endpoint) {
        self.push(include_str!("sql/upsert_endpoint.sql"), endpoint.to_row());
    }

    /// Deletes an endpoint and cancels what was on its way to it.
    pub(crate) fn delete_endpoint(&mut self, id: Uuid, now: i64) {
        self.push("DELETE FROM endpoints WHERE id = $1", vec![Param::Uuid(id)]);
        for state in ["pending", "delivering"] {
            let sql = format!(
                "UPDATE deliveries SET state = 'cancelled', finished_at = $2, claimed_until = NULL \
                 WHERE endpoint_id = $1 AND state = '{state}'"
            );
            self.push(&sql, vec![Param::Uuid(id), Param::Int(now)]);
        }
    }

    /// Makes everything that waits for an endpoint due now.
    pub(crate) fn wake_endpoint(&mut self, id: Uuid, now: i64) {
        let sql = "UPDATE deliveries SET next_attempt_at = $2 \
            WHERE endpoint_id = $1 AND state = 'pending' AND next_attempt_at > $2";
        self.push(sql, vec![Param::Uuid(id), Param::Int(now)]);
    }

    /// Records attempts and what follows from them. Where a claim was lost meanwhile, the delivery stays as it is.
    pub(crate) fn finish<'a>(&mut self, finished: impl Iterator<Item = &'a Finished> + Clone) {
        let text =
            |text: &Option<String>| text.as_deref().map_or(Param::Null, |text| Param::Text(text.into()));
        for Finished { job, at, answer, .. } in finished.clone() {
            let row = vec![
                Param::Uuid(job.id),
                Param::Int(job.attempts.saturating_add(1)),
                Param::Int(*at),
                Param::Int(answer.duration_ms),
                answer.status.map_or(Param::Null, |status| Param::Int(i64::from(status))),
                text(&answer.error),
                text(&answer.response),
            ];
            let sql = "INSERT INTO attempts (delivery_id, number, at, duration_ms, status, error, response) \
                VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (delivery_id, number) DO NOTHING";
            self.push(sql, row);
        }
        for Finished { job, state, next_attempt_at, finished_at, .. } in finished {
            let row = vec![
                Param::Uuid(job.id),
                Param::Text((*state).into()),
                Param::Int(job.attempts.saturating_add(1)),
                Param::Int(*next_attempt_at),
                finished_at.map_or(Param::Null, Param::Int),
                Param::Int(job.lease),
            ];
            self.push(include_str!("sql/finish_delivery.sql"), row);
        }
    }

    /// Gives a claim back.
    pub(crate) fn release(&mut self, job: &Job) {
        let sql = "UPDATE deliveries SET state = 'pending', claimed_until = NULL \
            WHERE id = $1 AND state = 'delivering' AND claimed_until = $2";
        self.push(sql, vec![Param::Uuid(job.id), Param::Int(job.lease)]);
    }

    /// Remembers since when an endpoint has only failed.
    pub(crate) fn failing(&mut self, endpoint: Uuid, since: Option<i64>) {
        let sql = "UPDATE endpoints SET failing_since = $2 WHERE id = $1";
        self.push(sql, vec![Param::Uuid(endpoint), since.map_or(Param::Null, Param::Int)]);
    }
}
