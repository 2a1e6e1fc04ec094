//! The bodies around this surface's data: `{"success": true, "data": ...}`, and `meta` on lists.

use crate::http::{ApiError, PageRequest, Reply};
use crate::wire::refusals;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A success.
#[derive(Debug, Serialize, ToSchema)]
pub struct Success<T> {
    /// Always true.
    pub success: bool,
    /// The thing itself.
    pub data: T,
}

impl<T> Success<T> {
    /// A success with its data.
    pub fn new(data: T) -> Self {
        Self { success: true, data }
    }
}

/// What a deletion answers: the document knows no answer without a body.
#[derive(Debug, Serialize, ToSchema)]
pub struct Gone {
    /// Always true.
    success: bool,
    /// Nothing is left to show.
    #[schema(value_type = Option<String>)]
    data: Option<()>,
}

/// The answer of a deletion.
///
/// # Errors
/// None that happens.
pub fn gone() -> Result<Reply, ApiError> {
    Reply::ok(&Gone { success: true, data: None })
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuccessPage<T> {
    /// Always true.
    pub success: bool,
    /// The rows of this page, newest first.
    pub data: Vec<T>,
    /// Where in the list it stands.
    pub meta: Meta,
}

/// Where in its list a page stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Meta {
    /// The page's number, from 1.
    #[schema(example = 1)]
    pub current_page: u64,
    /// Pages of the whole list.
    #[schema(example = 5)]
    pub total_pages: u64,
    /// Rows of the whole list.
    #[schema(example = 100)]
    pub total_records: i64,
}

impl<T> SuccessPage<T> {
    /// A page of a list of `total` rows.
    pub fn new(request: &PageRequest, total: i64, data: Vec<T>) -> Self {
        let meta =
            Meta { current_page: request.page(), total_pages: request.pages(total), total_records: total };
        Self { success: true, data, meta }
    }
}

/// What every refusal of this surface says.
#[derive(Debug, ToSchema)]
#[schema(as = backoffice::Error, example = json!({"success": false, "errors": {"email": "Invalid email format"}, "message": "Validation failed"}))]
pub struct BackofficeError {
    /// Always false.
    pub success: bool,
    /// What is wrong.
    pub message: String,
    /// What is wrong with each field, where fields are wrong.
    pub errors: Option<BTreeMap<String, String>>,
}

refusals!(BackofficeError);

/// The schema of a refusal, for the document's components.
pub fn error_schema() -> (String, RefOr<Schema>) {
    (BackofficeError::name().into_owned(), BackofficeError::schema())
}
