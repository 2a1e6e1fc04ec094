//! `/v1/projects`.

use super::envelope::{Answer, OnChange, OnCreate, OnDelete, OnList, OnRead, PageAnswer, PageParams, choice};
use super::project_body::{self, CLIENT_ID, NewProject, ProjectChange};
use super::project_view::ProjectView;
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Crm;
use crate::client_actions;
use crate::fields::Fields;
use crate::findings;
use crate::http::ids::AnyId;
use crate::http::{ApiError, PageRequest, Reply, both, ids};
use crate::list;
use axum::extract::{Path, State};
use http::StatusCode;
use sunledger_commands::{CommandError, Unit};
use sunledger_domain::client::Client;
use sunledger_domain::installation::Installation;
use sunledger_domain::project::{Project, ProjectCommand, ProjectStatus};
use sunledger_domain::{DomainError, TenantId};
use sunledger_projections::{Filter, ListQuery};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The field of other bodies that names a project.
pub(super) const PROJECT_ID: &str = "projectId";
/// What a project is called in refusals.
const PROJECT: &str = "project";

/// The id of the project that a body names; where it is nothing's, that is noted. Of a UUID the command tells, where
/// nothing else is wrong.
///
/// # Errors
/// The store's.
pub(super) async fn named(
    app: &App,
    tenant: &TenantId,
    fields: &mut Fields,
    id: Option<AnyId>,
) -> Result<Option<Uuid>, ApiError> {
    findings::named::<Project>(app, tenant, fields, (PROJECT_ID, PROJECT), id).await
}

/// The refusal of a body that names no project.
pub(super) fn nothing_such() -> DomainError {
    DomainError::invalid(PROJECT_ID, findings::nothing_such(PROJECT))
}

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get, update, delete))
}

/// What the list of projects takes beside what every list does.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the query; `list` reads it")]
struct ProjectParams {
    /// Only those of this client: its UUID or number.
    #[param(pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")]
    client_id: Option<String>,
    /// Only those in this status: `planning`, `approved`, `in_progress`, `completed` or `cancelled`.
    #[param(example = "in_progress", pattern = "^(planning|approved|in_progress|completed|cancelled)$")]
    status: Option<String>,
    /// Words, each a part of the name, without regard to case and accents.
    #[param(max_length = 255)]
    search: Option<String>,
}

/// List projects
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/projects", tag = "crm",
    params(PageParams, ProjectParams),
    responses((status = 200, description = "A page of projects", body = PageAnswer<ProjectView>), OnList)
)]
async fn list(State(app): State<App>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let status = choice(&call.query, "status", &ProjectStatus::ALL.map(ProjectStatus::as_str));
    let client = match call.query.get(CLIENT_ID) {
        Some(text) => ids::filter::<Client>(&app, &call.tenant, CLIENT_ID, text).await.map(Some),
        None => Ok(None),
    };
    let (request, (status, client)) = both(PageRequest::read(&call.query), both(status, client))?;
    let mut filters = Vec::new();
    filters.extend(client.flatten().map(|client| Filter::Is("client_id", client)));
    filters.extend(status.map(|status| Filter::OneOf("status", vec![status.to_owned()])));
    let (paging, limit, search) = (request.paging(), request.limit, request.search.clone());
    let page = match client {
        // The number of nobody.
        Some(None) => list::nothing(),
        _ => {
            let query = ListQuery { filters, search, paging, limit };
            app.reads.list::<Project>(&call.tenant, &query).await?
        }
    };
    let data = page.rows.iter().map(|view| ProjectView::new(view.id, &view.state)).collect();
    PageAnswer::reply(&request, &page, data)
}

