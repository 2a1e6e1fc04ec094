//! Plain SQL on a file.

use super::checkpoint::Checkpointer;
use super::connection::{Role, store_error};
use super::threads::{Held, Queue, Threads, spawn};
use super::{make_folder, migrate};
use crate::StoreError;
use crate::db::{Durability, Param, Row, Statement};
use crate::pools::{Pool, Purpose};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{CachedStatement, Connection, ToSql, TransactionBehavior};
use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

/// One file: a thread that writes, several that read.
#[derive(Clone)]
pub(crate) struct SqliteDb {
    writer: Queue,
    readers: Threads,
}

impl SqliteDb {
    pub(crate) async fn open(
        folder: &Path,
        name: &str,
        durability: Durability,
        readers: usize,
    ) -> Result<Self, StoreError> {
        make_folder(folder)?;
        let path = folder.join(format!("{name}.db"));
        let role = match durability {
            Durability::Durable => Role::Durable,
            Durability::Lazy => Role::Lazy,
        };
        let checkpointer = Checkpointer::start(path.clone(), &format!("{name}-checkpoint"))?;
        let (writer, tasks) = Queue::new(Pool::of_file(&path, Purpose::Write));
        let mut held = Held::new(path.clone(), role);
        spawn(&format!("{name}-write"), move || {
            while let Ok((task, waited)) = tasks.recv() {
                drop(waited);
                held.run(task);
                checkpointer.written();
            }
        })?;
        let db =
            Self { writer, readers: Threads::start(&format!("{name}-read"), &path, Role::Reader, readers)? };
        // Opens the file, so that what is wrong with it is told now.
        db.on_writer(|_| Ok(())).await?;
        Ok(db)
    }

    /// Deletes the files. Whoever has them open goes on with files that no longer have a name.
    pub(crate) fn drop(folder: &Path, name: &str) -> Result<(), StoreError> {
        // The WAL goes last: without its file it is nothing, the file without it may be torn.
        for suffix in ["db", "db-shm", "db-wal"] {
            let path = folder.join(format!("{name}.{suffix}"));
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::Unavailable(format!("{}: {error}", path.display())));
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn on_writer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(Duration::MAX, work).await
    }

    pub(crate) async fn query(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        let sql = placeholders(sql).into_owned();
        self.readers.run(move |connection| rows(connection, &sql, &params)).await
    }

    pub(crate) async fn transaction(&self, statements: Vec<Statement>) -> Result<Vec<u64>, StoreError> {
        self.on_writer(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(store_error)?;
            let mut changed = Vec::with_capacity(statements.len());
            for statement in &statements {
                let sql = placeholders(&statement.sql);
                let mut prepared = transaction.prepare_cached(&sql).map_err(store_error)?;
                let mut rows = 0;
                for params in &statement.rows {
                    bind(&mut prepared, params)?;
                    rows += run(&mut prepared)?;
                }
                changed.push(rows);
            }
            transaction.commit().map_err(store_error)?;
            Ok(changed)
        })
        .await
    }

    pub(crate) async fn write(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        let sql = placeholders(sql).into_owned();
        self.on_writer(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(store_error)?;
            let found = rows(&transaction, &sql, &params)?;
            transaction.commit().map_err(store_error)?;
            Ok(found)
        })
        .await
    }

    pub(crate) async fn migrate(&self, migrations: &[(&str, &str)]) -> Result<(), StoreError> {
        let owned: Vec<(String, String)> =
            migrations.iter().map(|(name, sql)| ((*name).to_owned(), (*sql).to_owned())).collect();
        self.on_writer(move |connection| {
            let wanted: Vec<(&str, &str)> =
                owned.iter().map(|(name, sql)| (name.as_str(), sql.as_str())).collect();
            migrate::run(connection, &wanted)
        })
        .await
    }
}

/// Runs a statement, which may also return rows; how many it changed.
fn run(statement: &mut CachedStatement<'_>) -> Result<u64, StoreError> {
    if statement.column_count() == 0 {
        return statement.raw_execute().map(|rows| rows as u64).map_err(store_error);
    }
    let mut rows = statement.raw_query();
    let mut count = 0;
    while rows.next().map_err(store_error)?.is_some() {
        count += 1;
    }
    Ok(count)
}

