//! The SQL of a list: its conditions, its page, and which counters are its total.

use crate::model::{Table, counter_key, entries};
use crate::query::{Filter, ListQuery, Paging};
use std::fmt::Write;
use sunledger_domain::{TenantId, search};
use sunledger_store::{Dialect, Param};

/// A statement under construction: its text and its parameters.
#[derive(Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) params: Vec<Param>,
}

impl Sql {
    /// Adds a parameter and returns its placeholder.
    pub(crate) fn param(&mut self, value: Param) -> String {
        self.params.push(value);
        format!("${}", self.params.len())
    }

    /// Adds a text.
    pub(crate) fn text(&mut self, value: &str) -> String {
        self.param(Param::Text(value.into()))
    }
}

/// The search's words, folded as the search texts are. No text has a NUL in it, and Postgres takes none.
pub(crate) fn words(search: Option<&str>) -> Vec<String> {
    let folded = search.map(|text| search::fold(&text.replace('\0', " "))).unwrap_or_default();
    folded.split_whitespace().map(str::to_owned).collect()
}

/// The keys of the counters that make up a list's total; `None` where no set of counters does.
pub(crate) fn counter_keys(table: &Table, filters: &[Filter]) -> Option<Vec<String>> {
    let mut by_column: Vec<(&str, Vec<String>)> = Vec::new();
    for filter in filters {
        let (column, values) = match filter {
            Filter::OneOf(column, values) => (*column, values.clone()),
            Filter::Is(column, id) => (*column, vec![id.to_string()]),
            Filter::AtLeast(..) | Filter::AtMost(..) | Filter::Has(..) | Filter::Contains(..) => return None,
        };
        if by_column.iter().any(|(known, _)| *known == column) {
            return None;
        }
        by_column.push((column, values));
    }
    let columns = table.counters.iter().find(|columns| {
        columns.len() == by_column.len()
            && columns.iter().all(|column| by_column.iter().any(|(known, _)| known == column))
    })?;
    let mut combinations: Vec<Vec<String>> = vec![Vec::new()];
    for column in *columns {
        let (_, values) = by_column.iter().find(|(known, _)| known == column)?;
        combinations = combinations
            .iter()
            .flat_map(|start| {
                values
                    .iter()
                    .map(move |value| start.iter().cloned().chain([value.clone()]).collect::<Vec<_>>())
            })
            .collect();
    }
    // No value at all matches nothing, and no counter has this key.
    if combinations.is_empty() {
        return Some(vec!["=".to_owned()]);
    }
    Some(combinations.iter().map(|values| counter_key(columns, values)).collect())
}

/// The conditions of a list, without its page.
pub(crate) fn conditions(
    sql: &mut Sql,
    table: &Table,
    tenant: &str,
    filters: &[Filter],
    words: &[String],
    dialect: Dialect,
) -> String {
    let mut text = format!("t.tenant = {tenant}");
    for filter in filters {
        let _ = match filter {
            Filter::OneOf(_, values) if values.is_empty() => write!(text, " AND 1 = 0"),
            Filter::OneOf(column, values) => {
                let places: Vec<String> = values.iter().map(|value| sql.text(value)).collect();
                write!(text, " AND t.{column} IN ({})", places.join(", "))
            }
            Filter::Is(column, id) => {
                let place = sql.param(Param::Uuid(*id));
                write!(text, " AND t.{column} = {place}")
            }
            Filter::AtLeast(column, value) => {
                let place = sql.text(value);
                write!(text, " AND t.{column} >= {place}")
            }
            Filter::AtMost(column, value) => {
                let place = sql.text(value);
                write!(text, " AND t.{column} <= {place}")
            }
            Filter::Has(column, entry) => {
                // Not LIKE, which on SQLite tells no capital letters apart.
                let find = match dialect {
                    Dialect::Sqlite => "instr",
                    Dialect::Postgres => "strpos",
                };
                let place = sql.text(&entries([entry.replace('\0', " ").as_str()]));
                write!(text, " AND {find}(t.{column}, {place}) > 0")
            }
            Filter::Contains(column, part) => {
                // No text has a NUL in it, and Postgres takes none.
                let part = search::fold(&part.replace('\0', " "));
                let place = sql.text(&format!("%{}%", escape_like(&part)));
                write!(text, " AND t.{column} LIKE {place} ESCAPE '\\'")
            }
        };
    }
    for word in words {
        let _ = match dialect {
            // The trigram index answers words of three characters and more; shorter ones read the rows.
            Dialect::Sqlite if word.chars().count() >= 3 => {
                let place = sql.text(&format!("\"{}\"", word.replace('"', "\"\"")));
                write!(
                    text,
                    " AND t.row_id IN (SELECT rowid FROM {0}_search WHERE {0}_search MATCH {place})",
                    table.name
                )
            }
            Dialect::Sqlite | Dialect::Postgres => {
                let place = sql.text(&format!("%{}%", escape_like(word)));
                write!(text, " AND t.search LIKE {place} ESCAPE '\\'")
            }
        };
    }
    text
}

