//! The extractor of a request whose body is read while it comes, however long it is.

use super::{Area, Call};
use crate::app::App;
use crate::http::ApiError;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use http::HeaderValue;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, IF_MATCH};

/// An authenticated, allowed and rate-limited request whose body has not been read. An Idempotency-Key stands for its path and
/// query alone: whoever honours it adds what it reads.
pub struct Upload<A: Area> {
    /// The request, with an empty body.
    pub call: Call<A>,
    /// The body.
    pub body: Body,
    content_type: Option<HeaderValue>,
}

impl<A: Area> Upload<A> {
    /// Whether the body may be of this media type: it is said to be, or nothing is said.
    pub fn may_be(&self, mime: &str) -> bool {
        let Some(value) = &self.content_type else { return true };
        let named = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
        named.trim().eq_ignore_ascii_case(mime)
    }
}

impl<A: Area> FromRequest<App> for Upload<A> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        // What is asked of a body that is read as a whole does not hold for this one.
        let content_type = parts.headers.remove(CONTENT_TYPE);
        for header in [CONTENT_LENGTH, IF_MATCH] {
            parts.headers.remove(header);
        }
        let call = Call::from_request(Request::from_parts(parts, Body::empty()), app).await?;
        Ok(Self { call, body, content_type })
    }
}
