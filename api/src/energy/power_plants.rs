//! `/energy/power-plants`.

use super::envelope::{OnChange, OnCreate, OnList, OnRead};
use super::narrowed::{NewPlant, PlantChange};
use super::plant_body;
use super::plant_view::PlantView;
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Energy;
use crate::fields::Fields;
use crate::http::{ApiError, PageRequest, Reply, ids};
use axum::extract::{Path, State};
use sunledger_domain::power_plant::{PowerPlant, PowerPlantCommand};
use sunledger_projections::ListQuery;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Plants in an answer where the query names no limit: the document's answer is the whole list. `X-Next-Cursor` leads to
/// those beyond.
const UNASKED: u64 = 1_000;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get, update))
}

/// Which page of the list, where not all of it is wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `PageRequest` reads it")]
struct PlantParams {
    /// Page number, from 1.
    #[param(example = "3", default = "1", pattern = "^([1-9][0-9]{0,5}|1000000)$")]
    page: Option<String>,
    /// Rows of a page, 1 to 100.
    #[param(example = "100", pattern = "^([1-9][0-9]?|100)$")]
    limit: Option<String>,
    /// Continue here: the `X-Next-Cursor` of the page before. `page` is then ignored.
    #[param(pattern = "^c(0|[1-9a-f][0-9a-f]{0,14})$")]
    cursor: Option<String>,
}

/// List power plants
///
/// Newest first; all of them, up to 1,000, where no `limit` is named.
#[utoipa::path(
    get, path = "/energy/power-plants", tag = "energy",
    params(PlantParams),
    responses((status = 200, description = "The power plants", body = Vec<PlantView>), OnList)
)]
async fn list(State(app): State<App>, call: Call<Energy>) -> Result<Reply, ApiError> {
    let mut request = PageRequest::read(&call.query)?;
    if call.query.get("limit").is_none() {
        request.limit = UNASKED;
    }
    let (paging, limit) = (request.paging(), request.limit);
    let query = ListQuery { filters: Vec::new(), search: None, paging, limit };
    let page = app.reads.list::<PowerPlant>(&call.tenant, &query).await?;
    let zone = &call.profile.time_zone;
    let plants: Vec<_> = page.rows.iter().map(|view| PlantView::new(view.id, &view.state, zone)).collect();
    Ok(Reply::ok(&plants)?.next_cursor(page.next_cursor))
}

/// Add a power plant
#[utoipa::path(
    post, path = "/energy/power-plants", tag = "energy",
    request_body = NewPlant,
    responses((status = 201, description = "The power plant", body = PlantView), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Energy>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let profile = plant_body::draft(&mut fields, &call.profile);
    fields.finish()?;
    let command = PowerPlantCommand::Register { profile: Box::new(profile), at: call.context.now };
    let id = app.commands.new_id();
    let made = app.commands.execute::<PowerPlant>(&call.context, id, command).await.map_err(refusal)?;
    let body = PlantView::new(made.id, &made.state, &call.profile.time_zone);
    Ok(Reply::created(&body)?.version(made.version).replayed(made.replayed))
}

/// Get a power plant
#[utoipa::path(
    get, path = "/energy/power-plants/{code}", tag = "energy",
    params(("code" = String, Path, description = "Code or number")),
    responses((status = 200, description = "The power plant", body = PlantView), OnRead)
)]
async fn get(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<PowerPlant>(&app, &call.tenant, &code).await?;
    let found = app.reads.get::<PowerPlant>(&call.tenant, id).await?;
    let view = found.ok_or_else(|| ApiError::not_found("power plant"))?;
    let body = PlantView::new(view.id, &view.state, &call.profile.time_zone);
    Ok(Reply::ok(&body)?.version(view.version))
}

/// Update a power plant
///
/// `PUT` and `PATCH` alike change what the body names and leave the rest. What its units get is changed with the units.
#[utoipa::path(
    method(put, patch), path = "/energy/power-plants/{code}", tag = "energy",
    params(("code" = String, Path, description = "Code or number")),
    request_body = PlantChange,
    responses((status = 200, description = "The power plant", body = PlantView), OnChange)
)]
async fn update(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<PowerPlant>(&app, &call.tenant, &code).await?;
    let mut fields = Fields::new(call.json()?);
    let patch = plant_body::patch(&mut fields, &call.profile, &call.context);
    fields.finish()?;
    let command = PowerPlantCommand::Update(Box::new(patch));
    let changed = app.commands.execute::<PowerPlant>(&call.context, id, command).await.map_err(refusal)?;
    let body = PlantView::new(id, &changed.state, &call.profile.time_zone);
    Ok(Reply::ok(&body)?.version(changed.version))
}
