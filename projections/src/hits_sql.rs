//! The statement that finds the rows of a search by the indexes of its words.

use crate::list_sql::{Sql, Term, conditions, like};
use crate::model::{ColumnType, Link, Table};
use crate::query::Filter;
use std::cmp::Reverse;
use std::fmt::Write;
use sunledger_domain::{TenantId, search};
use sunledger_store::{Dialect, Param};

/// How a term is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// By the trigrams of the search text: words of three letters and more.
    Trigrams,
    /// By its grams: one word of one or two letters, where the table keeps them in this column.
    Grams(&'static str),
    /// By reading the rows.
    Rows,
}

fn look(table: &Table, term: &Term) -> Look {
    if term.iter().all(|word| word.chars().count() >= 3) {
        return Look::Trigrams;
    }
    let grams = table.columns.iter().find(|column| column.kind == ColumnType::Grams);
    match (grams, term.as_slice()) {
        (Some(column), [word]) if search::is_short(word) => Look::Grams(column.name),
        _ => Look::Rows,
    }
}

/// A term as SQLite's full-text search has it.
fn match_term(term: &Term) -> String {
    let words: Vec<String> = term.iter().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
    format!("({})", words.join(" OR "))
}

/// The statement that finds number and id of the rows that have all terms, by the indexes of the terms, `limit` at most, in no
/// order.
pub(crate) fn hits_sql(
    table: &Table,
    tenant: &TenantId,
    filters: &[Filter],
    terms: &[Term],
    limit: usize,
    dialect: Dialect,
) -> Sql {
    if let (Dialect::Postgres, Some(link)) = (dialect, table.link)
        && let Some(sql) = linked_hits_sql(table, link, tenant, filters, terms, limit)
    {
        return sql;
    }
    let mut sql = Sql::default();
    let tenant = sql.text(tenant.as_str());
    let mut condition = conditions(&mut sql, &tenant, filters, dialect);
    let looks: Vec<(Look, &Term)> = terms.iter().map(|term| (look(table, term), term)).collect();
    let mut from = format!("{} t", table.name);
    // One of SQLite's indexes leads, and is read only as far as is wanted.
    let leads = match dialect {
        Dialect::Sqlite => [Look::Trigrams, Look::Grams("grams")]
            .into_iter()
            .find(|lead| looks.iter().any(|(look, _)| same_index(*look, *lead))),
        Dialect::Postgres => None,
    };
    if let Some(lead) = leads {
        let column = if let Look::Grams(column) = lead { column } else { "search" };
        let index = format!("{}_{column}", table.name);
        let led: Vec<String> = looks
            .iter()
            .filter(|(look, _)| same_index(*look, lead))
            .map(|(_, term)| match_term(term))
            .collect();
        let place = sql.text(&led.join(" AND "));
        from = format!("{index} s CROSS JOIN {} t ON t.row_id = s.rowid", table.name);
        condition = format!("s.{index} MATCH {place} AND {condition}");
    }
    for (look, term) in looks {
        let _ = match (look, dialect) {
            _ if leads.is_some_and(|lead| same_index(look, lead)) => Ok(()),
            (Look::Grams(column), Dialect::Postgres) => {
                let place = sql.text(&term.concat());
                write!(condition, " AND string_to_array(t.{column}, ' ') @> ARRAY[{place}::text]")
            }
            _ => {
                let found = like(&mut sql, "t.search", term);
                write!(condition, " AND {found}")
            }
        };
    }
    let limit = sql.param(Param::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
    sql.text = format!("SELECT t.number, t.id FROM {from} WHERE {condition} LIMIT {limit}");
    sql
}

/// Words by which the rows of a linked table are found; all others are looked for in the rows found. Each may stand in a row's
/// own text or in that of what it links to, so that another word here doubles the ways to look.
const MOST_LEADS: usize = 2;

/// Where in `terms` the longest are of those that trigrams find.
fn leads(table: &Table, terms: &[Term]) -> Vec<usize> {
    let length = |index: &usize| terms[*index].iter().map(|word| word.chars().count()).min();
    let mut leads: Vec<usize> =
        (0..terms.len()).filter(|index| look(table, &terms[*index]) == Look::Trigrams).collect();
    leads.sort_by_key(|index| Reverse(length(index)));
    leads.truncate(MOST_LEADS);
    leads
}

/// The same on Postgres where rows have the search text of another table's row beside their own: only their own is in their
/// index, since what a row inherits is most of its text and would be most of what writing it costs. Each leading word is in
/// the one text or in the other, and each way is a look of its own. `None` where no
/// word leads.
fn linked_hits_sql(
    table: &Table,
    link: Link,
    tenant: &TenantId,
    filters: &[Filter],
    terms: &[Term],
    limit: usize,
) -> Option<Sql> {
    let leads = leads(table, terms);
    if leads.is_empty() {
        return None;
    }
    let mut sql = Sql::default();
    let tenant = sql.text(tenant.as_str());
    let mut condition = conditions(&mut sql, &tenant, filters, Dialect::Postgres);
    for (index, term) in terms.iter().enumerate() {
        if !leads.contains(&index) {
            let found = like(&mut sql, "t.search", term);
            let _ = write!(condition, " AND {found}");
        }
    }
    let limit = sql.param(Param::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
    let own: Vec<String> = leads.iter().map(|index| like(&mut sql, "t.search_own", &terms[*index])).collect();
    let linked: Vec<String> = leads.iter().map(|index| like(&mut sql, "l.search", &terms[*index])).collect();
    let ways: Vec<String> = (0..1_usize << leads.len())
        .map(|way| {
            let (mut from, mut found) = (format!("{} t", table.name), String::new());
            for (place, (own, linked)) in own.iter().zip(&linked).enumerate() {
                let _ = write!(found, " AND {}", if way >> place & 1 == 0 { own } else { linked });
            }
            if way > 0 {
                from = format!("{} l JOIN {from} ON t.{} = l.id", link.table, link.column);
                let _ = write!(found, " AND l.tenant = {tenant}");
            }
            format!("(SELECT t.number, t.id FROM {from} WHERE {condition}{found} LIMIT {limit})")
        })
        .collect();
    sql.text = format!("SELECT DISTINCT number, id FROM ({}) h LIMIT {limit}", ways.join(" UNION ALL "));
    Some(sql)
}

fn same_index(one: Look, other: Look) -> bool {
    matches!((one, other), (Look::Trigrams, Look::Trigrams) | (Look::Grams(_), Look::Grams(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list_sql::terms;
    use crate::model::Listed;
    use sunledger_domain::client::Client;
    use sunledger_domain::invoice::Invoice;

    #[test]
    fn an_index_leads_where_one_has_the_words() {
        let tenant = TenantId::new("acme").unwrap();
        let sql =
            |text: &str, dialect| hits_sql(Client::TABLE, &tenant, &[], &terms(Some(text)), 10, dialect).text;
        let sqlite = |text: &str| sql(text, Dialect::Sqlite);
        assert!(
            sqlite("ana jo").contains("FROM clients_search s CROSS JOIN clients t ON t.row_id = s.rowid")
        );
        assert!(sqlite("ana jo").contains("AND (t.search LIKE $3"));
        assert!(sqlite("jo an").contains("FROM clients_grams s CROSS JOIN"));
        assert!(!sqlite("jo an").contains("LIKE"));
        assert!(sqlite("@ -").contains("FROM clients t WHERE"));
        let postgres = |text: &str| sql(text, Dialect::Postgres);
        assert!(postgres("jo").contains("string_to_array(t.grams, ' ') @> ARRAY[$2::text]"));
        assert!(postgres("ana").contains("(t.search LIKE $2"));
    }

    #[test]
    fn words_of_a_linked_table_are_in_its_own_text_or_in_the_others() {
        let tenant = TenantId::new("acme").unwrap();
        let sql = |text: &str| {
            hits_sql(Invoice::TABLE, &tenant, &[], &terms(Some(text)), 10, Dialect::Postgres).text
        };
        assert_eq!(
            sql("ana"),
            "SELECT DISTINCT number, id FROM (\
             (SELECT t.number, t.id FROM invoices t WHERE t.tenant = $1 AND (t.search_own LIKE $3 ESCAPE '\\') LIMIT $2) \
             UNION ALL \
             (SELECT t.number, t.id FROM clients l JOIN invoices t ON t.client_id = l.id WHERE t.tenant = $1 \
             AND (l.search LIKE $4 ESCAPE '\\') AND l.tenant = $1 LIMIT $2)) h LIMIT $2"
        );
        assert_eq!(sql("ana maria jo 2026").matches("SELECT t.number").count(), 4);
        assert!(sql("ana maria jo").contains("(t.search LIKE $2"));
        assert_eq!(sql("jo").matches("SELECT").count(), 1);
    }
}
