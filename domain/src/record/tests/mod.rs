//! Records: their life here, the check of their fields in `checking.rs`.

mod checking;
mod commissions;

use super::*;
use crate::testing::*;
use serde_json::json;

fn product() -> &'static RecordKind {
    kind("product").unwrap()
}

/// A kind with a field of every type; of no use but to try them.
static SAMPLE: RecordKind = RecordKind {
    name: "sample_thing",
    what: "sample",
    shown: Shown::ByNumber,
    fields: &[
        Field::optional("text", FieldType::Text { max: 10, non_empty: false }),
        Field::optional("name", FieldType::Text { max: 10, non_empty: true }),
        Field::optional("count", FieldType::Integer { min: i64::MIN, max: 1_000 }),
        Field::optional("share", FieldType::Decimal { min: -1, max: 1, places: 3 }),
        Field::optional("pay", FieldType::Money { negative: true }),
        Field::optional("price", FieldType::Money { negative: false }),
        Field::optional("rate", FieldType::Percent),
        Field::optional("self_gen", FieldType::Bool),
        Field::optional("day", FieldType::Date),
        Field::optional("at", FieldType::Timestamp),
        Field::optional("state", FieldType::Enum(&["Open", "Closed"])),
        Field::optional("email", FieldType::Email),
        Field::optional("phone", FieldType::Phone),
        Field::optional("team", FieldType::Reference),
        Field::optional("members", FieldType::List { of: &FieldType::Reference, min: 0, max: 2 }),
        Field::optional("part", PART),
        Field::optional("parts", FieldType::Map { of: &PART, min: 1, max: 2 }),
        Field::optional("region", FieldType::Exact { length: 2 }).printed(Printed::Also("area")),
        Field::by_program("made_by", FieldType::Reference).printed(Printed::OrNull),
        Field::by_program("hidden", FieldType::Reference).printed(Printed::Not),
    ],
    filters: &[],
};

const PART: FieldType = FieldType::Object(&[
    Field::required("title", FieldType::Text { max: 10, non_empty: true }),
    Field::optional("amount", FieldType::Money { negative: false }),
]);

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        other => panic!("{other}"),
    }
}

fn whole(fields: Value) -> CheckedFields {
    product().check(object(fields), false, Unknown::Reject).unwrap()
}

fn part(fields: Value) -> CheckedFields {
    product().check(object(fields), true, Unknown::Reject).unwrap()
}

/// The product of the back office document.
fn hosting() -> Value {
    json!({
        "name": "Web Hosting",
        "price": 99.99,
        "description": "Annual web hosting package",
        "type": "service",
        "tax_rate": 10
    })
}

fn create(custom_id: Option<&str>) -> RecordCommand {
    RecordCommand::Create { custom_id: custom_id.map(str::to_owned), fields: whole(hosting()), at: at(0) }
}

fn made() -> Record {
    given(Record::default().decide(create(None)).unwrap())
}

fn update(record: &Record, fields: Value) -> Vec<RecordEvent> {
    record.decide(RecordCommand::Update { fields: part(fields), at: at(1) }).unwrap()
}

#[test]
fn what_the_log_gave_can_be_filled_in_instead_of_folding_again() {
    let events = Record::default().decide(create(Some("hosting"))).unwrap();
    let at_hand: Record = filled(&events);
    assert_eq!(
        serde_json::to_string(&at_hand).unwrap(),
        serde_json::to_string(&given::<Record>(events)).unwrap()
    );
}

#[test]
fn a_new_record_has_its_fields_in_the_form_they_are_kept() {
    let record = made();
    assert!(record.exists());
    let kept = json!({
        "name": "Web Hosting",
        "price": "99.99",
        "description": "Annual web hosting package",
        "type": "service",
        "tax_rate": "10"
    });
    let expected = Record {
        kind: "product".to_owned(),
        number: Number(7),
        custom_id: None,
        fields: object(kept),
        created_at: at(0),
        updated_at: at(0),
        deleted: false,
    };
    assert_eq!(record, expected);
    assert_eq!(Value::Object(product().print(&record.fields)), hosting(), "printed as it came in");
}

#[test]
fn an_update_tells_only_what_changed() {
    let mut record = made();
    let events = update(
        &record,
        json!({ "name": "Web Hosting", "price": 120, "description": null, "tax_rate": 10.0, "type": "product" }),
    );
    let changed = json!({ "price": "120.00", "description": null, "type": "product" });
    let updated = RecordUpdated { fields: object(changed), at: at(1) };
    assert_eq!(events, [RecordEvent::new("product", RecordChange::Updated(updated))]);
    events.iter().for_each(|event| record.evolve(logged(event)));
    let kept = json!({ "name": "Web Hosting", "price": "120.00", "type": "product", "tax_rate": "10" });
    assert_eq!((Value::Object(record.fields.clone()), record.updated_at), (kept, at(1)));
    assert_eq!(update(&record, json!({ "price": 120.00, "description": null })), [], "again is no news");
    assert_eq!(update(&record, json!({})), []);
}

