//! What answers have in common: their headers, and that a GET may answer 304.

use crate::http::Surface;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{Components, Header, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder};

const REQUEST_ID: &str = "X-Request-Id";
const ETAG: &str = "ETag";
const NEXT_CURSOR: &str = "X-Next-Cursor";
const REPLAYED: &str = "Idempotent-Replayed";
const RETRY_AFTER: &str = "Retry-After";
const RATE: [&str; 5] =
    ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit-Policy", "RateLimit"];

/// The headers that [`describe`] refers to.
pub(super) fn components(components: &mut Components) {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let whole = || ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    let all = [
        (REQUEST_ID, text(), "What to name this request by; the caller's own, where it sent a sane one."),
        (ETAG, text().pattern(Some("^\".*\"$")), "The version of what is shown, in quotes."),
        (NEXT_CURSOR, text(), "The `cursor` that goes on from here. Not there at the list's end."),
        (REPLAYED, text(), "`true` where an earlier request with this `Idempotency-Key` did it."),
        (RETRY_AFTER, whole(), "After how many seconds to come back."),
        (RATE[0], whole(), "Requests that the caller has for the period. No limit, no such headers."),
        (RATE[1], whole(), "What is left of them."),
        (RATE[2], whole(), "When all of them are there again, in Unix seconds."),
        (RATE[3], text(), "The quota: `q` requests in `w` seconds."),
        (RATE[4], text(), "`r` requests are left, and in `t` seconds there will be more."),
    ];
    for (name, schema, about) in all {
        let schema = Schema::Object(schema.build());
        let header: Header = HeaderBuilder::new().schema(Some(schema)).description(Some(about)).build();
        components.headers.insert(name.to_owned(), header.into());
    }
}

/// Adds to an operation's answers the headers that they may have.
pub(super) fn describe(method: &str, path: &str, operation: &mut Operation) {
    let is_list = has_parameter(operation, "cursor");
    let versioned = has_version(method, path, is_list);
    let rated = matches!(Surface::of_path(path), Surface::Backoffice | Surface::Invoicing);
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let succeeds = status.starts_with('2');
        say(response, REQUEST_ID);
        if succeeds && is_list && method == "get" {
            say(response, NEXT_CURSOR);
        }
        if succeeds && versioned {
            say(response, ETAG);
        }
        if succeeds && has_key(method, path) {
            say(response, REPLAYED);
        }
        if matches!(status.as_str(), "429" | "503") {
            say(response, RETRY_AFTER);
        }
        // They are on every answer; where they are read, they are said.
        if rated && (succeeds || status == "429") {
            RATE.iter().for_each(|name| say(response, name));
        }
    }
    if method == "get" && versioned {
        let mut unchanged: Response =
            ResponseBuilder::new().description("It is still the version of `If-None-Match`").build();
        [REQUEST_ID, ETAG].iter().for_each(|name| say(&mut unchanged, name));
        operation.responses.responses.insert("304".to_owned(), unchanged.into());
    }
}

fn say(response: &mut Response, header: &str) {
    let reference = Ref::new(format!("#/components/headers/{header}"));
    response.headers.insert(header.to_owned(), RefOr::Ref(reference));
}

/// Whether an answer shows one thing, whose version it says.
pub(super) fn has_version(method: &str, path: &str, is_list: bool) -> bool {
    if super::is_open(path) {
        return false;
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    match method {
        "get" => {
            let of_one = ["payments", "pdf", "explain", "generations"].contains(&last);
            path == "/tenant" || (!is_list && path.contains('{') && (last.starts_with('{') || of_one))
        }
        "delete" => false,
        _ => !path.starts_with("/api/v1/auth/"),
    }
}

/// Whether an `Idempotency-Key` is heeded: on every POST, but for those of tokens that hand out no other ones.
fn has_key(method: &str, path: &str) -> bool {
    method == "post" && !path.starts_with("/api/v1/auth/")
}

pub(super) fn has_parameter(operation: &Operation, name: &str) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == name))
}
