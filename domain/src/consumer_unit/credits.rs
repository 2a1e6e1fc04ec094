//! Solar credits: the energy that a unit got from its power plant, by the month of generation. A bill uses the oldest
//! first; after sixty months they lapse.
//!
//! They are the company's own account of the energy it handed on. What the utility has on its books stands on its
//! bill.

use super::ConsumerUnit;
use super::decide::Decision;
use super::events::{ConsumerUnitCreditsReceived, ConsumerUnitEvent};
use crate::DomainError;
use crate::energy::Kwh;
use crate::value::Competence;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Months after the one of generation in which credits can be used. Source: the sixty months of Lei 14.300/2022, art. 13.
pub const CREDIT_MONTHS: u16 = 60;

/// The credits of one month of generation from one plant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditLot {
    /// The plant.
    pub power_plant_id: Uuid,
    /// The month of generation.
    pub competence: Competence,
    /// The last month whose bill can use them.
    pub usable_until: Competence,
    /// kWh that came in.
    pub received: Decimal,
    /// kWh that are neither used nor lapsed.
    pub left: Decimal,
}

/// kWh taken out of a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditDraw {
    /// The lot's plant.
    pub power_plant_id: Uuid,
    /// The lot's month.
    pub competence: Competence,
    /// kWh.
    pub energy: Decimal,
}

impl CreditLot {
    fn draw(&self, energy: Decimal) -> CreditDraw {
        CreditDraw { power_plant_id: self.power_plant_id, competence: self.competence, energy }
    }

    fn is_of(&self, draw: &CreditDraw) -> bool {
        (self.power_plant_id, self.competence) == (draw.power_plant_id, draw.competence)
    }
}

impl ConsumerUnit {
    /// kWh of received credits that the bill of a month can use.
    pub fn credits_for(&self, competence: Competence) -> Decimal {
        let usable = self.credits.iter().filter(|lot| is_usable(lot, competence));
        usable.fold(Decimal::ZERO, |sum, lot| sum.saturating_add(lot.left))
    }

    pub(super) fn receive_credits(
        &self,
        power_plant_id: Uuid,
        competence: Competence,
        energy: Decimal,
        at: Timestamp,
    ) -> Decision {
        let energy = Kwh::new(energy).map_err(|message| DomainError::invalid("energy", message))?.get();
        if energy.is_zero() {
            return Err(DomainError::invalid("energy", "must be above 0"));
        }
        if self.credits.iter().any(|lot| (lot.power_plant_id, lot.competence) == (power_plant_id, competence))
        {
            return Err(DomainError::rule(format!(
                "this consumer unit has its credits of {competence} from this power plant already"
            )));
        }
        let usable_until = (0..CREDIT_MONTHS).fold(competence, |month, _| month.next());
        let received = ConsumerUnitCreditsReceived { power_plant_id, competence, energy, usable_until, at };
        Ok(vec![ConsumerUnitEvent::CreditsReceived(received)])
    }

    pub(super) fn receive(&mut self, received: &ConsumerUnitCreditsReceived) {
        let place = self.credits.partition_point(|lot| lot.competence <= received.competence);
        let lot = CreditLot {
            power_plant_id: received.power_plant_id,
            competence: received.competence,
            usable_until: received.usable_until,
            received: received.energy,
            left: received.energy,
        };
        self.credits.insert(place, lot);
    }

    /// What the bill of a month takes out of the lots, oldest first, to cover `used` kWh as far as they go.
    pub(super) fn draw_credits(&self, competence: Competence, used: Decimal) -> Vec<CreditDraw> {
        let mut open = used;
        let mut draws = Vec::new();
        for lot in self.credits.iter().filter(|lot| is_usable(lot, competence)) {
            let energy = lot.left.min(open);
            if energy > Decimal::ZERO {
                draws.push(lot.draw(energy));
                open = open.saturating_sub(energy);
            }
        }
        draws
    }

    /// What has lapsed by the month of a bill and was not noted before.
    pub(super) fn lapsed_credits(&self, competence: Competence) -> Vec<CreditDraw> {
        let lapsed =
            self.credits.iter().filter(|lot| lot.usable_until < competence && lot.left > Decimal::ZERO);
        lapsed.map(|lot| lot.draw(lot.left)).collect()
    }

    pub(super) fn take_credits<'a>(&mut self, draws: impl IntoIterator<Item = &'a CreditDraw>) {
        for draw in draws {
            if let Some(lot) = self.credits.iter_mut().find(|lot| lot.is_of(draw)) {
                lot.left = lot.left.saturating_sub(draw.energy);
            }
        }
    }

    pub(super) fn give_credits_back<'a>(&mut self, draws: impl IntoIterator<Item = &'a CreditDraw>) {
        for draw in draws {
            if let Some(lot) = self.credits.iter_mut().find(|lot| lot.is_of(draw)) {
                lot.left = lot.left.saturating_add(draw.energy);
            }
        }
    }
}

/// True from the month of generation on until they lapse.
fn is_usable(lot: &CreditLot, competence: Competence) -> bool {
    lot.competence <= competence && competence <= lot.usable_until && lot.left > Decimal::ZERO
}
