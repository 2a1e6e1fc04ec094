//! Queries on the read models. Every one takes the tenant; what is asked across tenants stands in `across`.
//!
//! Lists are ordered by number, newest first. A cursor is the last number seen, so page 10,000 costs what page 1 costs.
//! Totals come from counters wherever a list is filtered by a set of columns that is counted.

use crate::list_sql::{Sql, conditions, counter_keys, list_sql, terms};
use crate::look_up::look_up;
use crate::model::{Listed, Table};
use crate::projector::Inner;
use serde::de::DeserializeOwned;
use std::fmt::Write;
use std::sync::Arc;
use sunledger_domain::TenantId;
use sunledger_domain::record::{Record, RecordKind};
use sunledger_store::{Db, Dialect, Param, Row, StoreError};
use uuid::Uuid;

/// One resource as the read models have it.
#[derive(Debug, Clone)]
pub struct View<A> {
    /// Its id.
    pub id: Uuid,
    /// Its sequential number.
    pub number: i64,
    /// Its version (the ETag).
    pub version: i64,
    /// Its state.
    pub state: A,
}

/// Which rows.
#[derive(Debug, Clone)]
pub enum Filter {
    /// A text column has one of these values (a status, a currency).
    OneOf(&'static str, Vec<String>),
    /// A reference column has this id (`client_id`).
    Is(&'static str, Uuid),
    /// A text column (dates are `YYYY-MM-DD`) is at or after.
    AtLeast(&'static str, String),
    /// A text column is at or before.
    AtMost(&'static str, String),
    /// A whole-number column (a time in microseconds) is at or after.
    From(&'static str, i64),
    /// A whole-number column is at or before.
    Until(&'static str, i64),
    /// A text column, each entry on a line of its own ([`crate::model::entries`]), has this one.
    Has(&'static str, String),
    /// A text column, folded, has this text somewhere in it, without regard to case and accents. No index of its own
    /// answers it: give the same text to [`ListQuery::search`] where it is part of the model's search text.
    Contains(&'static str, String),
}

/// Which part of a list, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// Skip so many rows.
    Offset(u64),
    /// Those after a cursor: the number of the last row seen.
    Cursor(i64),
}

/// A list.
#[derive(Debug, Clone)]
pub struct ListQuery {
    /// All of these hold.
    pub filters: Vec<Filter>,
    /// Words, each a part of the model's search text, without regard to case and accents; of numbers the digits count.
    /// Numbers in a row (`11 98765`) are one, unless there is a line end between them.
    pub search: Option<String>,
    /// Which part.
    pub paging: Paging,
    /// Rows at most.
    pub limit: u64,
}

/// One page.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many rows the list has in all; of one that is searched, [`crate::MOST_SEARCHED`] at most.
    pub total: i64,
    /// Continue here; `None` at the end.
    pub next_cursor: Option<i64>,
}

/// The read models' queries. Cheap to clone.
#[derive(Clone)]
pub struct Reads(Arc<Inner>);

impl Reads {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self(inner)
    }

    /// The dialect of every generation.
    pub(crate) fn dialect(&self) -> Dialect {
        self.0.live.known().db.dialect()
    }

    /// The position that the read models show.
    pub fn position(&self) -> i64 {
        self.0.waiters.position()
    }

    /// One resource, by id; `None` also for a deleted one.
    ///
    /// # Errors
    /// The store's.
    pub async fn get<A: Listed>(&self, tenant: &TenantId, id: Uuid) -> Result<Option<View<A>>, StoreError> {
        look_up(&self.0, A::TABLE, tenant, id).await?.as_ref().map(view).transpose()
    }

    /// One resource by id, with the state of the one that it links to (an invoice's client), where that is still there.
    ///
    /// # Errors
    /// The store's.
    pub async fn get_linked<A: Listed, L: Listed>(
        &self,
        tenant: &TenantId,
        id: Uuid,
    ) -> Result<Option<(View<A>, Option<L>)>, StoreError> {
        let Some(row) = look_up(&self.0, A::TABLE, tenant, id).await? else { return Ok(None) };
        let linked = match (A::TABLE.link, row.0.get(4)) {
            (Some(link), Some(Param::Text(doc))) if link.table == L::TABLE.name => {
                Some(state(doc, L::TABLE)?)
            }
            _ => None,
        };
        Ok(Some((view(&row)?, linked)))
    }

    /// Several resources by id, in no order; those that do not exist are left out.
    ///
    /// # Errors
    /// The store's.
    pub async fn get_many<A: Listed>(
        &self,
        tenant: &TenantId,
        ids: &[Uuid],
    ) -> Result<Vec<View<A>>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let name = A::TABLE.name;
        match self.dialect() {
            Dialect::Postgres => {
                let sql =
                    format!("SELECT id, number, version, doc FROM {name} WHERE tenant = $1 AND id = ANY($2)");
                let params = vec![Param::Text(tenant.as_str().into()), Param::UuidArray(ids.to_vec())];
                self.query(&sql, params).await?.iter().map(view).collect()
            }
            Dialect::Sqlite => {
                let mut views = Vec::with_capacity(ids.len());
                for chunk in ids.chunks(100) {
                    let mut sql = Sql::default();
                    let tenant = sql.text(tenant.as_str());
                    // Always 100 places, the last id again and again, so that the statement stays prepared.
                    let places: Vec<String> = (0..100)
                        .filter_map(|index| chunk.get(index).or(chunk.last()))
                        .map(|id| sql.param(Param::Uuid(*id)))
                        .collect();
                    let _ = write!(
                        sql.text,
                        "SELECT id, number, version, doc FROM {name} WHERE tenant = {tenant} AND id IN ({})",
                        places.join(", ")
                    );
                    for row in self.query(&sql.text, sql.params).await? {
                        views.push(view(&row)?);
                    }
                }
                Ok(views)
            }
        }
    }

    /// The newest of those that a list would have.
    ///
    /// # Errors
    /// The store's.
    pub async fn first<A: Listed>(
        &self,
        tenant: &TenantId,
        filters: Vec<Filter>,
    ) -> Result<Option<View<A>>, StoreError> {
        let query = ListQuery { filters, search: None, paging: Paging::Offset(0), limit: 1 };
        let sql = list_sql(A::TABLE, tenant, &query, self.dialect());
        self.query(&sql.text, sql.params).await?.first().map(view).transpose()
    }

    /// A page of a list without its total, for who reads on and on.
    ///
    /// # Errors
    /// The store's.
    pub async fn rows<A: Listed>(
        &self,
        tenant: &TenantId,
        query: &ListQuery,
    ) -> Result<Vec<View<A>>, StoreError> {
        let terms = terms(query.search.as_deref());
        if !terms.is_empty() {
            return Ok(self.search(tenant, query, &terms).await?.rows);
        }
        let sql = list_sql(A::TABLE, tenant, query, self.dialect());
        let mut rows = self.query(&sql.text, sql.params).await?;
        // The statement reads one more than asked.
        rows.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
        rows.iter().map(view).collect()
    }

    /// Every one that the filters leave, in no order: for filters that name what they want one by one.
    ///
    /// # Errors
    /// The store's.
    pub async fn every<A: Listed>(
        &self,
        tenant: &TenantId,
        filters: &[Filter],
    ) -> Result<Vec<View<A>>, StoreError> {
        let mut sql = Sql::default();
        let place = sql.text(tenant.as_str());
        let condition = conditions(&mut sql, &place, filters, self.dialect());
        let text =
            format!("SELECT t.id, t.number, t.version, t.doc FROM {} t WHERE {condition}", A::TABLE.name);
        self.query(&text, sql.params).await?.iter().map(view).collect()
    }

    /// The id behind a sequential number.
    ///
    /// # Errors
    /// The store's.
    pub async fn id_of<A: Listed>(&self, tenant: &TenantId, number: i64) -> Result<Option<Uuid>, StoreError> {
        let sql = format!("SELECT id FROM {} WHERE tenant = $1 AND number = $2 LIMIT 1", A::TABLE.name);
        let rows = self.query(&sql, vec![Param::Text(tenant.as_str().into()), Param::Int(number)]).await?;
        match rows.first().map(|row| row.0.as_slice()) {
            None => Ok(None),
            Some([Param::Uuid(id)]) => Ok(Some(*id)),
            Some(_) => Err(malformed(A::TABLE.name)),
        }
    }

    /// The record of a kind with a sequential number.
    ///
    /// # Errors
    /// The store's.
    pub async fn record(
        &self,
        tenant: &TenantId,
        kind: &RecordKind,
        number: i64,
    ) -> Result<Option<View<Record>>, StoreError> {
        let table = Record::TABLE.name;
        let sql = format!(
            "SELECT id, number, version, doc FROM {table} WHERE tenant = $1 AND kind = $2 AND number = $3 LIMIT 1"
        );
        let text = |text: &str| Param::Text(text.into());
        let rows = self.query(&sql, vec![text(tenant.as_str()), text(kind.name), Param::Int(number)]).await?;
        rows.first().map(view).transpose()
    }

    /// A list, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn list<A: Listed>(
        &self,
        tenant: &TenantId,
        query: &ListQuery,
    ) -> Result<Page<View<A>>, StoreError> {
        let dialect = self.dialect();
        let terms = terms(query.search.as_deref());
        if !terms.is_empty() {
            return self.search(tenant, query, &terms).await;
        }
        // One row more than asked tells whether there is a next page.
        let sql = list_sql(A::TABLE, tenant, query, dialect);
        let counted = self.total(A::TABLE, tenant, &query.filters);
        let (rows, total) = tokio::join!(self.query(&sql.text, sql.params), counted);
        let mut rows: Vec<View<A>> = rows?.iter().map(view).collect::<Result<_, _>>()?;
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|row| row.number);
        Ok(Page { rows, total: total?, next_cursor })
    }

    /// How many rows a filtered list has.
    ///
    /// # Errors
    /// The store's.
    pub async fn count<A: Listed>(&self, tenant: &TenantId, filters: &[Filter]) -> Result<i64, StoreError> {
        self.total(A::TABLE, tenant, filters).await
    }

    async fn total(
        &self,
        table: &'static Table,
        tenant: &TenantId,
        filters: &[Filter],
    ) -> Result<i64, StoreError> {
        let keys = counter_keys(table, filters);
        let mut sql = Sql::default();
        let tenant_place = sql.text(tenant.as_str());
        match keys {
            Some(keys) => {
                let model = sql.text(table.name);
                let keys: Vec<String> = keys.iter().map(|key| sql.text(key)).collect();
                let sum = match self.dialect() {
                    Dialect::Sqlite => "coalesce(sum(value), 0)",
                    Dialect::Postgres => "coalesce(sum(value), 0)::bigint",
                };
                let _ = write!(
                    sql.text,
                    "SELECT {sum} FROM counters WHERE tenant = {tenant_place} AND model = {model} AND key IN ({})",
                    keys.join(", ")
                );
            }
            None => {
                let condition = conditions(&mut sql, &tenant_place, filters, self.dialect());
                let _ = write!(sql.text, "SELECT count(*) FROM {} t WHERE {condition}", table.name);
            }
        }
        let rows = self.query(&sql.text, sql.params).await?;
        match rows.first().and_then(|row| row.0.first()) {
            Some(Param::Int(total)) => Ok(*total),
            _ => Err(malformed(table.name)),
        }
    }

    pub(crate) async fn query(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        ask(&self.0, Ask::Query, sql, params).await
    }

    /// See [`Db::search`].
    pub(crate) async fn query_words(&self, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        ask(&self.0, Ask::Search, sql, params).await
    }
}

/// How a generation is asked.
#[derive(Clone, Copy)]
pub(crate) enum Ask {
    /// [`Db::query`].
    Query,
    /// [`Db::search`].
    Search,
}

impl Ask {
    async fn of(self, db: &Db, sql: &str, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Query => db.query(sql, params).await,
            Self::Search => db.search(sql, params).await,
        }
    }
}

/// Runs a query on the live generation. One that was dropped under it is not live any more: it is asked again then.
pub(crate) async fn ask(
    inner: &Inner,
    how: Ask,
    sql: &str,
    params: Vec<Param>,
) -> Result<Vec<Row>, StoreError> {
    let live = inner.live.for_reading().await?;
    let error = match how.of(&live.db, sql, params.clone()).await {
        Err(error @ StoreError::Failed(_)) => error,
        answer => return answer,
    };
    inner.live.look().await?;
    let now = inner.live.known();
    if now.number == live.number { Err(error) } else { how.of(&now.db, sql, params).await }
}

pub(crate) fn view<A: Listed>(row: &Row) -> Result<View<A>, StoreError> {
    match row.0.as_slice() {
        [Param::Uuid(id), Param::Int(number), Param::Int(version), Param::Text(doc), ..] => {
            Ok(View { id: *id, number: *number, version: *version, state: state(doc, A::TABLE)? })
        }
        _ => Err(malformed(A::TABLE.name)),
    }
}

fn state<A: DeserializeOwned>(doc: &str, table: &Table) -> Result<A, StoreError> {
    serde_json::from_str(doc)
        .map_err(|error| StoreError::Damaged(format!("a row of {}: {error}", table.name)))
}

pub(crate) fn malformed(table: &str) -> StoreError {
    StoreError::Damaged(format!("a row of {table} has other columns than expected"))
}
