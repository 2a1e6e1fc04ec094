//! The tables of a generation, made from the models' descriptions.

use crate::model::{ColumnType, Table};
use crate::models;
use std::fmt::Write;
use sunledger_store::{Db, Dialect, Durability, Param, Statement, StoreError, StoreSettings};

/// The name of the one migration: whoever finds it takes the generation for whole. One that is being built is named by
/// nobody before it is.
const NAME: &str = "read_models";

/// Makes all tables of a generation, and their indexes; nothing happens where they are there.
pub(crate) async fn create(db: &Db) -> Result<(), StoreError> {
    let mut sql = tables(db).await?;
    for statement in indexes(db).await {
        let _ = writeln!(sql, "{statement};");
    }
    db.migrate(&[(NAME, &sql)]).await
}

/// Makes the tables with the indexes that writing needs, and no others.
pub(crate) async fn create_bare(db: &Db) -> Result<(), StoreError> {
    db.migrate(&[(NAME, &tables(db).await?)]).await
}

/// Adds the indexes that [`create_bare`] has left out of the tables of `name`. They are on the disk when this returns: what
/// a crash of the machine takes from the rows comes again from the log, an index would not.
pub(crate) async fn add_indexes(settings: &StoreSettings, name: &str, db: &Db) -> Result<(), StoreError> {
    let statement = |sql: String| Statement { sql: sql.into(), rows: vec![Vec::new()] };
    let statements: Vec<Statement> = indexes(db).await.into_iter().map(statement).collect();
    let durable = Db::open(settings, name, Durability::Durable).await?;
    if db.dialect() == Dialect::Sqlite {
        return one_by_one(&durable, statements).await;
    }
    // Those over search texts take as long as all others, which are made beside them on the other connection. That one is
    // lazy; but on Postgres nothing is durable, the pointer's move included, before all that was committed earlier.
    let (search, others) =
        statements.into_iter().partition(|statement: &Statement| statement.sql.contains(" USING gin "));
    let (search, others) = tokio::join!(one_by_one(&durable, search), one_by_one(db, others));
    search.and(others)
}

/// A transaction each: none of them is of use alone, and one of all would hold on to much.
async fn one_by_one(db: &Db, statements: Vec<Statement>) -> Result<(), StoreError> {
    for statement in statements {
        db.transaction(vec![statement]).await?;
    }
    Ok(())
}

async fn tables(db: &Db) -> Result<String, StoreError> {
    let dialect = db.dialect();
    let mut sql = common(dialect).to_owned();
    let lz4 = dialect == Dialect::Postgres && has_lz4(db).await?;
    for table in models::tables() {
        sql.push_str(&table_sql(table, dialect));
        if lz4 {
            // Documents over 2 KB are compressed; by Postgres' own method that costs more than all else of the write.
            let _ = writeln!(sql, "ALTER TABLE {} ALTER COLUMN doc SET COMPRESSION lz4;", table.name);
        }
    }
    Ok(sql)
}

async fn indexes(db: &Db) -> Vec<String> {
    let dialect = db.dialect();
    let trigrams = if dialect == Dialect::Postgres { trigram_class(db).await } else { None };
    models::tables().flat_map(|table| index_sql(table, dialect, trigrams.as_deref())).collect()
}

fn common(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "CREATE TABLE checkpoint (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL);
             INSERT INTO checkpoint VALUES (1, 0);
             CREATE TABLE counters (tenant TEXT NOT NULL, model TEXT NOT NULL, key TEXT NOT NULL, value INTEGER NOT NULL,
               PRIMARY KEY (tenant, model, key)) WITHOUT ROWID;
             CREATE TABLE moments (tenant TEXT NOT NULL, model TEXT NOT NULL, key TEXT NOT NULL, value INTEGER NOT NULL,
               PRIMARY KEY (tenant, model, key)) WITHOUT ROWID;
             CREATE TABLE parked (position INTEGER PRIMARY KEY, tenant TEXT NOT NULL, kind TEXT NOT NULL, id BLOB NOT NULL,
               reason TEXT NOT NULL);
             CREATE TABLE timeline (tenant TEXT NOT NULL, client BLOB NOT NULL, position INTEGER NOT NULL,
               PRIMARY KEY (tenant, client, position)) WITHOUT ROWID;"
        }
        Dialect::Postgres => {
            "CREATE TABLE checkpoint (one bigint PRIMARY KEY CHECK (one = 1), position bigint NOT NULL) WITH (fillfactor = 10);
             INSERT INTO checkpoint VALUES (1, 0);
             CREATE TABLE counters (tenant text COLLATE \"C\" NOT NULL, model text COLLATE \"C\" NOT NULL,
               key text COLLATE \"C\" NOT NULL, value bigint NOT NULL, PRIMARY KEY (tenant, model, key)) WITH (fillfactor = 50);
             CREATE TABLE moments (tenant text COLLATE \"C\" NOT NULL, model text COLLATE \"C\" NOT NULL,
               key text COLLATE \"C\" NOT NULL, value bigint NOT NULL, PRIMARY KEY (tenant, model, key));
             CREATE TABLE parked (position bigint PRIMARY KEY, tenant text NOT NULL, kind text NOT NULL, id uuid NOT NULL,
               reason text NOT NULL);
             CREATE TABLE timeline (tenant text COLLATE \"C\" NOT NULL, client uuid NOT NULL, position bigint NOT NULL,
               PRIMARY KEY (tenant, client, position));"
        }
    }
}

