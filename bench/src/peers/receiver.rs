//! A fast receiver of webhooks: it counts them, and keeps the last one.

use crate::Failure;
use crate::http::{self, Answer};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Default)]
struct Heard {
    count: AtomicU64,
    last: Mutex<String>,
}

/// Serves on a free port, which it prints.
pub(crate) async fn serve() -> Result<(), Failure> {
    let routes = Router::new()
        .route("/hook/{endpoint}", post(hear))
        .route("/count", get(count))
        .route("/last", get(last))
        .with_state(Arc::new(Heard::default()));
    super::handlers::listen(routes).await
}

async fn hear(State(heard): State<Arc<Heard>>, body: String) -> &'static str {
    *heard.last.lock().unwrap_or_else(PoisonError::into_inner) = body;
    heard.count.fetch_add(1, Ordering::Relaxed);
    "heard"
}

async fn count(State(heard): State<Arc<Heard>>) -> String {
    heard.count.load(Ordering::Relaxed).to_string()
}

async fn last(State(heard): State<Arc<Heard>>) -> String {
    heard.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// How many it has heard.
pub(crate) async fn heard(address: SocketAddr) -> Result<u64, Failure> {
    Ok(ask(address, "/count").await?.body.parse()?)
}

/// The last body that it heard.
pub(crate) async fn last_body(address: SocketAddr) -> Result<String, Failure> {
    Ok(ask(address, "/last").await?.body)
}

async fn ask(address: SocketAddr, path: &str) -> Result<Answer, Failure> {
    http::call(address, &http::request("GET", path, "", "")).await
}
