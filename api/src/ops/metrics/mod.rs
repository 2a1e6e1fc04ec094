//! Figures for Prometheus (text format 0.0.4). Kept by hand: a few counters and histograms need no library.
//!
//! | file | what |
//! | --- | --- |
//! | `page` | the format |
//! | `http` | requests, answers, connections |
//! | `log` | the write path and the connections to the database |
//! | `followers` | who follows the log, how far, and which of them this process is |
//! | `stream` | the relay to NATS |
//! | `webhooks` | deliveries and endpoints |
//! | `process` | what the operating system says |
//!
//! A label's values are few and known beforehand, or are the routes: no tenant, no id, no path.

mod followers;
mod http;
mod log;
mod page;
mod process;
mod stream;
mod webhooks;

pub(crate) use self::http::{Connections, InFlight};

use self::http::Http;
use self::page::Page;
use crate::app::App;
use crate::http::Away;
use ::http::header::CONTENT_TYPE;
use ::http::{Method, StatusCode};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use sunledger_stream::Stream;

/// How old the cluster's figures may be: scrapes, however many, cost the database one look in this time.
const AGE: Duration = Duration::from_secs(1);

/// What the server counts of itself.
pub struct Metrics {
    started: Instant,
    /// Seconds since the Unix epoch.
    started_at: u64,
    http: Http,
    connections: Arc<Connections>,
}

impl Default for Metrics {
    fn default() -> Self {
        let started_at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self { started: Instant::now(), started_at, http: Http::default(), connections: Arc::default() }
    }
}

impl Metrics {
    /// Counts an answer. `route` is the pattern that matched, never the path: its values would make series without end.
    pub(crate) fn http(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        self.http.answered(method, route, status, took);
    }

    /// Counts a request that is being answered, until it is dropped.
    pub(crate) fn in_flight(&self) -> InFlight<'_> {
        self.http.begun()
    }

    /// Counts an answer of 503.
    pub(crate) fn away(&self, what: Away) {
        self.http.away(what);
    }

    /// The connections to this server.
    pub(crate) fn connections(&self) -> Arc<Connections> {
        self.connections.clone()
    }
}

/// Figures for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "operations", responses(
    (status = 200, description = "Prometheus text format 0.0.4", body = String, content_type = "text/plain"),
))]
pub(crate) async fn show(State(app): State<App>) -> Response {
    let sample = app.sampler.look(&app, AGE).await;
    let mut page = Page::default();
    app.metrics.http.write(&mut page);
    app.metrics.connections.write(&mut page);
    log::write(&app, sample.as_ref(), &mut page);
    let stream = app.stream.as_ref().map(Stream::stats);
    followers::write(&app, sample.as_ref(), stream.as_ref(), &mut page);
    stream::write(stream.as_ref(), &mut page);
    webhooks::write(&app, sample.as_ref(), &mut page);
    process::write(&app, &mut page);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page.into_text()).into_response()
}
