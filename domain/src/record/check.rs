//! Input against a kind's description: every wrong field is named, what is right comes out in the form it is kept.

use super::{Field, FieldType, Printed, RecordKind, SetBy, timestamp};
use crate::DomainError;
use crate::FieldErrors;
use crate::value::money::LIMIT;
use crate::value::{CalendarDate, Email, Percent, Phone, decimal, text};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

/// Most decimals of an amount of money.
const MONEY_PLACES: u32 = 6;
/// Longest reference, in characters.
const MAX_REFERENCE: usize = 128;
/// Longest key of a map, in characters.
const MAX_KEY: usize = 128;

/// What to do with a field that the kind does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Name it as wrong.
    Reject,
    /// Leave it out.
    Ignore,
}

/// Fields that passed their kind's check. Only [`RecordKind::check`] makes them.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedFields {
    kind: &'static RecordKind,
    fields: Map<String, Value>,
}

impl CheckedFields {
    /// The kind that they were checked against.
    pub fn kind(&self) -> &'static RecordKind {
        self.kind
    }

    /// The fields, in the form they are kept.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// With a field that the program sets. Any other is left as it is.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        if self.kind.field(name).is_some_and(|field| field.set_by == SetBy::Program) {
            self.fields.insert(name.to_owned(), value.into());
        }
        self
    }

    pub(super) fn into_map(self) -> Map<String, Value> {
        self.fields
    }

    /// The fields as an aggregate's own type, whose fields are those of the kind.
    ///
    /// # Errors
    /// `Invalid` where the type and the kind's description are not of one mind.
    pub(crate) fn typed<T: DeserializeOwned>(self) -> Result<T, DomainError> {
        serde_json::from_value(Value::Object(self.fields))
            .map_err(|error| DomainError::invalid(self.kind.name, error.to_string()))
    }

    /// What a new record of the kind would lack: fields that were checked as a part of it are not enough.
    pub(super) fn missing(&self) -> Option<FieldErrors> {
        let mut errors = FieldErrors::new();
        for field in
            self.kind.fields.iter().filter(|field| field.required && !self.fields.contains_key(field.name))
        {
            errors.add(field.name, REQUIRED);
        }
        Some(errors).filter(|errors| !errors.is_empty())
    }
}

const REQUIRED: &str = "is required";
/// What is said of a field that the kind does not have.
pub const UNKNOWN: &str = "is not a known field";

impl RecordKind {
    /// Checks fields that came in. Whole (`partial` off), required fields must be there, and nulls are left out. As a
    /// part, only what is given is checked, and a null stays, to empty an optional field.
    ///
    /// # Errors
    /// Every wrong field.
    pub fn check(
        &'static self,
        fields: Map<String, Value>,
        partial: bool,
        unknown: Unknown,
    ) -> Result<CheckedFields, FieldErrors> {
        let mut check = Check { unknown, errors: FieldErrors::new() };
        let fields = if partial { check.without_second_names(self.fields, fields) } else { fields };
        let mut fields = check.object("", self.fields, fields, partial);
        if !partial {
            for field in self.fields {
                if let Some(value) = field.initially {
                    fields.entry(field.name).or_insert(value.into());
                }
            }
        }
        if check.errors.is_empty() { Ok(CheckedFields { kind: self, fields }) } else { Err(check.errors) }
    }

    /// Kept fields as JSON has them, for printing: what is a number by its description is one, with every digit, and an
    /// instant is `{"_seconds", "_nanoseconds"}`.
    pub fn print(&self, fields: &Map<String, Value>) -> Map<String, Value> {
        print_object(self.fields, fields)
    }
}

struct Check {
    unknown: Unknown,
    errors: FieldErrors,
}

impl Check {
    /// A change may name a field as answers also print it; by both names at once it would be two changes.
    fn without_second_names(&mut self, known: &[Field], mut given: Map<String, Value>) -> Map<String, Value> {
        for field in known {
            let Printed::Also(second) = field.printed else { continue };
            if let Some(value) = given.remove(second)
                && given.insert(field.name.to_owned(), value.clone()).is_some_and(|first| first != value)
            {
                self.errors
                    .add(second, format!("is another name of {} and must have the same value", field.name));
            }
        }
        given
    }

