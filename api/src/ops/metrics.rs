//! Figures for Prometheus (text format 0.0.4). Kept by hand: a few counters and histograms need no library.

use super::process;
use crate::app::App;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use std::collections::{BTreeMap, HashMap};
use std::fmt::{Display, Write};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use sunledger_store::stats::LATENCY_BOUNDS as APPEND_BOUNDS;

/// Upper bounds of the latency buckets, microseconds.
const BOUNDS: [u64; 12] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000];

/// What the server counts of itself.
pub struct Metrics {
    started: Instant,
    routes: RwLock<HashMap<String, Arc<Route>>>,
}

#[derive(Default)]
struct Route {
    answers: Mutex<BTreeMap<(&'static str, u16), u64>>,
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { started: Instant::now(), routes: RwLock::default() }
    }
}

impl Metrics {
    /// Counts an answer. `route` is the pattern that matched, never the path: its values would make series without end.
    pub fn http(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let known = self.routes.read().unwrap_or_else(PoisonError::into_inner).get(route).cloned();
        let route = known.unwrap_or_else(|| {
            let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
            routes.entry(route.to_owned()).or_default().clone()
        });
        let answer = (method_name(method), status.as_u16());
        *route.answers.lock().unwrap_or_else(PoisonError::into_inner).entry(answer).or_default() += 1;
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|bound| micros <= *bound).unwrap_or(BOUNDS.len());
        route.buckets[bucket].fetch_add(1, Relaxed);
        route.micros.fetch_add(micros, Relaxed);
    }

    fn write_http(&self, page: &mut Page) {
        let routes: BTreeMap<_, _> =
            self.routes.read().unwrap_or_else(PoisonError::into_inner).clone().into_iter().collect();
        page.family("sunledger_http_requests_total", "counter", "Answers by route, method and status.");
        for (name, route) in &routes {
            for ((method, status), count) in &*route.answers.lock().unwrap_or_else(PoisonError::into_inner) {
                let labels = format!("route=\"{}\",method=\"{method}\",status=\"{status}\"", escape(name));
                page.labelled("sunledger_http_requests_total", &labels, count);
            }
        }
        page.family("sunledger_http_request_seconds", "histogram", "Time to an answer's head, by route.");
        for (name, route) in &routes {
            let counts: Vec<_> = route.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
            let labels = format!("route=\"{}\"", escape(name));
            page.histogram(
                "sunledger_http_request_seconds",
                &labels,
                &BOUNDS,
                &counts,
                route.micros.load(Relaxed),
            );
        }
    }
}

/// A client may invent methods; a series for each of them would be without end too.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn escape(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Microseconds as seconds.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A page of figures being written.
#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn labelled(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name}{{{labels}}} {value}");
    }

    /// `counts` has one more than `bounds`: what is slower than all of them.
    fn histogram(&mut self, name: &str, labels: &str, bounds: &[u64], counts: &[u64], micros: u64) {
        let mut sum = 0;
        let comma = if labels.is_empty() { "" } else { "," };
        for (bound, count) in
            bounds.iter().map(|bound| seconds(*bound)).chain(["+Inf".to_owned()]).zip(counts)
        {
            sum += count;
            let _ = writeln!(self.0, "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {sum}");
        }
        let braces = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(self.0, "{name}_sum{braces} {}\n{name}_count{braces} {sum}", seconds(micros));
    }
}

/// Figures for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "operations", responses(
    (status = 200, description = "Prometheus text format 0.0.4", body = String, content_type = "text/plain"),
))]
pub(crate) async fn show(State(app): State<App>) -> Response {
    let mut page = Page::default();
    app.metrics.write_http(&mut page);
    write_log(&app, &mut page);
    write_read_models(&app, &mut page).await;
    write_webhooks(&app, &mut page);
    write_process(&app, &mut page);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page.0).into_response()
}

fn write_log(app: &App, page: &mut Page) {
    let stats = app.log.stats();
    page.one("sunledger_log_batches_total", "counter", "Transactions that appended.", stats.batches());
    page.one(
        "sunledger_log_appends_total",
        "counter",
        "Appends decided, refused ones among them.",
        stats.appends(),
    );
    page.one("sunledger_log_rejected_total", "counter", "Appends refused.", stats.rejected());
    page.one("sunledger_log_events_total", "counter", "Events written.", stats.events());
    page.one("sunledger_log_last_batch", "gauge", "Appends in the newest batch.", stats.last_batch());
    page.family("sunledger_log_append_seconds", "histogram", "Time that callers waited for an append.");
    let latency = stats.latency();
    page.histogram("sunledger_log_append_seconds", "", &APPEND_BOUNDS, &latency, stats.latency_micros());
}

