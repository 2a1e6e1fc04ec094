//! Whether an event is as the page says: so that the page cannot say of the source what is not true of the log.

use super::source::{Field, Form, Holds, Shape, Source};
use super::words;
use crate::confidential::REDACTED;
use crate::value::{CalendarDate, Currency};
use serde_json::{Map, Value};

/// Compares JSON with what the source says of it.
pub(super) struct Check<'a>(pub(super) &'a Source);

impl Check<'_> {
    /// That an object has these fields and no other.
    pub(super) fn object(&self, object: &Value, fields: &[Field], place: &str) {
        let Some(object) = object.as_object() else { panic!("no object: {object} in {place}") };
        for key in object.keys() {
            assert!(fields.iter().any(|field| field.name == *key), "{key} is not described: {place}");
        }
        for field in fields {
            match object.get(&field.name) {
                None => assert!(field.optional, "{} is not optional: {place}", field.name),
                Some(Value::Null) => assert!(field.nullable, "{} is null: {place}", field.name),
                Some(value) => self.shape(value, &field.shape, place),
            }
        }
    }

    fn shape(&self, value: &Value, shape: &Shape, place: &str) {
        match shape {
            _ if value == REDACTED => {}
            Shape::List(of) => {
                value.as_array().unwrap().iter().for_each(|entry| self.shape(entry, of, place));
            }
            Shape::Keyed(of) => {
                value.as_object().unwrap().values().for_each(|entry| self.shape(entry, of, place));
            }
            Shape::Plain(name) => match words::plain(name) {
                Some(plain) => assert!(is(value, plain), "{value} is no {plain}: {place}"),
                None => self.named(value, name, place),
            },
        }
    }

    fn named(&self, value: &Value, name: &str, place: &str) {
        match self.0.definition(name).form.as_ref().unwrap() {
            Form::Same(inner) => self.shape(value, inner, place),
            Form::Object(fields) => self.object(value, &self.0.unfolded(fields), place),
            Form::Choice(variants) => {
                let chosen = match value {
                    Value::String(text) => text,
                    value => only(value.as_object().unwrap()).0,
                };
                let variant = variants.iter().find(|variant| variant.name == *chosen);
                match &variant.unwrap_or_else(|| panic!("{chosen} is no {name}: {place}")).holds {
                    Holds::Nothing => assert!(value.is_string(), "{place}"),
                    Holds::One(shape) => self.shape(only(value.as_object().unwrap()).1, shape, place),
                    Holds::Fields(fields) => {
                        self.object(only(value.as_object().unwrap()).1, fields, place);
                    }
                }
            }
        }
    }
}

fn only(object: &Map<String, Value>) -> (&String, &Value) {
    assert_eq!(object.len(), 1, "one field of {object:?}");
    object.iter().next().unwrap()
}

/// Whether a value is what the page's head says of a plain type.
fn is(value: &Value, plain: &str) -> bool {
    let text = value.as_str();
    match plain {
        "true or false" => value.is_boolean(),
        "whole number" => value.is_i64(),
        "decimal" => text.is_some_and(|text| text.parse::<rust_decimal::Decimal>().is_ok()),
        "UUID" => text.is_some_and(|text| text.parse::<uuid::Uuid>().is_ok()),
        "time" => text.is_some_and(|text| text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok()),
        "date" => text.is_some_and(|text| text.len() == 10 && CalendarDate::parse(text).is_ok()),
        "month" => text.is_some_and(|text| {
            text.len() == 7
                && text.as_bytes()[4] == b'-'
                && CalendarDate::parse(&format!("{text}-01")).is_ok()
        }),
        "currency" => text.is_some_and(|text| Currency::parse(text).is_ok()),
        "any value" => true,
        _ => text.is_some(),
    }
}
