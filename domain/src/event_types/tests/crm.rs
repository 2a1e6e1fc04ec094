//! The events of the CRM: projects, installations, and what they produce.

use super::Samples;
use crate::energy::Kwh;
use crate::installation::{
    Details, Installation, InstallationCommand, InstallationDraft, InstallationPatch, InstallationStatus,
    Place,
};
use crate::production::{Production, ProductionCommand};
use crate::project::{
    EstimatedCost, Project, ProjectCommand, ProjectPatch, ProjectProfile, ProjectStatus, SystemSize,
};
use crate::testing::*;
use crate::value::Change;
use serde_json::json;

pub(super) fn all(samples: &mut Samples) {
    project(samples);
    installation(samples);
    production(samples);
}

fn project(samples: &mut Samples) {
    let profile = ProjectProfile {
        client_id: id(1),
        name: "Telhado da padaria".to_owned(),
        system_size: SystemSize::parse("12.5").unwrap(),
        estimated_cost: EstimatedCost::parse("45000.5").unwrap(),
        start_date: Some(day("2026-05-01")),
        notes: some("Telhado de zinco"),
    };
    let patch = ProjectPatch {
        client_id: Some(id(2)),
        name: some("Telhado e garagem"),
        system_size: Some(SystemSize::parse("15").unwrap()),
        estimated_cost: Some(EstimatedCost::parse("52000").unwrap()),
        start_date: Change::Clear,
        notes: Change::Set("Duas águas".to_owned()),
        status: Some(ProjectStatus::Approved),
        at: at(1),
    };
    let commands = vec![
        ProjectCommand::Create { profile: Box::new(profile), status: ProjectStatus::Planning, at: at(0) },
        ProjectCommand::Update(Box::new(patch)),
        ProjectCommand::Delete { at: at(2) },
    ];
    samples.story(Project::decide, commands);
}

fn installation(samples: &mut Samples) {
    let details = |value: serde_json::Value| Details::new(value.as_object().cloned().unwrap()).unwrap();
    let draft = InstallationDraft {
        project_id: id(1),
        client_id: id(2),
        status: InstallationStatus::Scheduled,
        panels: vec![details(json!({ "model": "JA 550W", "power": 0.55, "serial": "A-001" }))],
        inverter: Some(details(json!({ "model": "SG5.0RS", "strings": [1, 2] }))),
        at: at(0),
    };
    let patch = InstallationPatch {
        place: Some(Place { project_id: id(3), client_id: id(4) }),
        panels: Some(vec![]),
        inverter: Change::Clear,
        status: Some(InstallationStatus::InProgress),
        at: at(1),
    };
    let commands =
        vec![InstallationCommand::Create(Box::new(draft)), InstallationCommand::Update(Box::new(patch))];
    samples.story(Installation::decide, commands);
}

fn production(samples: &mut Samples) {
    let reading =
        |time: &str, kwh| (format!("2026-03-02T{time}Z").parse().unwrap(), Kwh::parse(kwh).unwrap());
    // The last one corrects the first.
    let readings = vec![reading("12:00:00", "1.25"), reading("12:15:00", "0"), reading("12:00:00", "1.3")];
    let command =
        ProductionCommand::Record { installation_id: id(1), day: day("2026-03-02"), readings, at: at(0) };
    samples.story(Production::decide, vec![command]);
}