async fn write_read_models(app: &App, page: &mut Page) {
    let up = |page: &mut Page, up: u8| {
        page.one("sunledger_log_up", "gauge", "1 where the log answers.", up);
    };
    let health = tokio::time::timeout(Duration::from_secs(2), app.projections.health()).await;
    let Ok(Ok(health)) = health else { return up(page, 0) };
    up(page, 1);
    page.one("sunledger_log_head", "gauge", "The log's newest position.", health.head);
    page.one("sunledger_projection_position", "gauge", "The position that reads show.", health.position);
    let lag = (health.head - health.position).max(0);
    page.one("sunledger_projection_lag", "gauge", "Events that reads do not show yet.", lag);
    page.one("sunledger_projection_parked", "gauge", "Events that could not be applied.", health.parked);
    page.one(
        "sunledger_projection_leading",
        "gauge",
        "1 where this process projects.",
        u8::from(health.leading),
    );
}

fn write_webhooks(app: &App, page: &mut Page) {
    let stats = app.webhooks.stats();
    page.one("sunledger_webhook_active", "gauge", "1 where this process delivers.", u8::from(stats.active));
    page.one("sunledger_webhook_lag", "gauge", "Events not fanned out yet.", stats.lag);
    page.one("sunledger_webhook_pending", "gauge", "Deliveries that wait.", stats.pending);
    page.one("sunledger_webhook_in_flight", "gauge", "Attempts under way.", stats.in_flight);
    page.one("sunledger_webhook_deliveries_total", "counter", "Deliveries made.", stats.fanned_out);
    page.one("sunledger_webhook_delivered_total", "counter", "Deliveries that succeeded.", stats.delivered);
    page.one(
        "sunledger_webhook_failed_attempts_total",
        "counter",
        "Attempts that failed.",
        stats.failed_attempts,
    );
    page.one("sunledger_webhook_failed_total", "counter", "Deliveries given up.", stats.failed);
    page.one(
        "sunledger_webhook_parked_total",
        "counter",
        "Events that could not be delivered.",
        stats.parked,
    );
    page.one("sunledger_webhook_disabled_total", "counter", "Endpoints disabled.", stats.disabled);
}

fn write_process(app: &App, page: &mut Page) {
    let uptime = app.metrics.started.elapsed().as_secs();
    page.one("sunledger_uptime_seconds", "gauge", "Seconds since the start.", uptime);
    if let Some(bytes) = process::resident_bytes() {
        page.one("process_resident_memory_bytes", "gauge", "Resident memory.", bytes);
    }
    if let Some(files) = process::open_files() {
        page.one("process_open_fds", "gauge", "Open file descriptors.", files);
    }
    let labels = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    page.family("sunledger_build_info", "gauge", "The release.");
    page.labelled("sunledger_build_info", &labels, 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_route_and_status() {
        let metrics = Metrics::default();
        metrics.http(&Method::GET, "/a/{id}", StatusCode::OK, Duration::from_micros(700));
        metrics.http(&Method::GET, "/a/{id}", StatusCode::OK, Duration::from_secs(60));
        metrics.http(&Method::from_bytes(b"BREW").unwrap(), "/a/{id}", StatusCode::NOT_FOUND, Duration::ZERO);
        let mut page = Page::default();
        metrics.write_http(&mut page);
        insta::assert_snapshot!(page.0, @r#"
        # HELP sunledger_http_requests_total Answers by route, method and status.
        # TYPE sunledger_http_requests_total counter
        sunledger_http_requests_total{route="/a/{id}",method="GET",status="200"} 2
        sunledger_http_requests_total{route="/a/{id}",method="other",status="404"} 1
        # HELP sunledger_http_request_seconds Time to an answer's head, by route.
        # TYPE sunledger_http_request_seconds histogram
        sunledger_http_request_seconds_bucket{route="/a/{id}",le="0.0005"} 1
        sunledger_http_request_seconds_bucket{route="/a/{id}",le="0.001"} 2
        sunledger_http_request_seconds_bucket{route="/a/{id}",le="0.0025"} 2
        sunledger_http_request_seconds_bucket{route="/a/{id}",le="0.005"} 2
        sunledger_http_request_seconds_bucket{route="/a/{id}",le="0.01"} 2
        sunledger_http_request_seconds_bucket{route="/a/{id}",le="0.025"} 2
        sunledger_http_request_seconds_bucket{route="/a/{id}",le="0.05"} 2
        sunledger_http_request_seconds_bucket{route="/a/{id}",le="0.1"} 2
        sunledger_http_request_seconds_bucket{route="/a/{id}",le="0.25"} 2
        sunledger_http_request_seconds_bucket{route="/a/{id}",le="1"} 2
        sunledger_http_request_seconds_bucket{route="/a/{id}",le="5"} 2
        sunledger_http_request_seconds_bucket{route="/a/{id}",le="30"} 2
        sunledger_http_request_seconds_bucket{route="/a/{id}",le="+Inf"} 3
        sunledger_http_request_seconds_sum{route="/a/{id}"} 60.0007
        sunledger_http_request_seconds_count{route="/a/{id}"} 3
        "#);
    }

    #[test]
    fn seconds_are_exact() {
        for (micros, text) in
            [(0, "0"), (1, "0.000001"), (500, "0.0005"), (2_500_000, "2.5"), (30_000_000, "30")]
        {
            assert_eq!(seconds(micros), text);
        }
    }
}
