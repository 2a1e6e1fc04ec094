//! What a body of a resource says: the kind's fields, the id that a new one is to have, the tenant.

use super::place::Place;
use crate::http::ApiError;
use serde_json::{Map, Value};
use sunledger_domain::record::{CheckedFields, RecordKind, Unknown};
use sunledger_domain::{FieldErrors, TenantId, public_id};

/// A body that was read.
#[derive(Debug)]
pub(super) struct Body {
    /// The id to name it by.
    pub(super) custom_id: Option<String>,
    /// Its fields.
    pub(super) fields: CheckedFields,
}

/// A body that makes something.
///
/// # Errors
/// 400 naming every wrong field.
pub(super) fn whole(
    kind: &'static RecordKind,
    mut body: Map<String, Value>,
    tenant: &TenantId,
    place: &Place,
) -> Result<Body, ApiError> {
    let mut errors = FieldErrors::new();
    let custom_id = body.remove("id").and_then(|id| own_id(id, &mut errors));
    if kind.names_tenant() && body.get("tenant_id").is_none_or(Value::is_null) {
        errors.add("tenant_id", "is required");
    }
    let fields = fields(kind, body, tenant, place, false, &mut errors);
    match fields {
        Some(fields) if errors.is_empty() => Ok(Body { custom_id, fields }),
        _ => Err(ApiError::fields(errors)),
    }
}

/// A body that changes something.
///
/// # Errors
/// As [`whole`].
pub(super) fn part(
    kind: &'static RecordKind,
    body: Map<String, Value>,
    tenant: &TenantId,
    place: &Place,
) -> Result<CheckedFields, ApiError> {
    let mut errors = FieldErrors::new();
    let fields = fields(kind, body, tenant, place, true, &mut errors);
    fields.filter(|_| errors.is_empty()).ok_or_else(|| ApiError::fields(errors))
}

fn fields(
    kind: &'static RecordKind,
    mut body: Map<String, Value>,
    tenant: &TenantId,
    place: &Place,
    partial: bool,
    errors: &mut FieldErrors,
) -> Option<CheckedFields> {
    if kind.names_tenant() {
        same_tenant(&mut body, tenant, errors);
    }
    if let (Some(manager), Some(Value::String(named))) = (&place.manager_id, body.get("manager_id"))
        && kind.field("manager_id").is_some()
        && named.trim() != manager
    {
        errors.add("manager_id", "must match the managerId in the URL");
    }
    match kind.check(body, partial, Unknown::Reject) {
        Ok(fields) => Some(fields),
        Err(wrong) => {
            errors.merge("", wrong);
            None
        }
    }
}

/// Some fields of a body, as far as it has them.
pub(super) fn picked(body: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let have = names.iter().filter_map(|name| body.get_key_value(*name));
    have.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Takes `tenant_id` out of a body; where it is there, it must be the path's.
pub(super) fn same_tenant(body: &mut Map<String, Value>, tenant: &TenantId, errors: &mut FieldErrors) {
    match body.remove("tenant_id") {
        None => {}
        Some(Value::String(named)) if named == tenant.home_str() => {}
        Some(Value::String(_)) => errors.add("tenant_id", "must match the tenantId in the URL"),
        Some(Value::Null) => errors.add("tenant_id", "must not be null"),
        Some(_) => errors.add("tenant_id", "must be a string"),
    }
}

/// The id that a body names; `null` is none.
pub(super) fn own_id(id: Value, errors: &mut FieldErrors) -> Option<String> {
    match id {
        Value::Null => None,
        Value::String(id) => errors.check("id", public_id::check(&id)),
        _ => {
            errors.add("id", "must be a string");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Surface;
    use serde_json::json;
    use sunledger_domain::overrides::OVERRIDE;
    use sunledger_domain::record::{SALES_USER, TEAM};

    fn tenant() -> TenantId {
        TenantId::new("acme").unwrap()
    }

    fn place(manager: Option<&str>) -> Place {
        Place { caller: "key".into(), manager_id: manager.map(str::to_owned), override_id: None }
    }

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    fn said<T>(read: Result<T, ApiError>) -> String {
        let error = read.err().map(|error| Surface::Commissions.print(&error, jiff::Timestamp::UNIX_EPOCH));
        error.map(|error| error["error"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
    }

    fn team(more: Value) -> Map<String, Value> {
        let mut body =
            object(json!({ "name": "A", "is_active": true, "team_type": "Office", "tenant_id": "acme" }));
        body.extend(object(more));
        body
    }

    #[test]
    fn a_body_may_name_the_id_and_must_name_the_tenant() {
        let read = |more| whole(&TEAM, team(more), &tenant(), &place(None));
        let body = read(json!({ "id": "alpha" })).unwrap();
        assert_eq!((body.custom_id.as_deref(), body.fields.as_map().len()), (Some("alpha"), 3));
        assert_eq!(read(json!({ "id": null })).unwrap().custom_id, None);
        assert_eq!(said(read(json!({ "id": 7 }))), "id must be a string");
        assert_eq!(said(read(json!({ "id": "" }))), "id must not be empty");
        assert_eq!(
            said(read(json!({ "tenant_id": "other" }))),
            "tenant_id must match the tenantId in the URL"
        );
        assert_eq!(said(read(json!({ "tenant_id": null }))), "tenant_id is required");
        assert_eq!(said(read(json!({ "tenant_id": 7 }))), "tenant_id must be a string");
        assert_eq!(
            said(read(json!({ "team_type": "X" }))),
            "team_type must be one of: Office, Region, Division"
        );
    }

    #[test]
    fn every_wrong_field_is_named() {
        let body = object(json!({ "id": "a/b", "name": " ", "is_active": "yes", "colour": "red" }));
        assert_eq!(
            said(whole(&TEAM, body, &tenant(), &place(None))),
            "colour is not a known field; id must be letters, digits, and - _ . ~ : @ only; \
             is_active must be a boolean; name must not be empty; team_type is required; tenant_id is required"
        );
    }

    #[test]
    fn a_change_names_neither_the_id_nor_has_to_name_the_tenant() {
        let read = |body| part(&TEAM, object(body), &tenant(), &place(None));
        assert!(read(json!({})).unwrap().as_map().is_empty());
        assert!(read(json!({ "tenant_id": "acme", "name": "B" })).is_ok());
        assert_eq!(said(read(json!({ "tenant_id": "x" }))), "tenant_id must match the tenantId in the URL");
        assert_eq!(said(read(json!({ "id": "alpha" }))), "id is not a known field");
        let user = part(&SALES_USER, object(json!({ "tenant_id": "acme" })), &tenant(), &place(None));
        assert_eq!(said(user), "tenant_id is not a known field", "the document has none of a user");
    }

    #[test]
    fn an_override_is_of_the_manager_in_the_path() {
        let read = |manager: &str| {
            part(&OVERRIDE, object(json!({ "manager_id": manager })), &tenant(), &place(Some("m-1")))
        };
        assert!(read("m-1").is_ok());
        assert_eq!(said(read("m-2")), "manager_id must match the managerId in the URL");
    }
}
