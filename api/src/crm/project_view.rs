//! How a project is printed.

use crate::wire::{Amount, Instant, Number};
use serde::Serialize;
use sunledger_domain::project::Project;
use utoipa::ToSchema;
use uuid::Uuid;

/// An installation project.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::Project)]
pub(super) struct ProjectView {
    /// Its id.
    id: Uuid,
    /// For whom it is.
    client_id: Uuid,
    /// What it is called.
    #[schema(example = "Telhado da padaria")]
    name: String,
    /// Size of the system, kW.
    system_size: Number,
    /// What it is expected to cost, in the company's currency.
    estimated_cost: Amount,
    /// The day on which it is to begin.
    #[schema(format = Date, example = "2026-05-01")]
    start_date: Option<String>,
    /// Notes about it.
    notes: Option<String>,
    /// `planning`, `approved`, `in_progress`, `completed` or `cancelled`.
    #[schema(example = "planning")]
    status: &'static str,
    /// When it was made.
    created_at: Instant,
    /// When it last changed.
    updated_at: Instant,
}

impl ProjectView {
    /// A project, printed.
    pub(super) fn new(id: Uuid, project: &Project) -> Self {
        let profile = &project.profile;
        Self {
            id,
            client_id: profile.client_id,
            name: profile.name.clone(),
            system_size: Number(profile.system_size.get()),
            estimated_cost: Amount(profile.estimated_cost.get()),
            start_date: profile.start_date.map(|day| day.to_string()),
            notes: profile.notes.clone(),
            status: project.status.as_str(),
            created_at: Instant(project.created_at),
            updated_at: Instant(project.updated_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{CLIENT, UNIT, at, decimal};
    use sunledger_domain::project::{EstimatedCost, ProjectProfile, ProjectStatus, SystemSize};
    use sunledger_domain::value::CalendarDate;

    #[test]
    fn a_project_prints_with_what_is_known() {
        let mut project = Project {
            profile: ProjectProfile {
                client_id: CLIENT,
                name: "Telhado".to_owned(),
                system_size: SystemSize::new(decimal("12.50")).unwrap(),
                estimated_cost: EstimatedCost::new(decimal("45000")).unwrap(),
                start_date: Some(CalendarDate::parse("2026-05-01").unwrap()),
                notes: Some("Zinco".to_owned()),
            },
            status: ProjectStatus::InProgress,
            created_at: at("2026-03-02T12:00:00Z"),
            updated_at: at("2026-03-02T12:30:00Z"),
            ..Project::default()
        };
        let print = |project: &Project| serde_json::to_string(&ProjectView::new(UNIT, project)).unwrap();
        assert_eq!(
            print(&project),
            "{\"id\":\"018d0000-0000-7000-8000-000000000003\",\"clientId\":\"018d0000-0000-7000-8000-000000000001\",\
             \"name\":\"Telhado\",\"systemSize\":12.5,\"estimatedCost\":45000.00,\"startDate\":\"2026-05-01\",\
             \"notes\":\"Zinco\",\"status\":\"in_progress\",\"createdAt\":\"2026-03-02T12:00:00.000Z\",\
             \"updatedAt\":\"2026-03-02T12:30:00.000Z\"}"
        );
        (project.profile.start_date, project.profile.notes) = (None, None);
        let printed = print(&project);
        assert!(printed.contains("\"startDate\":null,\"notes\":null"), "{printed}");
    }
}