#[test]
fn a_deleted_record_is_gone() {
    let delete = RecordCommand::Delete { kind: product(), at: at(2) };
    let mut record = made();
    let events = record.decide(delete.clone()).unwrap();
    assert_eq!(events, [RecordEvent::new("product", RecordChange::Deleted(RecordDeleted { at: at(2) }))]);
    events.into_iter().for_each(|event| record.evolve(event));
    assert!(record.deleted && !record.exists());
    for missing in [Record::default(), record.clone()] {
        let change = RecordCommand::Update { fields: part(json!({})), at: at(3) };
        for command in [delete.clone(), change] {
            assert_eq!(missing.decide(command), Err(DomainError::NotFound { what: "product" }));
        }
    }
    broken_rule(record.decide(create(None)));
    broken_rule(made().decide(create(None)));
}

#[test]
fn a_record_of_another_kind_is_not_found() {
    let fields = SAMPLE.check(Map::new(), true, Unknown::Reject).unwrap();
    for command in
        [RecordCommand::Delete { kind: &SAMPLE, at: at(1) }, RecordCommand::Update { fields, at: at(1) }]
    {
        assert_eq!(made().decide(command), Err(DomainError::NotFound { what: "sample" }));
    }
}

#[test]
fn fields_checked_as_a_part_do_not_make_a_record() {
    let fields = part(json!({ "price": 1, "description": null }));
    let result = Record::default().decide(RecordCommand::Create { custom_id: None, fields, at: at(0) });
    assert_eq!(wrong_fields(result), ["name"]);
    let fields = part(json!({ "name": "A", "price": 1, "description": null }));
    let record: Record = given(
        Record::default().decide(RecordCommand::Create { custom_id: None, fields, at: at(0) }).unwrap(),
    );
    assert!(!record.fields.contains_key("description"), "a null is no value");
}

#[test]
fn custom_ids_are_names_within_their_kind() {
    let events = Record::default().decide(create(Some(" web-1 "))).unwrap();
    let claims = claims_of(&Record::default(), &events);
    assert_eq!(claims.series[0].1.series, "number:product");
    assert_eq!((claims.take[0].scope, claims.take[0].name.as_str()), (CUSTOM_ID, "product:web-1"));
    let record: Record = given(events);
    assert_eq!(record.custom_id.as_deref(), Some("web-1"));
    let deleted =
        claims_of(&record, &record.decide(RecordCommand::Delete { kind: product(), at: at(1) }).unwrap());
    assert_eq!(deleted.release[0].name, "product:web-1");
    assert_eq!(claims_of(&record, &update(&record, json!({ "price": 1 }))), Claims::default());
    let plain = made();
    let deleted = plain.decide(RecordCommand::Delete { kind: product(), at: at(1) }).unwrap();
    assert_eq!(claims_of(&plain, &deleted), Claims::default());
    let long = "x".repeat(101);
    for wrong in ["", "a/b", "a b", "a?b", "a%20b", "a\nb", &long] {
        assert_eq!(wrong_fields(Record::default().decide(create(Some(wrong)))), ["custom_id"], "{wrong:?}");
    }
}

#[test]
fn events_of_every_kind_are_read_back_by_their_name() {
    let event = RecordEvent::new("sales_project", RecordChange::Deleted(RecordDeleted { at: at(2) }));
    let json = serde_json::to_string(&event).unwrap();
    assert_eq!(json, r#"{"sales_project.deleted":{"at":"2026-03-02T12:02:00Z"}}"#);
    assert_eq!(serde_json::from_str::<RecordEvent>(&json).unwrap(), event);
    let value: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::from_value::<RecordEvent>(value).unwrap(), event);
    for wrong in [
        "{}",
        "[]",
        r#"{"product":{"at":"2026-03-02T12:02:00Z"}}"#,
        r#"{"product.sold":{"at":"2026-03-02T12:02:00Z"}}"#,
        r#"{"product.deleted":{}}"#,
        r#"{"a.deleted":{"at":"2026-03-02T12:02:00Z"},"b.deleted":{"at":"2026-03-02T12:02:00Z"}}"#,
    ] {
        assert!(serde_json::from_str::<RecordEvent>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn kinds_have_names_of_their_own() {
    for (index, described) in KINDS.iter().enumerate() {
        assert_eq!(kind(described.name), Some(*described));
        assert!(KINDS[index + 1..].iter().all(|other| other.name != described.name), "{}", described.name);
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(plain(described.name));
        let singles = described.filters.iter().filter_map(|filter| match described.look(filter.field) {
            Some(Look::Single(index)) => Some(index),
            Some(Look::Entries) => None,
            None => panic!("{} is filtered by {}", described.name, filter.field),
        });
        let singles: Vec<usize> = singles.collect();
        assert_eq!(singles, (0..singles.len()).collect::<Vec<_>>());
        assert!(singles.len() <= SINGLE_FILTERS && described.filters.len() <= singles.len() + 1);
        for (index, field) in described.fields.iter().enumerate() {
            assert!(
                described.fields[index + 1..].iter().all(|other| other.name != field.name),
                "{}",
                field.name
            );
            assert_eq!(described.field(field.name), Some(field));
        }
    }
    assert_eq!(kind("record"), None);
}
