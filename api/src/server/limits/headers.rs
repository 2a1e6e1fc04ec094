//! How a caller learns where it stands: the `X-RateLimit-*` fields that the back office's document knows, and the two of the
//! IETF's draft (`draft-ietf-httpapi-ratelimit-headers-11`): `RateLimit-Policy`, the quota, and `RateLimit`, what is left.

use super::Standing;
use crate::http::ApiError;
use http::{HeaderMap, HeaderName, HeaderValue};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE: HeaderName = HeaderName::from_static("ratelimit");

/// What came of counting a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rated {
    /// The quota's name: its surface's.
    pub policy: &'static str,
    /// Whether the request was within it.
    pub passed: bool,
    /// Where the caller stands after it.
    pub standing: Standing,
}

impl Rated {
    /// The request may go on.
    ///
    /// # Errors
    /// 429 with the seconds after which one will pass, where it was not within the quota.
    pub fn check(&self) -> Result<(), ApiError> {
        if self.passed { Ok(()) } else { Err(ApiError::too_many_requests(self.standing.next().max(1))) }
    }

    /// Says where the caller stands.
    pub fn say(&self, headers: &mut HeaderMap) {
        let Self { policy, standing, .. } = self;
        let quota = standing.quota;
        headers.insert(LIMIT, HeaderValue::from(quota.requests));
        headers.insert(REMAINING, HeaderValue::from(standing.remaining));
        headers.insert(RESET, HeaderValue::from(standing.reset()));
        let texts = [
            (POLICY, format!("\"{policy}\";q={};w={}", quota.requests, quota.per.as_secs())),
            (RATE, format!("\"{policy}\";r={};t={}", standing.remaining, standing.next())),
        ];
        for (name, text) in texts {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Quota;
    use super::*;
    use std::time::Duration;

    fn rated(remaining: u32, passed: bool) -> Rated {
        let quota = Quota { requests: 1_000, per: Duration::from_secs(3_600) };
        let standing = Standing { quota, remaining, full_at: 1_516_131_219_000_001, more_in: 3_600_000 };
        Rated { policy: "backoffice", passed, standing }
    }

    #[test]
    fn the_fields_are_those_of_the_document_and_of_the_draft() {
        let mut headers = HeaderMap::new();
        rated(999, true).say(&mut headers);
        for (name, value) in [
            ("X-RateLimit-Limit", "1000"),
            ("X-RateLimit-Remaining", "999"),
            ("X-RateLimit-Reset", "1516131220"),
            ("RateLimit-Policy", "\"backoffice\";q=1000;w=3600"),
            ("RateLimit", "\"backoffice\";r=999;t=4"),
        ] {
            assert_eq!(headers[name], value, "{name}");
        }
        assert_eq!(headers.len(), 5);
    }

    #[test]
    fn who_is_over_it_learns_when_to_come_back() {
        assert!(rated(999, true).check().is_ok());
        let error = rated(0, false).check().unwrap_err();
        assert_eq!(error.status, 429);
        assert_eq!(error.headers, vec![(http::header::RETRY_AFTER, HeaderValue::from(4))]);
    }
}
