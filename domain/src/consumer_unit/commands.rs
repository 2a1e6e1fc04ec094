//! What can be asked of a consumer unit.

use super::{UnitPatch, UnitProfile};
use crate::energy::{AdjustmentValue, BillDraft};
use crate::value::Competence;
use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

/// What can be asked of a unit. That its client and its power plant exist, and that the plant has the share left,
/// is checked by who sends it: the plant's own share is changed in the same unit of work.
#[derive(Debug, Clone, PartialEq)]
pub enum ConsumerUnitCommand {
    /// Make it.
    Register {
        /// Its fields.
        profile: Box<UnitProfile>,
        /// Now.
        at: Timestamp,
    },
    /// Change it.
    Update(Box<UnitPatch>),
    /// Take something off a month's invoice.
    CreateDiscount(Box<NewDiscount>),
    /// Take a discount back that no invoice has used.
    DeleteDiscount {
        /// Which.
        discount_id: Uuid,
        /// Now.
        at: Timestamp,
    },
    /// Put something on a month's invoice.
    CreateCharge(Box<NewCharge>),
    /// Take a charge back that is on no invoice.
    DeleteCharge {
        /// Which.
        charge_id: Uuid,
        /// Now.
        at: Timestamp,
    },
    /// Its share of what its power plant generated in a month.
    ReceiveCredits {
        /// The plant.
        power_plant_id: Uuid,
        /// The month.
        competence: Competence,
        /// kWh, above 0.
        energy: Decimal,
        /// Now.
        at: Timestamp,
    },
    /// The utility's bill came: bill the month.
    PostBill(Box<PostBill>),
    /// The invoice of a bill was cancelled: everything is as if the month had not been billed.
    CancelBill {
        /// The invoice.
        invoice_id: Uuid,
        /// Now.
        at: Timestamp,
    },
}

/// A new discount.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDiscount {
    /// Its id, new to the unit.
    pub discount_id: Uuid,
    /// What it is worth.
    pub value: AdjustmentValue,
    /// Whether what does not fit goes on to later bills.
    pub cumulative: bool,
    /// Whether it counts as savings.
    pub real: bool,
    /// What it is for; 1 to 50 characters.
    pub description: String,
    /// The month whose invoice it is taken off.
    pub competence: Competence,
    /// Now.
    pub at: Timestamp,
}

/// A new charge.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCharge {
    /// Its id, new to the unit.
    pub charge_id: Uuid,
    /// What it is worth.
    pub value: AdjustmentValue,
    /// Whether it is taken from the savings.
    pub real: bool,
    /// What it is for; 1 to 50 characters.
    pub description: String,
    /// The month whose invoice it is put on.
    pub competence: Competence,
    /// Now.
    pub at: Timestamp,
}

/// The utility's bill for one month.
#[derive(Debug, Clone, PartialEq)]
pub struct PostBill {
    /// The invoice that is made of it, in the same unit of work.
    pub invoice_id: Uuid,
    /// The bill.
    pub bill: BillDraft,
    /// Now.
    pub at: Timestamp,
}
