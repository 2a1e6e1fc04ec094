//! Lists as the invoicing surface and those that cross the surfaces print them: `{data, total, page, limit, totalPages}`.

use crate::http::{ApiError, PageRequest, Reply};
use serde::Serialize;
use sunledger_projections::Page;
use utoipa::{IntoParams, ToSchema};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListBody<T> {
    /// The rows of this page, newest first.
    pub data: Vec<T>,
    /// Rows of the whole list.
    #[schema(example = 1)]
    pub total: i64,
    /// The page's number, from 1.
    #[schema(example = 1)]
    pub page: u64,
    /// Rows of a page.
    #[schema(example = 20)]
    pub limit: u64,
    /// Pages of the whole list.
    #[schema(example = 1)]
    pub total_pages: u64,
}

impl<T> ListBody<T> {
    /// A page of a list of `total` rows.
    pub fn new(request: &PageRequest, total: i64, data: Vec<T>) -> Self {
        Self { data, total, page: request.page(), limit: request.limit, total_pages: request.pages(total) }
    }
}

impl<T: Serialize> ListBody<T> {
    /// The answer for a page whose rows print as `data`.
    ///
    /// # Errors
    /// 500 where a row cannot be printed.
    pub fn reply<R>(request: &PageRequest, page: &Page<R>, data: Vec<T>) -> Result<Reply, ApiError> {
        Ok(Reply::ok(&Self::new(request, page.total, data))?.next_cursor(page.next_cursor))
    }
}

/// A page without rows, of a list that can have none.
pub fn nothing<R>() -> Page<R> {
    Page { rows: Vec::new(), total: 0, next_cursor: None }
}

/// What every list takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `PageRequest` reads it")]
pub struct ListParams {
    /// Page number, from 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u64>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u64>,
    /// Continue here: the `X-Next-Cursor` of the page before. `page` is then ignored.
    #[param(pattern = "^c(0|[1-9a-f][0-9a-f]{0,14})$")]
    cursor: Option<String>,
    /// Words, each a part of a name, an e-mail address or an invoice number, without regard to case and accents.
    #[param(max_length = 255)]
    search: Option<String>,
}
