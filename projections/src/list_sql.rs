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

/// What a row's search text must have: one of these. A single word mostly; a number is also found by its digits alone.
pub(crate) type Term = Vec<String>;

/// The search's terms, folded as the search texts are. No text has a NUL in it, and Postgres takes none.
///
/// People type numbers with the punctuation that they know, or with none: `(11) 98765`, `11 98765`, `1198765` all mean the
/// same. So numbers in a row are one term: their digits together, or all of it as typed.
pub(crate) fn terms(search: Option<&str>) -> Vec<Term> {
    let mut terms = Vec::new();
    for line in search.unwrap_or_default().lines() {
        let folded = search::fold(&line.replace('\0', " "));
        let mut numbers: Vec<&str> = Vec::new();
        for word in folded.split_whitespace() {
            if is_number(word) {
                numbers.push(word);
            } else {
                terms.extend(number_terms(&std::mem::take(&mut numbers)));
                terms.push(vec![word.to_owned()]);
            }
        }
        terms.extend(number_terms(&numbers));
    }
    terms
}

/// Digits, and what people put between them.
fn is_number(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
        && word.chars().all(|character| character.is_ascii_digit() || "+-()./".contains(character))
}

fn number_terms(words: &[&str]) -> Vec<Term> {
    let digits_of = |word: &str| word.chars().filter(char::is_ascii_digit).collect::<String>();
    let typed = words.join(" ");
    let digits = digits_of(&typed);
    if digits.len() < 3 {
        return words.iter().map(|word| vec![digits_of(word)]).collect();
    }
    vec![if digits == typed { vec![typed] } else { vec![digits, typed] }]
}

/// The keys of the counters that make up a list's total; `None` where no set of counters does.
pub(crate) fn counter_keys(table: &Table, filters: &[Filter]) -> Option<Vec<String>> {
    let mut by_column: Vec<(&str, Vec<String>)> = Vec::new();
    for filter in filters {
        let (column, values) = match filter {
            Filter::OneOf(column, values) => (*column, values.clone()),
            Filter::Is(column, id) => (*column, vec![id.to_string()]),
            Filter::AtLeast(..)
            | Filter::AtMost(..)
            | Filter::From(..)
            | Filter::Until(..)
            | Filter::Has(..)
            | Filter::Contains(..) => return None,
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
pub(crate) fn conditions(sql: &mut Sql, tenant: &str, filters: &[Filter], dialect: Dialect) -> String {
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
            Filter::From(column, value) => {
                let place = sql.param(Param::Int(*value));
                write!(text, " AND t.{column} >= {place}")
            }
            Filter::Until(column, value) => {
                let place = sql.param(Param::Int(*value));
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
    text
}

/// That a text has one of a term's words in it.
pub(crate) fn like(sql: &mut Sql, text: &str, term: &Term) -> String {
    let words = term.iter().map(|word| {
        let place = sql.text(&format!("%{}%", escape_like(word)));
        format!("{text} LIKE {place} ESCAPE '\\'")
    });
    format!("({})", words.collect::<Vec<_>>().join(" OR "))
}

fn escape_like(word: &str) -> String {
    word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The statement of a page that is not searched.
pub(crate) fn list_sql(table: &Table, tenant: &TenantId, query: &ListQuery, dialect: Dialect) -> Sql {
    scan_sql(table, tenant, query, &[], dialect)
}

/// The statement of a page, read from the newest row on; of a search whose terms many rows have.
pub(crate) fn scan_sql(
    table: &Table,
    tenant: &TenantId,
    query: &ListQuery,
    terms: &[Term],
    dialect: Dialect,
) -> Sql {
    // Not the column itself: no index on it is to be taken.
    let searched = match dialect {
        Dialect::Sqlite => "t.search",
        Dialect::Postgres => "(t.search || '')",
    };
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
        let mut condition = conditions(&mut sql, &tenant, filters, dialect);
        for term in terms {
            let found = like(&mut sql, searched, term);
            let _ = write!(condition, " AND {found}");
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_their_digits_however_they_are_typed() {
        let read = |text: &str| terms(Some(text));
        assert_eq!(read("11 98765"), [["1198765", "11 98765"]]);
        assert_eq!(read("(11) 98765-4321"), [["11987654321", "(11) 98765-4321"]]);
        assert_eq!(read("98765"), [["98765"]]);
        assert_eq!(read("José 11"), [["jose"], ["11"]]);
        assert_eq!(read("(1) Ana 12.3"), [vec!["1"], vec!["ana"], vec!["123", "12.3"]]);
        assert_eq!(read("Loja 2\n11222333000181"), [["loja"], ["2"], ["11222333000181"]]);
        assert_eq!(read(" + \0 "), [["+"]]);
        assert!(terms(None).is_empty());
    }
}
