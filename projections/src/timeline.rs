//! Clients' timelines: the positions in the log of what happened to a client and to all that names it, one row for each
//! event. An event belongs where its aggregate's state says right after it (and right before it, where it changes hands), so
//! that a draft that was given to another client is told to both.

use crate::query::{Page, Paging, Reads};
use sunledger_domain::TenantId;
use sunledger_store::{Param, StoreError};
use uuid::Uuid;

impl Reads {
    /// A page of a client's timeline, newest first: positions in the log. A cursor is the last position seen.
    ///
    /// # Errors
    /// The store's.
    pub async fn timeline(
        &self,
        tenant: &TenantId,
        client: Uuid,
        paging: Paging,
        limit: u64,
    ) -> Result<Page<i64>, StoreError> {
        const PAGE: &str = "SELECT position FROM timeline WHERE tenant = $1 AND client = $2 AND position < $3 \
             ORDER BY position DESC LIMIT $4 OFFSET $5";
        const COUNT: &str = "SELECT count(*) FROM timeline WHERE tenant = $1 AND client = $2";
        let (before, skip) = match paging {
            Paging::Cursor(before) => (before, 0),
            Paging::Offset(skip) => (i64::MAX, i64::try_from(skip).unwrap_or(i64::MAX)),
        };
        let whose = vec![Param::Text(tenant.as_str().into()), Param::Uuid(client)];
        // One row more than asked tells whether there is a next page.
        let fetch = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut params = whose.clone();
        params.extend([Param::Int(before), Param::Int(fetch), Param::Int(skip)]);
        let (rows, count) = tokio::join!(self.query(PAGE, params), self.query(COUNT, whose));
        let int = |param: Option<&Param>| match param {
            Some(Param::Int(value)) => Ok(*value),
            _ => Err(StoreError::Damaged("a row of timeline has other columns than expected".into())),
        };
        let mut rows: Vec<i64> = rows?.iter().map(|row| int(row.0.first())).collect::<Result<_, _>>()?;
        let total = int(count?.first().and_then(|row| row.0.first()))?;
        let more = u64::try_from(rows.len()).is_ok_and(|found| found > limit);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next_cursor = rows.last().copied().filter(|_| more);
        Ok(Page { rows, total, next_cursor })
    }
}
