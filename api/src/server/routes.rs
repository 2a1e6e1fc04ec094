//! All routes in one router, and their description.

use super::envelope::envelope;
use crate::app::App;
use crate::{
    audit, backoffice, commissions, crm, energy, feed, invoicing, keys, openapi, ops, tenant, webhook_routes,
};
use axum::Router;
use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;

/// The documented routes, by part.
const PARTS: [fn() -> OpenApiRouter<App>; 11] = [
    crm::routes,
    invoicing::routes,
    energy::routes,
    backoffice::routes,
    commissions::routes,
    webhook_routes::routes,
    audit::routes,
    feed::routes,
    tenant::routes,
    keys::routes,
    ops::routes,
];

/// Every documented route, with its description.
pub fn documented() -> OpenApiRouter<App> {
    PARTS.iter().fold(OpenApiRouter::with_openapi(openapi::base()), |all, routes| all.merge(routes()))
}

/// The router of a server.
pub fn router(app: App) -> Router {
    // Descriptions are made when somebody asks for them. Here each part's is dropped before the next one's is made: all
    // of them together take 20 MiB, which an idle server would keep.
    PARTS
        .iter()
        .fold(Router::new(), |all, routes| all.merge(routes().split_for_parts().0))
        .merge(ops::pages())
        .layer(from_fn_with_state(app.clone(), envelope))
        .with_state(app)
}