fn escape_like(word: &str) -> String {
    word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The statement of a page.
pub(crate) fn list_sql(
    table: &Table,
    tenant: &TenantId,
    query: &ListQuery,
    words: &[String],
    dialect: Dialect,
) -> Sql {
    let mut sql = Sql::default();
    let tenant = sql.text(tenant.as_str());
    let fetch = i64::try_from(query.limit).unwrap_or(i64::MAX - 1).saturating_add(1);
    let offset = match query.paging {
        Paging::Offset(rows) => i64::try_from(rows).unwrap_or(i64::MAX),
        Paging::Cursor(_) => 0,
    };
    // One index range a status, merged: a list of the few overdue ones reads those few.
    let branches = split_one_of(&query.filters);
    let mut parts = Vec::with_capacity(branches.len());
    for filters in &branches {
        let mut condition = conditions(&mut sql, table, &tenant, filters, words, dialect);
        if let Paging::Cursor(after) = query.paging {
            let place = sql.param(Param::Int(after));
            let _ = write!(condition, " AND t.number < {place}");
        }
        parts.push(condition);
    }
    let limit = sql.param(Param::Int(fetch));
    let skip = sql.param(Param::Int(offset));
    if let [condition] = parts.as_slice() {
        sql.text = format!(
            "SELECT t.id, t.number, t.version, t.doc FROM {} t WHERE {condition} \
             ORDER BY t.number DESC LIMIT {limit} OFFSET {skip}",
            table.name
        );
        return sql;
    }
    let depth = sql.param(Param::Int(fetch.saturating_add(offset)));
    let union: Vec<String> = parts
        .iter()
        .map(|condition| {
            format!(
                "SELECT * FROM (SELECT t.id, t.number, t.version, t.doc FROM {} t WHERE {condition} \
                 ORDER BY t.number DESC LIMIT {depth}) b",
                table.name
            )
        })
        .collect();
    sql.text = format!(
        "SELECT id, number, version, doc FROM ({}) u ORDER BY number DESC LIMIT {limit} OFFSET {skip}",
        union.join(" UNION ALL ")
    );
    sql
}

/// The filters once for each value of the first `OneOf` that has several.
fn split_one_of(filters: &[Filter]) -> Vec<Vec<Filter>> {
    let several =
        filters.iter().position(|filter| matches!(filter, Filter::OneOf(_, values) if values.len() > 1));
    let Some(index) = several else { return vec![filters.to_vec()] };
    let Some(Filter::OneOf(column, values)) = filters.get(index) else { return vec![filters.to_vec()] };
    let mut seen = Vec::new();
    let mut branches = Vec::new();
    for value in values {
        if seen.contains(&value) {
            continue;
        }
        seen.push(value);
        let mut branch = filters.to_vec();
        branch[index] = Filter::OneOf(column, vec![value.clone()]);
        branches.push(branch);
    }
    branches
}
