//! Writes a batch of changed rows: the statements of one transaction.

use crate::model::{ColumnType, RowData, Table};
use std::collections::BTreeMap;
use std::fmt::Write;
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

/// The fixed columns of every table, in the order in which they are written.
fn column_names(table: &Table) -> Vec<&'static str> {
    let mut names = vec!["tenant", "id", "number", "version"];
    names.extend(table.columns.iter().map(|column| column.name));
    names.extend(["search_own", "doc"]);
    names
}

fn column_types(table: &Table) -> Vec<ColumnType> {
    let mut types = vec![ColumnType::Text, ColumnType::Uuid, ColumnType::Int, ColumnType::Int];
    types.extend(table.columns.iter().map(|column| column.kind));
    types.extend([ColumnType::Text, ColumnType::Text]);
    types
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
            changes.deletes.into_iter().map(|(tenant, id)| vec![text(tenant.as_str()), Param::Uuid(id)]),
        );
    }
    if changes.upserts.is_empty() {
        return;
    }
    let known_new = trust == Trust::Rows && changes.upserts.iter().all(|upsert| upsert.new);
    let conflict = if known_new { String::new() } else { on_conflict(table) };
    let mut rows = changes
        .upserts
        .into_iter()
        .map(|upsert| {
            let mut values = vec![
                text(upsert.tenant.as_str()),
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
    let sql: Arc<str> = format!("{}{conflict}", insert_sql(table, dialect)).into();
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

/// Moves the checkpoint on from where it must be (parameter `first`) to the parameter after it: NULL is refused by the
/// column, and the transaction with it.
pub(crate) fn advance_sql(first: usize) -> String {
    let next = first + 1;
    format!(
        "UPDATE checkpoint SET position = CASE WHEN position = ${first} THEN CAST(${next} AS bigint) END WHERE one = 1"
    )
}

/// Most batches move the checkpoint, which stands first, and write rows of one table, perhaps counters, moments and timelines
/// too, and that is all. On Postgres those statements are sent as one, which is a transaction by itself: one message there
/// and one back instead of four or more. Nothing is written before the checkpoint has moved, whose row makes two that write
/// at the same time wait for each other.
pub(crate) fn in_one(mut statements: Vec<Statement>, dialect: Dialect) -> Vec<Statement> {
    if let (Dialect::Postgres, [checkpoint, write, rest @ ..]) = (dialect, statements.as_mut_slice())
        && rest.iter().all(|other| beside(other).is_some())
        && let ([moved], [values]) = (checkpoint.rows.as_slice(), write.rows.as_mut_slice())
        && write.sql.contains(FROM_ARRAYS)
    {
        let (insert, conflict) = write.sql.split_at(write.sql.find(ON_CONFLICT).unwrap_or(write.sql.len()));
        // The others' parameters come after its own.
        let advance = advance_sql(values.len() + 1);
        values.extend(moved.iter().cloned());
        let mut others = String::new();
        for other in rest {
            if let Some((name, sql)) = beside(other) {
                let _ = write!(others, ", {name} AS ({})", sql(values.len() + 1, MOVED));
                values.extend(other.rows.drain(..).flatten());
            }
        }
        write.sql =
            format!("WITH moved AS ({advance} RETURNING one){others} {insert}{MOVED}{conflict}").into();
        statements.truncate(2);
        statements.remove(0);
    }
    statements
}

/// Where a statement takes its rows from arrays, on Postgres. They are taken apart in a select list: in `FROM`, each would be
/// put into a store of its own first and read from there, which costs more than all else of writing a few rows.
const FROM_ARRAYS: &str = " FROM (SELECT unnest(";

/// Takes arrays apart, on Postgres: parameters from `first` on, of these types and names.
fn from_arrays<'a>(first: usize, columns: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let taken = columns.into_iter().enumerate();
    let taken: Vec<_> =
        taken.map(|(index, (kind, name))| format!("${}::{kind}[]) AS {name}", first + index)).collect();
    format!("{FROM_ARRAYS}{}) AS x", taken.join(", unnest("))
}

/// What a statement that writes rows ends with where they may be there already.
const ON_CONFLICT: &str = " ON CONFLICT ";
/// Where the checkpoint has moved.
const MOVED: &str = " WHERE EXISTS (SELECT FROM moved)";

/// The table of counters.
pub(crate) const COUNTERS: &str = "counters";
/// The table of what moved at one moment ([`crate::books`]). It has the same columns, and many more rows, of which each is
/// written once.
pub(crate) const MOMENTS: &str = "moments";

/// A statement's text, from which parameter on and under which condition.
type Text = fn(usize, &str) -> String;

/// What can be written beside the rows of a table, on Postgres: its name there, and its text.
const BESIDE: [(&str, Text); 4] = [
    ("counted", |first, condition| count_sql(COUNTERS, first, condition)),
    ("known", |first, condition| count_sql(MOMENTS, first, condition)),
    ("told", |first, condition| tell_sql(first, condition, Trust::Rows)),
    ("told", |first, condition| tell_sql(first, condition, Trust::Nothing)),
];

/// Which of [`BESIDE`] a statement is, where it can go along: it is sent once.
fn beside(statement: &Statement) -> Option<(&'static str, Text)> {
    let is_it = |(_, text): &(&str, Text)| statement.rows.len() == 1 && *statement.sql == *text(1, "");
    BESIDE.into_iter().find(is_it)
}

/// Moves counters, on Postgres: parameters `first` to `first + 3`, where `condition` holds.
fn count_sql(table: &str, first: usize, condition: &str) -> String {
    let arrays =
        from_arrays(first, [("text", "tenant"), ("text", "model"), ("text", "key"), ("bigint", "value")]);
    let counted = counted(table);
    format!("INSERT INTO {table} (tenant, model, key, value) SELECT *{arrays}{condition} {counted}")
}

/// Adds to timelines, on Postgres: parameters `first` to `first + 2`, where `condition` holds.
fn tell_sql(first: usize, condition: &str, trust: Trust) -> String {
    let arrays = from_arrays(first, [("text", "tenant"), ("uuid", "client"), ("bigint", "position")]);
    let conflict = match trust {
        Trust::Rows => "",
        Trust::Nothing => " ON CONFLICT DO NOTHING",
    };
    format!("INSERT INTO timeline (tenant, client, position) SELECT *{arrays}{condition}{conflict}")
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
    match dialect {
        Dialect::Sqlite => out.push(Statement {
            sql: "INSERT INTO timeline (tenant, client, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
                .into(),
            rows: told
                .into_iter()
                .map(|(tenant, client, position)| {
                    vec![text(tenant.as_str()), Param::Uuid(client), Param::Int(position)]
                })
                .collect(),
        }),
        Dialect::Postgres => out.push(Statement {
            sql: tell_sql(1, "", trust).into(),
            rows: told
                .chunks(SMALL_CHUNK)
                .map(|told| {
                    let tenants = told.iter().map(|(tenant, ..)| Some(tenant.as_str().into())).collect();
                    let clients = told.iter().map(|(_, client, _)| *client).collect();
                    let positions = told.iter().map(|(.., position)| Some(*position)).collect();
                    vec![Param::TextArray(tenants), Param::UuidArray(clients), Param::IntArray(positions)]
                })
                .collect(),
        }),
    }
}

/// A counter that is there already moves by what is added.
fn counted(table: &str) -> String {
    format!("ON CONFLICT (tenant, model, key) DO UPDATE SET value = {table}.value + excluded.value")
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
    push_each(out, sql, renamed.iter().map(|(tenant, id)| vec![text(tenant.as_str()), Param::Uuid(*id)]));
}

/// The movement of a table's counters.
pub(crate) fn count(table: &str, counts: Counts, dialect: Dialect, out: &mut Vec<Statement>) {
    let moved: Vec<_> = counts.into_iter().filter(|(_, by)| *by != 0).collect();
    if moved.is_empty() {
        return;
    }
    match dialect {
        Dialect::Sqlite => out.push(Statement {
            sql: format!(
                "INSERT INTO {table} (tenant, model, key, value) VALUES ($1, $2, $3, $4) {}",
                counted(table)
            )
            .into(),
            rows: moved
                .into_iter()
                .map(|((tenant, model, key), by)| {
                    vec![text(tenant.as_str()), text(model), text(key), Param::Int(by)]
                })
                .collect(),
        }),
        Dialect::Postgres => {
            let (mut tenants, mut models, mut keys, mut values) = (vec![], vec![], vec![], vec![]);
            for ((tenant, model, key), by) in moved {
                tenants.push(Some(Arc::from(tenant.as_str())));
                models.push(Some(Arc::from(model)));
                keys.push(Some(Arc::from(key)));
                values.push(Some(by));
            }
            out.push(Statement {
                sql: count_sql(table, 1, "").into(),
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

/// A row that is there already becomes the newer one.
fn on_conflict(table: &Table) -> String {
    let names = column_names(table);
    let updates: Vec<String> = names[2..]
        .iter()
        .chain(["search"].iter())
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    format!(
        "{ON_CONFLICT}(tenant, id) DO UPDATE SET {} WHERE {}.version < excluded.version",
        updates.join(", "),
        table.name
    )
}

fn insert_sql(table: &Table, dialect: Dialect) -> String {
    let name = table.name;
    let names = column_names(table);
    let place = |wanted: &str| names.iter().position(|name| *name == wanted).map_or(0, |index| index + 1);
    let list = names.join(", ");
    match dialect {
        Dialect::Sqlite => {
            let values: Vec<String> = (1..=names.len()).map(|index| format!("${index}")).collect();
            let own = place("search_own");
            let search = match table.link {
                None => format!("${own}"),
                Some(link) => format!(
                    "${own} || ' ' || coalesce((SELECT l.search FROM {} l WHERE l.tenant = $1 AND l.id = ${}), '')",
                    link.table,
                    place(link.column)
                ),
            };
            format!("INSERT INTO {name} ({list}, search) VALUES ({}, {search})", values.join(", "))
        }
        Dialect::Postgres => {
            let types = column_types(table).into_iter().map(|kind| match kind {
                ColumnType::Text | ColumnType::Grams => "text",
                ColumnType::Int => "bigint",
                ColumnType::Uuid => "uuid",
            });
            let arrays = from_arrays(1, types.zip(names.iter().copied()));
            let (search, join) = match table.link {
                None => ("x.search_own".to_owned(), String::new()),
                Some(link) => (
                    "x.search_own || ' ' || coalesce(l.search, '')".to_owned(),
                    format!(
                        " LEFT JOIN {} l ON l.tenant = x.tenant COLLATE \"C\" AND l.id = x.{}",
                        link.table, link.column
                    ),
                ),
            };
            let columns: Vec<String> = names.iter().map(|name| format!("x.{name}")).collect();
            format!(
                "INSERT INTO {name} ({list}, search) SELECT {}, {search}{arrays}{join}",
                columns.join(", "),
            )
        }
    }
}

/// Rows turned into one array a column.
fn columns(table: &Table, rows: impl Iterator<Item = Vec<Param>>) -> Vec<Param> {
    let types = column_types(table);
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
        Statement { sql: advance_sql(1).into(), rows: vec![vec![Param::Int(7), Param::Int(2)]] }
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
        count(COUNTERS, counts, Dialect::Postgres, &mut statements);
        count(MOMENTS, moments, Dialect::Postgres, &mut statements);
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
