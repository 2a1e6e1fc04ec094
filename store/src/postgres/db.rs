//! Plain SQL on a schema.

use super::connect::{Connector, PATIENCE, QueryError, Readers, Slot};
use super::errors::{is_stale_plan, store_error};
use super::{READ_ONLY, migrate, value};
use crate::StoreError;
use crate::db::{Durability, Param, Row, Statement};
use futures_util::future::join_all;
use futures_util::{TryStreamExt, pin_mut};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;
use tokio_postgres::types::ToSql;

/// One schema: a connection that writes, several that read.
#[derive(Clone)]
pub(crate) struct PgDb(Arc<Inner>);

struct Inner {
    schema: String,
    plain: Arc<Connector>,
    writer: Slot,
    /// One transaction at a time: its statements are sent without waiting for each other, and nobody else's may
    /// come between them.
    turn: Mutex<()>,
    readers: Readers,
    /// For searches, which take long: whoever wants a row by its id does not queue up behind them.
    searchers: Readers,
}

/// How long a query may take. Some go over whole tables; a request's end comes sooner.
const ANSWER: Duration = Duration::from_secs(60);

/// Writes are set-based over arrays whose length no planner knows: each row is found by its index, by one plan that is
/// made once.
const BY_INDEX: &str = "SET plan_cache_mode = force_generic_plan; SET enable_hashjoin = off; SET enable_mergejoin = off; \
    SET enable_seqscan = off; SET enable_material = off";

/// A search is planned anew each time, for the very words: what is best for a rare one reads half of the table for a
/// common one, and a plan for any word is made as if all were rare. None of them reads a whole table, nor sorts it to find the
/// newest rows.
const BY_WORDS: &str =
    "SET plan_cache_mode = force_custom_plan; SET enable_seqscan = off; SET enable_sort = off";

/// Why a transaction did not happen.
enum Failure {
    /// Statements were prepared against tables that have changed since; nothing happened.
    Stale,
    Error(StoreError),
}

impl PgDb {
    pub(crate) async fn open(
        url: &str,
        name: &str,
        durability: Durability,
        readers: usize,
    ) -> Result<Self, StoreError> {
        let path = format!(
            "SET search_path = \"{name}\"; SET jit = off; SET client_min_messages = warning; \
            SET default_transaction_read_only = off; SET default_transaction_isolation = 'read committed'"
        );
        let commit = match durability {
            Durability::Lazy => "SET synchronous_commit = off",
            Durability::Durable => super::append::SYNCHRONOUS,
        };
        let plain = Arc::new(Connector::new(url, name, path.clone())?);
        let writer = Connector::new(url, &format!("{name} write"), format!("{path}; {commit}; {BY_INDEX}"))?;
        let reader = Connector::new(url, &format!("{name} read"), format!("{path}; {READ_ONLY}"))?;
        let searcher =
            Connector::new(url, &format!("{name} search"), format!("{path}; {READ_ONLY}; {BY_WORDS}"))?;
        migrate::make_schema(&plain, name).await?;
        let inner = Inner {
            schema: name.to_owned(),
            plain,
            writer: Slot::new(Arc::new(writer)),
            turn: Mutex::new(()),
            readers: Readers::new(&Arc::new(reader), readers, ANSWER),
            searchers: Readers::new(&Arc::new(searcher), readers / 2, ANSWER),
        };
        Ok(Self(Arc::new(inner)))
    }

    pub(crate) async fn drop(url: &str, name: &str) -> Result<(), StoreError> {
        let connector = Connector::new(url, name, String::new())?;
        migrate::drop_schema(&connector, name).await
    }

    pub(crate) async fn query(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        ask(&self.0.readers, sql, params).await
    }

    pub(crate) async fn search(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        ask(&self.0.searchers, sql, params).await
    }

