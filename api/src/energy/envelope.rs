//! Lists and refusals as this surface prints them. A single thing has no envelope.

use crate::http::{ApiError, PageRequest, Reply};
use crate::wire::refusals;
use serde::Serialize;
use std::collections::BTreeMap;
use sunledger_projections::Page;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageBody<T> {
    /// The rows of this page, newest first.
    data: Vec<T>,
    /// Rows of a page.
    #[schema(example = 15)]
    limit: u64,
    /// The page's number, from 1.
    #[schema(example = 1)]
    page: u64,
    /// Rows of the whole list.
    #[schema(example = 1)]
    total: i64,
}

impl<T: Serialize> PageBody<T> {
    /// The answer for a page whose rows print as `data`.
    ///
    /// # Errors
    /// 500 where a row cannot be printed.
    pub fn reply<R>(request: &PageRequest, page: &Page<R>, data: Vec<T>) -> Result<Reply, ApiError> {
        let body = Self { data, limit: request.limit, page: request.page(), total: page.total };
        Ok(Reply::ok(&body)?.next_cursor(page.next_cursor))
    }
}

/// What every list of this surface takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `PageRequest` reads it")]
pub struct PageParams {
    /// Page number, from 1.
    #[param(example = "3", default = "1", pattern = "^([1-9][0-9]{0,5}|1000000)$")]
    page: Option<String>,
    /// Rows of a page, 1 to 100.
    #[param(example = "100", default = "20", pattern = "^([1-9][0-9]?|100)$")]
    limit: Option<String>,
    /// Continue here: the `X-Next-Cursor` of the page before. `page` is then ignored.
    #[param(pattern = "^c(0|[1-9a-f][0-9a-f]{0,14})$")]
    cursor: Option<String>,
}

/// What every refusal of this surface says.
#[derive(Debug, ToSchema)]
#[schema(as = energy::Error, example = json!({"statusCode": 400, "message": "Missing required field: name", "errors": {"name": "Missing required field"}}))]
#[schema(rename_all = "camelCase")]
pub struct EnergyError {
    /// The status of the answer.
    pub status_code: u16,
    /// What is wrong, in one line; every wrong field is named in it.
    pub message: String,
    /// What is wrong with each field; empty where no field is.
    pub errors: BTreeMap<String, String>,
}

refusals!(EnergyError);

refusals! {
    EnergyError:
    /// Of a link that needs no key.
    OnDownload = [404, 410, 500, 503];
    /// Of a report: it is asked for by `POST`, and makes nothing.
    OnReport = [400, 401, 403, 413, 415, 429, 500, 503];
}

/// The schema of a refusal, for the document's components.
pub fn error_schema() -> (String, RefOr<Schema>) {
    (EnergyError::name().into_owned(), EnergyError::schema())
}
