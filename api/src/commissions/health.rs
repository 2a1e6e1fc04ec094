//! `/api/v1/health`

use super::envelope::{OnHealth, Success};
use crate::app::App;
use crate::http::{ApiError, Away, Reply};
use crate::wire::Instant;
use axum::extract::State;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How old the answer may be: probes, however many, cost the database one look in this time.
const AGE: Duration = Duration::from_millis(200);

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(health))
}

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = commissions::Health)]
struct HealthBody {
    /// `healthy`
    #[schema(example = "healthy")]
    status: &'static str,
    /// `production`: there is no other.
    #[schema(example = "production")]
    environment: &'static str,
    /// Which program answers.
    #[schema(example = "sunledger")]
    project_id: &'static str,
    /// When it was answered.
    timestamp: Instant,
}

/// Health check
///
/// Needs no token. 503 while the log does not answer.
#[utoipa::path(
    get, path = "/api/v1/health", tag = "commissions: health",
    responses((status = 200, description = "The service is healthy", body = Success<HealthBody>), OnHealth)
)]
async fn health(State(app): State<App>) -> Result<Reply, ApiError> {
    if app.sampler.look(&app, AGE).await.is_none() {
        return Err(ApiError::unavailable(Away::Store, "The service is temporarily unavailable", 2));
    }
    let now = app.clock.now();
    let data = HealthBody {
        status: "healthy",
        environment: "production",
        project_id: env!("CARGO_PKG_NAME"),
        timestamp: Instant(now),
    };
    Reply::ok(&Success::new("Success", data, now))
}
