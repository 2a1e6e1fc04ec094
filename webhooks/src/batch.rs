//! Statements that are run together, or not at all.

use crate::endpoint::Endpoint;
use crate::job::{Finished, Job, NewDelivery};
use std::sync::Arc;
use sunledger_domain::TenantId;
use sunledger_store::{Dialect, Param, RecordedEvent, Statement};
use uuid::Uuid;

/// Writes deliveries, on Postgres and on SQLite.
const INSERT: (&str, &str) =
    (include_str!("sql/insert_deliveries_postgres.sql"), include_str!("sql/insert_delivery_sqlite.sql"));
/// Writes those that are not there yet.
const INSERT_ONCE: (&str, &str) = (
    concat!(include_str!("sql/insert_deliveries_postgres.sql"), " ON CONFLICT (id) DO NOTHING"),
    concat!(include_str!("sql/insert_delivery_sqlite.sql"), " ON CONFLICT (id) DO NOTHING"),
);

/// Statements of one transaction, in order.
pub(crate) struct Batch {
    statements: Vec<Statement>,
    /// Deliveries that follow, as rows, of which Postgres gets one statement.
    new: Vec<Vec<Param>>,
    /// Their bodies.
    bodies: Vec<(Uuid, Arc<str>)>,
    dialect: Dialect,
    session: Uuid,
}

impl Batch {
    /// An empty batch.
    pub(crate) fn new(dialect: Dialect, session: Uuid) -> Self {
        Self { statements: Vec::new(), new: Vec::new(), bodies: Vec::new(), dialect, session }
    }

    /// What is in it.
    pub(crate) fn into_statements(mut self) -> Vec<Statement> {
        self.insert_new();
        self.statements
    }

    /// Adds a statement.
    pub(crate) fn push(&mut self, sql: &str, row: Vec<Param>) {
        self.insert_new();
        self.run(sql, row);
    }

    /// SQLite runs one statement for many rows; Postgres is sent each, all in one round trip.
    fn run(&mut self, sql: &str, row: Vec<Param>) {
        let same = self.statements.last_mut().filter(|last| *last.sql == *sql);
        match same {
            Some(last) if self.dialect == Dialect::Sqlite => last.rows.push(row),
            Some(last) => {
                let sql = last.sql.clone();
                self.statements.push(Statement { sql, rows: vec![row] });
            }
            None => self.statements.push(Statement { sql: sql.into(), rows: vec![row] }),
        }
    }

    /// Runs a statement for rows: one that takes columns as arrays on Postgres, one that takes a row on SQLite.
    fn run_all(&mut self, (postgres, sqlite): (&str, &str), rows: Vec<Vec<Param>>) {
        if rows.is_empty() {
            return;
        }
        match self.dialect {
            Dialect::Postgres => self.run(postgres, columns(rows)),
            Dialect::Sqlite => rows.into_iter().for_each(|row| self.run(sqlite, row)),
        }
    }

    /// Moves the checkpoint on from where this session left it. Where it is somewhere else, or another session's, another
    /// process has gone on meanwhile: NULL is refused by the column, and the transaction with it.
    pub(crate) fn advance(&mut self, from: i64, to: i64) {
        let sql = "UPDATE checkpoint SET position = \
            CASE WHEN position = $1 AND session = $3 THEN CAST($2 AS bigint) END WHERE id = 1";
        self.push(sql, vec![Param::Int(from), Param::Int(to), Param::Uuid(self.session)]);
    }

    /// A new delivery: pending, claimed by this process, or as its first attempt left it. Nothing happens where it is there
    /// already. Those that share a body come one after the other.
    pub(crate) fn insert_delivery(&mut self, delivery: &NewDelivery) {
        self.enter_body(delivery);
        self.new.push(to_row(delivery));
    }

    /// New deliveries that cannot be there yet, since this transaction moves the checkpoint past their events: it is refused
    /// should one be there all the same. Not to look costs Postgres a fifth less for each.
    pub(crate) fn insert_page(&mut self, deliveries: &[NewDelivery]) {
        self.insert_new();
        deliveries.iter().for_each(|delivery| self.enter_body(delivery));
        self.insert_bodies();
        self.run_all(INSERT, deliveries.iter().map(to_row).collect());
    }

    fn enter_body(&mut self, delivery: &NewDelivery) {
        if self.bodies.last().is_none_or(|(id, _)| *id != delivery.body_id) {
            self.bodies.push((delivery.body_id, delivery.body.clone()));
        }
    }

    fn insert_bodies(&mut self) {
        let bodies = std::mem::take(&mut self.bodies);
        let sqlite = "INSERT INTO bodies (id, body) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
        let rows = bodies.into_iter().map(|(id, body)| vec![Param::Uuid(id), Param::Text(body)]).collect();
        self.run_all((include_str!("sql/insert_bodies_postgres.sql"), sqlite), rows);
    }

