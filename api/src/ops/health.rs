//! Is it alive, and does it serve?

use crate::app::App;
use crate::http::{ApiError, Reply};
use crate::ops::sample::{Progress, Sample};
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use std::time::Duration;
use sunledger_stream::Stats;
use utoipa::ToSchema;

/// How old the answer may be: probes, however many, cost the database one look in this time.
const AGE: Duration = Duration::from_millis(200);
/// How far the read models may be behind: more than this and reads are no longer fresh.
const MAX_LAG: i64 = 10_000;
/// A follower whose next event has been in the log for so long is stuck, microseconds.
const STUCK: i64 = 60_000_000;

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
    /// The webhooks, where their tables can be read. The server serves without them.
    webhooks: Option<Following>,
    /// The copy of the log in NATS, where one is set. The server serves without it.
    stream: Option<Copying>,
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
    /// Seconds that the oldest event which they do not show has been in the log.
    lag_seconds: i64,
    /// Whether they have stopped moving although there are events.
    stuck: bool,
}

/// How a follower of the log is, whichever server does its work.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Following {
    /// The log position up to which it has handled everything.
    position: i64,
    /// Events that could not be handled and were set aside.
    parked: i64,
    /// Whether this process does its work (another one may).
    leading: bool,
    /// Seconds that the oldest event which it has not handled has been in the log.
    lag_seconds: i64,
    /// Whether it has stopped moving although there are events.
    stuck: bool,
}

/// How the copy of the log in NATS is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Copying {
    /// `ok`; `unavailable` while NATS is away, which mends itself; `refused` until somebody changes something
    status: &'static str,
    /// Why it is refused.
    reason: Option<String>,
    /// Whether this process publishes (another one may).
    leading: bool,
    /// The log position up to which everything is published, where this process does it.
    position: Option<i64>,
    /// Seconds that the oldest event which is not published has been in the log, where this process does it.
    lag_seconds: Option<u64>,
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
    let sample = app.sampler.look(&app, AGE).await;
    let caught_up = sample.is_some_and(|sample| sample.read_models.lag <= MAX_LAG);
    let status = match (app.drain.has_started(), caught_up) {
        (true, _) => "draining",
        (false, true) => "ready",
        (false, false) => "not_ready",
    };
    let code = if status == "ready" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let log = if sample.is_some() { "ok" } else { "unavailable" };
    let (read_models, webhooks) = (sample.map(read_models), sample.and_then(|sample| webhooks(&app, sample)));
    let stream = app.stream.as_ref().map(|stream| copying(stream.stats()));
    Reply::json(code, &Ready { status, log, read_models, webhooks, stream })
}

fn read_models(sample: Sample) -> ReadModels {
    let (health, progress) = (sample.health, sample.read_models);
    ReadModels {
        position: health.position,
        head: health.head,
        parked: health.parked,
        leading: health.leading,
        generation: health.generation,
        lag_seconds: seconds(progress),
        stuck: is_stuck(progress),
    }
}

fn webhooks(app: &App, sample: Sample) -> Option<Following> {
    let (backlog, progress) = sample.webhooks?;
    Some(Following {
        position: progress.position,
        parked: backlog.parked,
        leading: app.webhooks.stats().active,
        lag_seconds: seconds(progress),
        stuck: is_stuck(progress),
    })
}

fn copying(stats: Stats) -> Copying {
    let status = match (&stats.refused, stats.up) {
        (Some(_), _) => "refused",
        (None, true) => "ok",
        (None, false) => "unavailable",
    };
    Copying {
        status,
        reason: stats.refused,
        leading: stats.active,
        position: stats.active.then_some(stats.position),
        lag_seconds: stats.active.then_some(stats.oldest_unacknowledged.as_secs()),
    }
}

fn seconds(progress: Progress) -> i64 {
    progress.age / 1_000_000
}

fn is_stuck(progress: Progress) -> bool {
    progress.age >= STUCK
}
