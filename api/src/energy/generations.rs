//! `/energy/power-plants/{code}/generations`: what a power plant generated in a month, handed out to its units.

use super::envelope::{OnAction, OnRead};
use super::plant_body::{self, NewGeneration};
use super::plant_view::{GenerationView, RateioView};
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Energy;
use crate::fields::Fields;
use crate::http::{ApiError, Reply, ids};
use axum::extract::{Path, State};
use rust_decimal::Decimal;
use sunledger_commands::Committed;
use sunledger_domain::consumer_unit::{ConsumerUnit, ConsumerUnitCommand};
use sunledger_domain::power_plant::{
    PowerPlant, PowerPlantCommand, PowerPlantEvent, PowerPlantGenerated, Rateio,
};
use sunledger_projections::View;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, record))
}

/// List what a power plant generated
///
/// By month, newest first.
#[utoipa::path(
    get, path = "/energy/power-plants/{code}/generations", tag = "energy",
    params(("code" = String, Path, description = "Code or number of the power plant")),
    responses((status = 200, description = "The months", body = Vec<GenerationView>), OnRead)
)]
async fn list(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let plant = find(&app, &call, &code).await?;
    let months: Vec<_> = plant.state.generation.iter().rev().map(GenerationView::new).collect();
    Ok(Reply::ok(&months)?.version(plant.version))
}

/// Record what a power plant generated
///
/// It is handed out to the consumer units by their shares, to the watt-hour: each gets credits, which its bills can use for
/// sixty months. A month is handed out once.
#[utoipa::path(
    post, path = "/energy/power-plants/{code}/generations", tag = "energy",
    params(("code" = String, Path, description = "Code or number of the power plant")),
    request_body = NewGeneration,
    responses((status = 201, description = "What each unit gets", body = RateioView), OnAction)
)]
async fn record(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let plant = find(&app, &call, &code).await?;
    let (id, number, at) = (plant.id, plant.number, call.context.now);
    let (competence, energy) = plant_body::generation(Fields::new(call.json()?))?;
    let done = app.commands.unit(&call.context, |unit| {
        Box::pin(async move {
            let shares = unit.get::<PowerPlant>(id).await?.shares.clone();
            let record = PowerPlantCommand::RecordGeneration { competence, energy, at };
            unit.handle::<PowerPlant>(id, record).await?;
            // The same computation on the same state as the plant's own: its event tells the same figures.
            for share in Rateio::of(energy.get(), &shares).shares {
                if share.energy > Decimal::ZERO {
                    let (power_plant_id, energy) = (id, share.energy);
                    let receive =
                        ConsumerUnitCommand::ReceiveCredits { power_plant_id, competence, energy, at };
                    unit.handle::<ConsumerUnit>(share.unit_id, receive).await?;
                }
            }
            Ok(())
        })
    });
    let done = done.await.map_err(refusal)?;
    let version = done.one::<PowerPlant>("power_plant")?.version;
    let generated = generated(&app, &done)?;
    let ids: Vec<Uuid> = generated.shares.iter().map(|share| share.unit_id).collect();
    let units = app.reads.get_many::<ConsumerUnit>(&call.tenant, &ids).await?;
    let body = RateioView::new(id, number, &generated, &units);
    Ok(Reply::created(&body)?.version(version).replayed(done.replayed))
}

async fn find(app: &App, call: &Call<Energy>, code: &str) -> Result<View<PowerPlant>, ApiError> {
    let id = ids::resolve::<PowerPlant>(app, &call.tenant, code).await?;
    let found = app.reads.get::<PowerPlant>(&call.tenant, id).await?;
    found.ok_or_else(|| ApiError::not_found("power plant"))
}

/// The event that handed the generation out: the answer is printed from it, now and when the request is repeated.
fn generated(app: &App, done: &Committed) -> Result<PowerPlantGenerated, ApiError> {
    for event in done.events() {
        if &*event.kind == "power_plant"
            && let PowerPlantEvent::Generated(generated) =
                app.commands.codec().decode::<PowerPlant>(&event)?
        {
            return Ok(*generated);
        }
    }
    Err(ApiError::internal("a generation was recorded without an event"))
}
