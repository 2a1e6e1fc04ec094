//! The commissions surface: `/api/v1/auth`, `/api/v1/health` and `/api/v1/tenants`.
//!
//! | file | what |
//! | --- | --- |
//! | `auth.rs`, `auth_body.rs` | `/api/v1/auth`: API-user tokens, session tokens, refresh, revoke |
//! | `health.rs` | `/api/v1/health` |
//! | `resources.rs` | the nine resources of a tenant: their paths and the document's words for them |
//! | `routes.rs`, `describe.rs` | their 45 routes, and the description of these, made of the kinds' descriptions |
//! | `handlers.rs` | list, get, create, update, delete: the same for every resource |
//! | `place.rs`, `body.rs`, `list_query.rs` | what is read from a request: path, body, query |
//! | `kept.rs`, `view.rs` | the aggregates behind the resources, and how they are printed |
//! | `calculation.rs`, `commission_view.rs` | what a sale is worth, and how an SCPF's figures come about |
//! | `build.rs`, `reconciliation.rs` | a paystub of what is due, and whether one adds up |
//! | `import/` | what another system has, line by line |
//! | `envelope.rs` | what a success and a refusal say |

mod auth;
mod auth_body;
mod body;
mod build;
mod calculation;
mod commission_view;
mod describe;
pub mod envelope;
mod handlers;
mod health;
mod import;
mod kept;
mod list_query;
mod place;
mod reconciliation;
mod resources;
mod routes;
mod view;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

/// The surface's routes.
pub fn routes() -> OpenApiRouter<App> {
    let mut routes = OpenApiRouter::default()
        .merge(auth::routes())
        .merge(health::routes())
        .merge(routes::routes())
        .merge(calculation::routes())
        .merge(build::routes())
        .merge(reconciliation::routes())
        .merge(import::routes());
    let components = routes.get_openapi_mut().components.get_or_insert_with(Default::default);
    components.schemas.extend([envelope::error_schema()]);
    routes
}