/// Create a project
#[utoipa::path(
    post, path = "/v1/projects", tag = "crm",
    request_body = NewProject,
    responses((status = 201, description = "The project", body = Answer<ProjectView>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let (client, mut profile, status) = project_body::draft(&mut fields, &call.profile);
    let client = client_actions::named(&app, &call.tenant, &mut fields, CLIENT_ID, client).await?;
    fields.finish()?;
    profile.client_id = client.unwrap_or_default();
    let (id, at) = (app.commands.new_id(), call.context.now);
    let done = app.commands.unit(&call.context, |unit| {
        let profile = Box::new(profile.clone());
        Box::pin(async move {
            client_actions::billable(unit, CLIENT_ID, profile.client_id).await?;
            unit.handle::<Project>(id, ProjectCommand::Create { profile, status, at }).await
        })
    });
    let made = done.await.and_then(|done| done.one::<Project>("project")).map_err(refusal)?;
    Answer::done(StatusCode::CREATED, &made, ProjectView::new(made.id, &made.state))
}

/// Get a project
#[utoipa::path(
    get, path = "/v1/projects/{id}", tag = "crm",
    params(("id" = String, Path, description = "UUID or number")),
    responses((status = 200, description = "The project", body = Answer<ProjectView>), OnRead)
)]
async fn get(State(app): State<App>, Path(id): Path<String>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Project>(&app, &call.tenant, &id).await?;
    let found = app.reads.get::<Project>(&call.tenant, id).await?;
    let view = found.ok_or_else(|| ApiError::not_found("project"))?;
    Answer::read(view.version, ProjectView::new(view.id, &view.state))
}

/// Update a project
///
/// `PUT` and `PATCH` alike change what the body names and leave the rest. A `status` that does not follow the one it has is
/// 409, and so is another client once something is installed; then nothing changes.
#[utoipa::path(
    method(put, patch), path = "/v1/projects/{id}", tag = "crm",
    params(("id" = String, Path, description = "UUID or number")),
    request_body = ProjectChange,
    responses((status = 200, description = "The project", body = Answer<ProjectView>), OnChange)
)]
async fn update(State(app): State<App>, Path(id): Path<String>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Project>(&app, &call.tenant, &id).await?;
    let mut fields = Fields::new(call.json()?);
    let (client, mut patch) = project_body::patch(&mut fields, &call.profile, &call.context);
    patch.client_id = client_actions::named(&app, &call.tenant, &mut fields, CLIENT_ID, client).await?;
    fields.finish()?;
    let done = app.commands.unit(&call.context, |unit| {
        let (app, tenant, patch) = (app.clone(), call.tenant.clone(), Box::new(patch.clone()));
        Box::pin(async move {
            let before = unit.get::<Project>(id).await?.profile.client_id;
            // What was read can be sent back: a client that stays is not asked for.
            if let Some(client) = patch.client_id.filter(|client| *client != before) {
                client_actions::billable(unit, CLIENT_ID, client).await?;
                not_installed(&app, &tenant, id, unit, "can not go to another client").await?;
            }
            unit.handle::<Project>(id, ProjectCommand::Update(patch)).await
        })
    });
    let changed = done.await.and_then(|done| done.one::<Project>("project")).map_err(refusal)?;
    Answer::done(StatusCode::OK, &changed, ProjectView::new(id, &changed.state))
}

/// Delete a project
///
/// One of which something is installed can not be deleted. Its history stays in the audit. The answer shows it as it was.
#[utoipa::path(
    delete, path = "/v1/projects/{id}", tag = "crm",
    params(("id" = String, Path, description = "UUID or number")),
    responses((status = 200, description = "It is gone", body = Answer<ProjectView>), OnDelete)
)]
async fn delete(State(app): State<App>, Path(id): Path<String>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Project>(&app, &call.tenant, &id).await?;
    let (tenant, at) = (&call.tenant, call.context.now);
    let done = app.commands.unit(&call.context, |unit| {
        let (app, tenant) = (app.clone(), tenant.clone());
        Box::pin(async move {
            unit.get::<Project>(id).await?;
            not_installed(&app, &tenant, id, unit, "can not be deleted").await?;
            unit.handle::<Project>(id, ProjectCommand::Delete { at }).await
        })
    });
    let gone = done.await.and_then(|done| done.one::<Project>("project")).map_err(refusal)?;
    Answer::done(StatusCode::OK, &gone, ProjectView::new(id, &gone.state))
}

/// Refuses what a project can not do any more once something of it is installed. The count is of the read models; should
/// any installation change after what they show, the unit runs again. (A new installation conflicts with the project's
/// change by itself: it wants its project unchanged.)
async fn not_installed(
    app: &App,
    tenant: &TenantId,
    project: Uuid,
    unit: &mut Unit,
    what: &str,
) -> Result<(), CommandError> {
    let counted_at = app.reads.position();
    let count = app.reads.count::<Installation>(tenant, &[Filter::Is("project_id", project)]).await?;
    if count == 0 {
        unit.quiet("installation", counted_at);
        return Ok(());
    }
    let installations =
        if count == 1 { "an installation".to_owned() } else { format!("{count} installations") };
    Err(DomainError::rule(format!("this project has {installations} and {what}")).into())
}
