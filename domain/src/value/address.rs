//! Where somebody is: in parts, as forms ask for them, or as one free text.

use crate::FieldErrors;
use crate::value::text;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An address: parts, or a free text, or both. Make it with [`Address::from_text`] or [`Address::checked`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Address {
    /// Street, avenue, road; with the number where the form has one field for both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// House number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Flat, floor, building.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complement: Option<String>,
    /// District, neighbourhood (bairro).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
    /// Country, by name or code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The whole address as one text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Address {
    /// Longest part, in characters.
    pub const MAX_PART: usize = 200;
    /// Longest free text, in characters.
    pub const MAX_TEXT: usize = 500;

    /// An address as one free text.
    ///
    /// # Errors
    /// A field message where it is empty, too long or holds control characters.
    pub fn from_text(input: &str) -> Result<Self, String> {
        Ok(Self { text: Some(text::required_text(input, Self::MAX_TEXT)?), ..Self::default() })
    }

    /// The address with its parts trimmed and checked; blank parts become none.
    ///
    /// # Errors
    /// Each wrong part by its name; an address without any part under `text`.
    pub fn checked(self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let mut part = |name: &str,
                        value: Option<String>,
                        max: usize,
                        check: fn(&str, usize) -> Result<String, String>| {
            match check(value.as_deref().unwrap_or_default(), max) {
                Ok(checked) => Some(checked).filter(|checked| !checked.is_empty()),
                Err(message) => {
                    errors.add(name, message);
                    None
                }
            }
        };
        let checked = Self {
            street: part("street", self.street, Self::MAX_PART, text::line),
            number: part("number", self.number, Self::MAX_PART, text::line),
            complement: part("complement", self.complement, Self::MAX_PART, text::line),
            district: part("district", self.district, Self::MAX_PART, text::line),
            city: part("city", self.city, Self::MAX_PART, text::line),
            state: part("state", self.state, Self::MAX_PART, text::line),
            zip: part("zip", self.zip, Self::MAX_PART, text::line),
            country: part("country", self.country, Self::MAX_PART, text::line),
            text: part("text", self.text, Self::MAX_TEXT, text::text),
        };
        if errors.is_empty() && checked == Self::default() {
            errors.add("text", "an address needs at least one part");
        }
        if errors.is_empty() { Ok(checked) } else { Err(errors) }
    }

    /// The address on one line: the free text, or the parts put together.
    pub fn one_line(&self) -> String {
        if let Some(text) = &self.text {
            return text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
                .join(", ");
        }
        let place = join([&self.city, &self.state], " - ");
        let street = join([&self.street, &self.number], ", ");
        join([&street, &self.complement, &self.district, &place, &self.zip, &self.country], ", ")
            .unwrap_or_default()
    }
}

fn join<const N: usize>(parts: [&Option<String>; N], between: &str) -> Option<String> {
    let given: Vec<&str> = parts.into_iter().filter_map(Option::as_deref).collect();
    if given.is_empty() { None } else { Some(given.join(between)) }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.one_line())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_free_text_is_kept_and_printed_on_one_line() {
        let address = Address::from_text("123 Main St\nNew York, NY 10001\n").unwrap();
        assert_eq!(address.text.as_deref(), Some("123 Main St\nNew York, NY 10001"));
        assert_eq!(address.one_line(), "123 Main St, New York, NY 10001");
        assert!(Address::from_text("  ").is_err());
        assert!(Address::from_text(&"x".repeat(501)).is_err());
    }

    #[test]
    fn parts_are_trimmed_and_put_together() {
        let address = Address {
            street: some(" Rua das Flores "),
            number: some("100"),
            complement: some(" "),
            district: some("Centro"),
            city: some("Campinas"),
            state: some("SP"),
            zip: some("13010-000"),
            country: some("BR"),
            text: None,
        };
        let checked = address.checked().unwrap();
        assert_eq!(checked.complement, None);
        assert_eq!(checked.one_line(), "Rua das Flores, 100, Centro, Campinas - SP, 13010-000, BR");
        assert_eq!(checked.clone().checked().unwrap(), checked);
        let city_only = Address { city: some("Campinas"), ..Address::default() };
        assert_eq!(city_only.one_line(), "Campinas");
    }

    #[test]
    fn every_wrong_part_is_named() {
        let address = Address { street: some("a\0b"), zip: some(&"9".repeat(201)), ..Address::default() };
        let errors = address.checked().unwrap_err();
        assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["street", "zip"]);
        assert!(Address::default().checked().unwrap_err().iter().any(|(field, _)| field == "text"));
    }

    #[test]
    fn absent_parts_are_absent_in_json() {
        let address = Address { city: some("Campinas"), ..Address::default() };
        let json = serde_json::to_string(&address).unwrap();
        assert_eq!(json, r#"{"city":"Campinas"}"#);
        assert_eq!(serde_json::from_str::<Address>(&json).unwrap(), address);
    }
}
