//! Addresses in a body: one text, or an object of parts.

use super::{EMPTY, Fields, line, lines};
use crate::http::MISSING;
use serde_json::Value;
use sunledger_domain::value::{Address, Change};
use utoipa::ToSchema;

/// An address in a body: one text, or its parts.
#[derive(ToSchema)]
#[schema(as = NewAddress)]
#[serde(untagged)]
pub enum AddressBody {
    /// As it is written.
    Text(String),
    /// Its parts.
    Parts(AddressParts),
}

/// The parts of an address. Their names in Brazilian forms (`logradouro`, `numero`, `complemento`, `bairro`, `cidade`,
/// `uf`, `cep`, `pais`) are known as well.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `Fields::address` reads")]
pub struct AddressParts {
    /// Street.
    #[schema(max_length = 200, example = "Rua das Flores")]
    street: Option<String>,
    /// Number of the house.
    #[schema(max_length = 200, example = "100")]
    number: Option<String>,
    /// What else finds the door.
    #[schema(max_length = 200)]
    complement: Option<String>,
    /// District.
    #[schema(max_length = 200, example = "Centro")]
    district: Option<String>,
    /// City.
    #[schema(max_length = 200, example = "Campinas")]
    city: Option<String>,
    /// State.
    #[schema(max_length = 200, example = "SP")]
    state: Option<String>,
    /// Postal code.
    #[schema(max_length = 200, example = "13010-000")]
    zip: Option<String>,
    /// Country.
    #[schema(max_length = 200, example = "BR")]
    country: Option<String>,
    /// All of it as one text.
    #[schema(max_length = 500)]
    text: Option<String>,
}

impl Fields {
    /// What a body says about an address: a text, or an object of `street`, `number`, `complement`, `district`, `city`,
    /// `state`, `zip`, `country` and `text`.
    pub fn address(&mut self, name: &str) -> Change<Address> {
        if !self.has(name) {
            return Change::Keep;
        }
        match self.take(name) {
            None => Change::Clear,
            Some(Value::Object(map)) => {
                let parts = self.inside(name, map, parts);
                if parts == Address::default() { Change::Clear } else { Change::Set(parts) }
            }
            Some(value) => match lines(Address::MAX_TEXT)(value) {
                Ok(text) => Change::Set(Address { text: Some(text), ..Address::default() }),
                Err(message) => {
                    self.refuse(name, format!("{message}, or an object of its parts"));
                    Change::Keep
                }
            },
        }
    }

    /// An address that must be there.
    pub fn required_address(&mut self, name: &str) -> Option<Address> {
        self.whole_address(name, MISSING)
    }

    /// What an update says about an address that can not be emptied: absent keeps it.
    pub fn address_replacement(&mut self, name: &str) -> Option<Address> {
        if self.has(name) { self.whole_address(name, EMPTY) } else { None }
    }

    /// An address; where there is none, and nothing wrong with its parts either, that is what is wrong.
    fn whole_address(&mut self, name: &str, otherwise: &str) -> Option<Address> {
        let wrong = self.errors.iter().count();
        match self.address(name) {
            Change::Set(address) => return Some(address),
            Change::Keep | Change::Clear if self.errors.iter().count() > wrong => {}
            Change::Keep | Change::Clear => self.refuse(name, otherwise),
        }
        None
    }
}

/// The parts under their names, or under those that Brazilian forms have: no document says which an address has, and what
/// is not known would be lost without a word.
fn parts(fields: &mut Fields) -> Address {
    let mut part = |name: &str, others: &[&str]| {
        let given = std::iter::once(name).chain(others.iter().copied()).find(|name| fields.has(name));
        fields.optional(given.unwrap_or(name), line(Address::MAX_PART))
    };
    Address {
        street: part("street", &["logradouro", "rua"]),
        number: part("number", &["numero"]),
        complement: part("complement", &["complemento"]),
        district: part("district", &["neighborhood", "bairro"]),
        city: part("city", &["cidade"]),
        state: part("state", &["uf", "estado"]),
        zip: part("zip", &["zipCode", "cep"]),
        country: part("country", &["pais"]),
        text: fields.optional("text", lines(Address::MAX_TEXT)),
    }
}

/// The address as one text: as it was typed, or its parts put together.
pub fn printed(address: &Address) -> String {
    address.text.clone().unwrap_or_else(|| address.one_line())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> (Change<Address>, Vec<String>) {
        let mut fields = Fields::new([("address".to_owned(), value)].into_iter().collect());
        let address = fields.address("address");
        let wrong = match fields.finish() {
            Err(sunledger_domain::DomainError::Invalid(errors)) => {
                errors.iter().map(|(field, _)| field.to_owned()).collect()
            }
            _ => Vec::new(),
        };
        (address, wrong)
    }

    #[test]
    fn a_text_or_parts() {
        let text = Address { text: Some("123 Main St,\nNew York".to_owned()), ..Address::default() };
        assert_eq!(read(json!("123 Main St,\nNew York")), (Change::Set(text.clone()), vec![]));
        assert_eq!(printed(&text), "123 Main St,\nNew York");
        let parts = Address {
            street: Some("Rua A".to_owned()),
            city: Some("Campinas".to_owned()),
            ..Address::default()
        };
        assert_eq!(
            read(json!({"street": " Rua A ", "city": "Campinas", "zip": ""})),
            (Change::Set(parts.clone()), vec![])
        );
        assert_eq!(printed(&parts), "Rua A, Campinas");
        for nothing in [json!(null), json!(""), json!({}), json!({"city": null})] {
            assert_eq!(read(nothing), (Change::Clear, vec![]));
        }
        assert_eq!(Fields::new(serde_json::Map::new()).address("address"), Change::Keep);
    }

    #[test]
    fn parts_are_known_by_the_names_of_brazilian_forms() {
        let (address, wrong) = read(json!({
            "logradouro": "Rua A", "numero": "7", "complemento": "Sala 2", "bairro": "Centro", "cidade": "Campinas",
            "uf": "SP", "cep": "13010-000", "pais": "BR",
        }));
        assert!(wrong.is_empty());
        let line = address.value().map(Address::one_line);
        assert_eq!(line.as_deref(), Some("Rua A, 7, Sala 2, Centro, Campinas - SP, 13010-000, BR"));
        assert_eq!(read(json!({"cep": 1, "neighborhood": "Centro"})).1, ["address.cep"]);
    }

    #[test]
    fn wrong_parts_are_named() {
        assert_eq!(read(json!({"street": 1, "zip": "a\u{0}"})).1, ["address.street", "address.zip"]);
        assert_eq!(read(json!(17)).1, ["address"]);
        assert_eq!(read(json!(["a"])).1, ["address"]);
        assert_eq!(read(json!("x".repeat(501))).1, ["address"]);
    }
}
