//! Writes a batch of changed rows: the statements of one transaction.

use crate::model::{ColumnType, RowData, Table};
use crate::row_sql::{self, Beside};
use std::collections::BTreeMap;
use std::sync::Arc;
use sunledger_domain::TenantId;
use sunledger_store::{Dialect, Param, Statement};
use uuid::Uuid;

/// Rows of one statement on Postgres: it unrolls its arrays in memory up to some size, and on the disk past it.
const CHUNK: usize = 1_000;
/// The same of rows of a few bytes, without a document.
const SMALL_CHUNK: usize = 10 * CHUNK;

/// A row to write.
pub(crate) struct Upsert {
    pub(crate) tenant: TenantId,
    pub(crate) id: Uuid,
    pub(crate) version: i64,
    pub(crate) doc: Arc<str>,
    pub(crate) row: RowData,
    /// There is no row of it yet.
    pub(crate) new: bool,
}

/// What a batch changes in one table.
#[derive(Default)]
pub(crate) struct TableChanges {
    pub(crate) upserts: Vec<Upsert>,
    pub(crate) deletes: Vec<(TenantId, Uuid)>,
    /// Rows whose search text changed: those that link to them follow.
    pub(crate) renamed: Vec<(TenantId, Uuid)>,
}

/// Whether rows are believed to be what the checkpoint says they are. Then nothing can be there yet of what comes after it,
/// and is not looked for: that is a third of what Postgres has to do for a new row. Where something is there all the same
/// (by no doing of ours) the transaction fails, and the next one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Yes.
    Rows,
    /// Whatever is there gives way.
    Nothing,
}

