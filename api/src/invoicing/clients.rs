//! `/api/v1/clients`.

use super::client_body::{self, Changes, ClientChange, NewClient};
use super::client_view::ClientView;
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Invoicing;
use crate::client_actions;
use crate::fields::Fields;
use crate::http::{ApiError, PageRequest, Reply, ids};
use crate::list::{ListBody, ListParams};
use crate::wire::{Data, OnChange, OnCreate, OnDelete, OnList, OnRead};
use axum::extract::{Path, State};
use sunledger_commands::{CommandError, Outcome};
use sunledger_domain::client::{Client, ClientCommand};
use sunledger_projections::ListQuery;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get, update, delete))
}

/// List active clients
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/clients", tag = "invoicing",
    params(ListParams),
    responses((status = 200, description = "A page of clients", body = ListBody<ClientView>), OnList)
)]
async fn list(State(app): State<App>, call: Call<Invoicing>) -> Result<Reply, ApiError> {
    let request = PageRequest::read(&call.query)?;
    let query = ListQuery {
        filters: vec![client_actions::in_business()],
        search: request.search.clone(),
        paging: request.paging(),
        limit: request.limit,
    };
    let page = app.reads.list::<Client>(&call.tenant, &query).await?;
    let data = page.rows.iter().map(|view| ClientView::new(view.id, &view.state)).collect();
    ListBody::reply(&request, &page, data)
}

/// Create a client
///
/// Counts towards the plan's clients of the month.
#[utoipa::path(
    post, path = "/api/v1/clients", tag = "invoicing",
    request_body = NewClient,
    responses((status = 201, description = "The client", body = Data<ClientView>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Invoicing>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let draft = client_body::draft(&mut fields, &call.profile, &call.context);
    fields.finish()?;
    let command = ClientCommand::Create(Box::new(draft));
    let made = app
        .commands
        .execute::<Client>(&call.context, app.commands.new_id(), command)
        .await
        .map_err(refusal)?;
    let body = Data { data: ClientView::new(made.id, &made.state) };
    Ok(Reply::created(&body)?.version(made.version).replayed(made.replayed))
}

/// Get a client
///
/// One that was deleted is still found here, with `isActive: false`.
#[utoipa::path(
    get, path = "/api/v1/clients/{id}", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number")),
    responses((status = 200, description = "The client", body = Data<ClientView>), OnRead)
)]
async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Client>(&app, &call.tenant, &id).await?;
    let found = app.reads.get::<Client>(&call.tenant, id).await?;
    let view = found.ok_or_else(|| ApiError::not_found("client"))?;
    Ok(Reply::ok(&Data { data: ClientView::new(view.id, &view.state) })?.version(view.version))
}

/// Update a client
///
/// `PUT` and `PATCH` alike change what the body names and leave the rest.
#[utoipa::path(
    method(put, patch), path = "/api/v1/clients/{id}", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number")),
    request_body = ClientChange,
    responses((status = 200, description = "The client", body = Data<ClientView>), OnChange)
)]
async fn update(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Client>(&app, &call.tenant, &id).await?;
    let mut fields = Fields::new(call.json()?);
    let changes = client_body::change(&mut fields, &call.profile, &call.context);
    fields.finish()?;
    let changed = change(&app, &call, id, changes).await.map_err(refusal)?;
    Ok(Reply::ok(&Data { data: ClientView::new(id, &changed.state) })?.version(changed.version))
}

/// Delete a client
///
/// It becomes inactive and leaves the lists; nothing is lost. One with unpaid invoices can not be deleted.
#[utoipa::path(
    delete, path = "/api/v1/clients/{id}", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number")),
    responses((status = 204, description = "It is inactive"), OnDelete)
)]
async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Client>(&app, &call.tenant, &id).await?;
    client_actions::deactivate(&app, &call, id).await.map_err(refusal)?;
    Ok(Reply::no_content())
}

async fn change(
    app: &App,
    call: &Call<Invoicing>,
    id: Uuid,
    changes: Changes,
) -> Result<Outcome<Client>, CommandError> {
    let done = app.commands.unit(&call.context, |unit| {
        let (app, tenant, changes) = (app.clone(), call.tenant.clone(), changes.clone());
        Box::pin(async move {
            let at = changes.patch.at;
            if changes.active == Some(true) {
                unit.handle::<Client>(id, ClientCommand::Reactivate { at }).await?;
            }
            if changes.active.is_none() || !changes.keeps_fields() {
                unit.handle::<Client>(id, ClientCommand::Update(Box::new(changes.patch))).await?;
            }
            if changes.active == Some(false) {
                client_actions::let_go(&app, &tenant, id, at, unit).await?;
            }
            Ok(())
        })
    });
    done.await?.one::<Client>("client")
}
