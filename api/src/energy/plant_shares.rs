//! What a consumer unit names: its client and its power plant, found and checked. And its share of the plant, which the
//! plant has to know as well: both change in one unit of work, so that a plant never promises more than it generates.

use super::unit_body::{CLIENT, PLANT};
use crate::app::App;
use crate::http::ApiError;
use crate::http::ids::{self, AnyId};
use jiff::Timestamp;
use sunledger_commands::{CommandError, Unit};
use sunledger_domain::client::{Client, ClientStatus};
use sunledger_domain::consumer_unit::{ConsumerUnit, UnitProfile};
use sunledger_domain::energy::Share;
use sunledger_domain::power_plant::{PowerPlant, PowerPlantCommand};
use sunledger_domain::value::Change;
use sunledger_domain::{DomainError, Entity, FieldErrors, TenantId};
use uuid::Uuid;

const NO_CLIENT: &str = "there is no such client";
const NO_PLANT: &str = "there is no such power plant";

/// The ids of the client and the plant that a body names.
///
/// # Errors
/// 400 naming each that is the number of nothing.
pub(super) async fn find(
    app: &App,
    tenant: &TenantId,
    client: Option<AnyId>,
    plant: Change<AnyId>,
) -> Result<(Option<Uuid>, Change<Uuid>), ApiError> {
    let mut wrong = FieldErrors::new();
    let client = match client {
        Some(named) => {
            let found = ids::named::<Client>(app, tenant, named).await?;
            if found.is_none() {
                wrong.add(CLIENT, NO_CLIENT);
            }
            found
        }
        None => None,
    };
    let plant = match plant {
        Change::Set(named) => match ids::named::<PowerPlant>(app, tenant, named).await? {
            Some(found) => Change::Set(found),
            None => {
                wrong.add(PLANT, NO_PLANT);
                Change::Keep
            }
        },
        Change::Clear => Change::Clear,
        Change::Keep => Change::Keep,
    };
    if wrong.is_empty() { Ok((client, plant)) } else { Err(ApiError::fields(wrong)) }
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
            wrong.add(CLIENT, NO_CLIENT);
        }
    }
    if let Some(plant) = plant
        && there::<PowerPlant>(unit, plant).await?.is_none()
    {
        wrong.add(PLANT, NO_PLANT);
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
