//! What may be asked of a consumer unit.

use super::events::*;
use super::{ConsumerUnit, ConsumerUnitCommand, UnitPatch, UnitProfile};
use crate::entity::{Entity, Number};
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;

pub(super) type Decision = Result<Vec<ConsumerUnitEvent>, DomainError>;

impl ConsumerUnit {
    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields; `NotFound` before it was registered, and for a discount, a charge or a bill that
    /// it does not have; `InvoiceStands` where one does; `Rule` where something else forbids it.
    pub fn decide(&self, command: ConsumerUnitCommand) -> Decision {
        use ConsumerUnitCommand as Command;
        match command {
            Command::Register { .. } if self.exists() => {
                Err(DomainError::rule("this consumer unit exists already"))
            }
            Command::Register { profile, at } => register(*profile, at),
            _ if !self.exists() => Err(DomainError::NotFound { what: "consumer unit" }),
            Command::Update(patch) => self.update(*patch),
            Command::CreateDiscount(discount) => self.create_discount(*discount),
            Command::DeleteDiscount { discount_id, at } => self.delete_discount(discount_id, at),
            Command::CreateCharge(charge) => self.create_charge(*charge),
            Command::DeleteCharge { charge_id, at } => self.delete_charge(charge_id, at),
            Command::ReceiveCredits { power_plant_id, competence, energy, at } => {
                self.receive_credits(power_plant_id, competence, energy, at)
            }
            Command::PostBill(bill) => Ok(vec![ConsumerUnitEvent::Billed(Box::new(self.bill(&bill)?))]),
            Command::CancelBill { invoice_id, at } => self.cancel_bill(invoice_id, at),
        }
    }

    fn update(&self, patch: UnitPatch) -> Decision {
        let mut errors = FieldErrors::new();
        let at = patch.at;
        let changed = self.profile.changes(patch, &mut errors);
        let nothing = changed == UnitPatch { at, ..UnitPatch::default() };
        errors.into_result(if nothing { vec![] } else { vec![ConsumerUnitEvent::Updated(Box::new(changed))] })
    }
}

fn register(profile: UnitProfile, at: Timestamp) -> Decision {
    let mut errors = FieldErrors::new();
    let profile = profile.checked(&mut errors);
    let registered = ConsumerUnitRegistered { number: Number::PENDING, profile, at };
    errors.into_result(vec![ConsumerUnitEvent::Registered(Box::new(registered))])
}
