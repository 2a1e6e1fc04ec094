//! What the bodies of `/v1/installations` may say.

use super::projects::PROJECT_ID;
use crate::fields::{Fields, one_of};
use crate::http::ids::{AnyId, any_id};
use serde_json::{Map, Value};
use sunledger_commands::Context;
use sunledger_domain::installation::{
    Details, InstallationDraft, InstallationPatch, InstallationStatus, MAX_PANELS,
};
use sunledger_domain::value::Change;
use utoipa::ToSchema;

/// A new installation.
#[derive(ToSchema)]
#[schema(as = crm::NewInstallation, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `draft` reads it")]
pub(super) struct NewInstallation {
    /// The project's UUID or number.
    #[schema(pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")]
    project_id: String,
    /// Where it stands already, of an installation that was begun elsewhere: `scheduled`, `in_progress`, `completed` or
    /// `maintenance`.
    #[schema(
        default = "scheduled",
        example = "scheduled",
        pattern = "^(scheduled|in_progress|completed|maintenance)$"
    )]
    status: Option<String>,
    /// Its panels: objects of any fields, kept as they are sent.
    #[schema(max_items = 1000, value_type = Option<Vec<Object>>, example = json!([{"model": "JA 550W", "power": 0.55}]))]
    panels: Option<Vec<Value>>,
    /// Its inverter: an object of any fields, kept as it is sent.
    #[schema(value_type = Option<Object>, example = json!({"model": "SG5.0RS", "power": 5}))]
    inverter: Option<Value>,
}

/// What changes in an installation: what is absent stays, `null` empties `panels` and `inverter`.
#[derive(ToSchema)]
#[schema(as = crm::InstallationChange, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `patch` reads it")]
pub(super) struct InstallationChange {
    /// Another project, to which it belongs from now on.
    #[schema(
        nullable = false,
        pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$"
    )]
    project_id: Option<String>,
    /// The step that it takes: from `scheduled` and `in_progress` to any, and between `completed` and `maintenance` once it
    /// is built.
    #[schema(
        example = "in_progress",
        nullable = false,
        pattern = "^(scheduled|in_progress|completed|maintenance)$"
    )]
    status: Option<String>,
    /// Its panels, all of them.
    #[schema(max_items = 1000, value_type = Option<Vec<Object>>)]
    panels: Option<Vec<Value>>,
    /// Its inverter, as a whole.
    #[schema(value_type = Option<Object>)]
    inverter: Option<Value>,
}

/// Reads a [`NewInstallation`]: the project that it names, and the rest.
pub(super) fn draft(fields: &mut Fields, context: &Context) -> (Option<AnyId>, InstallationDraft) {
    let project = fields.required(PROJECT_ID, |value| any_id(value).map(Some));
    let draft = InstallationDraft {
        status: fields.optional("status", status).unwrap_or_default(),
        panels: panels(fields).unwrap_or_default(),
        inverter: fields.optional("inverter", details),
        at: context.now,
        ..InstallationDraft::default()
    };
    (project, draft)
}

/// Reads an [`InstallationChange`]: the project that it names, and the rest.
pub(super) fn patch(fields: &mut Fields, context: &Context) -> (Option<AnyId>, InstallationPatch) {
    let project = fields.replacement(PROJECT_ID, any_id);
    let patch = InstallationPatch {
        place: None,
        status: fields.replacement("status", status),
        panels: if fields.has("panels") { Some(panels(fields).unwrap_or_default()) } else { None },
        inverter: match fields.change("inverter", details) {
            // An inverter of which nothing is known is none.
            Change::Set(none) if none == Details::default() => Change::Clear,
            change => change,
        },
        at: context.now,
    };
    (project, patch)
}

fn status(value: Value) -> Result<InstallationStatus, String> {
    one_of(&InstallationStatus::ALL.map(|status| (status.as_str(), status)))(value)
}

fn details(value: Value) -> Result<Details, String> {
    let Value::Object(fields) = value else { return Err("must be an object".to_owned()) };
    Details::new(fields)
}

/// A list of objects, each wrong one named by its index; `None` where it is absent, `null` or wrong.
fn panels(fields: &mut Fields) -> Option<Vec<Details>> {
    let values = match fields.take("panels")? {
        Value::Array(values) => values,
        _ => {
            fields.refuse("panels", "must be a list of objects");
            return None;
        }
    };
    if values.len() > MAX_PANELS {
        fields.refuse("panels", format!("must have at most {MAX_PANELS} entries"));
        return None;
    }
    let mut panels = Vec::with_capacity(values.len());
    for (index, value) in values.into_iter().enumerate() {
        match details(value) {
            Ok(panel) => panels.push(panel),
            Err(message) => fields.refuse(&format!("panels[{index}]"), message),
        }
    }
    Some(panels)
}

/// Details as they print: what was sent.
pub(super) fn printed(details: &Details) -> Map<String, Value> {
    details.fields().clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::at;
    use serde_json::json;
    use sunledger_domain::{DomainError, TenantId};

    fn context() -> Context {
        Context::system(TenantId::new("acme").unwrap(), "test", at("2024-06-15T12:00:00Z"))
    }

    fn fields(body: Value) -> Fields {
        Fields::new(body.as_object().unwrap().clone())
    }

    fn wrong(fields: Fields) -> Vec<String> {
        match fields.finish() {
            Err(DomainError::Invalid(errors)) => errors.iter().map(|(field, _)| field.to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_new_installation_needs_its_project_alone() {
        let mut body = fields(json!({"projectId": "7"}));
        let (project, read) = draft(&mut body, &context());
        assert!(wrong(body).is_empty());
        assert_eq!(project, Some(AnyId::Number(7)));
        assert_eq!(read, InstallationDraft { at: read.at, ..InstallationDraft::default() });
        let sent = json!({"model": "JA 550W", "power": 0.550});
        let mut body =
            fields(json!({"projectId": 7, "status": "completed", "panels": [sent], "inverter": sent}));
        let (_, read) = draft(&mut body, &context());
        assert!(wrong(body).is_empty());
        assert_eq!((read.status, read.panels.len()), (InstallationStatus::Completed, 1));
        assert_eq!(Value::Object(printed(&read.inverter.unwrap())), sent);
    }

    #[test]
    fn every_wrong_field_is_named_panels_by_their_index() {
        let all =
            json!({"projectId": {}, "status": "gone", "panels": [{}, 1, {"a": "\0"}], "inverter": "SG5.0RS"});
        let named = ["inverter", "panels[1]", "panels[2]", "projectId", "status"];
        let mut body = fields(all.clone());
        draft(&mut body, &context());
        assert_eq!(wrong(body), named);
        let mut body = fields(all);
        patch(&mut body, &context());
        assert_eq!(wrong(body), named);
        for panels in [json!("JA 550W"), json!({}), json!(vec![json!({}); MAX_PANELS + 1])] {
            let mut body = fields(json!({"panels": panels}));
            patch(&mut body, &context());
            assert_eq!(wrong(body), ["panels"]);
        }
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name_and_empties_what_can_be_empty() {
        let mut body = fields(json!({}));
        let (project, read) = patch(&mut body, &context());
        assert_eq!(
            (project, &read),
            (None, &InstallationPatch { at: read.at, ..InstallationPatch::default() })
        );
        for nothing in [json!({"panels": null, "inverter": null}), json!({"panels": [], "inverter": {}})] {
            let mut body = fields(nothing);
            let (_, read) = patch(&mut body, &context());
            assert!(wrong(body).is_empty());
            assert_eq!((read.panels, read.inverter), (Some(vec![]), Change::Clear));
        }
    }
}
