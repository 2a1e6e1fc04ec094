//! A line of an import: what kind of thing, under which id, with which fields.

use super::super::body;
use super::super::place::Place;
use super::super::resources::{ALL, OVERRIDE_DETAILS, Resource};
use super::Wrong;
use crate::auth::Call;
use crate::auth::area::Commissions;
use crate::http::ApiError;
use crate::server::body::json_object;
use http::HeaderMap;
use serde_json::{Map, Value};
use sunledger_domain::record::{CheckedFields, Printed, SetBy};
use sunledger_domain::{FieldErrors, TenantId};

/// What an export says beside what a POST takes.
const PASSED_OVER: [&str; 2] = ["created_at", "updated_at"];

/// Something to be made.
#[derive(Debug)]
pub(super) struct Line {
    /// Which line, from 1.
    pub(super) number: u64,
    pub(super) resource: &'static Resource,
    pub(super) id: String,
    pub(super) fields: CheckedFields,
    /// The public id of the override that a detail belongs to.
    pub(super) of_override: Option<String>,
}

/// The resource of that name.
pub(super) fn resource(name: &str) -> Result<&'static Resource, String> {
    let found = ALL.into_iter().find(|resource| resource.is_called(name));
    found.ok_or_else(|| {
        let known: Vec<&str> = ALL.iter().map(|resource| resource.kind.name).collect();
        format!("must be one of: {}", known.join(", "))
    })
}

impl Line {
    /// Reads a line; none where it is empty.
    pub(super) fn read(
        number: u64,
        text: &[u8],
        otherwise: Option<&'static Resource>,
        call: &Call<Commissions>,
    ) -> Result<Option<Self>, Wrong> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        let object = json_object(&HeaderMap::new(), text)?;
        Self::of(number, object, otherwise, &call.tenant, &Place::of_caller(call)).map(Some)
    }

    fn of(
        number: u64,
        mut object: Map<String, Value>,
        otherwise: Option<&'static Resource>,
        tenant: &TenantId,
        place: &Place,
    ) -> Result<Self, Wrong> {
        let resource = match (object.remove("kind"), otherwise) {
            (Some(Value::String(name)), _) => {
                resource(&name).map_err(|message| ApiError::invalid("kind", message))?
            }
            (Some(_), _) => return Err(ApiError::invalid("kind", "must be a string").into()),
            (None, Some(resource)) => resource,
            (None, None) => return Err(ApiError::invalid("kind", "is required").into()),
        };
        match object.remove("data") {
            Some(Value::Object(data)) => object.extend(data),
            Some(_) => return Err(ApiError::invalid("data", "must be an object").into()),
            None => {}
        }
        let id = object.get("id").and_then(Value::as_str).map(str::to_owned);
        Self::of_fields(number, resource, object, tenant, place)
            .map_err(|error| Wrong { id, error: Box::new(error) })
    }

    fn of_fields(
        number: u64,
        resource: &'static Resource,
        mut object: Map<String, Value>,
        tenant: &TenantId,
        place: &Place,
    ) -> Result<Self, ApiError> {
        let mut errors = FieldErrors::new();
        let of_override = match resource.id == OVERRIDE_DETAILS.id {
            true => override_id(&mut object, &mut errors),
            false => None,
        };
        if object.get("id").is_none_or(Value::is_null) {
            errors.add("id", "is required: by it an import that is sent again knows what is there");
        }
        as_posted(resource, &mut object);
        match body::whole(resource.kind, object, tenant, place) {
            Ok(read) if errors.is_empty() => {
                let id = read.custom_id.unwrap_or_default();
                Ok(Self { number, resource, id, fields: read.fields, of_override })
            }
            Ok(_) => Err(ApiError::fields(errors)),
            Err(wrong) => {
                errors.merge("", wrong.fields.unwrap_or_default());
                Err(ApiError::fields(errors))
            }
        }
    }
}

/// Leaves out what is only printed: times, what the program sets, and second names that say the same as the first.
fn as_posted(resource: &Resource, object: &mut Map<String, Value>) {
    object.retain(|name, _| !PASSED_OVER.contains(&name.as_str()));
    for field in resource.kind.fields {
        if field.set_by == SetBy::Program {
            object.remove(field.name);
        }
        if let Printed::Also(second) = field.printed
            && object.get(second).is_some()
            && object.get(second) == object.get(field.name)
        {
            object.remove(second);
        }
    }
}

fn override_id(object: &mut Map<String, Value>, errors: &mut FieldErrors) -> Option<String> {
    // Whose override it is, the override says itself.
    object.remove("manager_id");
    match object.remove("override_id") {
        Some(Value::String(id)) => Some(id),
        Some(Value::Null) | None => {
            errors.add("override_id", "is required");
            None
        }
        Some(_) => {
            errors.add("override_id", "must be a string");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::resources::{SCPFS, TEAMS};
    use super::*;
    use serde_json::json;

    fn read(line: Value, otherwise: Option<&'static Resource>) -> Result<Line, String> {
        let place = Place { caller: "key".into(), manager_id: None, override_id: None };
        let tenant = TenantId::new("acme").unwrap();
        let read = Line::of(1, line.as_object().cloned().unwrap(), otherwise, &tenant, &place);
        read.map_err(|wrong| wrong.error.message.into_owned())
    }

    fn team(more: Value) -> Value {
        let mut team = json!({
            "id": "t-1", "name": "A", "is_active": true, "team_type": "Office", "tenant_id": "acme",
        });
        team.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        team
    }

    #[test]
    fn a_line_says_what_it_is_or_the_request_does() {
        for kind in ["team", "teams"] {
            let line = read(team(json!({ "kind": kind })), Some(&SCPFS)).unwrap();
            assert_eq!((line.resource.kind.name, line.id.as_str()), ("team", "t-1"));
        }
        let line = read(team(json!({})), Some(&TEAMS)).unwrap();
        assert_eq!(line.fields.as_map().len(), 3);
        let nested = json!({ "kind": "teams", "data": team(json!({})) });
        assert_eq!(read(nested, None).unwrap().id, "t-1");
        assert_eq!(read(team(json!({})), None).err().unwrap(), "kind: is required");
        assert!(
            read(team(json!({ "kind": "squads" })), None)
                .err()
                .unwrap()
                .starts_with("kind: must be one of: team, ")
        );
    }

    #[test]
    fn what_an_export_has_beside_the_fields_is_passed_over() {
        let at = json!({ "_seconds": 1, "_nanoseconds": 0 });
        let exported =
            team(json!({ "created_at": at, "updated_at": at, "created_by": "x", "parent_id": null }));
        assert_eq!(read(exported, Some(&TEAMS)).unwrap().fields.as_map().len(), 3);
        let wrong =
            read(team(json!({ "id": null, "colour": "red", "name": 5 })), Some(&TEAMS)).err().unwrap();
        for name in ["colour: ", "id: is required", "name: must be a string"] {
            assert!(wrong.contains(name), "{name} in {wrong}");
        }
    }

    #[test]
    fn a_detail_names_its_override() {
        let detail = |more: Value| {
            let mut line = json!({
                "kind": "override_detail", "id": "d-1", "closed_date": 0, "closer": "C", "customer_name": "J",
                "date_paid": 0, "total_this_period": 1,
            });
            line.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            read(line, None)
        };
        let line = detail(json!({ "override_id": "o-1", "manager_id": "m-1" })).unwrap();
        assert_eq!(line.of_override.as_deref(), Some("o-1"));
        assert!(!line.fields.as_map().contains_key("override_id"));
        assert_eq!(detail(json!({})).err().unwrap(), "override_id: is required");
    }
}
