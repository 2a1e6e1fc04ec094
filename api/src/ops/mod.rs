//! What whoever runs a server looks at: health, metrics, and the API's description.

mod docs;
mod health;
pub mod metrics;
pub(crate) mod process;
pub mod sample;

use crate::app::App;
use axum::Router;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The documented ones.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::show))
        .routes(routes!(docs::describe))
}

/// The pages around the description.
pub fn pages() -> Router<App> {
    Router::new().route("/", get(docs::home)).route("/docs", get(docs::page))
}
