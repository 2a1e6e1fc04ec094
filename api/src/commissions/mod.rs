//! The commissions surface: `/api/v1/auth` and `/api/v1/health`.
//!
//! | file | what |
//! | --- | --- |
//! | `auth.rs`, `auth_body.rs` | `/api/v1/auth`: API-user tokens, session tokens, refresh, revoke |
//! | `health.rs` | `/api/v1/health` |
//! | `envelope.rs` | what a success and a refusal say |

mod auth;
mod auth_body;
pub mod envelope;
mod health;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

/// The surface's routes.
pub fn routes() -> OpenApiRouter<App> {
    let mut routes = OpenApiRouter::default().merge(auth::routes()).merge(health::routes());
    let components = routes.get_openapi_mut().components.get_or_insert_with(Default::default);
    components.schemas.extend([envelope::error_schema()]);
    routes
}
