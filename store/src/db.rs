//! Plain SQL on one schema (Postgres) or one file (SQLite): what read models and deliveries are kept in.
//!
//! One text serves both backends where it can: placeholders are `$1`, `$2`...; booleans, `bigint`/`INTEGER`,
//! `text` and `uuid`/`BLOB` are the types in use; times are microseconds, calendar dates `YYYY-MM-DD`.

use crate::postgres::PgDb;
use crate::sqlite::SqliteDb;
use crate::{Backend, StoreError, StoreSettings};
use std::sync::Arc;
use uuid::Uuid;

/// Which SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// Postgres.
    Postgres,
}

/// May the newest transactions be lost when the machine (not the process) dies?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// No: every commit waits for the disk.
    Durable,
    /// Yes: what is kept here can be made again from the log (`synchronous_commit=off`, `synchronous=NORMAL`).
    Lazy,
}

/// A parameter, or a column of a result. SQLite's results know fewer types: a boolean comes back as `Int` 0 or 1, and
/// every BLOB of 16 bytes as `Uuid`.
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    /// NULL of any type.
    Null,
    /// A boolean (SQLite: 0 or 1).
    Bool(bool),
    /// `bigint`.
    Int(i64),
    /// `text`.
    Text(Arc<str>),
    /// `bytea` / BLOB.
    Bytes(Vec<u8>),
    /// `uuid` / BLOB of 16.
    Uuid(Uuid),
    /// Postgres only, for `unnest($1::uuid[])`.
    UuidArray(Vec<Uuid>),
    /// Postgres only.
    TextArray(Vec<Option<Arc<str>>>),
    /// Postgres only.
    IntArray(Vec<Option<i64>>),
    /// Postgres only.
    BoolArray(Vec<Option<bool>>),
}

/// A statement and its parameters.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The SQL, prepared once per connection and text.
    pub sql: Arc<str>,
    /// Its parameters; on SQLite a statement may have several rows of parameters and is run for each.
    pub rows: Vec<Vec<Param>>,
}

/// A row of a result.
#[derive(Debug, Clone)]
pub struct Row(pub Vec<Param>);

/// SQL access to one schema or file. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Sqlite(SqliteDb),
    Postgres(PgDb),
}

/// The same call to whichever backend it is.
macro_rules! engine {
    ($db:expr, $engine:ident => $call:expr) => {
        match &$db.engine {
            Engine::Sqlite($engine) => $call,
            Engine::Postgres($engine) => $call,
        }
    };
}

impl Db {
    /// Opens schema or file `name` (`read_1`, `webhooks`), making it where missing.
    ///
    /// # Errors
    /// `Failed` for a name with other characters than `a-z`, `0-9` and `_`, and for the log's own; else see
    /// [`StoreError`].
    pub async fn open(
        settings: &StoreSettings,
        name: &str,
        durability: Durability,
    ) -> Result<Db, StoreError> {
        plain(name)?;
        let engine = match &settings.backend {
            Backend::Sqlite { folder } => {
                Engine::Sqlite(SqliteDb::open(folder, name, durability, settings.readers).await?)
            }
            Backend::Postgres { url } => {
                Engine::Postgres(PgDb::open(url, name, durability, settings.readers).await?)
            }
        };
        Ok(Db { engine })
    }

    /// Deletes a schema or file and all that is in it; no error where there is none. Whoever still has it open may
    /// get errors from then on.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn drop(settings: &StoreSettings, name: &str) -> Result<(), StoreError> {
        plain(name)?;
        match &settings.backend {
            Backend::Sqlite { folder } => {
                let (folder, name) = (folder.clone(), name.to_owned());
                tokio::task::spawn_blocking(move || SqliteDb::drop(&folder, &name))
                    .await
                    .map_err(|error| StoreError::Failed(error.to_string()))?
            }
            Backend::Postgres { url } => PgDb::drop(url, name).await,
        }
    }

    /// Which SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        match &self.engine {
            Engine::Sqlite(_) => Dialect::Sqlite,
            Engine::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Rows of a query, on one of the read connections.
    ///
    /// # Errors
    /// See [`StoreError`]; also where a result has a type that [`Param`] has not.
    pub async fn query(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        engine!(self, db => db.query(sql, params).await)
    }

    /// The same for a query of which the words decide how it is best done, and which may take long.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn search(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        match &self.engine {
            // It plans every query without a look at the words, and its readers are threads of their own.
            Engine::Sqlite(db) => db.query(sql, params).await,
            Engine::Postgres(db) => db.search(sql, params).await,
        }
    }

    /// Statements in one transaction on the write connection, in one round trip; rows changed, by statement. After
    /// `Unavailable` it may have been committed all the same.
    ///
    /// # Errors
    /// See [`StoreError`]; the first statement that failed, and then none has an effect.
    pub async fn transaction(&self, statements: Vec<Statement>) -> Result<Vec<u64>, StoreError> {
        engine!(self, db => db.transaction(statements).await)
    }

    /// A query with effects (`... RETURNING`), in a transaction of its own on the write connection.
    ///
    /// # Errors
    /// As [`Db::transaction`].
    pub async fn write(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        engine!(self, db => db.write(sql, params).await)
    }

    /// Lets the database count what is in the tables, by which it plans queries. Postgres does so by itself, once a minute;
    /// until then, and for as long as a plan is used that was made before, it takes a table that has grown for a small
    /// one. SQLite plans by what tables and indexes are like, and does nothing here.
    ///
    /// # Errors
    /// The store's.
    pub async fn analyze(&self) -> Result<(), StoreError> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(db) => db.analyze().await,
        }
    }

    /// Runs migrations that have not run yet, in order, safely from several processes at once. Each is a batch of
    /// statements (`;` between them) that is named for good.
    ///
    /// # Errors
    /// `Failed` where one fails, or one has run that is not in the list (a newer program was here).
    pub async fn migrate(&self, migrations: &[(&str, &str)]) -> Result<(), StoreError> {
        engine!(self, db => db.migrate(migrations).await)
    }
}

/// Names go into SQL and paths as they are.
fn plain(name: &str) -> Result<(), StoreError> {
    let ok = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let reserved =
        ["log", "sunledger", "public", "information_schema"].contains(&name) || name.starts_with("pg_");
    if name.is_empty() || name.len() > 63 || !name.bytes().all(ok) || reserved {
        return Err(StoreError::Failed(format!("a schema or file cannot be named {name:?}")));
    }
    Ok(())
}
