//! `/api/v1/clients`.

use super::client_body::{self, Changes, ClientChange, NewClient};
use super::client_view::ClientView;
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Invoicing;
use crate::fields::Fields;
use crate::http::{ApiError, PageRequest, Reply, ids};
use crate::list::{ListBody, ListParams};
use crate::wire::{Data, OnChange, OnCreate, OnDelete, OnList, OnRead};
use axum::extract::{Path, State};
use sunledger_commands::{CommandError, Outcome, Unit};
use sunledger_domain::client::{Client, ClientCommand, ClientStatus};
use sunledger_domain::invoice::Invoice;
use sunledger_domain::{DomainError, TenantId};
use sunledger_projections::{Filter, ListQuery};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Statuses of an invoice that keep its client from being deactivated: all in which something may yet be owed.
const UNPAID: [&str; 5] = ["draft", "sent", "viewed", "partially_paid", "overdue"];

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
        filters: vec![Filter::OneOf("status", vec!["active".to_owned(), "pending".to_owned()])],
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
    let (tenant, at) = (&call.tenant, call.context.now);
    let work = app.commands.unit(&call.context, |unit| {
        let (app, tenant) = (app.clone(), tenant.clone());
        Box::pin(async move {
            if unit.get::<Client>(id).await?.status == ClientStatus::Inactive {
                return Err(DomainError::NotFound { what: "client" }.into());
            }
            owes_nothing(&app, &tenant, id, unit).await?;
            unit.handle::<Client>(id, ClientCommand::Deactivate { at }).await
        })
    });
    work.await.map_err(refusal)?;
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
                owes_nothing(&app, &tenant, id, unit).await?;
                unit.handle::<Client>(id, ClientCommand::Deactivate { at }).await?;
            }
            Ok(())
        })
    });
    done.await?.one::<Client>("client")
}

/// Refuses to let go of a client that has unpaid invoices. The count is of the read models; should any invoice change
/// after what they show, the unit runs again. (A new invoice conflicts with the deactivation by itself: it wants its
/// client unchanged.)
async fn owes_nothing(
    app: &App,
    tenant: &TenantId,
    client: Uuid,
    unit: &mut Unit,
) -> Result<(), CommandError> {
    let counted_at = app.reads.position();
    let unpaid = UNPAID.map(str::to_owned).to_vec();
    let filters = [Filter::Is("client_id", client), Filter::OneOf("status", unpaid)];
    match app.reads.count::<Invoice>(tenant, &filters).await? {
        0 => {
            unit.quiet("invoice", counted_at);
            Ok(())
        }
        1 => Err(DomainError::rule("this client has an unpaid invoice").into()),
        count => Err(DomainError::rule(format!("this client has {count} unpaid invoices")).into()),
    }
}
