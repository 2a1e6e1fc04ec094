//! What a consumer unit names: its client and its power plant, found and checked. And its share of the plant, which the
//! plant has to know as well: both change in one unit of work, so that a plant never promises more than it generates.

use super::unit_body::{CLIENT, PLANT};
use crate::app::App;
use crate::client_actions;
use crate::fields::Fields;
use crate::findings::{self, nothing_such};
use crate::http::ApiError;
use crate::http::ids::AnyId;
use jiff::Timestamp;
use sunledger_commands::{CommandError, Unit};
use sunledger_domain::client::{Client, ClientStatus};
use sunledger_domain::consumer_unit::{ConsumerUnit, UnitProfile};
use sunledger_domain::energy::Share;
use sunledger_domain::power_plant::{PowerPlant, PowerPlantCommand};
use sunledger_domain::value::Change;
use sunledger_domain::{DomainError, Entity, FieldErrors, TenantId};
use uuid::Uuid;

/// What a power plant is called in refusals.
const POWER_PLANT: &str = "power plant";

/// The ids of the client and the plant that a body names; each that is nothing's is noted. Of UUIDs [`check`] tells, where
/// nothing else is wrong.
///
/// # Errors
/// The store's.
pub(super) async fn find(
    app: &App,
    tenant: &TenantId,
    fields: &mut Fields,
    client: Option<AnyId>,
    plant: Change<AnyId>,
) -> Result<(Option<Uuid>, Change<Uuid>), ApiError> {
    let client = client_actions::named(app, tenant, fields, CLIENT, client).await?;
    let plant = match plant {
        Change::Set(named) => {
            findings::named::<PowerPlant>(app, tenant, fields, (PLANT, POWER_PLANT), Some(named))
                .await?
                .map_or(Change::Keep, Change::Set)
        }
        Change::Clear => Change::Clear,
        Change::Keep => Change::Keep,
    };
    Ok((client, plant))
}

/// Makes sure that the client and the plant that a unit is to have are there; and that the client still is, and does
/// business, when the unit is written. A plant never goes.
///
/// # Errors
/// `Invalid` naming each that is not there.
pub(super) async fn check(
    unit: &mut Unit,
    client: Option<Uuid>,
    plant: Option<Uuid>,
) -> Result<(), CommandError> {
    let mut wrong = FieldErrors::new();
    if let Some(client) = client {
        let found = there::<Client>(unit, client).await?;
        // This surface knows no inactive clients: to it they are gone.
        if found.is_none_or(|client| client.status == ClientStatus::Inactive) {
            wrong.add(CLIENT, nothing_such(client_actions::CLIENT));
        }
    }
    if let Some(plant) = plant
        && there::<PowerPlant>(unit, plant).await?.is_none()
    {
        wrong.add(PLANT, nothing_such(POWER_PLANT));
    }
    wrong.into_result(())?;
    match client {
        Some(client) => unit.unchanged::<Client>(client).await,
        None => Ok(()),
    }
}

async fn there<A: Entity>(unit: &mut Unit, id: Uuid) -> Result<Option<std::sync::Arc<A>>, CommandError> {
    match unit.get::<A>(id).await {
        Ok(found) => Ok(Some(found)),
        Err(CommandError::Domain(DomainError::NotFound { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Tells the plants what became of a unit's share: to be called after the unit's own command.
///
/// # Errors
/// `Rule` where the plant has not that much left.
pub(super) async fn keep(
    unit: &mut Unit,
    id: Uuid,
    before: Option<&UnitProfile>,
    at: Timestamp,
) -> Result<(), CommandError> {
    let after = unit.get::<ConsumerUnit>(id).await?;
    let (old, new) = (before.and_then(share_of), share_of(&after.profile));
    if old == new {
        // Not even asked: `If-Match` speaks of the unit, and would be held against the plant if that were the first to get
        // a command that does something.
        return Ok(());
    }
    if let Some((plant, _)) = old
        && new.is_none_or(|(other, _)| other != plant)
    {
        set(unit, plant, id, Share::default(), at).await?;
    }
    match new {
        Some((plant, share)) => set(unit, plant, id, share, at).await,
        None => Ok(()),
    }
}

fn share_of(profile: &UnitProfile) -> Option<(Uuid, Share)> {
    profile.power_plant_id.map(|plant| (plant, profile.percentage))
}

async fn set(
    unit: &mut Unit,
    plant: Uuid,
    unit_id: Uuid,
    share: Share,
    at: Timestamp,
) -> Result<(), CommandError> {
    unit.handle::<PowerPlant>(plant, PowerPlantCommand::SetShare { unit_id, share, at }).await
}
