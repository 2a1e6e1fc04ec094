//! The one error type of the shell. Every refusal of the layers below becomes one here, in one place; which body it
//! gets is the surface's business ([`crate::http::surface`]), decided by the outermost layer.

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use std::borrow::Cow;
use std::sync::Arc;
use sunledger_commands::CommandError;
use sunledger_domain::{DomainError, FieldErrors};
use sunledger_store::StoreError;

/// An answer that is not a success.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// The status.
    pub status: StatusCode,
    /// What the caller reads. Never an internal.
    pub message: Cow<'static, str>,
    /// The wrong fields, by the surface's own names.
    pub fields: Option<FieldErrors>,
    /// Headers beside it (`Allow`, `Retry-After`).
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What really happened, for the log alone.
    cause: Option<String>,
    /// What is away, in a word, for the metrics alone.
    away: Option<Away>,
}

/// What is away, or has more to do than it can, when the answer is 503.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Away {
    /// The log or the read models.
    Store,
    /// Whoever keeps the read models up to date.
    ReadModels,
    /// One resource that too many change at once.
    Resource,
    /// The memory of the API keys, which has to catch up with the log first.
    Keys,
    /// Time for the request.
    Time,
    /// Google's public keys, for who signs in by Google.
    Google,
}

impl Away {
    /// Each of them.
    pub const ALL: [Self; 6] =
        [Self::Store, Self::ReadModels, Self::Resource, Self::Keys, Self::Time, Self::Google];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::ReadModels => "read_models",
            Self::Resource => "resource",
            Self::Keys => "keys",
            Self::Time => "time",
            Self::Google => "google",
        }
    }
}

impl ApiError {
    /// An error of any status.
    pub fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, message: message.into(), fields: None, headers: Vec::new(), cause: None, away: None }
    }

    /// 400.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 400, naming one field, parameter or header.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::fields(FieldErrors::one(field, message))
    }

    /// 400, naming every wrong field.
    pub fn fields(fields: FieldErrors) -> Self {
        Self { message: summary(&fields).into(), fields: Some(fields), ..Self::bad_request("") }
    }

    /// 401.
    pub fn unauthorized(message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
            .header(http::header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 403.
    pub fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// 404; `what` is the kind of thing, as a reader would call it.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("{} not found", capitalised(what)))
    }

    /// 409.
    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    /// 429, to be tried again after so many seconds.
    pub fn too_many_requests(seconds: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests").retry_after(seconds)
    }

    /// 503, to be tried again after so many seconds.
    pub fn unavailable(what: Away, message: &'static str, seconds: u64) -> Self {
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, message).retry_after(seconds);
        Self { away: Some(what), ..error }
    }

    /// 500: the caller learns that it failed, the log learns why.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error").because(cause)
    }

    /// An error that the router or hyper made, which has a status and no words of ours.
    pub fn of_status(status: StatusCode) -> Self {
        let message = match status {
            StatusCode::BAD_REQUEST => "The request is malformed",
            StatusCode::NOT_FOUND => "There is no such route",
            StatusCode::METHOD_NOT_ALLOWED => "This route does not take this method",
            StatusCode::REQUEST_TIMEOUT => "The request took too long to arrive",
            StatusCode::PAYLOAD_TOO_LARGE => "The request body is larger than 1 MiB",
            StatusCode::URI_TOO_LONG => "The address is too long",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "The request body must be application/json",
            other if other.is_client_error() => other.canonical_reason().unwrap_or("Bad request"),
            _ => "Internal server error",
        };
        Self::new(status, message)
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With `Retry-After`.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// With `Allow`.
    #[must_use]
    pub fn allow(self, methods: &'static str) -> Self {
        self.header(ALLOW, HeaderValue::from_static(methods))
    }

    /// With what really happened, which only the log shows.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// What is away, of a 503.
    pub fn away(&self) -> Option<Away> {
        self.away
    }

    /// What really happened.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The wrong fields under other names: the domain's `due_date` is `dueDate` on a surface that writes it so.
    #[must_use]
    pub fn rename_fields(mut self, rename: impl Fn(&str) -> String) -> Self {
        if let Some(fields) = self.fields.take() {
            let mut renamed = FieldErrors::new();
            for (field, message) in fields.iter() {
                renamed.add(rename(field), message);
            }
            self.message = summary(&renamed).into();
            self.fields = Some(renamed);
        }
        self
    }
}

/// What two readers of one query read, or all that either finds wrong with it.
///
/// # Errors
/// Theirs.
pub fn both<A, B>(first: Result<A, ApiError>, second: Result<B, ApiError>) -> Result<(A, B), ApiError> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (Err(first), Err(second)) => Err(match (first.fields.clone(), second.fields.clone()) {
            (Some(mut wrong), Some(more)) => {
                wrong.merge("", more);
                ApiError::fields(wrong)
            }
            // What is not the caller's mistake comes first.
            (Some(_), None) => second,
            (None, _) => first,
        }),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

/// The message that a missing field has; [`summary`] prints it in the form that integrations know.
pub const MISSING: &str = "Missing required field";

/// All wrong fields in one line: `Missing required field: name; email: invalid email address`.
fn summary(fields: &FieldErrors) -> String {
    let mut line = String::new();
    for (field, message) in fields.iter() {
        if !line.is_empty() {
            line.push_str("; ");
        }
        let (head, tail) = if message == MISSING { (message, field) } else { (field, message) };
        line.push_str(head);
        line.push_str(": ");
        line.push_str(tail);
    }
    line
}

