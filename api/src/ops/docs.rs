//! The description itself, and a page that shows it: one file, no other server asked for anything.

use crate::{openapi, server};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const STYLE: &str = include_str!("docs.css");
const SCRIPT: &str = include_str!("docs.js");
const SHELL: &str = include_str!("docs.html");

/// The printed description: it follows from the code alone.
static DESCRIPTION: LazyLock<Bytes> =
    LazyLock::new(|| openapi::complete(server::documented().into_openapi()));

struct Page {
    html: String,
    policy: String,
}

/// Style and script stand in the page; the policy names them by their hashes and allows nothing else.
static PAGE: LazyLock<Page> = LazyLock::new(|| {
    let hash = |text: &str| base64(&Sha256::digest(text.as_bytes()));
    Page {
        html: SHELL.replace("/*style*/", STYLE).replace("/*script*/", SCRIPT),
        policy: format!(
            "default-src 'none'; connect-src 'self'; style-src 'sha256-{}'; script-src 'sha256-{}'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            hash(STYLE),
            hash(SCRIPT)
        ),
    }
});

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// This API's description (OpenAPI 3.1)
#[utoipa::path(get, path = "/openapi.json", tag = "operations", responses(
    (status = 200, description = "OpenAPI 3.1, every route", body = Object),
))]
pub(crate) async fn describe() -> Response {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], DESCRIPTION.clone()).into_response()
}

pub(crate) async fn page() -> Response {
    let headers = [(CONTENT_SECURITY_POLICY, PAGE.policy.as_str()), (CACHE_CONTROL, "no-cache")];
    (headers, Html(PAGE.html.as_str())).into_response()
}

pub(crate) async fn home() -> Redirect {
    Redirect::temporary("/docs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_whole_and_asks_nobody_else() {
        assert!(PAGE.html.contains(SCRIPT) && PAGE.html.contains(STYLE));
        assert!(!PAGE.html.contains("/*script*/") && !PAGE.html.contains("/*style*/"));
        assert!(!PAGE.html.contains("https://") && !PAGE.html.contains("http://"));
        assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
        assert!(!SCRIPT.contains("innerHTML"), "text goes in as text");
    }
}
