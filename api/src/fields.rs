//! Reads a request's JSON object field by field and notes everything that is wrong with it, so that a caller learns
//! of all its mistakes at once.
//!
//! A wrong field gives its reader's default and a noted error; [`Fields::finish`] then refuses the whole object, so
//! no such default ever reaches a command. Fields that nobody asks for are ignored.
//!
//! A text that is blank counts as absent: forms send `""` for what was left empty.

pub mod address;

use crate::http::{ApiError, MISSING};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use sunledger_domain::value::{Change, decimal, text};
use sunledger_domain::{DomainError, FieldErrors};

/// What is said of a required field that may not be emptied.
const EMPTY: &str = "must not be empty";

/// A JSON object being read.
#[derive(Debug)]
pub struct Fields {
    map: Map<String, Value>,
    /// By names of this object's fields; whoever reads an object inside of another puts the place before them.
    errors: FieldErrors,
}

impl Fields {
    /// An object.
    pub fn new(map: Map<String, Value>) -> Self {
        Self { map, errors: FieldErrors::new() }
    }

    /// True where the field is there, as whatever (also `null`).
    pub fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// A field that must be there.
    pub fn required<T: Default>(&mut self, name: &str, read: impl FnOnce(Value) -> Result<T, String>) -> T {
        match self.take(name) {
            Some(value) => self.noted(name, read(value)).unwrap_or_default(),
            None => {
                self.missing(name);
                T::default()
            }
        }
    }

    /// A field that may be absent, `null` or blank.
    pub fn optional<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Result<T, String>) -> Option<T> {
        let value = self.take(name)?;
        self.noted(name, read(value))
    }

    /// What an update says about a field that can be empty: absent keeps it, `null` or a blank text empties it.
    pub fn change<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Result<T, String>) -> Change<T> {
        if !self.has(name) {
            return Change::Keep;
        }
        match self.take(name) {
            None => Change::Clear,
            Some(value) => self.noted(name, read(value)).map_or(Change::Keep, Change::Set),
        }
    }

    /// What an update says about a field that can not be empty: absent keeps it.
    pub fn replacement<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Result<T, String>) -> Option<T> {
        if !self.has(name) {
            return None;
        }
        match self.take(name) {
            None => {
                self.refuse(name, EMPTY);
                None
            }
            Some(value) => self.noted(name, read(value)),
        }
    }

    /// A list of 1 to `max` objects that must be there.
    pub fn objects<T>(&mut self, name: &str, max: usize, read: impl FnMut(&mut Fields) -> T) -> Vec<T> {
        match self.take(name) {
            Some(value) => self.elements(name, max, value, read).unwrap_or_default(),
            None => {
                self.missing(name);
                Vec::new()
            }
        }
    }

    /// What an update says about a list of 1 to `max` objects: absent keeps it.
    pub fn objects_replacement<T>(
        &mut self,
        name: &str,
        max: usize,
        read: impl FnMut(&mut Fields) -> T,
    ) -> Option<Vec<T>> {
        if !self.has(name) {
            return None;
        }
        match self.take(name) {
            None => {
                self.refuse(name, EMPTY);
                None
            }
            Some(value) => self.elements(name, max, value, read),
        }
    }

    /// Reads the fields of an object that stands in this one's field `name`.
    pub fn inside<T>(
        &mut self,
        name: &str,
        map: Map<String, Value>,
        read: impl FnOnce(&mut Fields) -> T,
    ) -> T {
        self.read_inside(|| name.to_owned(), map, read)
    }

    /// The same; its place is only told where something is wrong there.
    fn read_inside<T>(
        &mut self,
        place: impl FnOnce() -> String,
        map: Map<String, Value>,
        read: impl FnOnce(&mut Fields) -> T,
    ) -> T {
        let mut inner = Fields::new(map);
        let result = read(&mut inner);
        if inner.are_wrong() {
            self.errors.merge(&place(), inner.errors);
        }
        result
    }

    /// The field's value as it came; `None` where it is absent, `null` or blank. Whoever takes it checks it.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.map.remove(name).filter(|value| match value {
            Value::Null => false,
            Value::String(text) => !text.trim().is_empty(),
            _ => true,
        })
    }

    /// True where something was wrong with a field so far.
    pub fn is_wrong(&self, name: &str) -> bool {
        self.errors.iter().any(|(field, _)| field == name)
    }

    /// True where something was wrong so far.
    pub fn are_wrong(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Notes what the rules say of what could be read, where something could not: the command, which says it else, will not
    /// run. What they find in a field counts where it and those that it is `compared` with (a field, and the others) were
    /// read: what stands for one that was not proves nothing.
    pub fn and_rules<T>(
        &mut self,
        compared: &[(&str, &[&str])],
        decide: impl FnOnce() -> Result<T, ApiError>,
    ) {
        if !self.are_wrong() {
            return;
        }
        let Err(ApiError { fields: Some(found), .. }) = decide() else { return };
        let unread: BTreeSet<String> =
            self.errors.iter().map(|(path, _)| outermost(path).to_owned()).collect();
        for (path, message) in found.iter() {
            let field = outermost(path);
            let others = compared.iter().filter(|(name, _)| *name == field).flat_map(|(_, others)| *others);
            if !std::iter::once(&field).chain(others).any(|name| unread.contains(*name)) {
                self.errors.add(path, message);
            }
        }
    }

    /// Notes that a field is wrong.
    pub fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.errors.add(name, message);
    }

    /// Takes over the errors of something that was read out of field `name`.
    pub fn refuse_all(&mut self, name: &str, errors: FieldErrors) {
        self.errors.merge(name, errors);
    }

    /// Refuses the object if anything is wrong with it.
    ///
    /// # Errors
    /// `Invalid`, with every wrong field.
    pub fn finish(mut self) -> Result<(), DomainError> {
        self.check()
    }

    /// The same, for one who was lent the object.
    ///
    /// # Errors
    /// `Invalid`, with every field that was wrong so far.
    pub fn check(&mut self) -> Result<(), DomainError> {
        std::mem::take(&mut self.errors).into_result(())
    }

    fn elements<T>(
        &mut self,
        name: &str,
        max: usize,
        value: Value,
        mut read: impl FnMut(&mut Fields) -> T,
    ) -> Option<Vec<T>> {
        let Value::Array(values) = value else {
            self.refuse(name, "must be a list");
            return None;
        };
        // Too long a list is not looked into: its errors could outgrow it many times.
        if values.is_empty() || values.len() > max {
            self.refuse(name, format!("must have 1 to {max} entries"));
            return None;
        }
        let mut all = Vec::with_capacity(values.len());
        for (index, value) in values.into_iter().enumerate() {
            let place = || format!("{name}[{index}]");
            match value {
                Value::Object(map) => all.push(self.read_inside(place, map, &mut read)),
                _ => self.refuse(&place(), "must be an object"),
            }
        }
        Some(all)
    }

    fn missing(&mut self, name: &str) {
        self.errors.add(name, MISSING);
    }

    fn noted<T>(&mut self, name: &str, result: Result<T, String>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(message) => {
                self.refuse(name, message);
                None
            }
        }
    }
}

