//! `/energy/consumer-units`: list, register, read, change.

use super::clients::by_name_and_tax_id;
use super::envelope::{OnChange, OnCreate, OnList, OnRead, PageBody, PageParams};
use super::narrowed::{NewUnit, UnitChange};
use super::unit_body;
use super::unit_view::UnitView;
use super::{plant_shares, refusal};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Energy;
use crate::fields::Fields;
use crate::http::{ApiError, PageRequest, QueryParams, Reply, both, ids};
use crate::list;
use axum::extract::{Path, State};
use std::collections::HashMap;
use sunledger_domain::TenantId;
use sunledger_domain::consumer_unit::{ConsumerUnit, ConsumerUnitCommand, account_name};
use sunledger_domain::power_plant::PowerPlant;
use sunledger_domain::value::{Change, TimeZoneName};
use sunledger_projections::{Filter, ListQuery, View};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get, update))
}

/// Which consumer units.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the query; `filtered` reads it")]
struct UnitParams {
    /// A part of the name, without regard to case and accents.
    #[param(example = "Sunne")]
    name: Option<String>,
    /// CPF or CNPJ of the account, with or without its mask.
    #[param(example = "00.000.000/0001-00")]
    cpf_cnpj: Option<String>,
    /// The account number at the utility, however it is written.
    #[param(example = "123456789")]
    numero_de_concessao: Option<String>,
    /// The power plant that they get credits from: number or code.
    #[param(
        example = "165",
        pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$"
    )]
    power_plant_id: Option<String>,
}

/// List consumer units
///
/// Newest first.
#[utoipa::path(
    get, path = "/energy/consumer-units", tag = "energy",
    params(PageParams, UnitParams),
    responses((status = 200, description = "A page of consumer units", body = PageBody<UnitView>), OnList)
)]
async fn list(State(app): State<App>, call: Call<Energy>) -> Result<Reply, ApiError> {
    let named = by_name_and_tax_id(&call.query);
    let (request, ((mut filters, search), more)) =
        both(PageRequest::read(&call.query), both(named, filtered(&app, &call.tenant, &call.query).await))?;
    let page = match more {
        Some(more) => {
            filters.extend(more);
            let query = ListQuery { filters, search, paging: request.paging(), limit: request.limit };
            app.reads.list::<ConsumerUnit>(&call.tenant, &query).await?
        }
        None => list::nothing(),
    };
    let data = views(&app, &call.tenant, &page.rows, &call.profile.time_zone).await?;
    PageBody::reply(&request, &page, data)
}

/// Add a consumer unit
///
/// Its share of the power plant is 409 where the plant has not that much left.
#[utoipa::path(
    post, path = "/energy/consumer-units", tag = "energy",
    request_body = NewUnit,
    responses((status = 200, description = "The consumer unit", body = UnitView), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Energy>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let (client, plant, mut profile) = unit_body::draft(&mut fields, &call.profile);
    let plant = plant.map_or(Change::Keep, Change::Set);
    let (client, plant) = plant_shares::find(&app, &call.tenant, &mut fields, client, plant).await?;
    fields.finish()?;
    profile.client_id = client.unwrap_or_default();
    profile.power_plant_id = plant.value().copied();
    let (id, at) = (app.commands.new_id(), call.context.now);
    let done = app.commands.unit(&call.context, |unit| {
        let profile = profile.clone();
        Box::pin(async move {
            plant_shares::check(unit, Some(profile.client_id), profile.power_plant_id).await?;
            let register = ConsumerUnitCommand::Register { profile: Box::new(profile), at };
            unit.handle::<ConsumerUnit>(id, register).await?;
            plant_shares::keep(unit, id, None, at).await
        })
    });
    let made = done.await.and_then(|done| done.one::<ConsumerUnit>("consumer_unit")).map_err(refusal)?;
    let body = view(&app, &call, made.id, &made.state).await?;
    Ok(Reply::ok(&body)?.version(made.version).replayed(made.replayed))
}

