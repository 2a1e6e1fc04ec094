//! Power plants (usinas): what generates the credits. A plant knows which share of its energy each consumer unit
//! gets, and hands every month's generation out by these shares.
//!
//! | file | what |
//! | --- | --- |
//! | `profile.rs` | its fields, their checks and changes |
//! | `rateio.rs` | generation handed out to the watt-hour |
//! | this one | state, commands, events, rules |

mod profile;
mod rateio;
#[cfg(test)]
mod tests;

pub use profile::{MAX_ACCOUNT, MAX_NAME, MAX_OBSERVATIONS, PlantPatch, PlantProfile};
pub use rateio::{Rateio, UnitShare};

use crate::aggregate::{aggregate, events};
use crate::energy::{MeteredKwh, Share};
use crate::entity::{Claims, Entity, Number};
use crate::value::Competence;
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A power plant.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PowerPlant {
    /// Sequential number in its tenant; 0 before the plant was registered.
    pub number: Number,
    /// Its fields.
    pub profile: PlantProfile,
    /// Each unit's share of the generation, none of them 0; together at most 1.
    pub shares: BTreeMap<Uuid, Share>,
    /// What it generated, by month.
    pub generation: Vec<Generation>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When its fields last changed.
    pub updated_at: Timestamp,
}

/// What a plant generated in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// The month.
    pub competence: Competence,
    /// kWh.
    pub energy: Decimal,
    /// kWh that no unit got.
    pub unallocated: Decimal,
}

/// What can be asked of a plant.
#[derive(Debug, Clone, PartialEq)]
pub enum PowerPlantCommand {
    /// Make it.
    Register {
        /// Its fields.
        profile: Box<PlantProfile>,
        /// Now.
        at: Timestamp,
    },
    /// Change it.
    Update(Box<PlantPatch>),
    /// A unit is to get another share: 0 where it leaves. Sent in the unit of work that changes the consumer unit
    /// itself.
    SetShare {
        /// The consumer unit.
        unit_id: Uuid,
        /// Its share.
        share: Share,
        /// Now.
        at: Timestamp,
    },
    /// A month's generation is known: hand it out. Each unit is told of its part in the same unit of work.
    RecordGeneration {
        /// The month.
        competence: Competence,
        /// kWh.
        energy: MeteredKwh,
        /// Now.
        at: Timestamp,
    },
}

events! {
    /// What happened to a power plant.
    PowerPlantEvent {
        /// It was registered.
        "power_plant.registered" => Registered(Box<PowerPlantRegistered>),
        /// Some of its fields changed.
        "power_plant.updated" => Updated(Box<PlantPatch>),
        /// A consumer unit gets another share.
        "power_plant.share_changed" => ShareChanged(PowerPlantShareChanged),
        /// What it generated in a month was handed out.
        "power_plant.generated" => Generated(Box<PowerPlantGenerated>),
    }
}

/// A plant was registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PowerPlantRegistered {
    /// Its sequential number.
    pub number: Number,
    /// Its fields.
    pub profile: PlantProfile,
    /// When.
    pub at: Timestamp,
}

/// A consumer unit gets another share of a plant's energy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PowerPlantShareChanged {
    /// The consumer unit.
    pub unit_id: Uuid,
    /// Its share; 0 where it left.
    pub share: Share,
    /// What all units get together, after it.
    pub allocated: Share,
    /// When.
    pub at: Timestamp,
}

/// What a plant generated in a month was handed out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PowerPlantGenerated {
    /// The month.
    pub competence: Competence,
    /// kWh.
    pub energy: Decimal,
    /// What each unit gets. Together with what is unallocated, this is the generation to the watt-hour.
    pub shares: Vec<UnitShare>,
    /// kWh that stay with the plant, since the shares do not add up to 1.
    pub unallocated: Decimal,
    /// When.
    pub at: Timestamp,
}

aggregate!(PowerPlant, "power_plant", PowerPlantCommand, PowerPlantEvent);

impl Entity for PowerPlant {
    fn exists(&self) -> bool {
        self.number != Number::default()
    }

    fn claims(&self, event: &PowerPlantEvent, claims: &mut Claims) {
        if let PowerPlantEvent::Registered(_) = event {
            claims.number("power_plant");
        }
    }
}

