//! Lists that are searched, newest first, whatever the words are: rare ones and ones that half of the rows have.
//!
//! An index tells which rows have a word, not which of them are the newest. So the numbers of the rows found are gathered
//! first, up to [`MOST`]. Where there are fewer, the page is cut from them, and their count is the list's. Where there are
//! more, the word is common enough for the rows to be read from the newest on until the page is full; and how many there
//! are in all is not counted out: that would cost a look at each.

use crate::hits_sql::hits_sql;
use crate::list_sql::{Term, scan_sql};
use crate::model::Listed;
use crate::query::{ListQuery, Page, Paging, Reads, View, view};
use sunledger_domain::TenantId;
use sunledger_store::{Param, StoreError};
use uuid::Uuid;

/// Rows of a search that are counted: one with more of them says that it has this many.
pub const MOST: usize = 10_000;

impl Reads {
    /// A searched list.
    pub(crate) async fn search<A: Listed>(
        &self,
        tenant: &TenantId,
        query: &ListQuery,
        terms: &[Term],
    ) -> Result<Page<View<A>>, StoreError> {
        let sql = hits_sql(A::TABLE, tenant, &query.filters, terms, MOST + 1, self.dialect());
        let found = self.query_words(&sql.text, sql.params).await?;
        let mut hits: Vec<(i64, Uuid)> = found
            .iter()
            .filter_map(|row| match row.0.as_slice() {
                [Param::Int(number), Param::Uuid(id)] => Some((*number, *id)),
                _ => None,
            })
            .collect();
        if hits.len() > MOST {
            return self.scan(tenant, query, terms).await;
        }
        let total = i64::try_from(hits.len()).unwrap_or_default();
        hits.sort_unstable_by(|one, other| other.cmp(one));
        let (after, skip) = match query.paging {
            Paging::Cursor(after) => (after, 0),
            Paging::Offset(rows) => (i64::MAX, usize::try_from(rows).unwrap_or(usize::MAX)),
        };
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let mut page: Vec<(i64, Uuid)> = hits
            .into_iter()
            .filter(|(number, _)| *number < after)
            .skip(skip)
            .take(limit.saturating_add(1))
            .collect();
        let more = page.len() > limit;
        page.truncate(limit);
        let next_cursor = page.last().filter(|_| more).map(|(number, _)| *number);
        let ids: Vec<Uuid> = page.into_iter().map(|(_, id)| id).collect();
        let mut rows = self.get_many::<A>(tenant, &ids).await?;
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.number));
        Ok(Page { rows, total, next_cursor })
    }

    /// The same where many rows are found, read from the newest on.
    async fn scan<A: Listed>(
        &self,
        tenant: &TenantId,
        query: &ListQuery,
        terms: &[Term],
    ) -> Result<Page<View<A>>, StoreError> {
        let sql = scan_sql(A::TABLE, tenant, query, terms, self.dialect());
        let found = self.query_words(&sql.text, sql.params).await?;
        let mut rows: Vec<View<A>> = found.iter().map(view).collect::<Result<_, _>>()?;
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|row| row.number);
        Ok(Page { rows, total: i64::try_from(MOST).unwrap_or(i64::MAX), next_cursor })
    }
}
