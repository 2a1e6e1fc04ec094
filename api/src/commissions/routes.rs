//! One router over the descriptions of the resources: five routes each, and their description for the API's document.

use super::describe;
use super::handlers::{self, Asked};
use super::kept::Kept;
use super::place::Params;
use super::resources::{self, Resource};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Commissions;
use axum::extract::State;
use axum::routing::get;
use sunledger_domain::overrides::Override;
use sunledger_domain::paystub::Paystub;
use sunledger_domain::record::Record;
use utoipa::openapi::path::{HttpMethod, Paths};
use utoipa_axum::router::OpenApiRouter;

/// A handler of a resource, as the router wants one.
macro_rules! handler {
    ($resource:ident, $handle:path) => {
        move |State(app): State<App>, params: Params, call: Call<Commissions>| async move {
            let asked = Asked { resource: $resource, app: &app, params: &params, call: &call };
            // Boxed: the futures of nine resources' handlers are moved, and stay small.
            Box::pin($handle(asked)).await
        }
    };
}

/// The routes of every resource.
pub(super) fn routes() -> OpenApiRouter<App> {
    let router = OpenApiRouter::default()
        .merge(of::<Record>(&resources::TEAMS))
        .merge(of::<Record>(&resources::USERS))
        .merge(of::<Record>(&resources::PROJECTS))
        .merge(of::<Record>(&resources::PROJECT_OVERVIEWS))
        .merge(of::<Paystub>(&resources::PAYSTUBS))
        .merge(of::<Record>(&resources::PAYSTUB_OVERVIEWS))
        .merge(of::<Record>(&resources::SCPFS))
        .merge(of::<Override>(&resources::OVERRIDES));
    router.merge(of::<Record>(&resources::OVERRIDE_DETAILS))
}

fn of<A: Kept>(resource: &'static Resource) -> OpenApiRouter<App>
where
    A::Command: Clone + Send + Sync,
{
    let list = get(handler!(resource, handlers::list::<A>)).post(handler!(resource, handlers::create::<A>));
    let item = get(handler!(resource, handlers::get::<A>))
        .put(handler!(resource, handlers::update::<A>))
        .delete(handler!(resource, handlers::delete::<A>));
    let mut paths = Paths::new();
    paths.add_path_operation(resource.path, vec![HttpMethod::Get], describe::list(resource));
    paths.add_path_operation(resource.path, vec![HttpMethod::Post], describe::create(resource));
    let router = OpenApiRouter::default().routes((describe::schemas(resource), paths, list));
    let path = resource.item_path();
    let mut paths = Paths::new();
    paths.add_path_operation(&path, vec![HttpMethod::Get], describe::get(resource));
    paths.add_path_operation(&path, vec![HttpMethod::Put], describe::update(resource));
    paths.add_path_operation(&path, vec![HttpMethod::Delete], describe::delete(resource));
    router.routes((Vec::new(), paths, item))
}