type Decision = Result<Vec<PowerPlantEvent>, DomainError>;

impl PowerPlant {
    /// What of the generation all units get together, 0 to 1.
    pub fn allocated(&self) -> Decimal {
        self.shares.values().fold(Decimal::ZERO, |sum, share| sum.saturating_add(share.get()))
    }

    /// What it generated in a month, where that is known.
    pub fn generation_of(&self, competence: Competence) -> Option<&Generation> {
        self.generation.iter().find(|known| known.competence == competence)
    }

    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields, `NotFound` before it was registered, `Rule` for shares of more than the whole
    /// and for a month that was handed out already.
    pub fn decide(&self, command: PowerPlantCommand) -> Decision {
        use PowerPlantCommand as Command;
        match command {
            Command::Register { .. } if self.exists() => {
                Err(DomainError::rule("this power plant exists already"))
            }
            Command::Register { profile, at } => {
                let mut errors = FieldErrors::new();
                let profile = profile.checked(&mut errors);
                let registered = PowerPlantRegistered { number: Number::PENDING, profile, at };
                errors.into_result(vec![PowerPlantEvent::Registered(Box::new(registered))])
            }
            _ if !self.exists() => Err(DomainError::NotFound { what: "power plant" }),
            Command::Update(patch) => {
                let (mut errors, at) = (FieldErrors::new(), patch.at);
                let changed = self.profile.changes(*patch, &mut errors);
                let nothing = changed == PlantPatch { at, ..PlantPatch::default() };
                errors.into_result(if nothing {
                    vec![]
                } else {
                    vec![PowerPlantEvent::Updated(Box::new(changed))]
                })
            }
            Command::SetShare { unit_id, share, at } => self.set_share(unit_id, share, at),
            Command::RecordGeneration { competence, energy, at } => {
                self.record_generation(competence, energy, at)
            }
        }
    }

    fn set_share(&self, unit_id: Uuid, share: Share, at: Timestamp) -> Decision {
        let present = self.shares.get(&unit_id).copied().unwrap_or_default();
        if present == share {
            return Ok(vec![]);
        }
        let others = self.allocated().saturating_sub(present.get());
        let Ok(allocated) = Share::new(others.saturating_add(share.get())) else {
            let left = Decimal::ONE.saturating_sub(others).normalize();
            return Err(DomainError::rule(format!(
                "the consumer units of a power plant share 1 in all: {left} is left for this one, which wants {share}"
            )));
        };
        Ok(vec![PowerPlantEvent::ShareChanged(PowerPlantShareChanged { unit_id, share, allocated, at })])
    }

    fn record_generation(&self, competence: Competence, energy: MeteredKwh, at: Timestamp) -> Decision {
        let energy = energy.get();
        if let Some(known) = self.generation_of(competence) {
            return Err(DomainError::rule(format!(
                "the {} kWh of {competence} were handed out already",
                known.energy
            )));
        }
        let Rateio { shares, unallocated } = Rateio::of(energy, &self.shares);
        let generated = PowerPlantGenerated { competence, energy, shares, unallocated, at };
        Ok(vec![PowerPlantEvent::Generated(Box::new(generated))])
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: PowerPlantEvent) {
        match event {
            PowerPlantEvent::Registered(registered) => {
                let PowerPlantRegistered { number, profile, at } = *registered;
                *self = Self { number, profile, created_at: at, updated_at: at, ..Self::default() };
            }
            PowerPlantEvent::Updated(patch) => {
                self.updated_at = patch.at;
                self.profile.apply(*patch);
            }
            PowerPlantEvent::ShareChanged(changed) => {
                if changed.share == Share::default() {
                    self.shares.remove(&changed.unit_id);
                } else {
                    self.shares.insert(changed.unit_id, changed.share);
                }
            }
            PowerPlantEvent::Generated(generated) => {
                let PowerPlantGenerated { competence, energy, unallocated, .. } = *generated;
                let place = self.generation.partition_point(|known| known.competence < competence);
                self.generation.insert(place, Generation { competence, energy, unallocated });
            }
        }
    }
}
