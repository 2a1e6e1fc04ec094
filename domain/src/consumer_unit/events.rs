//! What happened to a consumer unit, as the log keeps it.

use super::{CreditDraw, UnitPatch, UnitProfile};
use crate::aggregate::events;
use crate::energy::{AdjustmentValue, Billing};
use crate::entity::Number;
use crate::value::Competence;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

events! {
    /// What happened to a consumer unit.
    ConsumerUnitEvent {
        /// It was registered.
        "consumer_unit.registered" => Registered(Box<ConsumerUnitRegistered>),
        /// Some of its fields changed.
        "consumer_unit.updated" => Updated(Box<UnitPatch>),
        /// Something is to be taken off a month's invoice.
        "discount.created" => DiscountCreated(Box<DiscountCreated>),
        /// A discount was taken back.
        "discount.deleted" => DiscountDeleted(DiscountDeleted),
        /// Something is to be put on a month's invoice.
        "charge.created" => ChargeCreated(Box<ChargeCreated>),
        /// A charge was taken back.
        "charge.deleted" => ChargeDeleted(ChargeDeleted),
        /// It got its share of what its power plant generated in a month.
        "consumer_unit.credits_received" => CreditsReceived(ConsumerUnitCreditsReceived),
        /// A month of it was billed.
        "consumer_unit.billed" => Billed(Box<ConsumerUnitBilled>),
        /// The invoice of a month was cancelled.
        "consumer_unit.bill_cancelled" => BillCancelled(ConsumerUnitBillCancelled),
    }
}

/// A unit was registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConsumerUnitRegistered {
    /// Its sequential number.
    pub number: Number,
    /// Its fields.
    pub profile: UnitProfile,
    /// When.
    pub at: Timestamp,
}

/// Something is to be taken off a month's invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiscountCreated {
    /// The discount.
    pub discount_id: Uuid,
    /// What it is worth.
    pub value: AdjustmentValue,
    /// Whether what does not fit goes on to later bills.
    pub cumulative: bool,
    /// Whether it counts as savings.
    pub real: bool,
    /// What it is for.
    pub description: String,
    /// The month.
    pub competence: Competence,
    /// When.
    pub at: Timestamp,
}

/// A discount was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiscountDeleted {
    /// The discount.
    pub discount_id: Uuid,
    /// When.
    pub at: Timestamp,
}

/// Something is to be put on a month's invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChargeCreated {
    /// The charge.
    pub charge_id: Uuid,
    /// What it is worth.
    pub value: AdjustmentValue,
    /// Whether it is taken from the savings.
    pub real: bool,
    /// What it is for.
    pub description: String,
    /// The month.
    pub competence: Competence,
    /// When.
    pub at: Timestamp,
}

/// A charge was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChargeDeleted {
    /// The charge.
    pub charge_id: Uuid,
    /// When.
    pub at: Timestamp,
}

/// A unit got its share of what its power plant generated in a month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConsumerUnitCreditsReceived {
    /// The plant.
    pub power_plant_id: Uuid,
    /// The month of generation.
    pub competence: Competence,
    /// kWh.
    pub energy: Decimal,
    /// The last month whose bill can use them.
    pub usable_until: Competence,
    /// When.
    pub at: Timestamp,
}

/// A month of a unit was billed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConsumerUnitBilled {
    /// The invoice.
    pub invoice_id: Uuid,
    /// The bill, what its amount was made of, and what came out.
    pub billing: Billing,
    /// The credits that were used, oldest first. Less than `creditosUtilizados` where the unit had received less.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<CreditDraw>,
    /// Credits that had lapsed by the month of the bill.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lapsed: Vec<CreditDraw>,
    /// When.
    pub at: Timestamp,
}

/// The invoice of a month was cancelled. Its discounts, charges and credits are free again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConsumerUnitBillCancelled {
    /// The invoice.
    pub invoice_id: Uuid,
    /// The month.
    pub competence: Competence,
    /// When.
    pub at: Timestamp,
}