/// The field of a body that a path leads into: `lineItems[0].quantity` into `lineItems`.
fn outermost(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

/// A text of one line, of at most `max` characters.
pub fn line(max: usize) -> impl Fn(Value) -> Result<String, String> {
    move |value| text::required_line(&string(value)?, max)
}

/// A text that may have several lines, of at most `max` characters.
pub fn lines(max: usize) -> impl Fn(Value) -> Result<String, String> {
    move |value| text::required_text(&string(value)?, max)
}

/// A text that a value type reads (`parsed(Email::parse)`).
pub fn parsed<T, E: Into<String>>(
    parse: impl Fn(&str) -> Result<T, E>,
) -> impl Fn(Value) -> Result<T, String> {
    move |value| parse(&string(value)?).map_err(Into::into)
}

/// A JSON number, exactly, checked by a value type (`number(Quantity::new)`).
pub fn number<T, E: Into<String>>(
    check: impl Fn(Decimal) -> Result<T, E>,
) -> impl Fn(Value) -> Result<T, String> {
    move |value| match value {
        Value::Number(number) => check(decimal::parse(number.as_str())?).map_err(Into::into),
        _ => Err("must be a number".to_owned()),
    }
}

/// A whole number of a range.
pub fn integer(min: u32, max: u32) -> impl Fn(Value) -> Result<u32, String> {
    move |value| {
        let whole = match &value {
            Value::Number(number) => {
                decimal::parse(number.as_str()).ok().and_then(|number| u32::try_from(number).ok())
            }
            _ => None,
        };
        // `u32::try_from` cuts decimals off, so the number is compared with what was sent.
        whole
            .filter(|whole| (min..=max).contains(whole) && is_exactly(&value, *whole))
            .ok_or_else(|| format!("must be a whole number from {min} to {max}"))
    }
}

fn is_exactly(value: &Value, whole: u32) -> bool {
    value.as_number().and_then(|number| decimal::parse(number.as_str()).ok()) == Some(Decimal::from(whole))
}

/// `true` or `false`.
pub fn boolean(value: Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

/// One of some words.
pub fn one_of<T: Copy>(words: &[(&'static str, T)]) -> impl Fn(Value) -> Result<T, String> {
    move |value| {
        let known = value.as_str().and_then(|word| words.iter().find(|(name, _)| *name == word));
        known.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
            format!("must be one of {}", names.join(", "))
        })
    }
}

/// A list of texts, at most `max` of them.
pub fn words(max: usize) -> impl Fn(Value) -> Result<Vec<String>, String> {
    move |value| {
        let Value::Array(values) = value else { return Err("must be a list of texts".to_owned()) };
        if values.len() > max {
            return Err(format!("must have at most {max} entries"));
        }
        values.into_iter().map(|value| text::required_line(&string(value)?, 200)).collect()
    }
}

fn string(value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err("must be a text".to_owned()),
    }
}

/// A field's path as a camelCase surface spells it: `due_date` is `dueDate`.
pub fn camel_case(path: &str) -> String {
    let mut camel = String::with_capacity(path.len());
    let mut raise = false;
    for character in path.chars() {
        if character == '_' {
            raise = true;
        } else if raise {
            camel.extend(character.to_uppercase());
            raise = false;
        } else {
            camel.push(character);
        }
    }
    camel
}

#[cfg(test)]
mod tests;
