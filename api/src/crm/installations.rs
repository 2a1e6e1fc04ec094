//! `/v1/installations`. What they produce comes in by `readings.rs`.

use super::envelope::{Answer, OnChange, OnCreate, OnList, OnRead, PageAnswer, PageParams, choice};
use super::installation_body::{self, InstallationChange, NewInstallation};
use super::installation_view::InstallationView;
use super::projects::{self, PROJECT_ID};
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Crm;
use crate::fields::Fields;
use crate::http::{ApiError, PageRequest, QueryParams, Reply, both, ids};
use crate::list;
use axum::extract::{Path, State};
use http::StatusCode;
use sunledger_commands::{CommandError, Unit};
use sunledger_domain::client::Client;
use sunledger_domain::installation::{Installation, InstallationCommand, InstallationStatus, Place};
use sunledger_domain::project::Project;
use sunledger_domain::{DomainError, TenantId};
use sunledger_projections::{Filter, ListQuery, Listed};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get, update))
}

/// What the list of installations takes beside what every list does.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the query; `list` reads it")]
struct InstallationParams {
    /// Only those of this project: its UUID or number.
    #[param(pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")]
    project_id: Option<String>,
    /// Only those of this client: its UUID or number.
    #[param(pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")]
    client_id: Option<String>,
    /// Only those in this status: `scheduled`, `in_progress`, `completed` or `maintenance`.
    #[param(example = "completed", pattern = "^(scheduled|in_progress|completed|maintenance)$")]
    status: Option<String>,
}

/// List installations
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/installations", tag = "crm",
    params(PageParams, InstallationParams),
    responses((status = 200, description = "A page of installations", body = PageAnswer<InstallationView>), OnList)
)]
async fn list(State(app): State<App>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let status = choice(&call.query, "status", &InstallationStatus::ALL.map(InstallationStatus::as_str));
    let project = named::<Project>(&app, &call.tenant, &call.query, PROJECT_ID).await;
    let client = named::<Client>(&app, &call.tenant, &call.query, "clientId").await;
    let (request, (status, (project, client))) =
        both(PageRequest::read(&call.query), both(status, both(project, client)))?;
    let page = if project == Some(None) || client == Some(None) {
        list::nothing()
    } else {
        let mut filters = Vec::new();
        filters.extend(project.flatten().map(|id| Filter::Is("project_id", id)));
        filters.extend(client.flatten().map(|id| Filter::Is("client_id", id)));
        filters.extend(status.map(|status| Filter::OneOf("status", vec![status.to_owned()])));
        let query = ListQuery { filters, search: None, paging: request.paging(), limit: request.limit };
        app.reads.list::<Installation>(&call.tenant, &query).await?
    };
    let data = page.rows.iter().map(|view| InstallationView::new(view.id, &view.state)).collect();
    PageAnswer::reply(&request, &page, data)
}

/// The id in a filter: `None` where it is not given, `Some(None)` where it is the number of nothing.
async fn named<A: Listed>(
    app: &App,
    tenant: &TenantId,
    query: &QueryParams,
    name: &str,
) -> Result<Option<Option<Uuid>>, ApiError> {
    match query.get(name) {
        Some(text) => ids::filter::<A>(app, tenant, name, text).await.map(Some),
        None => Ok(None),
    }
}

/// Create an installation
#[utoipa::path(
    post, path = "/v1/installations", tag = "crm",
    request_body = NewInstallation,
    responses((status = 201, description = "The installation", body = Answer<InstallationView>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let (project, draft) = installation_body::draft(&mut fields, &call.context);
    let project = projects::named(&app, &call.tenant, &mut fields, project).await?.unwrap_or_default();
    fields.finish()?;
    let id = app.commands.new_id();
    let done = app.commands.unit(&call.context, |unit| {
        let mut draft = Box::new(draft.clone());
        Box::pin(async move {
            let place = place(unit, project).await?;
            (draft.project_id, draft.client_id) = (place.project_id, place.client_id);
            unit.handle::<Installation>(id, InstallationCommand::Create(draft)).await
        })
    });
    let made = done.await.and_then(|done| done.one::<Installation>("installation")).map_err(refusal)?;
    Answer::done(StatusCode::CREATED, &made, InstallationView::new(made.id, &made.state))
}

/// Get an installation
#[utoipa::path(
    get, path = "/v1/installations/{id}", tag = "crm",
    params(("id" = String, Path, description = "UUID or number")),
    responses((status = 200, description = "The installation", body = Answer<InstallationView>), OnRead)
)]
async fn get(State(app): State<App>, Path(id): Path<String>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Installation>(&app, &call.tenant, &id).await?;
    let found = app.reads.get::<Installation>(&call.tenant, id).await?;
    let view = found.ok_or_else(|| ApiError::not_found("installation"))?;
    Answer::read(view.version, InstallationView::new(view.id, &view.state))
}

/// Update an installation
///
/// `PUT` and `PATCH` alike change what the body names and leave the rest. A `status` that does not follow the one it has is
/// 409; then nothing changes. What it produced goes with it where it goes to another project.
#[utoipa::path(
    method(put, patch), path = "/v1/installations/{id}", tag = "crm",
    params(("id" = String, Path, description = "UUID or number")),
    request_body = InstallationChange,
    responses((status = 200, description = "The installation", body = Answer<InstallationView>), OnChange)
)]
async fn update(State(app): State<App>, Path(id): Path<String>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Installation>(&app, &call.tenant, &id).await?;
    let mut fields = Fields::new(call.json()?);
    let (project, patch) = installation_body::patch(&mut fields, &call.context);
    let project = projects::named(&app, &call.tenant, &mut fields, project).await?;
    fields.finish()?;
    let done = app.commands.unit(&call.context, |unit| {
        let mut patch = Box::new(patch.clone());
        Box::pin(async move {
            let before = unit.get::<Installation>(id).await?.project_id;
            // What was read can be sent back: a project that stays is not asked for.
            if let Some(project) = project.filter(|project| *project != before) {
                patch.place = Some(place(unit, project).await?);
            }
            unit.handle::<Installation>(id, InstallationCommand::Update(patch)).await
        })
    });
    let changed = done.await.and_then(|done| done.one::<Installation>("installation")).map_err(refusal)?;
    Answer::done(StatusCode::OK, &changed, InstallationView::new(id, &changed.state))
}

/// A project and its client; makes sure that it is there, and as it is now when the unit is written.
async fn place(unit: &mut Unit, project_id: Uuid) -> Result<Place, CommandError> {
    let project = match unit.get::<Project>(project_id).await {
        Err(CommandError::Domain(DomainError::NotFound { .. })) => {
            return Err(projects::nothing_such().into());
        }
        found => found?,
    };
    unit.unchanged::<Project>(project_id).await?;
    Ok(Place { project_id, client_id: project.profile.client_id })
}