    fn insert_new(&mut self) {
        self.insert_bodies();
        let rows = std::mem::take(&mut self.new);
        self.run_all(INSERT_ONCE, rows);
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

    /// Records attempts and what follows from them: a first one in its delivery, later ones in rows of their own. Where a
    /// claim was lost meanwhile, the delivery stays as it is.
    pub(crate) fn finish(&mut self, finished: &[&Finished]) {
        self.insert_new();
        let attempt = |finished: &Finished| {
            let number = finished.job.attempts.saturating_add(1);
            let mut row = vec![Param::Uuid(finished.job.id), Param::Int(number)];
            row.extend(facts(Some(finished)));
            row
        };
        let sql =
            (include_str!("sql/insert_attempts_postgres.sql"), include_str!("sql/insert_attempt_sqlite.sql"));
        let later = finished.iter().filter(|finished| finished.job.attempts > 0);
        self.run_all(sql, later.map(|finished| attempt(finished)).collect());
        let delivery = |finished: &Finished| {
            let Finished { job, state, next_attempt_at, finished_at, .. } = finished;
            let mut row = vec![
                Param::Uuid(job.id),
                Param::Text((*state).into()),
                Param::Int(job.attempts.saturating_add(1)),
                Param::Int(*next_attempt_at),
                int(*finished_at),
                Param::Int(job.lease),
            ];
            row.extend(facts(Some(finished).filter(|finished| finished.job.attempts == 0)));
            row
        };
        let sql = (
            include_str!("sql/finish_deliveries_postgres.sql"),
            include_str!("sql/finish_delivery_sqlite.sql"),
        );
        self.run_all(sql, finished.iter().map(|finished| delivery(finished)).collect());
    }

    /// Gives claims back.
    pub(crate) fn release(&mut self, jobs: &[&Job]) {
        self.insert_new();
        let sqlite = "UPDATE deliveries SET state = 'pending', claimed_until = NULL \
            WHERE id = $1 AND state = 'delivering' AND claimed_until = $2";
        let rows = jobs.iter().map(|job| vec![Param::Uuid(job.id), Param::Int(job.lease)]).collect();
        self.run_all((include_str!("sql/release_deliveries_postgres.sql"), sqlite), rows);
    }

    /// Remembers since when an endpoint has only failed.
    pub(crate) fn failing(&mut self, endpoint: Uuid, since: Option<i64>) {
        let sql = "UPDATE endpoints SET failing_since = $2 WHERE id = $1";
        self.push(sql, vec![Param::Uuid(endpoint), int(since)]);
    }
}

/// The columns of a new delivery.
fn to_row(delivery: &NewDelivery) -> Vec<Param> {
    let (state, attempts, next_attempt_at, claimed_until) = match (&delivery.ended, delivery.claimed_until) {
        (Some(first), _) => (first.state, 1, first.next_attempt_at, None),
        (None, Some(lease)) => ("delivering", 0, delivery.created_at, Some(lease)),
        (None, None) => ("pending", 0, delivery.created_at, None),
    };
    let mut row = vec![
        Param::Uuid(delivery.id),
        Param::Text((&delivery.tenant).into()),
        Param::Uuid(delivery.lane.endpoint),
        Param::Int(delivery.lane.number()),
        Param::Text(delivery.event_id.clone()),
        Param::Text(delivery.event_type.clone()),
        Param::Int(delivery.event_at),
        Param::Int(delivery.position),
        Param::Text(delivery.message_id.clone()),
        Param::Uuid(delivery.body_id),
        Param::Text(state.into()),
        Param::Int(attempts),
        Param::Int(next_attempt_at),
        int(claimed_until),
        Param::Int(delivery.created_at),
        int(delivery.ended.as_ref().and_then(|first| first.finished_at)),
    ];
    row.extend(facts(delivery.ended.as_ref()));
    row
}

fn int(value: Option<i64>) -> Param {
    value.map_or(Param::Null, Param::Int)
}

/// What an attempt was: when it began, how long it took, the status, the error and the answer. All NULL of none.
fn facts(finished: Option<&Finished>) -> [Param; 5] {
    let Some(Finished { at, answer, .. }) = finished else { return [const { Param::Null }; 5] };
    let text = |text: &Option<String>| text.as_deref().map_or(Param::Null, |text| Param::Text(text.into()));
    [
        Param::Int(*at),
        Param::Int(answer.duration_ms),
        int(answer.status.map(i64::from)),
        text(&answer.error),
        text(&answer.response),
    ]
}

/// Rows as columns.
fn columns(mut rows: Vec<Vec<Param>>) -> Vec<Param> {
    let width = rows.first().map_or(0, Vec::len);
    (0..width).map(|column| array(&mut rows, column)).collect()
}

/// A column, taken out of the rows. Its values have one type, or are NULL; of nothing but NULL an array of any type will do,
/// and the one for integers is taken.
fn array(rows: &mut [Vec<Param>], column: usize) -> Param {
    let mut known = rows.iter().filter_map(|row| row.get(column)).filter(|value| **value != Param::Null);
    let first = known.next().cloned();
    let values = rows.iter_mut().filter_map(|row| Some(std::mem::replace(row.get_mut(column)?, Param::Null)));
    match first {
        Some(Param::Uuid(_)) => {
            let id = |value| if let Param::Uuid(id) = value { Some(id) } else { None };
            Param::UuidArray(values.filter_map(id).collect())
        }
        Some(Param::Text(_)) => {
            let text = |value| if let Param::Text(text) = value { Some(text) } else { None };
            Param::TextArray(values.map(text).collect())
        }
        _ => {
            let number = |value| if let Param::Int(number) = value { Some(number) } else { None };
            Param::IntArray(values.map(number).collect())
        }
    }
}