fn rows(connection: &Connection, sql: &str, params: &[Param]) -> Result<Vec<Row>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(store_error)?;
    bind(&mut statement, params)?;
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(store_error)? {
        let values = (0..columns).map(|column| param(row.get_ref(column).map_err(store_error)?));
        found.push(Row(values.collect::<Result<_, StoreError>>()?));
    }
    Ok(found)
}

fn bind(statement: &mut CachedStatement<'_>, params: &[Param]) -> Result<(), StoreError> {
    if statement.parameter_count() != params.len() {
        return Err(StoreError::Failed(format!(
            "the statement takes {} parameters and got {}",
            statement.parameter_count(),
            params.len()
        )));
    }
    for (index, param) in params.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, param).map_err(store_error)?;
    }
    Ok(())
}

impl ToSql for Param {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Param::Null => return Ok(ToSqlOutput::Owned(Value::Null)),
            Param::Bool(value) => return Ok(ToSqlOutput::Owned(Value::Integer(i64::from(*value)))),
            Param::Int(value) => return Ok(ToSqlOutput::Owned(Value::Integer(*value))),
            Param::Text(text) => ValueRef::Text(text.as_bytes()),
            Param::Bytes(bytes) => ValueRef::Blob(bytes),
            Param::Uuid(id) => ValueRef::Blob(id.as_bytes()),
            Param::UuidArray(_) | Param::TextArray(_) | Param::IntArray(_) | Param::BoolArray(_) => {
                return Err(rusqlite::Error::ToSqlConversionFailure("SQLite has no arrays".into()));
            }
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

fn param(value: ValueRef<'_>) -> Result<Param, StoreError> {
    Ok(match value {
        ValueRef::Null => Param::Null,
        ValueRef::Integer(value) => Param::Int(value),
        ValueRef::Text(text) => Param::Text(
            std::str::from_utf8(text).map_err(|error| StoreError::Damaged(error.to_string()))?.into(),
        ),
        ValueRef::Blob(bytes) => match Uuid::from_slice(bytes) {
            Ok(id) => Param::Uuid(id),
            Err(_) => Param::Bytes(bytes.to_vec()),
        },
        ValueRef::Real(_) => return Err(StoreError::Failed("a floating point number in a result".into())),
    })
}

/// `$1` to `?1`: SQLite takes `$1` for a name, and numbers names in the order in which they come.
fn placeholders(sql: &str) -> Cow<'_, str> {
    if !sql.contains('$') {
        return Cow::Borrowed(sql);
    }
    let mut out = String::with_capacity(sql.len());
    let mut quote = None;
    let mut rest = sql.chars().peekable();
    while let Some(character) = rest.next() {
        match quote {
            Some(end) if character == end => quote = None,
            Some(_) => {}
            None if character == '\'' || character == '"' => quote = Some(character),
            None if character == '-' && rest.peek() == Some(&'-') => quote = Some('\n'),
            None if character == '$' && rest.peek().is_some_and(char::is_ascii_digit) => {
                out.push('?');
                continue;
            }
            None => {}
        }
        out.push(character);
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_translated_outside_of_texts_and_comments() {
        let sql = "SELECT '$1', \"$2\", $3 -- it's $4\n, $10 || 'it''s $5' || $a";
        assert_eq!(placeholders(sql), "SELECT '$1', \"$2\", ?3 -- it's $4\n, ?10 || 'it''s $5' || $a");
    }

    #[test]
    fn parameters_go_by_number_and_not_by_order() {
        let connection = Connection::open_in_memory().unwrap();
        let params = [Param::Int(1), Param::Text("b".into())];
        let found = rows(&connection, &placeholders("SELECT $2, $1, $1"), &params).unwrap();
        assert_eq!(found[0].0, [Param::Text("b".into()), Param::Int(1), Param::Int(1)]);
        assert!(rows(&connection, "SELECT ?1", &[]).is_err());
        assert!(rows(&connection, "SELECT ?1", &[Param::IntArray(vec![])]).is_err());
    }
}
