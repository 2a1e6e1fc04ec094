//! What a success and a refusal say on this surface.

use crate::wire::{Instant, refusals};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A success.
#[derive(Debug, Serialize, ToSchema)]
pub struct Success<T> {
    /// `true`
    #[schema(example = true)]
    success: bool,
    /// What was done.
    message: &'static str,
    /// What came of it.
    data: T,
    /// When it was answered.
    timestamp: Instant,
}

impl<T> Success<T> {
    /// A success in the document's words.
    pub fn new(message: &'static str, data: T, now: Timestamp) -> Self {
        Self { success: true, message, data, timestamp: Instant(now) }
    }
}

/// What every refusal of this surface says.
#[derive(Debug, ToSchema)]
#[schema(as = commissions::Error, example = json!({"success": false, "error": "team_type must be one of: Office, Region, Division", "statusCode": 400, "timestamp": "2025-10-10T18:52:56.419Z"}))]
#[schema(rename_all = "camelCase")]
pub struct CommissionsError {
    /// `false`
    pub success: bool,
    /// What is wrong; every wrong field is named in it.
    pub error: String,
    /// The status of the answer.
    pub status_code: u16,
    /// When it was answered.
    #[schema(format = DateTime)]
    pub timestamp: String,
}

refusals!(CommissionsError);

refusals! {
    CommissionsError:
    /// Of signing in.
    OnSignIn = [400, 401, 409, 413, 415, 422, 429, 500, 503];
    /// Of what a token is asked for.
    OnToken = [400, 401, 403, 409, 413, 415, 422, 429, 500, 503];
    /// Of the health.
    OnHealth = [500, 503];
    /// Of a list of what is under something.
    OnListUnder = [400, 401, 403, 404, 429, 500, 503];
    /// Of making what is under something.
    OnCreateUnder = [400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503];
    /// Of an import.
    OnImport = [400, 401, 403, 404, 408, 413, 415, 429, 500, 503];
}

/// The schema of a refusal, for the document's components.
pub fn error_schema() -> (String, RefOr<Schema>) {
    (CommissionsError::name().into_owned(), CommissionsError::schema())
}