fn table_sql(table: &Table, dialect: Dialect) -> String {
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
            ColumnType::Text | ColumnType::Grams => text,
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
    // Rows are found by it when what they link to is renamed.
    if let Some(link) = &table.link {
        let _ = writeln!(sql, "{};", column_index(table, &[link.column]));
    }
    sql
}

fn column_index(table: &Table, columns: &[&str]) -> String {
    let (name, columns) = (table.name, [columns, &["number"]].concat());
    format!(
        "CREATE INDEX {name}_{} ON {name} (tenant, {})",
        columns[..columns.len().saturating_sub(1).max(1)].join("_"),
        columns.join(", ")
    )
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

/// What only queries need.
fn index_sql(table: &Table, dialect: Dialect, trigrams: Option<&str>) -> Vec<String> {
    let name = table.name;
    let link = table.link.map(|link| link.column);
    let mut statements = vec![column_index(table, &[])];
    let others = table.indexes.iter().filter(|columns| link.is_none_or(|link| **columns != [link]));
    statements.extend(others.map(|columns| column_index(table, columns)));
    statements.extend(table.sparse.iter().map(|columns| sparse_index(name, columns)));
    if let Some(column) = table.lookup {
        statements.push(format!("CREATE INDEX {name}_{column}_lookup ON {name} ({column})"));
    }
    for column in table.columns.iter().filter(|column| column.kind == ColumnType::Grams) {
        let column = column.name;
        match dialect {
            Dialect::Sqlite => statements.extend(full_text(name, column, "ascii", "none")),
            // Needs no extension.
            Dialect::Postgres => statements.push(format!(
                "CREATE INDEX {name}_{column} ON {name} USING gin (string_to_array({column}, ' '))"
            )),
        }
    }
    match (dialect, trigrams) {
        (Dialect::Sqlite, _) => statements.extend(full_text(name, "search", "trigram", "full")),
        (Dialect::Postgres, Some(class)) => {
            // What a row inherits is found where it comes from (`hits_sql`).
            let text = if link.is_some() { "search_own" } else { "search" };
            statements.push(format!("CREATE INDEX {name}_search ON {name} USING gin ({text} {class})"));
        }
        (Dialect::Postgres, None) => {}
    }
    statements
}

/// SQLite's index over a column's texts (every three characters in a row of a search text, every word of grams), kept up by
/// triggers and only where the text changed.
fn full_text(name: &str, column: &str, tokenizer: &str, detail: &str) -> [String; 5] {
    let index = format!("{name}_{column}");
    let insert = format!("INSERT INTO {index} (rowid, {column}) VALUES (new.row_id, new.{column})");
    let delete =
        format!("INSERT INTO {index} ({index}, rowid, {column}) VALUES ('delete', old.row_id, old.{column})");
    [
        format!(
            "CREATE VIRTUAL TABLE {index} USING fts5({column}, content='{name}', content_rowid='row_id', \
             tokenize='{tokenizer}', detail='{detail}')"
        ),
        format!("INSERT INTO {index} ({index}) VALUES ('rebuild')"),
        format!("CREATE TRIGGER {index}_insert AFTER INSERT ON {name} BEGIN {insert}; END"),
        format!("CREATE TRIGGER {index}_delete AFTER DELETE ON {name} BEGIN {delete}; END"),
        format!(
            "CREATE TRIGGER {index}_update AFTER UPDATE OF {column} ON {name} \
             WHEN old.{column} IS NOT new.{column} BEGIN {delete}; {insert}; END"
        ),
    ]
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