    fn object(
        &mut self,
        path: &str,
        known: &[Field],
        given: Map<String, Value>,
        partial: bool,
    ) -> Map<String, Value> {
        let mut checked = Map::new();
        for (name, value) in given {
            let at = join(path, &name);
            let mut takes = known.iter().filter(|field| field.set_by == SetBy::Body);
            let Some(field) = takes.find(|field| field.name == name) else {
                if self.unknown == Unknown::Reject {
                    self.errors.add(at, UNKNOWN);
                }
                continue;
            };
            if value.is_null() {
                if field.required {
                    self.errors.add(at, if partial { "must not be null" } else { REQUIRED });
                } else if partial {
                    checked.insert(name, value);
                }
                continue;
            }
            if let Some(value) = self.value(&at, &field.ty, value) {
                checked.insert(name, value);
            }
        }
        if !partial {
            for field in known.iter().filter(|field| field.required && !checked.contains_key(field.name)) {
                // Where the field was given, but wrong, its own message stands.
                self.errors.add(join(path, field.name), REQUIRED);
            }
        }
        checked
    }

    fn value(&mut self, path: &str, ty: &FieldType, value: Value) -> Option<Value> {
        match (ty, value) {
            (FieldType::Object(fields), Value::Object(given)) => {
                Some(Value::Object(self.object(path, fields, given, false)))
            }
            (FieldType::Map { of, min, max }, Value::Object(given)) => {
                if self.has_room(path, given.len(), *min, *max) { self.map(path, of, given) } else { None }
            }
            (FieldType::List { of, min, max }, Value::Array(given)) => {
                if self.has_room(path, given.len(), *min, *max) { self.list(path, of, given) } else { None }
            }
            (ty, value) => self.errors.check(path, scalar(ty, &value)),
        }
    }

    /// Whether there are as many entries as may be. Those of a list that is too long are not looked at: their errors could
    /// outgrow it many times.
    fn has_room(&mut self, path: &str, entries: usize, min: usize, max: usize) -> bool {
        if entries < min {
            let noun = if min == 1 { "entry" } else { "entries" };
            self.errors.add(path, format!("must have at least {min} {noun}"));
        } else if entries > max {
            self.errors.add(path, format!("must have at most {max} entries"));
        }
        (min..=max).contains(&entries)
    }

    fn map(&mut self, path: &str, of: &FieldType, given: Map<String, Value>) -> Option<Value> {
        let mut checked = Map::new();
        for (key, value) in given {
            let at = join(path, &key);
            if let (Some(key), Some(value)) =
                (self.errors.check(&at, text::required_line(&key, MAX_KEY)), self.value(&at, of, value))
            {
                checked.insert(key, value);
            }
        }
        Some(Value::Object(checked))
    }

    fn list(&mut self, path: &str, of: &FieldType, given: Vec<Value>) -> Option<Value> {
        let entries = given.into_iter().enumerate();
        Some(Value::Array(
            entries.filter_map(|(index, value)| self.value(&format!("{path}[{index}]"), of, value)).collect(),
        ))
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// A value without parts, in the form it is kept.
fn scalar(ty: &FieldType, value: &Value) -> Result<Value, String> {
    match ty {
        FieldType::Text { max, non_empty } => {
            let check = if *non_empty { text::required_text } else { text::text };
            check(a_text(value)?, *max).map(Value::String)
        }
        FieldType::Exact { length } => {
            let text =
                text::line(a_text(value)?, *length).ok().filter(|text| text.chars().count() == *length);
            text.map(Value::String).ok_or_else(|| format!("must be exactly {length} characters"))
        }
        FieldType::Integer { min, max } => integer(value, *min, *max),
        FieldType::Decimal { min, max, places } => {
            let number = a_number(value)?.normalize();
            let range = Decimal::from(*min)..=Decimal::from(*max);
            if range.contains(&number) && number.scale() <= *places {
                Ok(Value::String(number.to_string()))
            } else {
                Err(format!("must be a number from {min} to {max} with at most {places} decimals"))
            }
        }
        FieldType::Money { negative } => money(value, *negative),
        FieldType::Percent => Ok(Value::String(Percent::new(a_number(value)?)?.to_string())),
        FieldType::Bool => match value {
            Value::Bool(_) => Ok(value.clone()),
            _ => Err("must be a boolean".to_owned()),
        },
        FieldType::Date => Ok(Value::String(CalendarDate::parse(a_text(value)?)?.to_string())),
        FieldType::Timestamp => Ok(Value::String(timestamp::parse(value)?.to_string())),
        FieldType::Enum(options) => {
            let given = value.as_str().filter(|given| options.contains(given));
            given.map(|given| given.into()).ok_or_else(|| format!("must be one of: {}", options.join(", ")))
        }
        FieldType::Email => Ok(Value::String(Email::parse(a_text(value)?)?.to_string())),
        FieldType::Phone => Ok(Value::String(Phone::parse(a_text(value)?)?.to_string())),
        FieldType::Reference => text::required_line(a_text(value)?, MAX_REFERENCE).map(Value::String),
        FieldType::List { .. } => Err("must be an array".to_owned()),
        FieldType::Object(_) | FieldType::Map { .. } => Err("must be an object".to_owned()),
    }
}

fn a_text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "must be a string".to_owned())
}

