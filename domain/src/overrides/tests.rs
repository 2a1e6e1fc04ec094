use super::*;
use crate::record::Unknown;
use crate::testing::*;
use serde_json::{Value, json};

const MANAGER: &str = "manager-123";

fn sample() -> Value {
    json!({ "amount": 1500.00, "customer_name": "John Smith", "date_paid": "2025-01-15", "manager_id": MANAGER,
        "rep_id": "rep-456", "rep_name": "Jane Doe" })
}

fn fields() -> Box<OverrideFields> {
    let fields = sample().as_object().cloned().unwrap();
    Box::new(OverrideFields::of(OVERRIDE.check(fields, false, Unknown::Reject).unwrap()).unwrap())
}

fn create(manager: &str, custom_id: Option<&str>) -> OverrideCommand {
    let custom_id = custom_id.map(str::to_owned);
    OverrideCommand::Create { manager_id: manager.to_owned(), custom_id, fields: fields(), at: at(0) }
}

fn update(manager: &str, fields: Value) -> OverrideCommand {
    let checked = OVERRIDE.check(fields.as_object().cloned().unwrap(), true, Unknown::Reject).unwrap();
    let patch = Box::new(OverridePatch::of(checked).unwrap());
    OverrideCommand::Update { manager_id: manager.to_owned(), patch, at: at(1) }
}

fn made() -> Override {
    given(Override::default().decide(create(MANAGER, None)).unwrap())
}

#[test]
fn the_documents_sample_is_kept() {
    let made = made();
    assert_eq!((made.public_id().as_str(), made.exists()), ("000007", true));
    let printed = OVERRIDE.print(serde_json::to_value(&made.fields).unwrap().as_object().unwrap());
    assert_eq!(printed["amount"].to_string(), "1500.00");
    assert_eq!(printed["date_paid"], json!({ "_seconds": 1_736_899_200, "_nanoseconds": 0 }));
    assert_eq!((&printed["manager_id"], printed.len()), (&json!(MANAGER), 6));
}

#[test]
fn it_is_one_managers() {
    assert_eq!(wrong_fields(Override::default().decide(create("manager-7", None))), ["manager_id"]);
    let made = made();
    let delete = |manager: &str| OverrideCommand::Delete { manager_id: manager.to_owned(), at: at(1) };
    for command in [update("manager-7", json!({ "amount": 1 })), delete("manager-7")] {
        assert_eq!(made.decide(command), Err(DomainError::NotFound { what: "override" }));
    }
    assert_eq!(
        wrong_fields(made.decide(update(MANAGER, json!({ "manager_id": "manager-7" })))),
        ["manager_id"]
    );
    assert_eq!(made.decide(update(MANAGER, json!({ "manager_id": MANAGER }))), Ok(vec![]));
    assert_eq!(made.decide(delete(MANAGER)).unwrap().len(), 1);
}

#[test]
fn an_update_tells_only_what_changed() {
    let mut made = made();
    let events =
        made.decide(update(MANAGER, json!({ "amount": 1750, "customer_name": "John Smith" }))).unwrap();
    let changed = OverridePatch { amount: Some(number("1750")), ..OverridePatch::default() };
    assert_eq!(events, [OverrideEvent::Updated(Box::new(OverrideUpdated { fields: changed, at: at(1) }))]);
    events.iter().for_each(|event| made.evolve(logged(event)));
    assert_eq!((made.fields.amount, made.updated_at), (number("1750"), at(1)));
    assert_eq!(made.decide(update(MANAGER, json!({ "amount": 1750.00 }))), Ok(vec![]));
}

#[test]
fn a_deleted_one_is_gone_and_its_id_free() {
    let events = Override::default().decide(create(MANAGER, Some("override-1"))).unwrap();
    assert_eq!(claims_of(&Override::default(), &events).take[0].name, "override:override-1");
    assert_eq!(filled::<Override>(&events), given(events.clone()));
    let mut made: Override = given(events);
    let delete = OverrideCommand::Delete { manager_id: MANAGER.to_owned(), at: at(1) };
    let events = made.decide(delete.clone()).unwrap();
    assert_eq!(claims_of(&made, &events).release[0].name, "override:override-1");
    events.into_iter().for_each(|event| made.evolve(event));
    assert!(!made.exists());
    for missing in [Override::default(), made.clone()] {
        assert_eq!(missing.decide(delete.clone()), Err(DomainError::NotFound { what: "override" }));
    }
    broken_rule(made.decide(create(MANAGER, None)));
}
