//! `/v1/installations/{id}/readings`: what an installation produced comes in.

use super::envelope::{Answer, OnAction};
use super::readings_body::{self, ByDay, NewReadings, READINGS};
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Crm;
use crate::fields::Fields;
use crate::http::{ApiError, Reply, ids};
use axum::extract::{Path, State};
use serde::Serialize;
use std::sync::Arc;
use sunledger_commands::{Committed, Context};
use sunledger_domain::installation::Installation;
use sunledger_domain::production::{Production, ProductionCommand, ProductionEvent, stream_id};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(record))
}

/// What became of readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::Readings)]
struct Recorded {
    /// The installation.
    installation_id: Uuid,
    /// How many were sent.
    #[schema(example = 96)]
    received: usize,
    /// How many were new.
    #[schema(example = 95)]
    recorded: usize,
    /// How many corrected an earlier one of the same instant.
    #[schema(example = 1)]
    corrected: usize,
    /// How many told what was known already.
    #[schema(example = 0)]
    unchanged: usize,
}

/// Record what an installation produced
///
/// One reading, or a list of up to 1,000: all of them or none. A reading corrects the earlier one of the same instant, whose
/// value stays in the history; one that tells what is known already changes nothing, so that a request can be repeated
/// without harm.
#[utoipa::path(
    post, path = "/v1/installations/{id}/readings", tag = "crm",
    params(("id" = String, Path, description = "UUID or number of the installation")),
    request_body = NewReadings,
    responses((status = 201, description = "What became of them", body = Answer<Recorded>), OnAction)
)]
async fn record(State(app): State<App>, Path(id): Path<String>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Installation>(&app, &call.tenant, &id).await?;
    let fields = Fields::new(call.json_or_list(READINGS)?);
    let (days, received) = readings_body::read(fields, &call.profile.time_zone)?;
    // A version is the installation's, and not that of one of its days.
    let context = Context { if_match: None, ..call.context.clone() };
    let days = Arc::new(days);
    let done = app.commands.unit(&context, |unit| {
        let (days, at) = (days.clone(), context.now);
        Box::pin(async move {
            unit.get::<Installation>(id).await?;
            let streams: Vec<Uuid> = days.keys().map(|day| stream_id(id, *day)).collect();
            unit.prepare::<Production>(&streams).await?;
            for (stream, command) in streams.into_iter().zip(commands(id, &days, at)) {
                unit.handle::<Production>(stream, command).await?;
            }
            Ok(())
        })
    });
    let done = done.await.map_err(refusal)?;
    let body = Answer::new(told(&app, &done, id, received)?);
    Ok(Reply::created(&body)?.replayed(done.replayed))
}

/// One command a day, in the order of the days.
fn commands(
    installation_id: Uuid,
    days: &ByDay,
    at: jiff::Timestamp,
) -> impl Iterator<Item = ProductionCommand> {
    days.iter().map(move |(day, readings)| ProductionCommand::Record {
        installation_id,
        day: *day,
        readings: readings.clone(),
        at,
    })
}

/// Counted from the events, now and when the request is repeated.
fn told(app: &App, done: &Committed, installation_id: Uuid, received: usize) -> Result<Recorded, ApiError> {
    let (mut recorded, mut corrected) = (0, 0);
    for event in done.events() {
        let ProductionEvent::Recorded(day) = app.commands.codec().decode::<Production>(&event)?;
        let corrections = day.readings.iter().filter(|reading| reading.was.is_some()).count();
        corrected += corrections;
        recorded += day.readings.len() - corrections;
    }
    let unchanged = received.saturating_sub(recorded + corrected);
    Ok(Recorded { installation_id, received, recorded, corrected, unchanged })
}
