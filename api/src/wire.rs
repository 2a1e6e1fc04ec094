//! How values read in JSON bodies, as types: a view says what each of its fields is, and print and schema follow.

use crate::http;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

/// An amount of money: exact, with two decimals at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = f64, example = 5500.00)]
pub struct Amount(pub Decimal);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        http::money(self.0).serialize(out)
    }
}

/// A quantity, a price of one, a rate: exact, without needless zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = f64, example = 7.5)]
pub struct Number(pub Decimal);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        http::number(self.0).serialize(out)
    }
}

/// An instant: milliseconds, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2024-01-15T00:00:00.000Z")]
pub struct Instant(pub Timestamp);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&http::timestamp(self.0))
    }
}

/// A body that is a PDF, where answers are described.
#[derive(Debug)]
pub enum Pdf {}

impl PartialSchema for Pdf {
    fn schema() -> RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        RefOr::T(ObjectBuilder::new().schema_type(Type::String).format(Some(binary)).build().into())
    }
}

impl ToSchema for Pdf {}

/// The envelope of a success.
#[derive(Debug, Serialize, ToSchema)]
pub struct Data<T> {
    /// The thing itself, or the things.
    pub data: T,
}

impl<T> Data<T> {
    /// A success with its data.
    pub fn new(data: T) -> Self {
        Self { data }
    }
}

/// What every refusal of these routes says.
#[derive(Debug, ToSchema)]
#[schema(as = Error, example = json!({"error": "Missing required field: name", "errors": {"name": "Missing required field"}}))]
pub struct ErrorBody {
    /// What is wrong, in one line; every wrong field is named in it.
    pub error: String,
    /// What is wrong with each field, where fields are wrong.
    pub errors: Option<BTreeMap<String, String>>,
}

/// Makes a set of refusals that routes of one kind share, under the schema of their body.
macro_rules! refusals {
    ($schema:ty: $($(#[$doc:meta])* $name:ident = [$($status:literal),+];)+) => {$(
        $(#[$doc])*
        pub struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::Response>> {
                let schema = <$schema as utoipa::ToSchema>::name();
                [$($status),+].into_iter().map(|status| $crate::wire::refusal(status, &schema)).collect()
            }
        }
    )+};
    ($schema:ty) => {
        $crate::wire::refusals! {
            $schema:
            /// Of a list.
            OnList = [400, 401, 403, 429, 500, 503];
            /// Of reading one thing.
            OnRead = [400, 401, 403, 404, 429, 500, 503];
            /// Of making something.
            OnCreate = [400, 401, 403, 409, 413, 415, 422, 429, 500, 503];
            /// Of changing one thing (`PUT`, `PATCH`).
            OnChange = [400, 401, 403, 404, 409, 412, 413, 415, 429, 500, 503];
            /// Of deleting one thing.
            OnDelete = [400, 401, 403, 404, 409, 412, 429, 500, 503];
            /// Of doing something with one thing (`POST` under its path).
            OnAction = [400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 500, 503];
        }
    };
}

pub(crate) use refusals;

refusals!(ErrorBody);

/// One refusal, whose body has the schema of that name.
pub(crate) fn refusal(status: u16, schema: &str) -> (String, RefOr<Response>) {
    let meaning = match status {
        400 => "A parameter, a header or a field is missing, mistyped or out of range; all of them are named",
        401 => "No API key, or one that opens nothing",
        403 => "The key lacks the scope, or the plan does not allow more",
        404 => "There is no such thing in this tenant",
        409 => "A rule forbids it in this state, or a unique name is taken",
        410 => "It was there and its time is over",
        412 => "`If-Match` names another version than the current one",
        413 => "The body is larger than 1 MiB",
        415 => "The body is not `application/json`",
        422 => "The `Idempotency-Key` was used with a different request",
        429 => "Too many requests; `Retry-After` says when to come back",
        503 => "Temporarily unavailable, nothing was written; `Retry-After` says when to come back",
        _ => "Something failed here; the cause is in the server's log under the `X-Request-Id`",
    };
    let content = ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name(schema)))).build();
    let response = ResponseBuilder::new().description(meaning).content("application/json", content).build();
    (status.to_string(), RefOr::T(response))
}

/// The schema that every [`refusal`] refers to, for the document's components.
pub fn error_schema() -> (String, RefOr<Schema>) {
    (ErrorBody::name().into_owned(), ErrorBody::schema())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(value: impl Serialize) -> String {
        serde_json::to_string(&value).unwrap_or_default()
    }

    #[test]
    fn amounts_numbers_and_instants_print_as_the_documents_do() {
        let decimal = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(print(Amount(decimal("5500"))), "5500.00");
        assert_eq!(print(Amount(decimal("0.1250"))), "0.125");
        assert_eq!(print(Number(decimal("40.000"))), "40");
        assert_eq!(print(Number(decimal("7.50"))), "7.5");
        assert_eq!(print(Instant("2024-01-15T00:00:00Z".parse().unwrap())), "\"2024-01-15T00:00:00.000Z\"");
    }
}