/// Get a consumer unit
#[utoipa::path(
    get, path = "/energy/consumer-units/{code}", tag = "energy",
    params(("code" = String, Path, description = "Code or number")),
    responses((status = 200, description = "The consumer unit", body = UnitView), OnRead)
)]
async fn get(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<ConsumerUnit>(&app, &call.tenant, &code).await?;
    let found = app.reads.get::<ConsumerUnit>(&call.tenant, id).await?;
    let found = found.ok_or_else(|| ApiError::not_found("consumer unit"))?;
    let body = view(&app, &call, found.id, &found.state).await?;
    Ok(Reply::ok(&body)?.version(found.version))
}

/// Update a consumer unit
///
/// `PUT` and `PATCH` alike change what the body names and leave the rest. Other terms count from the next bill on. With
/// another power plant it leaves the one it had.
#[utoipa::path(
    method(put, patch), path = "/energy/consumer-units/{code}", tag = "energy",
    params(("code" = String, Path, description = "Code or number")),
    request_body = UnitChange,
    responses((status = 200, description = "The consumer unit", body = UnitView), OnChange)
)]
async fn update(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<ConsumerUnit>(&app, &call.tenant, &code).await?;
    let mut fields = Fields::new(call.json()?);
    let (client, plant, mut patch) = unit_body::patch(&mut fields, &call.profile, &call.context);
    (patch.client_id, patch.power_plant_id) =
        plant_shares::find(&app, &call.tenant, &mut fields, client, plant).await?;
    fields.finish()?;
    let done = app.commands.unit(&call.context, |unit| {
        let patch = patch.clone();
        Box::pin(async move {
            let before = unit.get::<ConsumerUnit>(id).await?;
            // What was read can be sent back: a client that stays is not asked for, gone or not.
            let client = patch.client_id.filter(|client| *client != before.profile.client_id);
            plant_shares::check(unit, client, patch.power_plant_id.value().copied()).await?;
            let at = patch.at;
            unit.handle::<ConsumerUnit>(id, ConsumerUnitCommand::Update(Box::new(patch))).await?;
            plant_shares::keep(unit, id, Some(&before.profile), at).await
        })
    });
    let changed = done.await.and_then(|done| done.one::<ConsumerUnit>("consumer_unit")).map_err(refusal)?;
    let body = view(&app, &call, id, &changed.state).await?;
    Ok(Reply::ok(&body)?.version(changed.version))
}

/// The filters that only consumer units have; `None` where nothing can match them.
async fn filtered(
    app: &App,
    tenant: &TenantId,
    query: &QueryParams,
) -> Result<Option<Vec<Filter>>, ApiError> {
    let mut filters = Vec::new();
    if let Some(account) = query.get("numeroDeConcessao") {
        filters.push(Filter::OneOf("account", vec![account_name(account)]));
    }
    if let Some(text) = query.get("powerPlantId") {
        let Some(plant) = ids::filter::<PowerPlant>(app, tenant, "powerPlantId", text).await? else {
            return Ok(None);
        };
        filters.push(Filter::Is("power_plant_id", plant));
    }
    Ok(Some(filters))
}

/// A unit, printed.
async fn view(app: &App, call: &Call<Energy>, id: Uuid, unit: &ConsumerUnit) -> Result<UnitView, ApiError> {
    let plant = match unit.profile.power_plant_id {
        Some(plant) => app.reads.get::<PowerPlant>(&call.tenant, plant).await?.map(|plant| plant.number),
        None => None,
    };
    Ok(UnitView::new(id, unit, plant, &call.profile.time_zone))
}

/// Units, printed in their order.
pub(super) async fn views(
    app: &App,
    tenant: &TenantId,
    units: &[View<ConsumerUnit>],
    zone: &TimeZoneName,
) -> Result<Vec<UnitView>, ApiError> {
    let mut ids: Vec<Uuid> = units.iter().filter_map(|unit| unit.state.profile.power_plant_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let plants = app.reads.get_many::<PowerPlant>(tenant, &ids).await?;
    let numbers: HashMap<Uuid, i64> = plants.into_iter().map(|plant| (plant.id, plant.number)).collect();
    let number = |unit: &ConsumerUnit| unit.profile.power_plant_id.and_then(|id| numbers.get(&id).copied());
    let print = |unit: &View<ConsumerUnit>| UnitView::new(unit.id, &unit.state, number(&unit.state), zone);
    Ok(units.iter().map(print).collect())
}
