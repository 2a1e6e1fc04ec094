//! What discounts and charges have in common: their bodies, their answers, and whose they are.
//!
//! A discount or a charge is part of its consumer unit, and is deleted by its id alone. In the log the id is a name of the
//! unit, which tells whose it is.

use super::invoices::refused;
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Energy;
use crate::fields::{Fields, boolean, line, number, parsed};
use crate::http::ids::{AnyId, any_id};
use crate::http::{ApiError, Reply, ids};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use sunledger_commands::Outcome;
use sunledger_domain::TenantId;
use sunledger_domain::consumer_unit::{ADJUSTMENT, ConsumerUnit, ConsumerUnitCommand};
use sunledger_domain::energy::AdjustmentValue;
use sunledger_domain::value::Competence;
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 50;
const ID: &str = "id";

/// An adjustment was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = energy::AdjustmentMade)]
pub(super) struct MadeView {
    /// Always true.
    #[schema(example = true)]
    success: bool,
    /// Its id.
    id: Uuid,
}

impl MadeView {
    /// The answer for a new discount or charge. `version` is its unit's.
    pub(super) fn reply(id: Uuid, version: i64, replayed: bool) -> Result<Reply, ApiError> {
        Ok(Reply::ok(&Self { success: true, id })?.version(version).replayed(replayed))
    }
}

/// Which adjustment is to go.
#[derive(ToSchema)]
#[schema(as = energy::AdjustmentToDelete)]
#[expect(dead_code, reason = "describes the body; `named` reads it")]
pub(super) struct ToDelete {
    /// Its id.
    id: Uuid,
}

/// An adjustment is gone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = energy::AdjustmentDeleted)]
pub(super) struct DeletedView {
    /// Always true.
    #[schema(example = true)]
    deleted: bool,
}

impl DeletedView {
    /// The answer.
    pub(super) fn reply() -> Result<Reply, ApiError> {
        Reply::ok(&Self { deleted: true })
    }
}

/// What the bodies of both say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Adjustment {
    pub(super) unit: Option<AnyId>,
    pub(super) value: AdjustmentValue,
    pub(super) real: bool,
    pub(super) description: String,
    pub(super) competence: Competence,
}

/// Reads what both bodies have: `consumerUnitId`, `value`, `isValueCategoryPercentage`, `realDiscount`, `description`,
/// `competence`.
pub(super) fn read(fields: &mut Fields) -> Adjustment {
    let percentage = fields.optional("isValueCategoryPercentage", boolean).unwrap_or_default();
    let value = |value: Value| {
        number(|value: Decimal| AdjustmentValue::from_document(value, percentage))(value).map(Some)
    };
    Adjustment {
        unit: fields.required("consumerUnitId", |value| any_id(value).map(Some)),
        // Where there is none, no command is made of this.
        value: fields.required("value", value).unwrap_or(AdjustmentValue::Amount(Decimal::ZERO)),
        real: fields.optional("realDiscount", boolean).unwrap_or_default(),
        description: fields.required("description", line(MAX_DESCRIPTION)),
        competence: fields.required("competence", parsed(competence)),
    }
}

/// The document's pattern has a slash between month and year, and nothing else.
fn competence(text: &str) -> Result<Competence, &'static str> {
    let as_documented = text.len() == 7 && text.contains('/');
    as_documented
        .then(|| Competence::parse(text))
        .and_then(Result::ok)
        .ok_or("must be a month, MM/YYYY, from 1900 to 2199")
}

/// The unit that a body names. A UUID is taken as it is: the command tells whether there is such a unit.
///
/// # Errors
/// 404 where there is none.
pub(super) async fn unit_of(app: &App, tenant: &TenantId, named: Option<AnyId>) -> Result<Uuid, ApiError> {
    let found = match named {
        Some(id) => ids::named::<ConsumerUnit>(app, tenant, id).await?,
        None => None,
    };
    found.ok_or_else(|| ApiError::not_found("consumer unit"))
}

/// Does something about an adjustment of a unit.
///
/// # Errors
/// The command's.
pub(super) async fn execute(
    app: &App,
    call: &Call<Energy>,
    unit_id: Uuid,
    command: ConsumerUnitCommand,
) -> Result<Outcome<ConsumerUnit>, ApiError> {
    match app.commands.execute::<ConsumerUnit>(&call.context, unit_id, command).await {
        Ok(done) => Ok(done),
        Err(error) => Err(refusal(refused(app, &call.tenant, error).await)),
    }
}

/// The adjustment that a DELETE names, in its body (or, for callers that can send none, as `?id=`), and its unit.
///
/// # Errors
/// 400 where it names none, 404 where there is no such unit; `what` is `discount` or `charge`.
pub(super) async fn named(
    app: &App,
    tenant: &TenantId,
    mut fields: Fields,
    query: Option<&str>,
    what: &str,
) -> Result<(Uuid, Uuid), ApiError> {
    let text: String = match query.filter(|_| !fields.has(ID)) {
        Some(text) => text.to_owned(),
        None => fields.required(ID, parsed(|text: &str| Ok::<_, String>(text.trim().to_owned()))),
    };
    fields.finish()?;
    // A text of another form is the id of nothing.
    let id = Uuid::try_parse(&text).map_err(|_| ApiError::not_found(what))?;
    let unit = app.log.name_owner(tenant, ADJUSTMENT, &id.to_string()).await?;
    Ok((id, unit.ok_or_else(|| ApiError::not_found(what))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use sunledger_domain::DomainError;

    fn read_body(body: Value) -> Result<Adjustment, Vec<String>> {
        let Value::Object(map) = body else { panic!("no object") };
        let mut fields = Fields::new(map);
        let read = read(&mut fields);
        match fields.finish() {
            Ok(()) => Ok(read),
            Err(DomainError::Invalid(errors)) => {
                Err(errors.iter().map(|(field, _)| field.to_owned()).collect())
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn sample() -> Value {
        json!({"consumerUnitId": 123456, "value": 5000, "realDiscount": false, "description": "Taxa administrativa",
               "competence": "07/2025", "isValueCategoryPercentage": false})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut body = sample();
        body[name] = value;
        body
    }

    #[test]
    fn the_documents_sample_is_in_centavos() {
        let read = read_body(sample()).unwrap();
        assert_eq!(read.unit, Some(AnyId::Number(123_456)));
        assert_eq!(read.value, AdjustmentValue::Amount("50".parse().unwrap()));
        assert_eq!((read.real, read.competence.to_string().as_str()), (false, "07/2025"));
        let mut body = with("value", json!(10));
        body["isValueCategoryPercentage"] = json!(true);
        assert_eq!(read_body(body).unwrap().value, AdjustmentValue::Percent("10".parse().unwrap()));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let all = read_body(json!({})).unwrap_err();
        assert_eq!(all, ["competence", "consumerUnitId", "description", "value"]);
        for (name, wrong) in [
            ("consumerUnitId", json!(0)),
            ("value", json!(0)),
            ("value", json!(0.5)),
            ("value", json!("5000")),
            ("description", json!("x".repeat(51))),
            ("competence", json!("07-2025")),
            ("competence", json!("7/2025")),
            ("competence", json!(" 07/2025")),
            ("competence", json!("07/2025\n")),
            ("competence", json!("13/2025")),
            ("realDiscount", json!("yes")),
            ("isValueCategoryPercentage", json!(1)),
        ] {
            assert_eq!(read_body(with(name, wrong.clone())).unwrap_err(), [name], "{wrong}");
        }
        // 5,000 percent.
        assert_eq!(read_body(with("isValueCategoryPercentage", json!(true))).unwrap_err(), ["value"]);
    }
}
