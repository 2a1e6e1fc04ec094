//! One schema describes what makes a thing and what changes it; these say what differs: which fields must be there, and
//! which may not be emptied.

use super::client_body::ClientBody;
use super::plant_body::PlantBody;
use super::unit_body::UnitBody;
use std::borrow::Cow;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

type Fields = &'static [(&'static str, Type)];

macro_rules! narrowed {
    ($($(#[$doc:meta])* $name:ident = $schema:literal: $body:ty, $required:expr, $filled:expr;)+) => {$(
        $(#[$doc])*
        pub(super) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                narrow(&<$body>::name(), $required, $filled)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($schema)
            }

            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.push((<$body>::name().into_owned(), <$body>::schema()));
                <$body>::schemas(schemas);
            }
        }
    )+};
}

const NAME: Fields = &[("name", Type::String)];
const OF_A_UNIT: Fields = &[
    ("accountNumber", Type::String),
    ("clientCode", Type::String),
    ("instalationType", Type::String),
    ("name", Type::String),
];
const NEVER_EMPTY: Fields = &[
    ("accountNumber", Type::String),
    ("clientCode", Type::String),
    ("createInvoiceSunneAutomatically", Type::Boolean),
    ("createPayment", Type::Boolean),
    ("discountRate", Type::Number),
    ("downloadDealership", Type::Boolean),
    ("instalationType", Type::String),
    ("name", Type::String),
    ("openingSavings", Type::Number),
    ("payDealershipBill", Type::Boolean),
    ("percentage", Type::Number),
    ("unifiedInvoice", Type::Boolean),
];

narrowed! {
    /// A client that is made.
    NewClient = "energy.NewClient": ClientBody, NAME, &[];
    /// A client that is changed.
    ClientChange = "energy.ClientChange": ClientBody, &[], NAME;
    /// A power plant that is made.
    NewPlant = "energy.NewPowerPlant": PlantBody, NAME, &[];
    /// A power plant that is changed.
    PlantChange = "energy.PowerPlantChange": PlantBody, &[], NAME;
    /// A consumer unit that is made.
    NewUnit = "energy.NewConsumerUnit": UnitBody, OF_A_UNIT, &[];
    /// A consumer unit that is changed.
    UnitChange = "energy.ConsumerUnitChange": UnitBody, &[], NEVER_EMPTY;
}

fn narrow(body: &str, required: Fields, filled: Fields) -> RefOr<Schema> {
    let mut object = ObjectBuilder::new();
    for (name, ty) in required.iter().chain(filled) {
        object = object.property(*name, ObjectBuilder::new().schema_type(ty.clone()));
    }
    let object = required.iter().fold(object, |object, (name, _)| object.required(*name));
    // First: `/docs` shows the examples of the last.
    RefOr::T(Schema::AllOf(AllOfBuilder::new().item(object).item(Ref::from_schema_name(body)).build()))
}
