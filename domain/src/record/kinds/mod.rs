//! The kinds of records.

mod back_office;
mod pay;
mod sales;

pub use back_office::{ACCOUNT, CATEGORY, DEPARTMENT, PRODUCT};
pub use pay::{OVERRIDE_DETAIL, PAYSTUB_OVERVIEW, SCPF};
pub use sales::{PROJECT_OVERVIEW, SALES_PROJECT, SALES_USER, TEAM};

use super::{FieldType, Filter, RecordKind};

/// Every kind.
pub static KINDS: &[&RecordKind] = &[
    &ACCOUNT,
    &CATEGORY,
    &DEPARTMENT,
    &PRODUCT,
    &TEAM,
    &SALES_USER,
    &SALES_PROJECT,
    &PROJECT_OVERVIEW,
    &PAYSTUB_OVERVIEW,
    &SCPF,
    &OVERRIDE_DETAIL,
];

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static RecordKind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}

pub(crate) const NAME: FieldType = FieldType::Text { max: 200, non_empty: true };
pub(crate) const NOTES: FieldType = FieldType::Text { max: 5_000, non_empty: false };
/// What may be left empty.
pub(crate) const LINE: FieldType = FieldType::Text { max: 200, non_empty: false };
/// The id of something that may also be left empty. References are opaque: nothing looks whether it is there.
pub(crate) const MAYBE_ID: FieldType = FieldType::Text { max: 128, non_empty: false };
/// An amount, also below 0: what is clawed back.
pub(crate) const PAY: FieldType = FieldType::Money { negative: true };
/// kW.
pub(crate) const SYSTEM_SIZE: FieldType = FieldType::Decimal { min: 0, max: 1_000_000_000, places: 6 };
pub(crate) const IDS: FieldType = FieldType::List { of: &FieldType::Reference, min: 0, max: 1_000 };
/// Ids of which there must be one.
pub(crate) const SOME_IDS: FieldType = FieldType::List { of: &FieldType::Reference, min: 1, max: 1_000 };
/// Lists can be of one salesperson.
pub(crate) const BY_REP: Filter =
    Filter { parameter: Some("salesProfessionalId"), field: "sales_professional_id" };
