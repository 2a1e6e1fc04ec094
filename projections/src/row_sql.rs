//! The texts of the statements that write a batch. Each is made once: batches come by the hundred a second, and their texts
//! are few.

use crate::model::{ColumnType, Table};
use crate::rows::Trust;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use sunledger_store::Dialect;

/// Texts that were made, by what they are made of.
type Texts<K> = Mutex<BTreeMap<K, Arc<str>>>;

fn made<K: Ord>(texts: &Texts<K>, of: K, make: impl FnOnce() -> String) -> Arc<str> {
    let mut texts = texts.lock().unwrap_or_else(PoisonError::into_inner);
    texts.entry(of).or_insert_with(|| make().into()).clone()
}

/// Moves the checkpoint on from where it must be (parameter 1) to parameter 2.
pub(crate) fn advance() -> Arc<str> {
    static TEXT: LazyLock<Arc<str>> = LazyLock::new(|| advance_sql(1).into());
    TEXT.clone()
}

/// Writes rows of a table; those that are there already become the newer ones, unless none can be (`known_new`).
pub(crate) fn insert(table: &Table, dialect: Dialect, known_new: bool) -> Arc<str> {
    static TEXTS: Texts<(&str, bool, bool)> = Mutex::new(BTreeMap::new());
    made(&TEXTS, (table.name, dialect == Dialect::Postgres, known_new), || {
        let conflict = if known_new { String::new() } else { on_conflict(table) };
        insert_sql(table, dialect) + &conflict
    })
}

/// Moves counters ([`COUNTERS`] or [`MOMENTS`]).
pub(crate) fn count(table: &'static str, dialect: Dialect) -> Arc<str> {
    static TEXTS: Texts<(&str, bool)> = Mutex::new(BTreeMap::new());
    made(&TEXTS, (table, dialect == Dialect::Postgres), || match dialect {
        Dialect::Postgres => count_sql(table, 1, ""),
        Dialect::Sqlite => {
            let counted = counted(table);
            format!("INSERT INTO {table} (tenant, model, key, value) VALUES ($1, $2, $3, $4) {counted}")
        }
    })
}

/// Adds to timelines.
pub(crate) fn tell(dialect: Dialect, trust: Trust) -> Arc<str> {
    static TEXTS: Texts<(bool, bool)> = Mutex::new(BTreeMap::new());
    made(&TEXTS, (dialect == Dialect::Postgres, trust == Trust::Rows), || match dialect {
        Dialect::Postgres => tell_sql(1, "", trust),
        Dialect::Sqlite => {
            "INSERT INTO timeline (tenant, client, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
                .to_owned()
        }
    })
}

/// What can be written beside the rows of a table, on Postgres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Beside {
    Counters,
    Moments,
    Timelines,
    /// Where those that are there already are looked for.
    TimelinesOnce,
}

impl Beside {
    const ALL: [Self; 4] = [Self::Counters, Self::Moments, Self::Timelines, Self::TimelinesOnce];

    /// Which one a statement is, by its text.
    pub(crate) fn of(sql: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|beside| *beside.alone() == *sql)
    }

    /// The statement by itself.
    fn alone(self) -> Arc<str> {
        match self {
            Self::Counters => count(COUNTERS, Dialect::Postgres),
            Self::Moments => count(MOMENTS, Dialect::Postgres),
            Self::Timelines => tell(Dialect::Postgres, Trust::Rows),
            Self::TimelinesOnce => tell(Dialect::Postgres, Trust::Nothing),
        }
    }

    /// What it is called, how many parameters it takes, and its text with parameters from `first` on, where the checkpoint has
    /// moved.
    fn part(self, first: usize) -> (&'static str, usize, String) {
        match self {
            Self::Counters => ("counted", 4, count_sql(COUNTERS, first, MOVED)),
            Self::Moments => ("known", 4, count_sql(MOMENTS, first, MOVED)),
            Self::Timelines => ("told", 3, tell_sql(first, MOVED, Trust::Rows)),
            Self::TimelinesOnce => ("told", 3, tell_sql(first, MOVED, Trust::Nothing)),
        }
    }
}

/// Whether a statement writes rows that it takes from arrays.
pub(crate) fn takes_arrays(sql: &str) -> bool {
    sql.contains(FROM_ARRAYS)
}

/// A statement that [takes arrays](takes_arrays), as many as `values`, which moves the checkpoint first (by the next two
/// parameters), and whatever is written beside it, whose parameters come after those, in this order.
pub(crate) fn together(write: &Arc<str>, values: usize, others: Vec<Beside>) -> Arc<str> {
    static TEXTS: Texts<(Arc<str>, usize, Vec<Beside>)> = Mutex::new(BTreeMap::new());
    made(&TEXTS, (write.clone(), values, others.clone()), || {
        let (insert, conflict) = write.split_at(write.find(ON_CONFLICT).unwrap_or(write.len()));
        let advance = advance_sql(values + 1);
        let (mut parts, mut first) = (String::new(), values + 3);
        for beside in others {
            let (name, takes, sql) = beside.part(first);
            let _ = write!(parts, ", {name} AS ({sql})");
            first += takes;
        }
        format!("WITH moved AS ({advance} RETURNING one){parts} {insert}{MOVED}{conflict}")
    })
}

/// Moves the checkpoint on from where it must be (parameter `first`) to the parameter after it: NULL is refused by the
/// column, and the transaction with it.
fn advance_sql(first: usize) -> String {
    let next = first + 1;
    format!(
        "UPDATE checkpoint SET position = CASE WHEN position = ${first} THEN CAST(${next} AS bigint) END WHERE one = 1"
    )
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

/// A counter that is there already moves by what is added.
fn counted(table: &str) -> String {
    format!("ON CONFLICT (tenant, model, key) DO UPDATE SET value = {table}.value + excluded.value")
}

/// The fixed columns of every table, in the order in which they are written.
fn column_names(table: &Table) -> Vec<&'static str> {
    let mut names = vec!["tenant", "id", "number", "version"];
    names.extend(table.columns.iter().map(|column| column.name));
    names.extend(["search_own", "doc"]);
    names
}

/// The types of the same columns.
pub(crate) fn column_types(table: &Table) -> Vec<ColumnType> {
    let mut types = vec![ColumnType::Text, ColumnType::Uuid, ColumnType::Int, ColumnType::Int];
    types.extend(table.columns.iter().map(|column| column.kind));
    types.extend([ColumnType::Text, ColumnType::Text]);
    types
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