fn a_number(value: &Value) -> Result<Decimal, String> {
    match value {
        Value::Number(number) => decimal::parse(&number.to_string()).map_err(str::to_owned),
        _ => Err("must be a number".to_owned()),
    }
}

fn integer(value: &Value, min: i64, max: i64) -> Result<Value, String> {
    // The least number of all stands for a number that the log is to give; no input may look like it.
    let min = min.max(i64::MIN + 1);
    let number = a_number(value)?.normalize();
    let whole = if number.scale() == 0 { number.to_i64() } else { None };
    whole
        .filter(|whole| (min..=max).contains(whole))
        .map(Value::from)
        .ok_or_else(|| format!("must be a whole number from {min} to {max}"))
}

fn money(value: &Value, negative: bool) -> Result<Value, String> {
    let amount = a_number(value)?.normalize();
    let in_range = amount.abs() < LIMIT && (negative || !amount.is_sign_negative());
    if !in_range || amount.scale() > MONEY_PLACES {
        let sign = if negative { "" } else { ", not negative," };
        return Err(format!("must be an amount{sign} under {LIMIT} with at most {MONEY_PLACES} decimals"));
    }
    Ok(Value::String(at_least_cents(amount).to_string()))
}

fn at_least_cents(mut amount: Decimal) -> Decimal {
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    amount
}

fn print_object(known: &[Field], fields: &Map<String, Value>) -> Map<String, Value> {
    let mut printed = Map::new();
    for (name, value) in fields {
        match known.iter().find(|field| field.name == name) {
            Some(field) if field.printed == Printed::Not => {}
            Some(field) => {
                let value = print(&field.ty, value);
                if let Printed::Also(second) = field.printed {
                    printed.insert(second.to_owned(), value.clone());
                }
                printed.insert(name.clone(), value);
            }
            // Of a field that the kind has no more.
            None => _ = printed.insert(name.clone(), value.clone()),
        }
    }
    for field in known.iter().filter(|field| field.printed == Printed::OrNull) {
        printed.entry(field.name).or_insert(Value::Null);
    }
    printed
}

fn print(ty: &FieldType, value: &Value) -> Value {
    match (ty, value) {
        (FieldType::Money { .. }, Value::String(amount)) => {
            // What the domain worked out may have fewer decimals than what came in.
            let printed = decimal::parse(amount).map(|amount| at_least_cents(amount).to_string());
            printed.ok().and_then(|amount| amount.parse().ok()).map_or_else(|| value.clone(), Value::Number)
        }
        (FieldType::Decimal { .. } | FieldType::Percent, Value::String(number)) => {
            // With `arbitrary_precision` a number keeps every digit of its text.
            number.parse::<Number>().map_or_else(|_| value.clone(), Value::Number)
        }
        (FieldType::Timestamp, Value::String(at)) => {
            at.parse().map_or_else(|_| value.clone(), timestamp::print)
        }
        (FieldType::Object(known), Value::Object(fields)) => Value::Object(print_object(known, fields)),
        (FieldType::Map { of, .. }, Value::Object(fields)) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), print(of, value))).collect())
        }
        (FieldType::List { of, .. }, Value::Array(entries)) => {
            Value::Array(entries.iter().map(|entry| print(of, entry)).collect())
        }
        _ => value.clone(),
    }
}
