//! How a resource is printed: its id, the tenant where the document prints it, its fields, and its times as Firestore has
//! them.

use super::kept::Kept;
use super::resources::Resource;
use crate::http::ApiError;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value};
use sunledger_domain::TenantId;
use sunledger_domain::record::timestamp;
use sunledger_domain::value::decimal;

/// The answer to whoever made, changed or deleted something.
#[derive(Debug, Serialize)]
pub(super) struct IdBody {
    /// The id that it is shown by.
    pub(super) id: String,
}

/// One of a resource, printed.
///
/// # Errors
/// 500 where it cannot be printed.
pub(super) fn printed<A: Kept>(
    resource: &Resource,
    tenant: &TenantId,
    state: &A,
) -> Result<Map<String, Value>, ApiError> {
    let mut body = resource.kind.print(&state.fields()?);
    body.insert("id".to_owned(), state.shown().into());
    if resource.kind.names_tenant() {
        body.insert("tenant_id".to_owned(), tenant.home_str().into());
    }
    let (created, updated) = state.times();
    body.insert("created_at".to_owned(), timestamp::print(created));
    body.insert("updated_at".to_owned(), timestamp::print(updated));
    Ok(body)
}

/// An amount in fields as they are kept.
pub(super) fn decimal_of(fields: &Map<String, Value>, name: &str) -> Option<Decimal> {
    decimal::parse(fields.get(name)?.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::super::resources::{OVERRIDES, PROJECTS, TEAMS};
    use super::*;
    use serde_json::json;
    use sunledger_domain::Number;
    use sunledger_domain::overrides::{Override, OverrideFields};
    use sunledger_domain::record::{Record, SALES_PROJECT};

    fn tenant() -> TenantId {
        TenantId::new("acme").unwrap()
    }

    fn record(kind: &str, fields: Value) -> Record {
        let at = jiff::Timestamp::new(1_760_122_266, 975_000_000).unwrap();
        Record {
            kind: kind.to_owned(),
            number: Number(1),
            fields: fields.as_object().cloned().unwrap(),
            created_at: at,
            updated_at: at,
            ..Record::default()
        }
    }

    #[test]
    fn a_team_is_printed_as_in_the_document() {
        let fields = json!({ "name": "Sales Team Alpha", "is_active": true, "team_type": "Office", "created_by": "s4q" });
        let at = json!({ "_seconds": 1_760_122_266, "_nanoseconds": 975_000_000 });
        assert_eq!(
            Value::Object(printed(&TEAMS, &tenant(), &record("team", fields)).unwrap()),
            json!({
                "id": "000001", "name": "Sales Team Alpha", "is_active": true, "team_type": "Office",
                "tenant_id": "acme", "parent_id": null, "created_by": "s4q", "created_at": at, "updated_at": at,
            })
        );
    }

    #[test]
    fn a_project_is_printed_by_all_its_names() {
        let fields = json!({ "customer_name": "Martha", "project_status": "M3 Paid", "closed_date": "2025-07-07T00:00:00Z" });
        let body = printed(&PROJECTS, &tenant(), &record(SALES_PROJECT.name, fields)).unwrap();
        assert_eq!((&body["name"], &body["status"]), (&json!("Martha"), &json!("M3 Paid")));
        assert_eq!((&body["customer_name"], &body["description"]), (&json!("Martha"), &Value::Null));
        assert_eq!(body["closed_date"], json!({ "_seconds": 1_751_846_400, "_nanoseconds": 0 }));
    }

    #[test]
    fn an_override_names_no_tenant() {
        let fields = OverrideFields { amount: "1500".parse().unwrap(), ..OverrideFields::default() };
        let made = Override { number: Number(3), fields, ..Override::default() };
        let body = printed(&OVERRIDES, &tenant(), &made).unwrap();
        assert_eq!(body["id"], "000003");
        assert!(!body.contains_key("tenant_id"));
    }
}
