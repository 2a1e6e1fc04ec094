//! The headers that say under which conditions a command is to happen: `If-Match` and `Idempotency-Key`.

use crate::http::ApiError;
use http::header::IF_MATCH;
use http::{HeaderMap, Method};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use sunledger_commands::Idempotency;

const MAX_KEY: usize = 255;
/// No aggregate is at this version: a tag that this server never gave matches nothing.
const NO_VERSION: i64 = -1;

/// The version in `If-Match`; `None` where there is none, or `*`.
///
/// # Errors
/// 400 where it is not an entity tag.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, ApiError> {
    let mut values = headers.get_all(IF_MATCH).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if values.next().is_some() || text.contains(',') {
        return Err(ApiError::invalid("If-Match", "must name one version"));
    }
    if text == "*" {
        return Ok(None);
    }
    // A weak tag never matches strongly (RFC 9110, 8.8.3.2).
    let weak = text.starts_with("W/");
    let quoted = text.trim_start_matches("W/").strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match quoted {
        Some(tag) if !tag.contains('"') => Ok(Some(tag.parse().ok().filter(|_| !weak).unwrap_or(NO_VERSION))),
        _ => Err(ApiError::invalid("If-Match", "must be an ETag in double quotes, as this server gave it")),
    }
}

/// The request's `Idempotency-Key` and what it stands for. Only a POST has one.
///
/// # Errors
/// 400 where it is empty, too long, not visible ASCII, or there are several.
pub(crate) fn idempotency(
    headers: &HeaderMap,
    method: &Method,
    path: &str,
    query: &str,
    body: &[u8],
) -> Result<Option<Idempotency>, ApiError> {
    if method != Method::POST {
        return Ok(None);
    }
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.as_bytes();
    let fine = (1..=MAX_KEY).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
    match value.to_str() {
        Ok(key) if fine && values.next().is_none() => {
            Ok(Some(Idempotency { key: key.into(), fingerprint: fingerprint(method, path, query, body) }))
        }
        _ => {
            Err(ApiError::invalid("Idempotency-Key", "must be one text of 1 to 255 visible ASCII characters"))
        }
    }
}

/// Tells one request from another. Each part is preceded by its length, so that nothing can move between parts.
fn fingerprint(method: &Method, path: &str, query: &str, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [method.as_str().as_bytes(), path.as_bytes(), query.as_bytes(), body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The request's id: the caller's own where it is sane, else a new one.
pub(crate) fn request_id(headers: &HeaderMap) -> Arc<str> {
    let sane = |id: &&str| {
        (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    match headers.get("x-request-id").and_then(|value| value.to_str().ok()).filter(sane) {
        Some(id) => id.into(),
        None => uuid::Uuid::now_v7().to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn with(name: &'static str, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn a_version_is_what_the_etag_said() {
        let read = |value: &str| if_match(&with("if-match", &[value])).map_err(|error| error.status.as_u16());
        assert_eq!(if_match(&HeaderMap::new()).unwrap(), None);
        assert_eq!(read("\"3\""), Ok(Some(3)));
        assert_eq!(read("*"), Ok(None));
        assert_eq!(read("W/\"3\""), Ok(Some(NO_VERSION)));
        assert_eq!(read("\"xyz\""), Ok(Some(NO_VERSION)));
        assert_eq!(read("\"99999999999999999999\""), Ok(Some(NO_VERSION)));
        assert_eq!(read("3"), Err(400));
        assert_eq!(read("\"1\", \"2\""), Err(400));
        assert_eq!(if_match(&with("if-match", &["\"1\"", "\"2\""])).unwrap_err().status, 400);
    }

    #[test]
    fn only_a_post_has_an_idempotency_key() {
        let read = |method: Method, values: &[&str]| {
            idempotency(&with("idempotency-key", values), &method, "/keys", "", b"{}")
                .map(|found| found.map(|found| found.key.to_string()))
                .map_err(|error| error.status.as_u16())
        };
        assert_eq!(read(Method::POST, &["a-1"]), Ok(Some("a-1".to_owned())));
        assert_eq!(read(Method::PUT, &["a-1"]), Ok(None));
        assert_eq!(read(Method::POST, &[]), Ok(None));
        assert_eq!(read(Method::POST, &[&"k".repeat(255)]), Ok(Some("k".repeat(255))));
        for wrong in [&[""][..], &["a b"], &[&"k".repeat(256)], &["ключ"], &["a", "b"]] {
            assert_eq!(read(Method::POST, wrong), Err(400), "{wrong:?}");
        }
    }

    #[test]
    fn another_request_has_another_fingerprint() {
        let base = fingerprint(&Method::POST, "/a", "b", b"c");
        assert_eq!(base, fingerprint(&Method::POST, "/a", "b", b"c"));
        assert_ne!(base, fingerprint(&Method::POST, "/ab", "", b"c"));
        assert_ne!(base, fingerprint(&Method::POST, "/a", "bc", b""));
        assert_ne!(base, fingerprint(&Method::PUT, "/a", "b", b"c"));
    }

    #[test]
    fn a_sane_request_id_is_kept() {
        assert_eq!(request_id(&with("x-request-id", &["trace-1.a_B"])).as_ref(), "trace-1.a_B");
        for odd in ["", "a b", "a/b", &"x".repeat(129)] {
            let id = request_id(&with("x-request-id", &[odd]));
            assert!(uuid::Uuid::try_parse(&id).is_ok(), "{odd:?} became {id}");
        }
    }
}
