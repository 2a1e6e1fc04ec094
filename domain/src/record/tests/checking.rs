//! The check of fields against their description.

use super::*;
use proptest::prelude::*;

fn sample(fields: Value) -> Result<Map<String, Value>, FieldErrors> {
    SAMPLE.check(object(fields), false, Unknown::Reject).map(|checked| checked.as_map().clone())
}

/// What a single field becomes, or what is said of it.
fn checked(name: &str, json: &str) -> Result<Value, FieldErrors> {
    let value: Value = serde_json::from_str(json).unwrap();
    sample(json!({ name: value })).map(|mut fields| fields.remove(name).unwrap_or(Value::Null))
}

#[test]
fn what_is_right_is_kept_in_one_form() {
    for (name, json, kept) in [
        ("text", r#"" two\r\nlines ""#, json!("two\nlines")),
        ("text", r#""""#, json!("")),
        ("name", r#"" Ana ""#, json!("Ana")),
        ("count", "5", json!(5)),
        ("count", "-9223372036854775807", json!(-9_223_372_036_854_775_807_i64)),
        ("count", "5.0", json!(5)),
        ("count", "1e2", json!(100)),
        ("share", "-0.125", json!("-0.125")),
        ("share", "1.000000", json!("1")),
        ("pay", "-1500", json!("-1500.00")),
        ("pay", "0.123456", json!("0.123456")),
        ("price", "99.9", json!("99.90")),
        ("price", "999999999999999.999999", json!("999999999999999.999999")),
        ("rate", "12.50", json!("12.5")),
        ("self_gen", "true", json!(true)),
        ("day", r#""2024-02-29""#, json!("2024-02-29")),
        ("state", r#""Open""#, json!("Open")),
        ("email", r#"" john@example.com""#, json!("john@example.com")),
        ("phone", r#""(11) 99999-9999""#, json!("(11) 99999-9999")),
        ("team", r#""000001""#, json!("000001")),
        ("members", r#"["a", "b"]"#, json!(["a", "b"])),
        ("members", "[]", json!([])),
        ("part", r#"{"title": "A", "amount": 5}"#, json!({ "title": "A", "amount": "5.00" })),
        ("part", r#"{"title": "A", "amount": null}"#, json!({ "title": "A" })),
        ("parts", r#"{"1": {"title": "A"}}"#, json!({ "1": { "title": "A" } })),
        ("region", r#"" CA""#, json!("CA")),
        ("region", r#""ÃB""#, json!("ÃB")),
        ("text", "null", Value::Null),
    ] {
        assert_eq!(checked(name, json), Ok(kept), "{name} {json}");
    }
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    for (name, json, path) in [
        ("text", "5", "text"),
        ("text", r#""12345678901""#, "text"),
        ("text", r#""a\u0000b""#, "text"),
        ("name", r#"" ""#, "name"),
        ("name", "[]", "name"),
        ("count", r#""5""#, "count"),
        ("count", "5.5", "count"),
        ("count", "1001", "count"),
        ("count", "1e400", "count"),
        ("share", "1.0001", "share"),
        ("share", "0.0001", "share"),
        ("share", "true", "share"),
        ("pay", "1000000000000000", "pay"),
        ("pay", "-1000000000000000", "pay"),
        ("price", "-0.01", "price"),
        ("price", "0.0000001", "price"),
        ("price", r#""99.99""#, "price"),
        ("rate", "100.5", "rate"),
        ("self_gen", r#""true""#, "self_gen"),
        ("self_gen", "1", "self_gen"),
        ("day", r#""2023-02-29""#, "day"),
        ("day", "20240229", "day"),
        ("at", r#""soon""#, "at"),
        ("state", r#""open""#, "state"),
        ("state", "1", "state"),
        ("email", r#""john""#, "email"),
        ("phone", r#""call me""#, "phone"),
        ("team", r#""""#, "team"),
        ("team", "1", "team"),
        ("members", r#""a""#, "members"),
        ("members", r#"["a", "b", "c"]"#, "members"),
        ("members", r#"["a", 2]"#, "members[1]"),
        ("members", r#"["a", null]"#, "members[1]"),
        ("part", "[]", "part"),
        ("part", "{}", "part.title"),
        ("part", r#"{"title": null}"#, "part.title"),
        ("part", r#"{"title": "A", "amount": -1}"#, "part.amount"),
        ("part", r#"{"title": "A", "other": 1}"#, "part.other"),
        ("parts", r#"{"1": {"title": "A"}, "2": {"title": 5}}"#, "parts.2.title"),
        ("parts", r#"{"1": {"title": "A"}, "2": {"title": "A"}, "3": {"title": "A"}}"#, "parts"),
        ("parts", r#"{"": {"title": "A"}}"#, "parts."),
        ("parts", "5", "parts"),
        ("parts", "{}", "parts"),
        ("region", r#""CAL""#, "region"),
        ("region", r#""C""#, "region"),
        ("region", "12", "region"),
        ("made_by", r#""me""#, "made_by"),
    ] {
        assert_eq!(
            checked(name, json).map_err(|errors| names(&errors)),
            Err(vec![path.to_owned()]),
            "{name} {json}"
        );
    }
}

#[test]
fn no_input_looks_like_a_number_still_to_be_given() {
    let errors = checked("count", "-9223372036854775808").unwrap_err();
    assert!(errors.to_string().contains("-9223372036854775807"), "{errors}");
}

#[test]
fn an_instant_comes_in_five_forms() {
    for (json, instant) in [
        (r#""2024-12-31""#, "2024-12-31T00:00:00Z"),
        (r#""2024-12-31T14:30:00.000Z""#, "2024-12-31T14:30:00Z"),
        (r#""2024-12-31T14:30:00-03:00""#, "2024-12-31T17:30:00Z"),
        (r#""2024-12-31T14:30:00""#, "2024-12-31T14:30:00Z"),
        (r#"{"_seconds": 1735689600, "_nanoseconds": 0}"#, "2025-01-01T00:00:00Z"),
        (r#"{"_seconds": 1735689600, "_nanoseconds": 500000000}"#, "2025-01-01T00:00:00.5Z"),
        ("1735689600", "2025-01-01T00:00:00Z"),
        ("1735689600000", "2025-01-01T00:00:00Z"),
        ("100000000000", "1973-03-03T09:46:40Z"),
        ("-86400", "1969-12-31T00:00:00Z"),
    ] {
        assert_eq!(checked("at", json), Ok(json!(instant)), "{json}");
    }
    for wrong in [
        r#""31/12/2024""#,
        r#""2024-13-01""#,
        r#""2024-12-31T14:30:00[Europe/Paris]""#,
        r#""1735689600""#,
        "1735689600.5",
        "99999999999",
        "9223372036854775807",
        "-9223372036854775808",
        "true",
        "{}",
        r#"{"_seconds": "1"}"#,
        r#"{"_seconds": 1735689600}"#,
        r#"{"_seconds": 1, "_nanoseconds": 1000000000}"#,
        r#"{"_seconds": 1, "_nanoseconds": null}"#,
        r#"{"_seconds": 1, "other": 1}"#,
    ] {
        assert!(checked("at", wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let fields = object(json!({ "price": "cheap", "type": "good", "tax_rate": 101, "colour": "red" }));
    let errors = product().check(fields.clone(), false, Unknown::Reject).unwrap_err();
    assert_eq!(names(&errors), ["colour", "name", "price", "tax_rate", "type"]);
    assert!(errors.to_string().contains("price: must be a number"), "its own message stands: {errors}");
    let errors = product().check(fields, false, Unknown::Ignore).unwrap_err();
    assert_eq!(names(&errors), ["name", "price", "tax_rate", "type"]);
}

#[test]
fn unknown_fields_are_left_out_where_they_are_ignored() {
    let fields = object(json!({ "name": "A", "price": 1, "colour": "red" }));
    let checked = product().check(fields, false, Unknown::Ignore).unwrap();
    assert_eq!(Value::Object(checked.as_map().clone()), json!({ "name": "A", "price": "1.00" }));
}

#[test]
fn required_fields_are_missed_in_a_whole_but_not_in_a_part() {
    let check = |fields: Value, partial| product().check(object(fields), partial, Unknown::Reject);
    assert_eq!(names(&check(json!({ "name": null }), false).unwrap_err()), ["name", "price"]);
    assert!(check(json!({}), true).unwrap().as_map().is_empty());
    let errors = check(json!({ "name": null, "description": null }), true).unwrap_err();
    assert_eq!(errors.to_string(), "name: must not be null");
    let emptied = check(json!({ "description": null }), true).unwrap();
    assert_eq!(Value::Object(emptied.as_map().clone()), json!({ "description": null }));
}

#[test]
fn numbers_are_printed_with_every_digit() {
    let kept = sample(json!({
        "price": 99.9, "share": 0.125, "count": 3, "rate": 10, "text": "5",
        "part": { "title": "1", "amount": 7 }, "parts": { "1": { "title": "A", "amount": 0.1 } }, "members": ["1"]
    }));
    let printed = serde_json::to_string(&SAMPLE.print(&kept.unwrap())).unwrap();
    for part in [
        r#""made_by":null"#,
        r#""price":99.90"#,
        r#""share":0.125"#,
        r#""count":3"#,
        r#""rate":10"#,
        r#""text":"5""#,
        r#""part":{"amount":7.00,"title":"1"}"#,
        r#""parts":{"1":{"amount":0.10,"title":"A"}}"#,
        r#""members":["1"]"#,
    ] {
        assert!(printed.contains(part), "{part} in {printed}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000_i64..1_000_000, 0_u32..8).prop_map(|(number, scale)| {
            serde_json::from_str(&rust_decimal::Decimal::new(number, scale).to_string()).unwrap()
        }),
        "[a-z0-9@.:TZ-]{0,24}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("title|amount|_seconds|[a-z]{0,3}", inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_input_makes_it_panic_and_what_is_kept_survives_the_log(
        values in prop::collection::vec((0..20_usize, any_json()), 0..6),
        partial in any::<bool>(),
    ) {
        let fields: Map<String, Value> =
            values.into_iter().map(|(field, value)| (SAMPLE.fields[field].name.to_owned(), value)).collect();
        let Ok(checked) = SAMPLE.check(fields, partial, Unknown::Reject) else { return Ok(()) };
        let text = serde_json::to_string(checked.as_map()).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Map<String, Value>>(&text).unwrap(), checked.as_map());
        SAMPLE.print(checked.as_map());
    }
}
