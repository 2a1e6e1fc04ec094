//! Is it alive, and does it serve?

use crate::app::App;
use crate::http::{ApiError, Reply};
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// How long the log may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How far the read models may be behind: more than this and reads are no longer fresh.
const MAX_LAG: i64 = 10_000;

/// The process runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Live {
    /// `ok`
    status: &'static str,
}

/// Whether the server serves.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ready {
    /// `ready`, `not_ready` or `draining`
    status: &'static str,
    /// Whether the log answers.
    log: &'static str,
    /// The read models, where the log answers.
    read_models: Option<ReadModels>,
}

/// How the read models are.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReadModels {
    /// The log position that they show.
    position: i64,
    /// The log's newest position.
    head: i64,
    /// Events that could not be applied and were set aside.
    parked: i64,
    /// Whether this process keeps them up to date (another one may).
    leading: bool,
    /// Their generation.
    generation: i64,
}

/// Is the process alive?
#[utoipa::path(get, path = "/health/live", tag = "operations", responses(
    (status = 200, description = "It is", body = Live),
))]
pub(crate) async fn live() -> Result<Reply, ApiError> {
    Reply::ok(&Live { status: "ok" })
}

/// Does the server serve?
///
/// The log answers, the read models are close behind it, and the server is not about to stop.
#[utoipa::path(get, path = "/health/ready", tag = "operations", responses(
    (status = 200, description = "It does", body = Ready),
    (status = 503, description = "It does not, or not for much longer", body = Ready),
))]
pub(crate) async fn ready(State(app): State<App>) -> Result<Reply, ApiError> {
    let health = tokio::time::timeout(PATIENCE, app.projections.health()).await.ok().and_then(Result::ok);
    let caught_up = health.is_some_and(|health| health.head - health.position <= MAX_LAG);
    let status = match (app.drain.has_started(), caught_up) {
        (true, _) => "draining",
        (false, true) => "ready",
        (false, false) => "not_ready",
    };
    let code = if status == "ready" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let log = if health.is_some() { "ok" } else { "unavailable" };
    let read_models = health.map(|health| ReadModels {
        position: health.position,
        head: health.head,
        parked: health.parked,
        leading: health.leading,
        generation: health.generation,
    });
    Reply::json(code, &Ready { status, log, read_models })
}
