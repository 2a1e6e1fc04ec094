//! The kinds of the commissions surface: its document's samples, public ids, and how things are printed.

use super::*;
use serde_json::from_str;

/// What the document posts, by kind.
fn samples() -> Vec<(&'static RecordKind, Value)> {
    vec![
        (
            &TEAM,
            json!({ "name": "Sales Team Alpha", "is_active": true, "team_type": "Office", "parent_id": "parent-team-id" }),
        ),
        (
            &SALES_USER,
            json!({ "email": "newuser@example.com", "first_name": "Jane", "last_name": "Smith", "roles": ["user"],
                "is_active": true }),
        ),
        (&SALES_PROJECT, project()),
        (
            &PROJECT_OVERVIEW,
            json!({ "project_id": "project-id-123", "sales_professional_id": "user-id-123", "total_sales": 50000.00,
                "commission": 5000.00 }),
        ),
        (
            &PAYSTUB_OVERVIEW,
            json!({ "pay_date": "2025-01-15", "sales_professional_id": "user-id-123", "total_this_period": 1500.00,
                "assist_pay_pay_date": "2025-01-10", "assist_pay_period_start_date": "2025-01-01",
                "date_paid": "2025-01-15", "install_date": "2025-01-05", "m2_date": "2025-01-20",
                "build_partner": "SolarCorp", "customer_name": "John Smith", "lead_token": "ABC123",
                "project_status": "M3 Paid", "project_type": "Solar Only", "self_gen": "No",
                "rep_ids": ["40", "2494"], "manager_ids": ["manager1", "manager2"] }),
        ),
        (&SCPF, scpf()),
        (
            &OVERRIDE_DETAIL,
            json!({ "closed_date": "2025-01-15", "closer": "John Smith", "customer_name": "Jane Doe",
                "date_paid": "2025-01-20", "total_this_period": 2500.00, "build_partner": "SolarCorp",
                "install_date": "2025-01-18", "lead_rep": "Lead Rep Name", "manager_override": 500.00,
                "system_size": 8.5 }),
        ),
    ]
}

fn project() -> Value {
    json!({ "address": "123 Main St, Anytown, ST 12345", "closed_date": "2025-07-07", "closer": "John Smith",
        "customer_name": "Martha Johnson", "email": "martha@example.com", "lead_token": "ABC123",
        "phone": "+12345678909", "project_status": "M3 Paid", "project_type": "Solar Only", "self_gen": "No",
        "state": "CA", "rep_ids": ["40", "2494"], "date_paid": "2025-10-01", "install_date": "2025-09-15",
        "m2_date": "2025-10-01", "installation_details": ["Detail 1", "Detail 2"],
        "manager_ids": ["manager1", "manager2"] })
}

fn scpf() -> Value {
    json!({ "closed_date": "2025-01-15", "closer": "John Smith", "closer_id": "closer-123",
        "customer_name": "Jane Doe", "install": "2025-01-20", "lead_name": "Lead Source ABC",
        "lead_rep_id": "rep-456", "pay_type": "M2 & M3", "paystubId": "paystub-789",
        "sales_professional_id": "user-123", "scpf_id": "scpf-001", "total_this_period": 1500.00,
        "build_partner": "SolarCorp", "customer_ppw": 3.25, "dealer_fee": 50.00, "lead_deduction": 20.00,
        "lead_pay": 80.00, "lead_pkw": 3.50, "manager_override": 10.00, "net_commission_ppw": 2.75,
        "notes": "Special installation requirements", "opportunity_id": "opp-12345", "redline": 15.00,
        "paystub_name_alpha": "Doe_Jane", "sentinel_fee": 3.00, "sow_adder": 5.00, "system_size": 8.5 })
}

fn checked(kind: &'static RecordKind, fields: Value, partial: bool) -> Result<CheckedFields, FieldErrors> {
    kind.check(object(fields), partial, Unknown::Reject)
}

fn create_of(kind: &'static RecordKind, fields: Value, custom_id: Option<&str>) -> Vec<RecordEvent> {
    let fields = checked(kind, fields, false).unwrap();
    let create = RecordCommand::Create { custom_id: custom_id.map(str::to_owned), fields, at: at(0) };
    Record::default().decide(create).unwrap()
}

