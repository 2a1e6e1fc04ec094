//! Successful answers: JSON or another body, with the headers that hold on every surface.

use super::ApiError;
use super::paging::write_cursor;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");

/// An answer. A GET whose `If-None-Match` names its `ETag` becomes a 304 in the outermost layer.
#[derive(Debug, Clone)]
#[must_use]
pub struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Reply {
    /// A JSON body under any status.
    ///
    /// # Errors
    /// 500 where the value cannot be printed (a map with keys that are no text).
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, ApiError> {
        let body =
            serde_json::to_vec(body).map_err(|error| ApiError::internal(format!("printing: {error}")))?;
        Ok(Self::bytes(status, HeaderValue::from_static("application/json"), body))
    }

    /// 200 with a JSON body.
    ///
    /// # Errors
    /// As [`Reply::json`].
    pub fn ok(body: &impl Serialize) -> Result<Self, ApiError> {
        Self::json(StatusCode::OK, body)
    }

    /// 201 with a JSON body.
    ///
    /// # Errors
    /// As [`Reply::json`].
    pub fn created(body: &impl Serialize) -> Result<Self, ApiError> {
        Self::json(StatusCode::CREATED, body)
    }

    /// 204.
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// Another kind of body (a PDF).
    pub fn bytes(status: StatusCode, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        Self { status, headers: HeaderMap::from_iter([(CONTENT_TYPE, content_type)]), body: body.into() }
    }

    /// With the resource's version as `ETag`.
    pub fn version(self, version: i64) -> Self {
        self.etag(&version.to_string())
    }

    /// With an `ETag` of another making (visible ASCII without quotes).
    pub fn etag(self, tag: &str) -> Self {
        match HeaderValue::try_from(format!("\"{tag}\"")) {
            Ok(value) => self.header(ETAG, value),
            Err(_) => self,
        }
    }

    /// With `Idempotent-Replayed: true` where an earlier request with the same key did it.
    pub fn replayed(self, replayed: bool) -> Self {
        if replayed { self.header(REPLAYED, HeaderValue::from_static("true")) } else { self }
    }

    /// With `X-Next-Cursor` where the list goes on.
    pub fn next_cursor(self, next: Option<i64>) -> Self {
        match next.map(|number| HeaderValue::try_from(write_cursor(number))) {
            Some(Ok(value)) => self.header(NEXT_CURSOR, value),
            _ => self,
        }
    }

    /// With any header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Whether an `If-None-Match` names this `ETag` (weakly compared, as RFC 9110 has it for GET).
pub(crate) fn none_match(request: &HeaderMap, etag: &HeaderValue) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let Ok(etag) = etag.to_str().map(plain) else { return false };
    request
        .get_all(http::header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim() == "*" || plain(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn headers_say_what_happened() {
        let reply =
            Reply::created(&json!({ "data": 1 })).unwrap().version(3).replayed(true).next_cursor(Some(16));
        let response = reply.into_response();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["etag"], "\"3\"");
        assert_eq!(response.headers()["idempotent-replayed"], "true");
        assert_eq!(response.headers()["x-next-cursor"], "c10");
        assert_eq!(response.headers()["content-type"], "application/json");
        let response = Reply::no_content().replayed(false).next_cursor(None).into_response();
        assert!(response.headers().is_empty());
    }

    #[test]
    fn if_none_match_takes_lists_stars_and_weak_tags() {
        let etag = HeaderValue::from_static("\"3\"");
        for (sent, matches) in [
            ("\"3\"", true),
            ("W/\"3\"", true),
            ("\"2\", \"3\"", true),
            ("*", true),
            ("\"2\"", false),
            ("3", false),
        ] {
            let headers =
                HeaderMap::from_iter([(http::header::IF_NONE_MATCH, HeaderValue::from_static(sent))]);
            assert_eq!(none_match(&headers, &etag), matches, "{sent}");
        }
        assert!(!none_match(&HeaderMap::new(), &etag));
    }
}