    /// Waits for the turn to write.
    async fn turn(&self) -> MutexGuard<'_, ()> {
        let _waiting = self.0.writer.waiting();
        self.0.turn.lock().await
    }

    pub(crate) async fn transaction(&self, statements: Vec<Statement>) -> Result<Vec<u64>, StoreError> {
        let _turn = self.turn().await;
        for _ in 0..2 {
            match self.attempt(&statements).await {
                Ok(changed) => return Ok(changed),
                Err(Failure::Stale) => {}
                Err(Failure::Error(error)) => return Err(error),
            }
        }
        Err(StoreError::Unavailable("the tables change again and again".into()))
    }

    /// Everything is sent at once: `BEGIN`, the statements, `COMMIT` (which rolls back where one of them failed).
    async fn attempt(&self, statements: &[Statement]) -> Result<Vec<u64>, Failure> {
        let conn = self.0.writer.get(Instant::now() + PATIENCE).await.map_err(Failure::Error)?;
        let _used = conn.used();
        let failure = |error: tokio_postgres::Error| {
            if is_stale_plan(&error) {
                conn.forget_statements();
                Failure::Stale
            } else {
                Failure::Error(store_error(error))
            }
        };
        let mut prepared = Vec::with_capacity(statements.len());
        for statement in statements {
            let one = conn.prepare(&statement.sql).await.map_err(failure)?;
            for row in &statement.rows {
                fits(&one, row).map_err(Failure::Error)?;
            }
            prepared.push(one);
        }
        if let ([statement], [only]) = (statements, prepared.as_slice())
            && let [row] = statement.rows.as_slice()
        {
            // One statement is a transaction by itself.
            return Ok(vec![conn.client.execute_raw(only, row).await.map_err(failure)?]);
        }
        let runs = statements.iter().zip(&prepared).flat_map(|(statement, prepared)| {
            statement.rows.iter().map(|row| conn.client.execute_raw(prepared, row))
        });
        // Each future sends when it is first polled, and they are polled in this order.
        let begin = conn.client.batch_execute("BEGIN");
        let commit = conn.client.batch_execute("COMMIT");
        let (begun, changed, committed) = {
            let runs = join_all(runs);
            futures_util::future::join3(begin, runs, commit).await
        };
        begun.map_err(failure)?;
        let changed = changed.into_iter().collect::<Result<Vec<u64>, _>>().map_err(failure)?;
        committed.map_err(failure)?;
        let mut rows = changed.into_iter();
        Ok(statements.iter().map(|statement| rows.by_ref().take(statement.rows.len()).sum()).collect())
    }

    pub(crate) async fn write(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        let _turn = self.turn().await;
        let conn = self.0.writer.get(Instant::now() + PATIENCE).await?;
        let _used = conn.used();
        let mut stale = false;
        loop {
            let done = async {
                let statement = conn.prepare(sql).await?;
                rows(&conn.client, &statement, &params).await
            };
            match done.await {
                Err(QueryError::Driver(error)) if is_stale_plan(&error) && !stale => {
                    stale = true;
                    conn.forget_statements();
                }
                done => return done.map_err(StoreError::from),
            }
        }
    }

    /// Each table in a transaction of its own, on a connection of its own.
    pub(crate) async fn analyze(&self) -> Result<(), StoreError> {
        let conn = self.0.plain.connect_until(Instant::now() + PATIENCE).await?;
        let sql = "SELECT pg_catalog.string_agg(pg_catalog.quote_ident(tablename), ', ') FROM pg_catalog.pg_tables \
            WHERE schemaname = $1";
        let row = conn.client.query_one(sql, &[&self.0.schema]).await.map_err(store_error)?;
        let Some(tables) = super::rows::get::<Option<String>>(&row, 0)? else { return Ok(()) };
        conn.client.batch_execute(&format!("ANALYZE {tables}")).await.map_err(store_error)
    }

    pub(crate) async fn migrate(&self, migrations: &[(&str, &str)]) -> Result<(), StoreError> {
        migrate::run(&self.0.plain, &self.0.schema, migrations).await
    }
}

async fn ask(readers: &Readers, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
    let mut attempts = readers.attempts();
    loop {
        let conn = attempts.conn().await?;
        let found = async {
            let statement = conn.prepare(sql).await?;
            rows(&conn.client, &statement, &params).await
        };
        match attempts.ask(&conn, found).await {
            Ok(rows) => return Ok(rows),
            Err(error) => attempts.failed(&conn, error).await?,
        }
    }
}

fn fits(statement: &tokio_postgres::Statement, params: &[Param]) -> Result<(), StoreError> {
    let wanted = statement.params().len();
    if wanted == params.len() {
        return Ok(());
    }
    Err(StoreError::Failed(format!("the statement takes {wanted} parameters and got {}", params.len())))
}

async fn rows(
    client: &tokio_postgres::Client,
    statement: &tokio_postgres::Statement,
    params: &[Param],
) -> Result<Vec<Row>, QueryError> {
    fits(statement, params)?;
    let params = params.iter().map(|param| param as &(dyn ToSql + Sync));
    let rows = client.query_raw(statement, params).await?;
    pin_mut!(rows);
    let mut found = Vec::new();
    while let Some(row) = rows.try_next().await? {
        found.push(value::row(&row)?);
    }
    Ok(found)
}
