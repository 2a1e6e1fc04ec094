use super::*;
use crate::testing::*;
use crate::value::Change;

fn profile() -> ProjectProfile {
    ProjectProfile {
        client_id: id(1),
        name: " Telhado da padaria ".to_owned(),
        system_size: SystemSize::parse("12.5").unwrap(),
        estimated_cost: EstimatedCost::parse("45000").unwrap(),
        start_date: Some(day("2026-05-01")),
        notes: some("Telhado de zinco"),
    }
}

fn create(status: ProjectStatus) -> ProjectCommand {
    ProjectCommand::Create { profile: Box::new(profile()), status, at: at(0) }
}

fn update(patch: ProjectPatch) -> ProjectCommand {
    ProjectCommand::Update(Box::new(ProjectPatch { at: at(5), ..patch }))
}

fn to(status: ProjectStatus) -> ProjectCommand {
    update(ProjectPatch { status: Some(status), ..ProjectPatch::default() })
}

/// A project after commands that are carried out one after the other.
fn after(commands: impl IntoIterator<Item = ProjectCommand>) -> Project {
    let mut project: Project = given(Project::default().decide(create(ProjectStatus::Planning)).unwrap());
    for command in commands {
        project.decide(command).unwrap().into_iter().for_each(|event| project.evolve(event));
    }
    project
}

#[test]
fn a_new_project_has_what_it_was_made_with_and_is_planned() {
    let project = after([]);
    assert!(project.exists() && !Project::default().exists());
    let expected = ProjectProfile { name: "Telhado da padaria".to_owned(), ..profile() };
    assert_eq!((project.number.get(), &project.profile), (7, &expected));
    assert_eq!(
        (project.status, project.created_at, project.updated_at),
        (ProjectStatus::Planning, at(0), at(0))
    );
    broken_rule(project.decide(create(ProjectStatus::Planning)));
    let events = Project::default().decide(create(ProjectStatus::Planning)).unwrap();
    assert_eq!(filled::<Project>(&events), project);
}

#[test]
fn one_that_is_taken_over_begins_where_it_stands() {
    for status in ProjectStatus::ALL {
        let project: Project = given(Project::default().decide(create(status)).unwrap());
        assert_eq!(project.status, status);
    }
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let wrong = ProjectProfile {
        name: " ".to_owned(),
        notes: Some("x".repeat(MAX_NOTES + 1)),
        system_size: SystemSize::default(),
        ..profile()
    };
    let command =
        ProjectCommand::Create { profile: Box::new(wrong), status: ProjectStatus::Planning, at: at(0) };
    assert_eq!(wrong_fields(Project::default().decide(command)), ["name", "notes", "system_size"]);
    let patch =
        ProjectPatch { name: some("a\nb"), notes: Change::Set("\0".to_owned()), ..ProjectPatch::default() };
    assert_eq!(wrong_fields(after([]).decide(update(patch))), ["name", "notes"]);
}

#[test]
fn sizes_and_costs_have_their_range() {
    for (text, size, cost) in [
        ("0", false, true),
        ("0.000001", true, true),
        ("-1", false, false),
        ("0.0000001", false, false),
        ("1000000", true, true),
        ("1000000.1", false, true),
        ("1000000000000.1", false, false),
    ] {
        assert_eq!(
            (SystemSize::parse(text).is_ok(), EstimatedCost::parse(text).is_ok()),
            (size, cost),
            "{text}"
        );
    }
}

#[test]
fn an_update_tells_only_what_changed() {
    let patch = ProjectPatch {
        client_id: Some(id(2)),
        name: some("Telhado da padaria"),
        system_size: Some(SystemSize::parse("12.50").unwrap()),
        estimated_cost: Some(EstimatedCost::parse("46000").unwrap()),
        start_date: Change::Clear,
        notes: Change::Set(" ".to_owned()),
        ..ProjectPatch::default()
    };
    let mut project = after([]);
    let events = project.decide(update(patch.clone())).unwrap();
    let told =
        ProjectPatch { name: None, system_size: None, notes: Change::Clear, at: at(5), ..patch.clone() };
    assert_eq!(events, [ProjectEvent::Updated(Box::new(told))]);
    events.into_iter().for_each(|event| project.evolve(event));
    assert_eq!((project.profile.client_id, project.profile.start_date), (id(2), None));
    assert_eq!((project.profile.notes.as_deref(), project.updated_at), (None, at(5)));
    assert_eq!(project.decide(update(patch)), Ok(vec![]));
}

#[test]
fn it_goes_on_step_by_step_or_out_of_it_while_it_is_not_built() {
    use ProjectStatus::*;
    let allowed = [
        (Planning, Approved),
        (Approved, InProgress),
        (InProgress, Completed),
        (Planning, Cancelled),
        (Approved, Cancelled),
        (InProgress, Cancelled),
    ];
    for from in ProjectStatus::ALL {
        for status in ProjectStatus::ALL {
            let project = Project { status: from, ..after([]) };
            let decided = project.decide(to(status));
            if from == status {
                assert_eq!(decided, Ok(vec![]), "{from:?} stays");
            } else if allowed.contains(&(from, status)) {
                let changed = ProjectStatusChanged { from, to: status, at: at(5) };
                assert_eq!(decided, Ok(vec![ProjectEvent::StatusChanged(changed)]));
            } else {
                let message = broken_rule(decided);
                assert!(message.contains(from.as_str()) && message.contains(status.as_str()), "{message}");
            }
        }
    }
}

#[test]
fn fields_and_status_change_together_or_not_at_all() {
    let both = |status| {
        let name = some("Telhado novo");
        update(ProjectPatch { name, status: Some(status), ..ProjectPatch::default() })
    };
    let events = after([]).decide(both(ProjectStatus::Approved)).unwrap();
    let names: Vec<&str> = events.iter().map(ProjectEvent::name).collect();
    assert_eq!(names, ["project.updated", "project.status_changed"]);
    broken_rule(after([]).decide(both(ProjectStatus::Completed)));
}

#[test]
fn what_was_deleted_is_gone() {
    let gone = after([ProjectCommand::Delete { at: at(9) }]);
    assert!(!gone.exists());
    let missing = Err(DomainError::NotFound { what: "project" });
    assert_eq!(gone.decide(ProjectCommand::Delete { at: at(10) }), missing);
    assert_eq!(gone.decide(to(ProjectStatus::Approved)), missing);
    assert_eq!(Project::default().decide(to(ProjectStatus::Approved)), missing);
    broken_rule(gone.decide(create(ProjectStatus::Planning)));
}
