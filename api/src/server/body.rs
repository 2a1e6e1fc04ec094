//! Reading a request's body: bounded in size and time, and as JSON.

use crate::http::ApiError;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::time::timeout;

/// A body is at most this long.
pub(crate) const MAX_BODY: usize = 1 << 20;

/// The whole body.
///
/// # Errors
/// 413 where it is over 1 MiB, 408 where it does not arrive in time, 400 where it breaks off.
pub(crate) async fn read(headers: &HeaderMap, mut body: Body, within: Duration) -> Result<Bytes, ApiError> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_BODY as u64) {
        return Err(ApiError::of_status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let all = async {
        let mut first = Bytes::new();
        let mut more: Option<BytesMut> = None;
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| {
                ApiError::bad_request("The request body broke off").because(error.to_string())
            })?;
            let Ok(data) = frame.into_data() else { continue };
            length += data.len();
            if length > MAX_BODY {
                return Err(ApiError::of_status(StatusCode::PAYLOAD_TOO_LARGE));
            }
            // Nearly every body comes in one piece, which need not be copied.
            match &mut more {
                None if first.is_empty() => first = data,
                None => {
                    let mut joined = BytesMut::with_capacity(length);
                    joined.extend_from_slice(&first);
                    joined.extend_from_slice(&data);
                    more = Some(joined);
                }
                Some(joined) => joined.extend_from_slice(&data),
            }
        }
        Ok(more.map_or(first, BytesMut::freeze))
    };
    timeout(within, all).await.unwrap_or_else(|_| Err(ApiError::of_status(StatusCode::REQUEST_TIMEOUT)))
}

/// A body as a JSON object.
///
/// # Errors
/// 415 where the content type is not JSON, 400 where the body is empty, malformed, nested too deeply or no object.
pub(crate) fn json_object(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    match json(headers, body, "a JSON object")? {
        Value::Object(object) => Ok(object),
        _ => Err(ApiError::bad_request("The request body must be a JSON object")),
    }
}

/// A body as a JSON object, or as a list of what it may have several of: that is taken for an object with the list in
/// this field.
///
/// # Errors
/// As [`json_object`], where it is neither.
pub(crate) fn json_object_or_list(
    headers: &HeaderMap,
    body: &[u8],
    field: &str,
) -> Result<Map<String, Value>, ApiError> {
    match json(headers, body, "a JSON object or a list")? {
        Value::Object(object) => Ok(object),
        list @ Value::Array(_) => Ok(Map::from_iter([(field.to_owned(), list)])),
        _ => Err(ApiError::bad_request("The request body must be a JSON object or a list")),
    }
}

fn json(headers: &HeaderMap, body: &[u8], wanted: &str) -> Result<Value, ApiError> {
    if let Some(content_type) = headers.get(CONTENT_TYPE)
        && !content_type.to_str().is_ok_and(is_json)
    {
        return Err(ApiError::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(ApiError::bad_request(format!("The request body is empty; {wanted} is required")));
    }
    let text = std::str::from_utf8(body)
        .map_err(|_| ApiError::bad_request("The request body is not valid UTF-8"))?;
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|error| {
        ApiError::bad_request(format!(
            "The request body is not valid JSON: {} (line {}, column {})",
            complaint(&error),
            error.line(),
            error.column()
        ))
    })
}

/// The parser's complaint without its place, which is printed apart.
fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// `application/json`, or any `application/*+json`.
fn is_json(content_type: &str) -> bool {
    let mime = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    mime == "application/json" || (mime.starts_with("application/") && mime.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn typed(content_type: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))])
    }

    #[test]
    fn json_by_any_of_its_names() {
        for content_type in ["application/json", "application/json; charset=utf-8", "Application/LD+JSON"] {
            assert!(json_object(&typed(content_type), b"{}").is_ok(), "{content_type}");
        }
        assert!(json_object(&HeaderMap::new(), b"{}").is_ok());
        for content_type in
            ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json", ""]
        {
            assert_eq!(json_object(&typed(content_type), b"{}").unwrap_err().status, 415, "{content_type}");
        }
    }

    #[test]
    fn a_list_is_taken_where_there_may_be_several() {
        let read = |body: &[u8]| json_object_or_list(&HeaderMap::new(), body, "readings");
        assert_eq!(read(b"[1]").unwrap()["readings"], serde_json::json!([1]));
        assert_eq!(read(b"{\"at\":1}").unwrap()["at"], serde_json::json!(1));
        for body in ["", "7", "null", "\"x\"", "[1"] {
            assert_eq!(read(body.as_bytes()).unwrap_err().status, 400, "{body}");
        }
    }

    #[test]
    fn what_is_no_object_is_400_with_a_hint() {
        let deep = "[".repeat(10_000);
        let deep_object = format!("{}{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
        for (body, hint) in [
            ("", "empty"),
            ("  \n", "empty"),
            ("[]", "must be a JSON object"),
            ("null", "must be a JSON object"),
            ("1e999999999", "must be a JSON object"),
            ("{\"a\":}", "line 1, column 6"),
            ("{\"a\":1", "line 1"),
            ("{} {}", "trailing"),
            ("{\"a\":NaN}", "line 1"),
            (deep.as_str(), "recursion limit"),
            (deep_object.as_str(), "recursion limit"),
        ] {
            let error = json_object(&typed("application/json"), body.as_bytes()).unwrap_err();
            assert_eq!(error.status, 400);
            assert!(error.message.contains(hint), "{}", error.message);
        }
        assert!(json_object(&HeaderMap::new(), b"{\"a\":\"\xff\"}").unwrap_err().message.contains("UTF-8"));
    }

    #[test]
    fn numbers_stay_exact() {
        let object = json_object(&HeaderMap::new(), br#"{"amount":0.1000000000000000055}"#).unwrap();
        assert_eq!(object["amount"].to_string(), "0.1000000000000000055");
    }

    #[tokio::test]
    async fn a_body_is_bounded_whether_or_not_it_says_how_long_it_is() {
        let patient = Duration::from_secs(5);
        let full = vec![b'x'; MAX_BODY];
        assert_eq!(read(&HeaderMap::new(), Body::from(full.clone()), patient).await.unwrap().len(), MAX_BODY);
        let over = vec![b'x'; MAX_BODY + 1];
        assert_eq!(read(&HeaderMap::new(), Body::from(over), patient).await.unwrap_err().status, 413);
        let liar = HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from(MAX_BODY + 1))]);
        assert_eq!(read(&liar, Body::empty(), patient).await.unwrap_err().status, 413);
        let pieces =
            futures_util::stream::iter((0..5).map(|n| Ok::<_, std::io::Error>(Bytes::from(vec![n; 3]))));
        let joined = read(&HeaderMap::new(), Body::from_stream(pieces), patient).await.unwrap();
        assert_eq!(joined.as_ref(), [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_arrive_is_408() {
        let never = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
        let error = read(&HeaderMap::new(), never, Duration::from_secs(10)).await.unwrap_err();
        assert_eq!(error.status, 408);
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_object_or_400(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Err(error) = json_object(&HeaderMap::new(), &body) {
                prop_assert_eq!(error.status, 400);
            }
        }
    }
}
