//! What is known of a part of an installation (a panel, the inverter): an object of any fields. The document names none of
//! them, so they are kept as they were sent.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Fields of an object at most, those of objects inside of it too.
const MAX_FIELDS: usize = 100;
/// Objects and lists inside of each other at most.
const MAX_DEPTH: usize = 5;
/// Longest text, in characters; of a field's name too.
const MAX_TEXT: usize = 1_000;
/// Longest number, in digits and signs.
const MAX_DIGITS: usize = 40;

/// An object of any fields, of a reasonable size.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Details(Map<String, Value>);

impl Details {
    /// Checks and takes an object.
    ///
    /// # Errors
    /// A field message.
    pub fn new(fields: Map<String, Value>) -> Result<Self, String> {
        let mut room = MAX_FIELDS;
        check_fields(&fields, MAX_DEPTH, &mut room)?;
        Ok(Self(fields))
    }

    /// Its fields.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }
}

fn check_fields(fields: &Map<String, Value>, depth: usize, room: &mut usize) -> Result<(), String> {
    for (name, value) in fields {
        check_text(name)?;
        check(value, depth, room)?;
    }
    Ok(())
}

fn check(value: &Value, depth: usize, room: &mut usize) -> Result<(), String> {
    *room = room.checked_sub(1).ok_or_else(|| format!("must have at most {MAX_FIELDS} fields"))?;
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(number) if number.as_str().len() > MAX_DIGITS => {
            Err(format!("must have no number of more than {MAX_DIGITS} digits"))
        }
        Value::Number(_) => Ok(()),
        Value::String(text) => check_text(text),
        Value::Array(_) | Value::Object(_) if depth <= 1 => {
            Err(format!("must be nested at most {MAX_DEPTH} deep"))
        }
        Value::Array(values) => values.iter().try_for_each(|value| check(value, depth - 1, room)),
        Value::Object(fields) => check_fields(fields, depth - 1, room),
    }
}

fn check_text(text: &str) -> Result<(), String> {
    if text.len() > MAX_TEXT && text.chars().nth(MAX_TEXT).is_some() {
        return Err(format!("must have no text of more than {MAX_TEXT} characters"));
    }
    if text.contains('\0') {
        return Err("must not contain NUL characters".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(value: Value) -> Result<Details, String> {
        Details::new(value.as_object().cloned().unwrap())
    }

    #[test]
    fn what_was_sent_is_kept() {
        let sent =
            json!({"model": "JA 550W", "power": 0.55, "serials": ["a", "b"], "at": {"row": 1}, "x": null});
        let details = check(sent.clone()).unwrap();
        assert_eq!(serde_json::to_value(&details).unwrap(), sent);
        assert_eq!(serde_json::from_value::<Details>(sent).unwrap(), details);
        assert_eq!(check(json!({})), Ok(Details::default()));
    }

    #[test]
    fn what_is_out_of_all_proportion_is_refused() {
        let many: Map<String, Value> = (0..=MAX_FIELDS).map(|field| (field.to_string(), 1.into())).collect();
        let digits: Value =
            serde_json::from_str(&format!("{{\"n\": {}}}", "9".repeat(MAX_DIGITS + 1))).unwrap();
        for wrong in [
            Value::Object(many),
            json!({"list": vec![0; MAX_FIELDS]}),
            json!({"a": {"b": {"c": {"d": {"e": {}}}}}}),
            json!({"a": [[[[[]]]]]}),
            json!({"text": "é".repeat(MAX_TEXT + 1)}),
            json!({"é".repeat(MAX_TEXT + 1): 1}),
            json!({"text": "a\0b"}),
            json!({"a\0b": 1}),
            digits,
        ] {
            assert!(check(wrong.clone()).is_err(), "{wrong}");
        }
        assert!(check(json!({"text": "é".repeat(MAX_TEXT), "a": {"b": {"c": {"d": {"e": 1}}}}})).is_ok());
    }
}
