//! What the server counts of requests, answers and connections.

use super::page::{Page, seconds};
use crate::http::Away;
use http::{Method, StatusCode};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// Upper bounds of the latency buckets, microseconds.
const BOUNDS: [u64; 12] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000];

/// Requests and their answers.
#[derive(Default)]
pub(super) struct Http {
    routes: RwLock<HashMap<String, Arc<Route>>>,
    in_flight: AtomicI64,
    away: Mutex<BTreeMap<Away, u64>>,
}

#[derive(Default)]
struct Route {
    answers: Mutex<BTreeMap<(&'static str, u16), u64>>,
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

/// A request that is being answered, until it is dropped.
pub(crate) struct InFlight<'m>(&'m AtomicI64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Http {
    pub(super) fn answered(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
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

    pub(super) fn begun(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Relaxed);
        InFlight(&self.in_flight)
    }

    pub(super) fn away(&self, what: Away) {
        *self.away.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += 1;
    }

    pub(super) fn write(&self, page: &mut Page) {
        let routes: BTreeMap<_, _> =
            self.routes.read().unwrap_or_else(PoisonError::into_inner).clone().into_iter().collect();
        let name = "sunledger_http_requests_total";
        page.family(name, "counter", "Answers by route, method and status.");
        for (route, counted) in &routes {
            for ((method, status), count) in &*counted.answers.lock().unwrap_or_else(PoisonError::into_inner)
            {
                let status = status.to_string();
                page.labelled(name, &[("route", route), ("method", method), ("status", &status)], count);
            }
        }
        let name = "sunledger_http_request_seconds";
        page.family(name, "histogram", "Time to an answer's head, by route.");
        for (route, counted) in &routes {
            let counts: Vec<_> = counted.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
            let micros = counted.micros.load(Relaxed);
            page.histogram(name, &[("route", route)], &BOUNDS, &counts, micros, seconds);
        }
        let in_flight = self.in_flight.load(Relaxed);
        page.one("sunledger_http_in_flight", "gauge", "Requests that are being answered.", in_flight);
        let name = "sunledger_http_unavailable_total";
        page.family(name, "counter", "Answers of 503, by what is away or overcrowded.");
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for what in Away::ALL {
            page.labelled(name, &[("what", what.as_str())], away.get(&what).copied().unwrap_or_default());
        }
    }
}

/// A client may invent methods; a series for each of them would be without end.
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

/// Connections to this server.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: AtomicUsize,
    limit: AtomicUsize,
}

/// An open connection, until it is dropped.
pub(crate) struct Open<'c>(&'c AtomicUsize);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Connections {
    /// So many may be open at a time.
    pub(crate) fn limited_to(&self, limit: usize) {
        self.limit.store(limit, Relaxed);
    }

    /// One more is open.
    pub(crate) fn opened(&self) -> Open<'_> {
        self.open.fetch_add(1, Relaxed);
        Open(&self.open)
    }

    pub(super) fn write(&self, page: &mut Page) {
        let open = self.open.load(Relaxed);
        page.one("sunledger_http_connections", "gauge", "Open connections.", open);
        let limit = self.limit.load(Relaxed);
        page.one("sunledger_http_connections_limit", "gauge", "Connections at most; others wait.", limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_route_and_status() {
        let http = Http::default();
        http.answered(&Method::GET, "/a/{id}", StatusCode::OK, Duration::from_micros(700));
        http.answered(&Method::GET, "/a/{id}", StatusCode::OK, Duration::from_secs(60));
        http.answered(
            &Method::from_bytes(b"BREW").unwrap(),
            "/a/{id}",
            StatusCode::NOT_FOUND,
            Duration::ZERO,
        );
        http.away(Away::Store);
        let _answered = http.begun();
        drop(http.begun());
        let mut page = Page::default();
        http.write(&mut page);
        insta::assert_snapshot!(page.into_text(), @r#"
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
        # HELP sunledger_http_in_flight Requests that are being answered.
        # TYPE sunledger_http_in_flight gauge
        sunledger_http_in_flight 1
        # HELP sunledger_http_unavailable_total Answers of 503, by what is away or overcrowded.
        # TYPE sunledger_http_unavailable_total counter
        sunledger_http_unavailable_total{what="store"} 1
        sunledger_http_unavailable_total{what="read_models"} 0
        sunledger_http_unavailable_total{what="resource"} 0
        sunledger_http_unavailable_total{what="keys"} 0
        sunledger_http_unavailable_total{what="time"} 0
        sunledger_http_unavailable_total{what="google"} 0
        "#);
    }

    #[test]
    fn closed_connections_are_counted_no_more() {
        let connections = Connections::default();
        connections.limited_to(8);
        let _one = connections.opened();
        drop(connections.opened());
        let mut page = Page::default();
        connections.write(&mut page);
        let text = page.into_text();
        assert!(text.contains("sunledger_http_connections 1\n"), "{text}");
        assert!(text.contains("sunledger_http_connections_limit 8\n"), "{text}");
    }
}
