//! All routes in one router, and their description.

use super::envelope::envelope;
use crate::app::App;
use crate::{
    audit, backoffice, commissions, crm, energy, feed, invoicing, keys, openapi, ops, tenant, webhook_routes,
};
use axum::Router;
use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;

/// Every documented route, with its description.
pub fn documented() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(crm::routes())
        .merge(invoicing::routes())
        .merge(energy::routes())
        .merge(backoffice::routes())
        .merge(commissions::routes())
        .merge(webhook_routes::routes())
        .merge(audit::routes())
        .merge(feed::routes())
        .merge(tenant::routes())
        .merge(keys::routes())
        .merge(ops::routes())
}

/// The router of a server.
pub fn router(app: App) -> Router {
    let (router, _) = documented().split_for_parts();
    router.merge(ops::pages()).layer(from_fn_with_state(app.clone(), envelope)).with_state(app)
}
