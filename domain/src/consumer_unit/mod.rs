//! Consumer units (unidades consumidoras): the connections whose energy bills solar credits pay for. A unit has the
//! terms that its bills are computed by, the discounts and charges of its months, the credits it received, and its
//! billed months.
//!
//! | file | what |
//! | --- | --- |
//! | `profile.rs` | its fields, their checks and changes |
//! | `commands.rs`, `events.rs` | what can be asked, what happened |
//! | `decide.rs` | making and changing it |
//! | `billing.rs` | a bill posted and cancelled, savings, the months' history |
//! | `adjustments.rs` | the rules of discounts and charges: which bill takes which, what is carried, when it is too late |
//! | `credits.rs` | credits by the month they were generated in, used oldest first, and lapsing |
//! | this one | the state, its fold, the names and numbers that it claims |

mod adjustments;
mod billing;
mod commands;
mod credits;
mod decide;
mod events;
mod profile;
#[cfg(test)]
mod tests;

pub use adjustments::{AppliedTo, Charge, Discount};
pub use billing::BilledMonth;
pub use commands::{ConsumerUnitCommand, NewCharge, NewDiscount, PostBill};
pub use credits::{CREDIT_MONTHS, CreditDraw, CreditLot};
pub use events::{
    ChargeCreated, ChargeDeleted, ConsumerUnitBillCancelled, ConsumerUnitBilled, ConsumerUnitCreditsReceived,
    ConsumerUnitEvent, ConsumerUnitRegistered, DiscountCreated, DiscountDeleted,
};
pub use profile::{
    MAX_ACCOUNT, MAX_NAME, MAX_OBSERVATIONS, MAX_PLAN, UnitPatch, UnitProfile, account_name, account_number,
};

use crate::aggregate::aggregate;
use crate::entity::{Claims, Entity, Number};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The scope in which the ids of discounts and charges are names of their unit: who knows the id alone finds the unit.
pub const ADJUSTMENT: &str = "adjustment";

/// A consumer unit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ConsumerUnit {
    /// Sequential number in its tenant; 0 before the unit was registered.
    pub number: Number,
    /// Its fields.
    pub profile: UnitProfile,
    /// Its billed months whose invoice is not cancelled, by competence.
    pub bills: Vec<BilledMonth>,
    /// Its discounts, in the order they were made.
    pub discounts: Vec<Discount>,
    /// Its charges, in the order they were made.
    pub charges: Vec<Charge>,
    /// The credits it received, by the month they were generated in.
    pub credits: Vec<CreditLot>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When something last happened to it.
    pub updated_at: Timestamp,
}

aggregate!(ConsumerUnit, "consumer_unit", ConsumerUnitCommand, ConsumerUnitEvent);

impl Entity for ConsumerUnit {
    fn exists(&self) -> bool {
        self.number != Number::default()
    }

    fn claims(&self, event: &ConsumerUnitEvent, claims: &mut Claims) {
        match event {
            ConsumerUnitEvent::Registered(_) => claims.number("consumer_unit"),
            ConsumerUnitEvent::DiscountCreated(created) => {
                claims.take(ADJUSTMENT, created.discount_id.to_string());
            }
            ConsumerUnitEvent::DiscountDeleted(deleted) => {
                claims.release(ADJUSTMENT, deleted.discount_id.to_string());
            }
            ConsumerUnitEvent::ChargeCreated(created) => {
                claims.take(ADJUSTMENT, created.charge_id.to_string());
            }
            ConsumerUnitEvent::ChargeDeleted(deleted) => {
                claims.release(ADJUSTMENT, deleted.charge_id.to_string());
            }
            ConsumerUnitEvent::Updated(_)
            | ConsumerUnitEvent::CreditsReceived(_)
            | ConsumerUnitEvent::Billed(_)
            | ConsumerUnitEvent::BillCancelled(_) => {}
        }
    }
}

impl ConsumerUnit {
    /// Folds an event into the state.
    pub fn evolve(&mut self, event: ConsumerUnitEvent) {
        self.updated_at = event.at();
        match event {
            ConsumerUnitEvent::Registered(registered) => {
                let ConsumerUnitRegistered { number, profile, at } = *registered;
                *self = Self { number, profile, created_at: at, updated_at: at, ..Self::default() };
            }
            ConsumerUnitEvent::Updated(patch) => self.profile.apply(*patch),
            ConsumerUnitEvent::DiscountCreated(created) => self.discounts.push((*created).into()),
            ConsumerUnitEvent::DiscountDeleted(deleted) => {
                self.discounts.retain(|discount| discount.id != deleted.discount_id);
            }
            ConsumerUnitEvent::ChargeCreated(created) => self.charges.push((*created).into()),
            ConsumerUnitEvent::ChargeDeleted(deleted) => {
                self.charges.retain(|charge| charge.id != deleted.charge_id);
            }
            ConsumerUnitEvent::CreditsReceived(received) => self.receive(&received),
            ConsumerUnitEvent::Billed(billed) => self.billed(*billed),
            ConsumerUnitEvent::BillCancelled(cancelled) => self.bill_cancelled(cancelled.invoice_id),
        }
    }
}
