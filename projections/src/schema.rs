//! The tables of a generation, made from the models' descriptions.

use crate::model::{ColumnType, Table};
use crate::models;
use std::fmt::Write;
use sunledger_store::{Db, Dialect, Param, StoreError};

/// Makes all tables of a generation; nothing happens where they are there.
pub(crate) async fn create(db: &Db) -> Result<(), StoreError> {
    let dialect = db.dialect();
    let mut sql = common(dialect).to_owned();
    let trigrams = if dialect == Dialect::Postgres { trigram_class(db).await } else { None };
    let lz4 = dialect == Dialect::Postgres && has_lz4(db).await?;
    for table in models::tables() {
        sql.push_str(&table_sql(table, dialect, trigrams.as_deref()));
        if lz4 {
            // Documents over 2 KB are compressed; by Postgres' own method that costs more than all else of the write.
            let _ = writeln!(sql, "ALTER TABLE {} ALTER COLUMN doc SET COMPRESSION lz4;", table.name);
        }
    }
    db.migrate(&[("read_models", &sql)]).await
}

fn common(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "CREATE TABLE checkpoint (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL);
             INSERT INTO checkpoint VALUES (1, 0);
             CREATE TABLE counters (tenant TEXT NOT NULL, model TEXT NOT NULL, key TEXT NOT NULL, value INTEGER NOT NULL,
               PRIMARY KEY (tenant, model, key)) WITHOUT ROWID;
             CREATE TABLE parked (position INTEGER PRIMARY KEY, tenant TEXT NOT NULL, kind TEXT NOT NULL, id BLOB NOT NULL,
               reason TEXT NOT NULL);"
        }
        Dialect::Postgres => {
            "CREATE TABLE checkpoint (one bigint PRIMARY KEY CHECK (one = 1), position bigint NOT NULL) WITH (fillfactor = 10);
             INSERT INTO checkpoint VALUES (1, 0);
             CREATE TABLE counters (tenant text COLLATE \"C\" NOT NULL, model text COLLATE \"C\" NOT NULL,
               key text COLLATE \"C\" NOT NULL, value bigint NOT NULL, PRIMARY KEY (tenant, model, key)) WITH (fillfactor = 50);
             CREATE TABLE parked (position bigint PRIMARY KEY, tenant text NOT NULL, kind text NOT NULL, id uuid NOT NULL,
               reason text NOT NULL);"
        }
    }
}

fn table_sql(table: &Table, dialect: Dialect, trigrams: Option<&str>) -> String {
    let name = table.name;
    let mut sql = String::new();
    let (text, int, uuid) = match dialect {
        Dialect::Sqlite => ("TEXT", "INTEGER", "BLOB"),
        Dialect::Postgres => ("text COLLATE \"C\"", "bigint", "uuid"),
    };
    let row_id = if dialect == Dialect::Sqlite { "row_id INTEGER PRIMARY KEY, " } else { "" };
    let _ = write!(
        sql,
        "CREATE TABLE {name} ({row_id}tenant {text} NOT NULL, id {uuid} NOT NULL, number {int} NOT NULL, \
         version {int} NOT NULL"
    );
    for column in table.columns {
        let kind = match column.kind {
            ColumnType::Text => text,
            ColumnType::Int => int,
            ColumnType::Uuid => uuid,
        };
        let _ = write!(sql, ", {} {kind}", column.name);
    }
    let _ = write!(sql, ", search_own {text} NOT NULL, search {text} NOT NULL, doc {text} NOT NULL");
    match dialect {
        Dialect::Sqlite => sql.push_str(", UNIQUE (tenant, id));\n"),
        // Room on each page, so that an update that moves no index entry stays on it.
        Dialect::Postgres => sql.push_str(", PRIMARY KEY (tenant, id)) WITH (fillfactor = 70);\n"),
    }
    let _ = writeln!(sql, "CREATE INDEX {name}_number ON {name} (tenant, number);");
    for columns in table.indexes {
        let _ = writeln!(
            sql,
            "CREATE INDEX {name}_{} ON {name} (tenant, {}, number);",
            columns.join("_"),
            columns.join(", ")
        );
    }
    for columns in table.sparse {
        let _ = writeln!(sql, "{};", sparse_index(name, columns));
    }
    if let Some(column) = table.lookup {
        let _ = writeln!(sql, "CREATE INDEX {name}_{column}_lookup ON {name} ({column});");
    }
    match dialect {
        Dialect::Sqlite => sql.push_str(&full_text(name)),
        Dialect::Postgres => {
            if let Some(class) = trigrams {
                let _ = writeln!(sql, "CREATE INDEX {name}_search ON {name} USING gin (search {class});");
            }
        }
    }
    sql
}

/// An index of the rows that have a value in the first of its columns.
fn sparse_index(table: &str, columns: &[&str]) -> String {
    let first = columns.first().copied().unwrap_or("number");
    format!(
        "CREATE INDEX {table}_{} ON {table} (tenant, {}) WHERE {first} IS NOT NULL",
        columns.join("_"),
        columns.join(", ")
    )
}

/// SQLite's index over the search text: every three characters in a row, kept up by triggers and only where the
/// text changed.
fn full_text(name: &str) -> String {
    format!(
        "CREATE VIRTUAL TABLE {name}_search USING fts5(search, content='{name}', content_rowid='row_id', tokenize='trigram', detail='full');
         CREATE TRIGGER {name}_search_insert AFTER INSERT ON {name} BEGIN
           INSERT INTO {name}_search (rowid, search) VALUES (new.row_id, new.search); END;
         CREATE TRIGGER {name}_search_delete AFTER DELETE ON {name} BEGIN
           INSERT INTO {name}_search ({name}_search, rowid, search) VALUES ('delete', old.row_id, old.search); END;
         CREATE TRIGGER {name}_search_update AFTER UPDATE OF search ON {name} WHEN old.search IS NOT new.search BEGIN
           INSERT INTO {name}_search ({name}_search, rowid, search) VALUES ('delete', old.row_id, old.search);
           INSERT INTO {name}_search (rowid, search) VALUES (new.row_id, new.search); END;\n"
    )
}

/// True where this Postgres was built with lz4.
async fn has_lz4(db: &Db) -> Result<bool, StoreError> {
    let found = db
        .query(
            "SELECT 1::bigint FROM pg_catalog.pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)",
            Vec::new(),
        )
        .await?;
    Ok(!found.is_empty())
}

/// The operator class of Postgres' trigram indexes, with its schema; `None` where the extension cannot be had: searches
/// then read a tenant's rows one after the other.
async fn trigram_class(db: &Db) -> Option<String> {
    const FIND: &str = "SELECT n.nspname::text FROM pg_catalog.pg_extension e \
        JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'";
    for attempt in 0..2 {
        match db.query(FIND, Vec::new()).await {
            Ok(rows) => {
                if let Some(Param::Text(schema)) = rows.first().and_then(|row| row.0.first()) {
                    return Some(format!("\"{schema}\".gin_trgm_ops"));
                }
            }
            Err(error) => tracing::warn!(%error, "looking for pg_trgm"),
        }
        if attempt == 0
            && let Err(error) =
                db.write("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public", Vec::new()).await
        {
            tracing::warn!(%error, "pg_trgm cannot be installed: searches will be slow; ask the database's owner for it");
        }
    }
    None
}
