//! What the bodies of `/v1/projects` may say.

use crate::fields::{Fields, line, lines, number, one_of, parsed};
use crate::http::ids::{AnyId, any_id};
use serde_json::Value;
use sunledger_commands::Context;
use sunledger_domain::project::{
    EstimatedCost, MAX_NAME, MAX_NOTES, ProjectPatch, ProjectProfile, ProjectStatus, SystemSize,
};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::CalendarDate;
use utoipa::ToSchema;

/// The field that names the client.
pub(super) const CLIENT_ID: &str = "clientId";

/// A new project.
#[derive(ToSchema)]
#[schema(as = crm::NewProject, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `draft` reads it")]
pub(super) struct NewProject {
    /// The client's UUID or number.
    #[schema(pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")]
    client_id: String,
    /// What it is called.
    #[schema(max_length = 200, example = "Telhado da padaria")]
    name: String,
    /// Size of the system in kW, above 0.
    #[schema(maximum = 1_000_000, example = 12.5, exclusive_minimum = 0)]
    system_size: f64,
    /// What it is expected to cost, in the company's currency.
    #[schema(minimum = 0, example = 45000.00)]
    estimated_cost: f64,
    /// The day on which it is to begin: a date, or the day of a time.
    #[schema(format = Date, example = "2026-05-01")]
    start_date: Option<String>,
    /// Notes about it.
    #[schema(max_length = 5000)]
    notes: Option<String>,
    /// Where it stands already, of a project that was begun elsewhere: `planning`, `approved`, `in_progress`, `completed` or
    /// `cancelled`.
    #[schema(
        default = "planning",
        example = "planning",
        pattern = "^(planning|approved|in_progress|completed|cancelled)$"
    )]
    status: Option<String>,
}

/// What changes in a project: what is absent stays, `null` empties `startDate` and `notes`.
#[derive(ToSchema)]
#[schema(as = crm::ProjectChange, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `patch` reads it")]
pub(super) struct ProjectChange {
    /// Another client, while nothing is installed yet.
    #[schema(
        nullable = false,
        pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$"
    )]
    client_id: Option<String>,
    /// Another name.
    #[schema(max_length = 200, nullable = false)]
    name: Option<String>,
    /// Another size in kW.
    #[schema(maximum = 1_000_000, nullable = false, exclusive_minimum = 0)]
    system_size: Option<f64>,
    /// Another expected cost.
    #[schema(minimum = 0, nullable = false)]
    estimated_cost: Option<f64>,
    /// Another first day.
    #[schema(format = Date)]
    start_date: Option<String>,
    /// Other notes.
    #[schema(max_length = 5000)]
    notes: Option<String>,
    /// The step that it takes: from `planning` to `approved`, from there to `in_progress`, from there to `completed`; from each
    /// of them to `cancelled`, but not from `completed`.
    #[schema(
        example = "approved",
        nullable = false,
        pattern = "^(planning|approved|in_progress|completed|cancelled)$"
    )]
    status: Option<String>,
}

/// Reads a [`NewProject`]: whom it names, its fields without that, and its status.
pub(super) fn draft(fields: &mut Fields, profile: &Tenant) -> (Option<AnyId>, ProjectProfile, ProjectStatus) {
    let client = fields.required(CLIENT_ID, |value| any_id(value).map(Some));
    let project = ProjectProfile {
        client_id: uuid::Uuid::nil(),
        name: fields.required("name", line(MAX_NAME)),
        system_size: fields.required("systemSize", number(SystemSize::new)),
        estimated_cost: fields.required("estimatedCost", number(EstimatedCost::new)),
        start_date: fields.optional("startDate", date(profile)),
        notes: fields.optional("notes", lines(MAX_NOTES)),
    };
    (client, project, fields.optional("status", status).unwrap_or_default())
}

/// Reads a [`ProjectChange`]: whom it names, and the rest.
pub(super) fn patch(
    fields: &mut Fields,
    profile: &Tenant,
    context: &Context,
) -> (Option<AnyId>, ProjectPatch) {
    let client = fields.replacement(CLIENT_ID, any_id);
    let patch = ProjectPatch {
        client_id: None,
        name: fields.replacement("name", line(MAX_NAME)),
        system_size: fields.replacement("systemSize", number(SystemSize::new)),
        estimated_cost: fields.replacement("estimatedCost", number(EstimatedCost::new)),
        start_date: fields.change("startDate", date(profile)),
        notes: fields.change("notes", lines(MAX_NOTES)),
        status: fields.replacement("status", status),
        at: context.now,
    };
    (client, patch)
}

fn status(value: Value) -> Result<ProjectStatus, String> {
    one_of(&ProjectStatus::ALL.map(|status| (status.as_str(), status)))(value)
}

fn date(profile: &Tenant) -> impl Fn(Value) -> Result<CalendarDate, String> {
    parsed(move |text| CalendarDate::parse_in(text, &profile.time_zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::at;
    use serde_json::json;
    use sunledger_domain::value::Change;
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
    fn a_new_project_is_read_in_full() {
        let mut body = fields(json!({
            "clientId": 7, "name": "Telhado", "systemSize": 12.5, "estimatedCost": 45000, "notes": "a\nb",
            "startDate": "2026-05-01T23:30:00-03:00", "status": "approved", "whatever": 1,
        }));
        let (client, project, status) = draft(&mut body, &Tenant::default());
        assert!(wrong(body).is_empty());
        assert_eq!((client, status), (Some(AnyId::Number(7)), ProjectStatus::Approved));
        assert_eq!((project.name.as_str(), project.notes.as_deref()), ("Telhado", Some("a\nb")));
        assert_eq!(project.start_date.unwrap().to_string(), "2026-05-01");
        assert_eq!(
            (project.system_size.to_string(), project.estimated_cost.to_string()),
            ("12.5".into(), "45000".into())
        );
    }

    #[test]
    fn every_wrong_field_is_named() {
        let mut body = fields(json!({}));
        draft(&mut body, &Tenant::default());
        assert_eq!(wrong(body), ["clientId", "estimatedCost", "name", "systemSize"]);
        let all = json!({
            "clientId": "x", "name": 1, "systemSize": 0, "estimatedCost": -1, "notes": [], "startDate": "soon",
            "status": "done",
        });
        let named = ["clientId", "estimatedCost", "name", "notes", "startDate", "status", "systemSize"];
        let mut body = fields(all.clone());
        draft(&mut body, &Tenant::default());
        assert_eq!(wrong(body), named);
        let mut body = fields(all);
        patch(&mut body, &Tenant::default(), &context());
        assert_eq!(wrong(body), named);
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name_and_empties_what_can_be_empty() {
        let mut body = fields(json!({"startDate": null, "notes": ""}));
        let (client, read) = patch(&mut body, &Tenant::default(), &context());
        assert!(wrong(body).is_empty());
        let (start_date, notes) = (Change::Clear, Change::Clear);
        assert_eq!(
            (client, &read),
            (None, &ProjectPatch { start_date, notes, at: read.at, ..ProjectPatch::default() })
        );
        let mut body = fields(json!({"name": null, "clientId": null, "systemSize": null, "status": null}));
        patch(&mut body, &Tenant::default(), &context());
        assert_eq!(wrong(body), ["clientId", "name", "status", "systemSize"]);
    }
}
