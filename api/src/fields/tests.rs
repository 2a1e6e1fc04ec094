//! What a wrong body is told.

use super::*;
use proptest::prelude::*;
use serde_json::json;
use sunledger_domain::value::{CalendarDate, Email, Percent, Quantity};

fn fields(json: Value) -> Fields {
    match json {
        Value::Object(map) => Fields::new(map),
        other => panic!("{other} is no object"),
    }
}

fn errors(fields: Fields) -> Vec<(String, String)> {
    match fields.finish() {
        Err(DomainError::Invalid(errors)) => {
            errors.iter().map(|(field, message)| (field.to_owned(), message.to_owned())).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let mut body = fields(json!({"email": "nobody", "dueDate": "soon", "paid": "yes", "amount": "12"}));
    body.required("name", line(10));
    body.optional("email", parsed(Email::parse));
    body.required("dueDate", parsed(CalendarDate::parse));
    body.optional("paid", boolean);
    body.required("amount", number(Ok::<_, String>));
    let named = errors(body);
    assert_eq!(
        named.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(),
        ["amount", "dueDate", "email", "name", "paid"]
    );
    assert_eq!(named[3].1, MISSING);
    assert_eq!(named[0].1, "must be a number");
}

#[test]
fn a_rule_counts_where_all_that_it_compares_was_read() {
    let refused = || -> Result<(), ApiError> {
        let mut wrong = FieldErrors::new();
        for field in ["discount", "dueDate", "lineItems[1]", "name"] {
            wrong.add(field, "breaks a rule");
        }
        Err(ApiError::fields(wrong))
    };
    let compared: [(&str, &[&str]); 2] =
        [("dueDate", &["issueDate"]), ("discount", &["lineItems", "currency"])];
    let told = |json: Value| {
        let mut body = fields(json);
        body.optional("issueDate", parsed(CalendarDate::parse));
        body.optional("notes", line(5));
        body.objects("lineItems", 9, |line_item| line_item.optional("quantity", number(Quantity::new)));
        body.and_rules(&compared, refused);
        body
    };
    let named = |json: Value| errors(told(json)).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
    assert_eq!(
        named(json!({"notes": 1, "lineItems": [{}]})),
        ["discount", "dueDate", "lineItems[1]", "name", "notes"]
    );
    assert_eq!(
        named(json!({"issueDate": "soon", "lineItems": [{}]})),
        ["discount", "issueDate", "lineItems[1]", "name"]
    );
    assert_eq!(
        named(json!({"lineItems": [{"quantity": 0}, {}]})),
        ["dueDate", "lineItems[0].quantity", "name"],
        "nothing is said of what is in a list that could not be read"
    );
    assert!(told(json!({"lineItems": [{}]})).finish().is_ok(), "the command says it where all was read");
}

#[test]
fn fields_inside_lists_are_named_by_their_place() {
    let mut body = fields(json!({"lineItems": [{"quantity": 0}, 7, {"description": "ok", "quantity": 1}]}));
    let read = body.objects("lineItems", 10, |line_item| {
        (line_item.required("description", line(50)), line_item.required("quantity", number(Quantity::new)))
    });
    assert_eq!(read.len(), 2, "what is no object is left out");
    let named = errors(body);
    assert_eq!(named[0], ("lineItems[0].description".to_owned(), MISSING.to_owned()));
    assert_eq!(named[1].0, "lineItems[0].quantity");
    assert_eq!(named[2], ("lineItems[1]".into(), "must be an object".into()));
}

#[test]
fn lists_have_a_length() {
    for wrong in [json!([]), json!([{}, {}, {}]), json!({}), json!("x")] {
        let mut body = fields(json!({"items": wrong}));
        assert!(body.objects("items", 2, |_| ()).is_empty());
        assert_eq!(errors(body)[0].0, "items");
    }
    let mut body = fields(json!({"items": null}));
    assert_eq!(body.objects_replacement("items", 2, |_| ()), None);
    assert_eq!(errors(body), [("items".to_owned(), "must not be empty".to_owned())]);
}

#[test]
fn an_update_keeps_empties_or_sets() {
    let mut body = fields(json!({"phone": null, "notes": " ", "email": "ana@example.com", "name": null}));
    assert_eq!(body.change("address", line(9)), Change::Keep);
    assert_eq!(body.change("phone", line(9)), Change::Clear);
    assert_eq!(body.change("notes", line(9)), Change::Clear);
    assert!(matches!(body.change("email", parsed(Email::parse)), Change::Set(_)));
    assert_eq!(body.replacement("name", line(9)), None);
    assert_eq!(body.replacement("title", line(9)), None);
    assert_eq!(errors(body), [("name".to_owned(), "must not be empty".to_owned())]);
}

#[test]
fn numbers_are_exact_or_refused() {
    let read = |json: &str| number(Ok::<Decimal, String>)(serde_json::from_str(json).unwrap());
    for (json, exact) in [
        ("0.1", "0.1"),
        ("1e3", "1000"),
        ("125.00", "125"),
        ("-7", "-7"),
        ("0.30000000000000004", "0.30000000000000004"),
    ] {
        assert_eq!(read(json).unwrap(), exact.parse::<Decimal>().unwrap(), "{json}");
    }
    for json in [
        "1e300",
        "1E-99999999",
        "1e999999999999999999999",
        "123456789012345678901234567890",
        "\"5\"",
        "true",
        "[1]",
    ] {
        assert!(read(json).is_err(), "{json}");
    }
    assert!(read(&"9".repeat(100_000)).is_err());
}

#[test]
fn whole_numbers_are_whole_and_in_range() {
    let read = |json: &str| integer(1, 12)(serde_json::from_str(json).unwrap());
    assert_eq!((read("1"), read("12"), read("4.0"), read("1e1")), (Ok(1), Ok(12), Ok(4), Ok(10)));
    for json in ["0", "13", "1.5", "-1", "1e30", "\"4\"", "null"] {
        assert!(read(json).is_err(), "{json}");
    }
}

#[test]
fn texts_are_bounded_and_printable() {
    assert_eq!(line(5)(json!("  Ana  ")), Ok("Ana".to_owned()));
    for wrong in [json!("too long"), json!("a\nb"), json!("a\0"), json!(5), json!({}), json!(["a"])] {
        assert!(line(5)(wrong.clone()).is_err(), "{wrong}");
    }
    assert_eq!(lines(9)(json!("a\r\nb\tc")), Ok("a\nb\tc".to_owned()));
    assert!(lines(9)(json!("a\u{1b}b")).is_err());
    assert_eq!(one_of(&[("percent", 1), ("amount", 2)])(json!("amount")), Ok(2));
    assert_eq!(
        one_of(&[("percent", 1), ("amount", 2)])(json!("Amount")),
        Err("must be one of percent, amount".to_owned())
    );
    assert!(words(2)(json!(["a", "b", "c"])).is_err());
    assert!(words(2)(json!(["a", 1])).is_err());
}

#[test]
fn names_of_the_domain_become_those_of_the_surface() {
    assert_eq!(camel_case("due_date"), "dueDate");
    assert_eq!(camel_case("lines[0].unit_price"), "lines[0].unitPrice");
    assert_eq!(camel_case("name"), "name");
}

fn any_json() -> impl Strategy<Value = Value> {
    let number = "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,12})?"
        .prop_map(|text| serde_json::from_str(&text).unwrap_or(Value::Null));
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        ".{0,20}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,6}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Whatever stands in a field: no panic, and where it is not taken the field is named.
    #[test]
    fn any_json_is_taken_or_its_field_named(value in any_json()) {
        let mut body = fields(json!({
            "a": value, "b": value, "c": value, "d": value, "e": value, "f": value, "g": value, "items": [{"q": value}],
        }));
        let taken = [
            ("a", body.optional("a", line(10)).is_some()),
            ("b", body.optional("b", lines(10)).is_some()),
            ("c", body.optional("c", number(Percent::new)).is_some()),
            ("d", body.optional("d", boolean).is_some()),
            ("e", body.optional("e", parsed(CalendarDate::parse)).is_some()),
            ("f", body.optional("f", integer(0, 9)).is_some()),
            ("g", body.optional("g", words(3)).is_some()),
        ];
        let inner = body.objects("items", 3, |item| item.optional("q", number(Quantity::new)).is_some());
        let absent = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        let named: Vec<String> = match body.finish() {
            Err(DomainError::Invalid(errors)) => errors.iter().map(|(field, _)| field.to_owned()).collect(),
            _ => Vec::new(),
        };
        for (field, taken) in taken {
            prop_assert_eq!(named.iter().any(|name| name == field), !taken && !absent, "{}", field);
        }
        prop_assert_eq!(named.iter().any(|name| name == "items[0].q"), !inner[0] && !absent);
    }
}
