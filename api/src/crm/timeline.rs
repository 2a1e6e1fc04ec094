//! `/v1/clients/{clientId}/timeline`: the client's page of everything.

use super::envelope::{OnRead, PageAnswer, PageParams};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Crm;
use crate::entry::Entry;
use crate::http::{ApiError, PageRequest, Reply, ids};
use axum::extract::{Path, State};
use sunledger_domain::client::Client;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(timeline))
}

/// A client's timeline
///
/// Every event of the client and of all that is its own: projects, installations, invoices with their payments, consumer
/// units. Newest first, each as `/audit` prints it. Readings are left out: they come by the thousand, and
/// `/v1/reports/energy-production` has them by day.
#[utoipa::path(
    get, path = "/v1/clients/{clientId}/timeline", tag = "crm",
    params(("clientId" = String, Path, description = "UUID or number"), PageParams),
    responses((status = 200, description = "A page of events", body = PageAnswer<Entry>), OnRead)
)]
async fn timeline(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Crm>,
) -> Result<Reply, ApiError> {
    let request = PageRequest::read(&call.query)?;
    let id = ids::resolve::<Client>(&app, &call.tenant, &id).await?;
    if app.reads.get::<Client>(&call.tenant, id).await?.is_none() {
        return Err(ApiError::not_found("client"));
    }
    let page = app.reads.timeline(&call.tenant, id, request.paging(), request.limit).await?;
    let events = app.log.read_at(&call.tenant, &page.rows).await?;
    PageAnswer::reply(&request, &page, events.iter().map(Entry::new).collect())
}
