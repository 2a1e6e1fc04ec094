//! The outermost layer: what every request and every answer goes through, whatever route it finds.
//!
//! Request id, bounds of address and time, panics, errors printed in the surface's form, conditional answers, the
//! security headers, metrics and the access log. A header's value, a query or a body never goes into the log.

use super::door::Door;
use super::note::RequestNote;
use super::unread::Unread;
use crate::app::App;
use crate::auth::request_id;
use crate::http::{ApiError, Away, ErrorNote, Surface, none_match};
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use hyper::body::Body as _;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

/// Path and query together.
const MAX_ADDRESS: usize = 8 << 10;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Answers that may take as long as they like: a long poll ends by itself, a stream when the client goes, an import when
/// nothing more comes of it for a while.
const ENDLESS: [&str; 2] = ["/feed", "/api/v1/tenants/{tenantId}/import"];
const NO_ROUTE: &str = "-";

/// Wraps a request's way through the router.
pub(crate) async fn envelope(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let _in_flight = app.metrics.in_flight();
    let note = RequestNote::new(request_id(request.headers()));
    request.extensions_mut().insert(note.clone());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let surface = Surface::of_path(request.uri().path());
    let conditions = conditions(&request);
    let door = Door::of(&app, surface, &request);
    let unread = Unread::watch(&mut request);

    let length = request.uri().path().len() + request.uri().query().map_or(0, str::len);
    let response = if length > MAX_ADDRESS {
        ApiError::of_status(StatusCode::URI_TOO_LONG).into_response()
    } else if let Some(wait) = door.closed() {
        ApiError::too_many_requests(wait).into_response()
    } else {
        let endless = ENDLESS.contains(&route);
        run(request, next, (!endless).then_some(app.settings.request_timeout)).await
    };

    let response = door.settle(&note, response).await;
    let mut response = print_error(response, surface, &note, &app);
    if unread.is_left() {
        // hyper closes a connection on which a body was left: the client should know before its next request.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let mut response = unless_known(response, conditions);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&note.id()) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(rated) = note.standing() {
        rated.say(headers);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));

    let took = began.elapsed();
    let status = response.status();
    app.metrics.http(&method, route, status, took);
    tracing::info!(
        target: "access",
        method = %method,
        route,
        status = status.as_u16(),
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        bytes = response.body().size_hint().exact().unwrap_or_default(),
        tenant = note.tenant(),
        key = note.key(),
        request_id = %note.id(),
    );
    response
}

async fn run(request: Request, next: Next, within: Option<Duration>) -> Response {
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    let answer = match within {
        None => answer.await,
        Some(within) => match tokio::time::timeout(within, answer).await {
            Ok(answer) => answer,
            Err(_) => {
                let message = "The request took too long; it may have taken effect. \
                               Repeat it with the same Idempotency-Key to be sure";
                return ApiError::unavailable(Away::Time, message, 2)
                    .because("request timeout")
                    .into_response();
            }
        },
    };
    answer.unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned());
        ApiError::internal(format!("panic: {}", said.unwrap_or_default())).into_response()
    })
}

/// Gives an error the body of its surface. One that the router made (404, 405) or an extractor of axum's has no words of
/// ours yet; a JSON body is somebody's own.
fn print_error(mut response: Response, surface: Surface, note: &RequestNote, app: &App) -> Response {
    let status = response.status();
    let own = response.extensions_mut().remove::<ErrorNote>();
    let json = response.headers().get(CONTENT_TYPE).is_some_and(|value| value == "application/json");
    let error = match own {
        Some(ErrorNote(error)) => error,
        None if (status.is_client_error() || status.is_server_error()) && !json => {
            std::sync::Arc::new(ApiError::of_status(status))
        }
        None => return response,
    };
    if status.is_server_error() {
        let cause = error.cause().unwrap_or(&error.message);
        if let Some(what) = error.away() {
            app.metrics.away(what);
        }
        tracing::error!(status = status.as_u16(), request_id = %note.id(), cause, "a request failed");
    } else if let Some(cause) = error.cause() {
        tracing::debug!(status = status.as_u16(), request_id = %note.id(), cause, "a request was refused");
    }
    let body = surface.print(&error, app.clock.now()).to_string();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.remove(CONTENT_LENGTH);
    *response.body_mut() = Body::from(body);
    response
}

/// The headers of a GET that say which version the client has.
fn conditions(request: &Request) -> Option<HeaderMap> {
    let looks = matches!(*request.method(), Method::GET | Method::HEAD);
    let conditional = looks && request.headers().contains_key(http::header::IF_NONE_MATCH);
    conditional.then(|| request.headers().clone())
}

/// 304 where the client has this very version.
fn unless_known(mut response: Response, conditions: Option<HeaderMap>) -> Response {
    let known = match (&conditions, response.headers().get(ETAG)) {
        (Some(conditions), Some(etag)) => response.status() == StatusCode::OK && none_match(conditions, etag),
        _ => false,
    };
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}
