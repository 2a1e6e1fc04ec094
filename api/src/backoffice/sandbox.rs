//! `/api/v2/sandbox`: beginning anew, in a company that is there to try things.

use super::envelope::{OnAction, Success};
use super::time;
use crate::app::App;
use crate::auth::area::BackofficeCompany;
use crate::auth::{BELIEVED, Call};
use crate::http::{ApiError, Reply};
use crate::sandbox;
use axum::extract::State;
use serde::Serialize;
use sunledger_domain::tenant::{Tenant, TenantCommand};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(reset))
}

/// A sandbox that begins anew.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Sandbox)]
struct SandboxView {
    /// How often its data were thrown away.
    #[schema(example = 1)]
    resets: u32,
    /// When they last were.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    reset_at: Option<String>,
    /// When they are next, if nobody asks for it before.
    #[schema(format = DateTime, example = "2024-01-16T03:00:00Z")]
    next_reset_at: String,
}

impl SandboxView {
    fn new(sandbox: &Tenant) -> Self {
        Self {
            resets: sandbox.resets,
            reset_at: sandbox.reset_at.map(time),
            next_reset_at: time(sandbox.next_reset()),
        }
    }
}

/// Reset the sandbox
///
/// Throws away all data of a company that was made as a sandbox: customers, invoices, everything that they are part of, and
/// webhooks; numbers begin at 1 again. Its keys, its users and its profile stay. This also happens at the end of each day.
#[utoipa::path(
    post, path = "/api/v2/sandbox/reset", tag = "backoffice",
    responses((status = 200, description = "It begins anew", body = Success<SandboxView>), OnAction)
)]
async fn reset(State(app): State<App>, call: Call<BackofficeCompany>) -> Result<Reply, ApiError> {
    let command = TenantCommand::Reset { at: call.context.now };
    let done = sandbox::reset(&app.commands, &call.context, command).await?;
    app.keys.forget_profile(&call.home);
    if !done.replayed {
        // Until then other servers may still work on what was thrown away: what they are told would be lost.
        tokio::time::sleep(BELIEVED).await;
    }
    let body = Success::new(SandboxView::new(&done.state));
    Ok(Reply::ok(&body)?.version(done.version).replayed(done.replayed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_tells_when_it_begins_anew() {
        let sandbox = Tenant {
            sandbox: true,
            resets: 2,
            reset_at: "2024-01-15T10:00:00Z".parse().ok(),
            ..Tenant::default()
        };
        assert_eq!(
            serde_json::to_value(SandboxView::new(&sandbox)).unwrap(),
            serde_json::json!({
                "resets": 2, "reset_at": "2024-01-15T10:00:00Z", "next_reset_at": "2024-01-16T03:00:00Z",
            })
        );
    }
}