fn capitalised(what: &str) -> String {
    let mut letters = what.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters.map(|c| if c == '_' { ' ' } else { c })).collect(),
        None => String::new(),
    }
}

impl From<DomainError> for ApiError {
    fn from(error: DomainError) -> Self {
        match error {
            DomainError::Invalid(fields) => Self::fields(fields),
            DomainError::NotFound { what } => Self::not_found(what),
            DomainError::Rule(message) => Self::conflict(message),
            standing @ DomainError::InvoiceStands { .. } => Self::conflict(standing.to_string()),
            DomainError::PlanLimit(message) => Self::forbidden(message),
        }
    }
}

impl From<CommandError> for ApiError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Domain(error) => error.into(),
            CommandError::Store(error) => error.into(),
            stale @ CommandError::Stale { .. } => {
                Self::new(StatusCode::PRECONDITION_FAILED, stale.to_string())
            }
            CommandError::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "This Idempotency-Key was already used with a different request",
            ),
            CommandError::InProgress => {
                Self::conflict("A request with this Idempotency-Key is still running").retry_after(1)
            }
            CommandError::Busy => {
                let message = "Too many changes to the same resource at once; nothing was written";
                Self::unavailable(Away::Resource, message, 1)
            }
            CommandError::Unseen => {
                let message = "It was done but does not show yet; repeat the request under the same Idempotency-Key \
                    to see its answer";
                Self::unavailable(Away::ReadModels, message, 1)
            }
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => {
                Self::unavailable(Away::Store, "The service is temporarily unavailable", 2)
                    .because(error.to_string())
            }
            StoreError::Damaged(_) | StoreError::Failed(_) => Self::internal(error.to_string()),
        }
    }
}

/// Rides in a response's extensions until the outermost layer prints it.
#[derive(Debug, Clone)]
pub struct ErrorNote(pub Arc<ApiError>);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        for (name, value) in &self.headers {
            response.headers_mut().append(name.clone(), value.clone());
        }
        response.extensions_mut().insert(ErrorNote(Arc::new(self)));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named_in_one_line() {
        let mut fields = FieldErrors::new();
        fields.add("name", MISSING);
        fields.add("email", "invalid email address");
        let error = ApiError::fields(fields);
        assert_eq!(error.message, "email: invalid email address; Missing required field: name");
        assert_eq!(error.status, StatusCode::BAD_REQUEST);
    }

    #[test]
    fn renamed_fields_change_the_line_too() {
        let error =
            ApiError::invalid("due_date", "is before the issue date").rename_fields(|_| "dueDate".to_owned());
        assert_eq!(error.message, "dueDate: is before the issue date");
    }

    #[test]
    fn an_internal_never_reaches_the_message() {
        let error: ApiError = StoreError::Failed("relation \"events\" does not exist".to_owned()).into();
        assert_eq!(
            (error.status, error.message.as_ref()),
            (StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
        );
        assert!(error.cause().is_some_and(|cause| cause.contains("events")));
        let error: ApiError =
            CommandError::Store(StoreError::Unavailable("10.0.0.7:5432 refused".to_owned())).into();
        assert_eq!(error.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(!error.message.contains("10.0.0.7"));
        assert_eq!(error.headers, vec![(RETRY_AFTER, HeaderValue::from(2))]);
    }

    #[test]
    fn each_refusal_has_its_status() {
        let of = |error: CommandError| ApiError::from(error).status.as_u16();
        assert_eq!(of(DomainError::invalid("name", "is empty").into()), 400);
        assert_eq!(of(DomainError::NotFound { what: "invoice" }.into()), 404);
        assert_eq!(of(DomainError::rule("only drafts").into()), 409);
        let invoice_id = uuid::Uuid::from_u128(42);
        assert_eq!(of(DomainError::InvoiceStands { refusal: "billed".to_owned(), invoice_id }.into()), 409);
        assert_eq!(of(DomainError::PlanLimit("no more".to_owned()).into()), 403);
        assert_eq!(of(CommandError::Stale { current: 3 }), 412);
        assert_eq!(of(CommandError::KeyReused), 422);
        assert_eq!(of(CommandError::InProgress), 409);
        assert_eq!(of(CommandError::Busy), 503);
        assert_eq!(of(CommandError::Unseen), 503);
        assert_eq!(of(StoreError::Unavailable(String::new()).into()), 503);
        assert_eq!(of(StoreError::Damaged(String::new()).into()), 500);
    }

    #[test]
    fn what_is_missing_reads_like_a_sentence() {
        assert_eq!(ApiError::not_found("webhook_endpoint").message, "Webhook endpoint not found");
    }

    #[test]
    fn everything_that_is_wrong_with_a_query_is_named() {
        let wrong = |name: &str| Err::<u8, _>(ApiError::invalid(name, "is wrong"));
        let named = |error: ApiError| error.message.into_owned();
        assert_eq!(both::<u8, u8>(Ok(1), Ok(2)).unwrap(), (1, 2));
        assert_eq!(named(both(wrong("a"), wrong("b")).unwrap_err()), "a: is wrong; b: is wrong");
        assert_eq!(named(both(Ok(1), wrong("b")).unwrap_err()), "b: is wrong");
        let failed = || Err::<u8, _>(ApiError::internal("x"));
        assert_eq!(both(failed(), wrong("b")).unwrap_err().status, 500);
        assert_eq!(both(wrong("a"), failed()).unwrap_err().status, 500);
    }
}