#[test]
fn every_sample_of_the_document_is_taken_and_every_field_of_it_printed() {
    for (kind, sample) in samples() {
        let record: Record = given(create_of(kind, sample.clone(), None));
        let printed = kind.print(&record.fields);
        for (name, value) in sample.as_object().unwrap() {
            let shown = &printed[name];
            match value {
                Value::String(day) if kind.field(name).unwrap().ty == FieldType::Timestamp => {
                    let midnight: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
                    assert_eq!(
                        shown,
                        &json!({ "_seconds": midnight.as_second(), "_nanoseconds": 0 }),
                        "{name}"
                    );
                }
                Value::Number(number) => {
                    let exact = |text: &str| crate::value::decimal::parse(text).unwrap();
                    assert_eq!(exact(&shown.to_string()), exact(&number.to_string()), "{name}");
                }
                other => assert_eq!(shown, other, "{name}"),
            }
        }
    }
}

#[test]
fn each_required_field_is_missed_and_each_field_has_its_type() {
    for (kind, sample) in samples() {
        for field in kind.fields.iter().filter(|field| field.set_by == SetBy::Body) {
            let without = |value: Option<Value>| {
                let mut fields = object(sample.clone());
                fields.remove(field.name);
                fields.extend(value.map(|value| (field.name.to_owned(), value)));
                kind.check(fields, false, Unknown::Reject).map_err(|errors| errors.to_string())
            };
            if field.required {
                assert_eq!(without(None).unwrap_err(), format!("{}: is required", field.name));
                assert!(without(Some(Value::Null)).is_err(), "{}", field.name);
            } else {
                assert!(without(None).is_ok() && without(Some(Value::Null)).is_ok(), "{}", field.name);
            }
            let wrong = match &field.ty {
                FieldType::Bool | FieldType::List { .. } => json!("true"),
                FieldType::Money { .. } | FieldType::Decimal { .. } => json!("5.00"),
                _ => json!(true),
            };
            assert!(without(Some(wrong)).unwrap_err().starts_with(field.name), "{}", field.name);
            if field.required && matches!(field.ty, FieldType::Text { .. } | FieldType::Reference) {
                assert_eq!(
                    without(Some(json!(" "))).unwrap_err(),
                    format!("{}: must not be empty", field.name)
                );
            }
        }
    }
    let mut team = object(samples().remove(0).1);
    team.insert("team_type".to_owned(), json!("Squad"));
    let errors = TEAM.check(team, false, Unknown::Reject).unwrap_err();
    assert_eq!(errors.to_string(), "team_type: must be one of: Office, Region, Division");
    let errors = checked(&SALES_USER, json!({ "roles": [] }), true).unwrap_err();
    assert_eq!(errors.to_string(), "roles: must have at least 1 entry");
}

#[test]
fn a_thing_is_shown_by_its_padded_number_or_by_the_id_it_was_given() {
    let team = samples().remove(0).1;
    let made: Record = given(create_of(&TEAM, team.clone(), None));
    assert_eq!((made.number, made.public_id().as_deref()), (Number(7), Some("000007")));
    let named: Record = given(create_of(&TEAM, team.clone(), Some("alpha")));
    assert_eq!((named.number, named.public_id().as_deref()), (Number(7), Some("alpha")));
    for custom_id in [None, Some("alpha")] {
        let events = create_of(&TEAM, team.clone(), custom_id);
        let (at_hand, folded): (Record, Record) = (filled(&events), given(events));
        assert_eq!(at_hand, folded);
        let delete = folded.decide(RecordCommand::Delete { kind: &TEAM, at: at(1) }).unwrap();
        let name = public_id::name("team", custom_id.unwrap_or("000007"));
        assert_eq!(claims_of(&folded, &delete).release[0].name, name);
    }
    assert_eq!(made_of_product().public_id(), None, "a product is shown by its number");
}

fn made_of_product() -> Record {
    super::made()
}