/// Counters by tenant, table and key, and how much each moves.
pub(crate) type Counts = BTreeMap<(TenantId, &'static str, String), i64>;

fn text(value: impl Into<Arc<str>>) -> Param {
    Param::Text(value.into())
}

/// Statements that bring a table up to date.
pub(crate) fn statements(
    table: &Table,
    changes: TableChanges,
    dialect: Dialect,
    trust: Trust,
    out: &mut Vec<Statement>,
) {
    if !changes.deletes.is_empty() {
        let sql = format!("DELETE FROM {} WHERE tenant = $1 AND id = $2", table.name);
        push_each(
            out,
            sql,
            changes.deletes.into_iter().map(|(tenant, id)| vec![text(&tenant), Param::Uuid(id)]),
        );
    }
    if changes.upserts.is_empty() {
        return;
    }
    let known_new = trust == Trust::Rows && changes.upserts.iter().all(|upsert| upsert.new);
    let sql = row_sql::insert(table, dialect, known_new);
    let mut rows = changes
        .upserts
        .into_iter()
        .map(|upsert| {
            let mut values = vec![
                text(&upsert.tenant),
                Param::Uuid(upsert.id),
                Param::Int(upsert.row.number),
                Param::Int(upsert.version),
            ];
            values.extend(upsert.row.values);
            values.push(text(upsert.row.search));
            values.push(Param::Text(upsert.doc));
            values
        })
        .peekable();
    match dialect {
        Dialect::Sqlite => out.push(Statement { sql, rows: rows.collect() }),
        Dialect::Postgres => {
            let mut statement = Statement { sql, rows: Vec::new() };
            while rows.peek().is_some() {
                statement.rows.push(columns(table, rows.by_ref().take(CHUNK)));
            }
            out.push(statement);
        }
    }
}

/// Most batches move the checkpoint, which stands first, and write rows of one table, perhaps counters, moments and timelines
/// too, and that is all. On Postgres those statements are sent as one, which is a transaction by itself: one message there
/// and one back instead of four or more. Nothing is written before the checkpoint has moved, whose row makes two that write
/// at the same time wait for each other.
pub(crate) fn in_one(mut statements: Vec<Statement>, dialect: Dialect) -> Vec<Statement> {
    if let (Dialect::Postgres, [checkpoint, write, rest @ ..]) = (dialect, statements.as_mut_slice())
        && let ([moved], [values]) = (checkpoint.rows.as_slice(), write.rows.as_mut_slice())
        && row_sql::takes_arrays(&write.sql)
        && let Some(others) = rest.iter().map(beside).collect()
    {
        write.sql = row_sql::together(&write.sql, values.len(), others);
        values.extend(moved.iter().cloned());
        values.extend(rest.iter_mut().flat_map(|other| other.rows.drain(..)).flatten());
        statements.truncate(2);
        statements.remove(0);
    }
    statements
}

/// What a statement is that can go along with another: it is sent once.
fn beside(statement: &Statement) -> Option<Beside> {
    Beside::of(&statement.sql).filter(|_| statement.rows.len() == 1)
}

/// The events of clients' timelines.
pub(crate) fn tell(
    told: Vec<(TenantId, Uuid, i64)>,
    dialect: Dialect,
    trust: Trust,
    out: &mut Vec<Statement>,
) {
    if told.is_empty() {
        return;
    }
    let sql = row_sql::tell(dialect, trust);
    match dialect {
        Dialect::Sqlite => out.push(Statement {
            sql,
            rows: told
                .into_iter()
                .map(|(tenant, client, position)| {
                    vec![text(&tenant), Param::Uuid(client), Param::Int(position)]
                })
                .collect(),
        }),
        Dialect::Postgres => out.push(Statement {
            sql,
            rows: told
                .chunks(SMALL_CHUNK)
                .map(|told| {
                    let tenants = told.iter().map(|(tenant, ..)| Some(tenant.into())).collect();
                    let clients = told.iter().map(|(_, client, _)| *client).collect();
                    let positions = told.iter().map(|(.., position)| Some(*position)).collect();
                    vec![Param::TextArray(tenants), Param::UuidArray(clients), Param::IntArray(positions)]
                })
                .collect(),
        }),
    }
}

/// After `renamed` rows of `linked` were written: the search text of the rows of `table` that link to them.
pub(crate) fn follow_link(
    table: &Table,
    linked: &str,
    renamed: &[(TenantId, Uuid)],
    out: &mut Vec<Statement>,
) {
    let Some(link) = table.link.filter(|link| link.table == linked) else { return };
    let sql = format!(
        "UPDATE {name} SET search = search_own || ' ' || \
         coalesce((SELECT l.search FROM {linked} l WHERE l.tenant = $1 AND l.id = $2), '') \
         WHERE tenant = $1 AND {column} = $2",
        name = table.name,
        column = link.column,
    );
    push_each(out, sql, renamed.iter().map(|(tenant, id)| vec![text(tenant), Param::Uuid(*id)]));
}

/// The movement of a table's counters.
pub(crate) fn count(table: &'static str, counts: Counts, dialect: Dialect, out: &mut Vec<Statement>) {
    let moved: Vec<_> = counts.into_iter().filter(|(_, by)| *by != 0).collect();
    if moved.is_empty() {
        return;
    }
    let sql = row_sql::count(table, dialect);
    match dialect {
        Dialect::Sqlite => out.push(Statement {
            sql,
            rows: moved
                .into_iter()
                .map(|((tenant, model, key), by)| vec![text(&tenant), text(model), text(key), Param::Int(by)])
                .collect(),
        }),
        Dialect::Postgres => {
            let (mut tenants, mut models, mut keys, mut values) = (vec![], vec![], vec![], vec![]);
            for ((tenant, model, key), by) in moved {
                tenants.push(Some((&tenant).into()));
                models.push(Some(Arc::from(model)));
                keys.push(Some(Arc::from(key)));
                values.push(Some(by));
            }
            out.push(Statement {
                sql,
                rows: vec![vec![
                    Param::TextArray(tenants),
                    Param::TextArray(models),
                    Param::TextArray(keys),
                    Param::IntArray(values),
                ]],
            });
        }
    }
}

/// The same statement for several rows of parameters. One statement a row: these are rare.
fn push_each(out: &mut Vec<Statement>, sql: String, rows: impl Iterator<Item = Vec<Param>>) {
    let sql: Arc<str> = sql.into();
    out.extend(rows.map(|row| Statement { sql: sql.clone(), rows: vec![row] }));
}

/// Rows turned into one array a column.
fn columns(table: &Table, rows: impl Iterator<Item = Vec<Param>>) -> Vec<Param> {
    let types = row_sql::column_types(table);
    let mut arrays: Vec<Param> = types
        .iter()
        .map(|kind| match kind {
            ColumnType::Text | ColumnType::Grams => Param::TextArray(Vec::new()),
            ColumnType::Int => Param::IntArray(Vec::new()),
            ColumnType::Uuid => Param::UuidArray(Vec::new()),
        })
        .collect();
    for row in rows {
        for (array, value) in arrays.iter_mut().zip(row) {
            match (array, value) {
                (Param::TextArray(array), Param::Text(value)) => array.push(Some(value)),
                (Param::TextArray(array), _) => array.push(None),
                (Param::IntArray(array), Param::Int(value)) => array.push(Some(value)),
                (Param::IntArray(array), _) => array.push(None),
                (Param::UuidArray(array), Param::Uuid(value)) => array.push(value),
                (Param::UuidArray(array), _) => array.push(Uuid::nil()),
                _ => {}
            }
        }
    }
    arrays
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Statement {
        Statement { sql: row_sql::advance(), rows: vec![vec![Param::Int(7), Param::Int(2)]] }
    }

    fn upsert() -> Statement {
        let values = (0..10).map(Param::Int).collect();
        Statement {
            sql: "INSERT INTO t (a) SELECT x.a FROM (SELECT unnest($1::text[]) AS a) AS x ON CONFLICT (a) DO NOTHING"
                .into(),
            rows: vec![values],
        }
    }

    #[test]
    fn one_write_takes_the_checkpoint_along_on_postgres() {
        let [one] = &in_one(vec![checkpoint(), upsert()], Dialect::Postgres)[..] else {
            unreachable!("two statements became one")
        };
        assert_eq!(
            &*one.sql,
            "WITH moved AS (UPDATE checkpoint SET position = CASE WHEN position = $11 THEN CAST($12 AS bigint) END \
             WHERE one = 1 RETURNING one) \
             INSERT INTO t (a) SELECT x.a FROM (SELECT unnest($1::text[]) AS a) AS x WHERE EXISTS (SELECT FROM moved) \
             ON CONFLICT (a) DO NOTHING"
        );
        assert_eq!(one.rows[0][9..], [Param::Int(9), Param::Int(7), Param::Int(2)]);
    }

    #[test]
    fn counters_moments_and_timelines_go_along_on_postgres() {
        let tenant = TenantId::new("acme").unwrap();
        let mut counts = Counts::new();
        counts.insert((tenant.clone(), "t", "status=sent".to_owned()), 3);
        let mut statements = vec![checkpoint(), upsert()];
        let moments = counts.clone();
        count(row_sql::COUNTERS, counts, Dialect::Postgres, &mut statements);
        count(row_sql::MOMENTS, moments, Dialect::Postgres, &mut statements);
        tell(vec![(tenant, Uuid::nil(), 9)], Dialect::Postgres, Trust::Nothing, &mut statements);
        let [one] = &in_one(statements, Dialect::Postgres)[..] else {
            unreachable!("five statements became one")
        };
        assert_eq!(
            &*one.sql,
            "WITH moved AS (UPDATE checkpoint SET position = CASE WHEN position = $11 THEN CAST($12 AS bigint) END \
             WHERE one = 1 RETURNING one), counted AS (INSERT INTO counters (tenant, model, key, value) \
             SELECT * FROM (SELECT unnest($13::text[]) AS tenant, unnest($14::text[]) AS model, \
             unnest($15::text[]) AS key, unnest($16::bigint[]) AS value) AS x \
             WHERE EXISTS (SELECT FROM moved) \
             ON CONFLICT (tenant, model, key) DO UPDATE SET value = counters.value + excluded.value), \
             known AS (INSERT INTO moments (tenant, model, key, value) \
             SELECT * FROM (SELECT unnest($17::text[]) AS tenant, unnest($18::text[]) AS model, \
             unnest($19::text[]) AS key, unnest($20::bigint[]) AS value) AS x \
             WHERE EXISTS (SELECT FROM moved) \
             ON CONFLICT (tenant, model, key) DO UPDATE SET value = moments.value + excluded.value), \
             told AS (INSERT INTO timeline (tenant, client, position) \
             SELECT * FROM (SELECT unnest($21::text[]) AS tenant, unnest($22::uuid[]) AS client, \
             unnest($23::bigint[]) AS position) AS x WHERE EXISTS (SELECT FROM moved) \
             ON CONFLICT DO NOTHING) \
             INSERT INTO t (a) SELECT x.a FROM (SELECT unnest($1::text[]) AS a) AS x WHERE EXISTS (SELECT FROM moved) \
             ON CONFLICT (a) DO NOTHING"
        );
        assert_eq!(one.rows[0].len(), 23);
        assert_eq!(one.rows[0][15], Param::IntArray(vec![Some(3)]));
        assert_eq!(one.rows[0][22], Param::IntArray(vec![Some(9)]));
    }

    #[test]
    fn what_is_sent_in_several_parts_does_not_go_along() {
        let tenant = TenantId::new("acme").unwrap();
        let many = (0..=10_000).map(|position| (tenant.clone(), Uuid::nil(), position)).collect();
        let mut statements = vec![checkpoint(), upsert()];
        tell(many, Dialect::Postgres, Trust::Rows, &mut statements);
        assert_eq!(statements[2].rows.len(), 2);
        assert_eq!(in_one(statements, Dialect::Postgres).len(), 3);
    }

    #[test]
    fn several_writes_stay_several() {
        for statements in [vec![checkpoint()], vec![checkpoint(), upsert(), upsert()]] {
            assert_eq!(in_one(statements.clone(), Dialect::Postgres).len(), statements.len());
        }
        assert_eq!(in_one(vec![checkpoint(), upsert()], Dialect::Sqlite).len(), 2);
    }
}
