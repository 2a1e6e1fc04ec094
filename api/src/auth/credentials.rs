//! Finds the API key in a request's headers.

use crate::http::ApiError;
use http::HeaderMap;
use http::header::AUTHORIZATION;

/// Longer than any key ever given.
const MAX_KEY: usize = 512;

/// The key that a request carries: `Authorization: Bearer KEY`, `X-API-Key: KEY` or `apikey: KEY`.
///
/// # Errors
/// 401 where there is none, where it cannot be one, or where two headers name different keys: guessing which one is
/// meant would let a proxy's key pass for the caller's.
pub(crate) fn key_of(headers: &HeaderMap) -> Result<&str, ApiError> {
    let bearer = headers.get_all(AUTHORIZATION).iter().map(|value| {
        let text = value.to_str().ok()?;
        let (scheme, key) = text.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    let plain = ["x-api-key", "apikey"]
        .into_iter()
        .flat_map(|name| headers.get_all(name))
        .map(|value| value.to_str().ok().map(str::trim));
    let mut found: Option<&str> = None;
    for key in bearer.chain(plain) {
        let usable = |key: &&str| {
            !key.is_empty() && key.len() <= MAX_KEY && key.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let Some(key) = key.filter(usable) else { return Err(refused()) };
        match found {
            Some(other) if other != key => {
                return Err(ApiError::unauthorized("The request carries several different API keys"));
            }
            _ => found = Some(key),
        }
    }
    found.ok_or_else(|| ApiError::unauthorized("An API key is required"))
}

/// One text for every key that does not open anything, so that nobody learns why.
pub(crate) fn refused() -> ApiError {
    ApiError::unauthorized("Invalid API key")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn three_headers_carry_it() {
        for list in [
            [("authorization", "Bearer slk_1")],
            [("authorization", "bearer   slk_1 ")],
            [("authorization", "BEARER slk_1")],
            [("x-api-key", "slk_1")],
            [("apikey", " slk_1")],
        ] {
            assert_eq!(key_of(&headers(&list)).unwrap(), "slk_1", "{list:?}");
        }
        let twice =
            headers(&[("authorization", "Bearer slk_1"), ("x-api-key", "slk_1"), ("apikey", "slk_1")]);
        assert_eq!(key_of(&twice).unwrap(), "slk_1");
    }

    #[test]
    fn anything_else_is_401() {
        for list in [
            &[][..],
            &[("authorization", "slk_1")],
            &[("authorization", "Basic c2xrXzE=")],
            &[("authorization", "Bearer ")],
            &[("authorization", "Bearer a b")],
            &[("x-api-key", "")],
            &[("authorization", "Bearer slk_1"), ("x-api-key", "slk_2")],
            &[("x-api-key", "slk_1"), ("x-api-key", "slk_2")],
            &[("apikey", "slk_1"), ("authorization", "Basic c2xrXzE=")],
        ] {
            let error = key_of(&headers(list)).unwrap_err();
            assert_eq!(error.status, 401, "{list:?}");
            assert!(!error.message.contains("slk"), "a key must not be echoed");
        }
        let mut odd = HeaderMap::new();
        odd.insert("x-api-key", HeaderValue::from_bytes(b"slk_\xff").unwrap());
        assert_eq!(key_of(&odd).unwrap_err().status, 401);
        odd.insert("x-api-key", HeaderValue::try_from("k".repeat(MAX_KEY + 1)).unwrap());
        assert_eq!(key_of(&odd).unwrap_err().status, 401);
    }
}
