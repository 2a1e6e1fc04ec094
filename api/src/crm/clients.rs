//! `/v1/clients`.

use super::client_body::{self, Changes, ClientChange, NewClient};
use super::client_view::ClientView;
use super::envelope::{Answer, OnChange, OnCreate, OnDelete, OnList, OnRead, PageAnswer, PageParams, choice};
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Crm;
use crate::client_actions;
use crate::fields::Fields;
use crate::http::{ApiError, PageRequest, Reply, both, ids};
use axum::extract::{Path, State};
use http::StatusCode;
use sunledger_commands::{CommandError, Outcome};
use sunledger_domain::client::{Client, ClientCommand, ClientStatus};
use sunledger_projections::{Filter, ListQuery};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The statuses of a client, as filters name them.
const STATUSES: [&str; 3] = ["active", "inactive", "pending"];

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get, update, delete))
}

/// What the list of clients takes beside what every list does.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `list` reads it")]
struct ClientParams {
    /// Words, each a part of the name, the e-mail address or the telephone number, without regard to case, accents and
    /// punctuation.
    #[param(max_length = 255, example = "11 98765")]
    search: Option<String>,
    /// Only those in this status: `active`, `inactive` or `pending`.
    #[param(example = "active", pattern = "^(active|inactive|pending)$")]
    status: Option<String>,
}

/// List clients
///
/// Newest first. Deleted ones are among them, with the status `inactive`.
#[utoipa::path(
    get, path = "/v1/clients", tag = "crm",
    params(PageParams, ClientParams),
    responses((status = 200, description = "A page of clients", body = PageAnswer<ClientView>), OnList)
)]
async fn list(State(app): State<App>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let status = choice(&call.query, "status", &STATUSES);
    let (request, status) = both(PageRequest::read(&call.query), status)?;
    let query = ListQuery {
        filters: status.into_iter().map(|status| Filter::OneOf("status", vec![status.to_owned()])).collect(),
        search: request.search.clone(),
        paging: request.paging(),
        limit: request.limit,
    };
    let page = app.reads.list::<Client>(&call.tenant, &query).await?;
    let data = page.rows.iter().map(|view| ClientView::new(view.id, &view.state)).collect();
    PageAnswer::reply(&request, &page, data)
}

/// Create a client
///
/// Counts towards the plan's clients of the month.
#[utoipa::path(
    post, path = "/v1/clients", tag = "crm",
    request_body = NewClient,
    responses((status = 201, description = "The client", body = Answer<ClientView>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let draft = client_body::draft(&mut fields, &call.profile, &call.context);
    fields.finish()?;
    let command = ClientCommand::Create(Box::new(draft));
    let id = app.commands.new_id();
    let made = app.commands.execute::<Client>(&call.context, id, command).await.map_err(refusal)?;
    Answer::done(StatusCode::CREATED, &made, ClientView::new(made.id, &made.state))
}

/// Get a client
///
/// One that was deleted is still found here, with the status `inactive`.
#[utoipa::path(
    get, path = "/v1/clients/{clientId}", tag = "crm",
    params(("clientId" = String, Path, description = "UUID or number")),
    responses((status = 200, description = "The client", body = Answer<ClientView>), OnRead)
)]
async fn get(State(app): State<App>, Path(id): Path<String>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Client>(&app, &call.tenant, &id).await?;
    let found = app.reads.get::<Client>(&call.tenant, id).await?;
    let view = found.ok_or_else(|| ApiError::not_found("client"))?;
    Answer::read(view.version, ClientView::new(view.id, &view.state))
}

/// Update a client
///
/// `PUT` and `PATCH` alike change what the body names and leave the rest. One that is inactive changes only together with
/// a `status` that takes it back.
#[utoipa::path(
    method(put, patch), path = "/v1/clients/{clientId}", tag = "crm",
    params(("clientId" = String, Path, description = "UUID or number")),
    request_body = ClientChange,
    responses((status = 200, description = "The client", body = Answer<ClientView>), OnChange)
)]
async fn update(State(app): State<App>, Path(id): Path<String>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Client>(&app, &call.tenant, &id).await?;
    let mut fields = Fields::new(call.json()?);
    let changes = client_body::change(&mut fields, &call.profile, &call.context);
    fields.finish()?;
    let changed = change(&app, &call, id, changes).await.map_err(refusal)?;
    Answer::done(StatusCode::OK, &changed, ClientView::new(id, &changed.state))
}

/// Delete a client
///
/// It becomes inactive; nothing is lost, and it can be read on. One with unpaid invoices can not be deleted.
#[utoipa::path(
    delete, path = "/v1/clients/{clientId}", tag = "crm",
    params(("clientId" = String, Path, description = "UUID or number")),
    responses((status = 200, description = "The client, inactive", body = Answer<ClientView>), OnDelete)
)]
async fn delete(State(app): State<App>, Path(id): Path<String>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Client>(&app, &call.tenant, &id).await?;
    let at = call.context.now;
    let work = app.commands.unit(&call.context, |unit| {
        let (app, tenant) = (app.clone(), call.tenant.clone());
        Box::pin(async move { client_actions::let_go(&app, &tenant, id, at, unit).await })
    });
    let gone = work.await.and_then(|done| done.one::<Client>("client")).map_err(refusal)?;
    Answer::done(StatusCode::OK, &gone, ClientView::new(id, &gone.state))
}

/// Carries out a change: back into business first, since nothing else can be changed of who is out of it; out of it last.
async fn change(
    app: &App,
    call: &Call<Crm>,
    id: Uuid,
    changes: Changes,
) -> Result<Outcome<Client>, CommandError> {
    let done = app.commands.unit(&call.context, |unit| {
        let (app, tenant, changes) = (app.clone(), call.tenant.clone(), changes.clone());
        Box::pin(async move {
            let at = changes.patch.at;
            let business = changes.status.filter(|status| *status != ClientStatus::Inactive);
            if business.is_some() {
                unit.handle::<Client>(id, ClientCommand::Reactivate { at }).await?;
            }
            if changes.status.is_none() || business.is_some() || !changes.keeps_fields() {
                let mut patch = changes.patch;
                patch.status = business;
                unit.handle::<Client>(id, ClientCommand::Update(Box::new(patch))).await?;
            }
            if changes.status == Some(ClientStatus::Inactive) {
                client_actions::let_go(&app, &tenant, id, at, unit).await?;
            }
            Ok(())
        })
    });
    done.await?.one::<Client>("client")
}
