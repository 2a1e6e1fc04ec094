use super::*;
use crate::testing::*;
use serde_json::json;

fn details(value: serde_json::Value) -> Details {
    Details::new(value.as_object().cloned().unwrap()).unwrap()
}

fn draft() -> InstallationDraft {
    InstallationDraft {
        project_id: id(1),
        client_id: id(2),
        panels: vec![details(json!({"model": "JA 550W", "number": i64::MIN}))],
        inverter: Some(details(json!({"model": "SG5.0RS"}))),
        at: at(0),
        ..InstallationDraft::default()
    }
}

fn made() -> Installation {
    given(Installation::default().decide(InstallationCommand::Create(Box::new(draft()))).unwrap())
}

fn update(patch: InstallationPatch) -> InstallationCommand {
    InstallationCommand::Update(Box::new(InstallationPatch { at: at(5), ..patch }))
}

#[test]
fn a_new_installation_has_what_it_was_made_with_and_is_scheduled() {
    let draft = InstallationDraft { panels: vec![details(json!({"model": "JA 550W"}))], ..draft() };
    let events =
        Installation::default().decide(InstallationCommand::Create(Box::new(draft.clone()))).unwrap();
    let installation: Installation = given(events.clone());
    assert!(installation.exists() && !Installation::default().exists());
    assert_eq!((installation.number.get(), installation.status), (7, InstallationStatus::Scheduled));
    assert_eq!((installation.project_id, installation.client_id), (id(1), id(2)));
    assert_eq!((&installation.panels, &installation.inverter), (&draft.panels, &draft.inverter));
    assert_eq!(filled::<Installation>(&events), installation);
    broken_rule(installation.decide(InstallationCommand::Create(Box::new(draft))));
}

#[test]
fn no_detail_is_taken_for_the_number_that_the_log_gives() {
    let events = Installation::default().decide(InstallationCommand::Create(Box::new(draft()))).unwrap();
    let text = serde_json::to_string(&events[0]).unwrap();
    let pending = text.match_indices("\"number\":").map(|(at, _)| at).next().unwrap();
    assert!(pending < text.find("panels").unwrap(), "{text}");
}

#[test]
fn an_update_tells_only_what_changed() {
    let other = Place { project_id: id(3), client_id: id(4) };
    let patch = InstallationPatch {
        place: Some(other),
        panels: Some(vec![]),
        inverter: Change::Set(details(json!({"model": "SG5.0RS"}))),
        ..InstallationPatch::default()
    };
    let mut installation = made();
    let events = installation.decide(update(patch.clone())).unwrap();
    let told = InstallationPatch { inverter: Change::Keep, at: at(5), ..patch.clone() };
    assert_eq!(events, [InstallationEvent::Updated(Box::new(told))]);
    events.into_iter().for_each(|event| installation.evolve(event));
    assert_eq!((installation.project_id, installation.client_id), (id(3), id(4)));
    assert!(installation.panels.is_empty() && installation.inverter.is_some());
    assert_eq!(installation.updated_at, at(5));
    assert_eq!(installation.decide(update(patch)), Ok(vec![]));
}

#[test]
fn until_it_is_built_it_goes_anywhere_and_then_in_and_out_of_maintenance() {
    use InstallationStatus::*;
    let allowed = [
        (Scheduled, InProgress),
        (Scheduled, Completed),
        (Scheduled, Maintenance),
        (InProgress, Scheduled),
        (InProgress, Completed),
        (InProgress, Maintenance),
        (Completed, Maintenance),
        (Maintenance, Completed),
    ];
    for from in InstallationStatus::ALL {
        for to in InstallationStatus::ALL {
            let installation = Installation { status: from, ..made() };
            let patch = InstallationPatch { status: Some(to), ..InstallationPatch::default() };
            let decided = installation.decide(update(patch));
            if from == to {
                assert_eq!(decided, Ok(vec![]), "{from:?} stays");
            } else if allowed.contains(&(from, to)) {
                let changed = InstallationStatusChanged { from, to, at: at(5) };
                assert_eq!(decided, Ok(vec![InstallationEvent::StatusChanged(changed)]));
            } else {
                let message = broken_rule(decided);
                assert!(message.contains(from.as_str()) && message.contains(to.as_str()), "{message}");
            }
        }
    }
}

#[test]
fn too_many_panels_are_refused() {
    let panels = vec![Details::default(); MAX_PANELS + 1];
    let draft = InstallationDraft { panels: panels.clone(), ..draft() };
    assert_eq!(
        wrong_fields(Installation::default().decide(InstallationCommand::Create(Box::new(draft)))),
        ["panels"]
    );
    let patch = InstallationPatch { panels: Some(panels), ..InstallationPatch::default() };
    assert_eq!(wrong_fields(made().decide(update(patch))), ["panels"]);
}

#[test]
fn nothing_can_be_asked_of_an_installation_that_was_never_made() {
    let missing = Err(DomainError::NotFound { what: "installation" });
    assert_eq!(Installation::default().decide(update(InstallationPatch::default())), missing);
}