#[test]
fn a_new_user_is_active_unless_its_maker_says_otherwise() {
    let user = |more: Value| {
        let mut fields = object(samples().remove(1).1);
        fields.remove("is_active");
        fields.extend(object(more));
        checked(&SALES_USER, Value::Object(fields), false).unwrap().as_map()["is_active"].clone()
    };
    assert_eq!((user(json!({})), user(json!({ "is_active": false }))), (json!(true), json!(false)));
    assert!(
        checked(&SALES_USER, json!({}), true).unwrap().as_map().is_empty(),
        "an update says nothing of it"
    );
}

#[test]
fn a_project_is_also_printed_and_changed_by_the_names_of_the_documents_answer() {
    let record: Record = given(create_of(&SALES_PROJECT, project(), None));
    let printed = SALES_PROJECT.print(&record.fields);
    assert_eq!((&printed["name"], &printed["status"]), (&json!("Martha Johnson"), &json!("M3 Paid")));
    assert_eq!((&printed["description"], &printed["team_id"]), (&Value::Null, &Value::Null));
    let change = |fields| checked(&SALES_PROJECT, fields, true);
    let named = change(json!({ "name": "Ana", "status": "active" })).unwrap();
    assert_eq!(
        Value::Object(named.as_map().clone()),
        json!({ "customer_name": "Ana", "project_status": "active" })
    );
    assert!(change(json!({ "name": "Ana", "customer_name": "Ana" })).is_ok());
    let twice = change(json!({ "name": "Ana", "customer_name": "Bia" })).unwrap_err();
    assert_eq!(names(&twice), ["name"]);
    let mut whole = object(project());
    whole.insert("name".to_owned(), json!("Ana"));
    assert_eq!(names(&SALES_PROJECT.check(whole, false, Unknown::Reject).unwrap_err()), ["name"]);
}

#[test]
fn what_the_program_sets_is_printed_and_cannot_be_sent() {
    let fields = checked(&TEAM, samples().remove(0).1, false).unwrap();
    let fields = fields.set("created_by", "key-1").set("name", "Other").set("nothing", "x");
    assert_eq!(fields.as_map()["created_by"], "key-1");
    assert_eq!(fields.as_map()["name"], "Sales Team Alpha", "only what is the program's");
    assert_eq!(fields.as_map().get("nothing"), None);
    let errors = checked(&TEAM, json!({ "created_by": "me", "colour": "red" }), true).unwrap_err();
    assert_eq!(errors.to_string(), "colour: is not a known field; created_by: is not a known field");
    let detail = checked(&OVERRIDE_DETAIL, samples().remove(6).1, false).unwrap().set("override_id", "x");
    assert!(!OVERRIDE_DETAIL.print(detail.as_map()).contains_key("override_id"));
    let bare = TEAM.print(&Map::new());
    assert_eq!(Value::Object(bare), json!({ "parent_id": null, "created_by": null }));
}

#[test]
fn instants_are_printed_as_firestore_has_them() {
    for (given, seconds, nanoseconds) in [
        (r#""2024-12-31T14:30:00.975Z""#, 1_735_655_400_i64, 975_000_000),
        ("-1", -1, 0),
        (r#""1969-12-31T23:59:58.25Z""#, -2, 250_000_000),
        (r#"{"_seconds": 1735689600, "_nanoseconds": 999999999}"#, 1_735_689_600, 999_999_999),
    ] {
        let fields = json!({ "date_paid": from_str::<Value>(given).unwrap() });
        let kept = checked(&OVERRIDE_DETAIL, fields, true).unwrap();
        let printed = OVERRIDE_DETAIL.print(kept.as_map());
        let expected = json!({ "_seconds": seconds, "_nanoseconds": nanoseconds });
        assert_eq!(printed["date_paid"], expected, "{given}");
        let again = checked(&OVERRIDE_DETAIL, json!({ "date_paid": expected }), true).unwrap();
        assert_eq!(again, kept, "what was printed is read back");
    }
}

proptest::proptest! {
    #[test]
    fn any_instant_is_read_back_as_it_was_printed(seconds in -2_208_988_800_i64..7_258_118_399, nano in 0..1_000_000_000) {
        let at = Timestamp::new(seconds, nano).unwrap();
        let printed = timestamp::print(at);
        proptest::prop_assert_eq!(timestamp::parse(&printed), Ok(at));
        proptest::prop_assert_eq!(&printed, &json!({ "_seconds": seconds, "_nanoseconds": nano }));
    }
}
