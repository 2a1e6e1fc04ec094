//! The bodies around this surface's data: `{"success": true, "data": ...}`, `meta` beside it on lists, and refusals.

use crate::http::{ApiError, PageRequest, QueryParams, Reply};
use crate::wire::refusals;
use http::StatusCode;
use serde::Serialize;
use std::collections::BTreeMap;
use sunledger_commands::Outcome;
use sunledger_projections::Page;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// A success.
#[derive(Debug, Serialize, ToSchema)]
pub struct Answer<T> {
    /// Always true.
    pub success: bool,
    /// The thing itself.
    pub data: T,
}

impl<T> Answer<T> {
    /// A success with its data.
    pub fn new(data: T) -> Self {
        Self { success: true, data }
    }
}

impl<T: Serialize> Answer<T> {
    /// The answer that shows one thing as it is read, with its version.
    ///
    /// # Errors
    /// 500 where it cannot be printed.
    pub fn read(version: i64, data: T) -> Result<Reply, ApiError> {
        Ok(Reply::ok(&Self::new(data))?.version(version))
    }

    /// The answer that shows one thing after a command, with its version.
    ///
    /// # Errors
    /// 500 where it cannot be printed.
    pub fn done<A>(status: StatusCode, done: &Outcome<A>, data: T) -> Result<Reply, ApiError> {
        Ok(Reply::json(status, &Self::new(data))?.version(done.version).replayed(done.replayed))
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageAnswer<T> {
    /// Always true.
    success: bool,
    /// The rows of this page, newest first.
    data: Vec<T>,
    /// Where in the list it stands.
    meta: PageMeta,
}

/// Where in its list a page stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::PageMeta)]
pub struct PageMeta {
    /// The page's number, from 1.
    #[schema(example = 1)]
    page: u64,
    /// Rows of a page.
    #[schema(example = 20)]
    limit: u64,
    /// Rows of the whole list.
    #[schema(example = 1)]
    total: i64,
    /// Pages of the whole list.
    #[schema(example = 1)]
    total_pages: u64,
}

impl<T: Serialize> PageAnswer<T> {
    /// The answer for a page whose rows print as `data`.
    ///
    /// # Errors
    /// 500 where a row cannot be printed.
    pub fn reply<R>(request: &PageRequest, page: &Page<R>, data: Vec<T>) -> Result<Reply, ApiError> {
        let meta = PageMeta {
            page: request.page(),
            limit: request.limit,
            total: page.total,
            total_pages: request.pages(page.total),
        };
        Ok(Reply::ok(&Self { success: true, data, meta })?.next_cursor(page.next_cursor))
    }
}

/// A parameter that is one of some words; `None` where it is not given.
///
/// # Errors
/// 400 naming it where it is none of them.
pub fn choice<'q>(query: &'q QueryParams, name: &str, words: &[&str]) -> Result<Option<&'q str>, ApiError> {
    match query.get(name) {
        Some(word) if !words.contains(&word) => {
            Err(ApiError::invalid(name, format!("must be one of {}", words.join(", "))))
        }
        given => Ok(given),
    }
}

/// What every list of this surface takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `PageRequest` reads it")]
pub struct PageParams {
    /// Page number, from 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u64>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u64>,
    /// Continue here: the `X-Next-Cursor` of the page before. `page` is then ignored.
    #[param(pattern = "^c(0|[1-9a-f][0-9a-f]{0,14})$")]
    cursor: Option<String>,
}

/// What every refusal of this surface says.
#[derive(Debug, ToSchema)]
#[schema(as = crm::Error, example = json!({"success": false, "message": "Missing required field: name", "errors": {"name": "Missing required field"}}))]
pub struct CrmError {
    /// Always false.
    pub success: bool,
    /// What is wrong, in one line; every wrong field is named in it.
    pub message: String,
    /// What is wrong with each field; empty where no field is.
    pub errors: BTreeMap<String, String>,
}

refusals!(CrmError);

refusals! {
    CrmError:
    /// Of a report that is asked for by `POST`, and makes nothing.
    OnReport = [400, 401, 403, 404, 413, 415, 429, 500, 503];
}

/// The schema of a refusal, for the document's components.
pub fn error_schema() -> (String, RefOr<Schema>) {
    (CrmError::name().into_owned(), CrmError::schema())
}
