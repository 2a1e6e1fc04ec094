//! What the bodies of `/api/v2/customers` may say. A row of a batch, or of a file that is imported, says the same.

use super::customer_view::street;
use super::read::email;
use crate::fields::{Fields, line, lines, parsed};
use sunledger_commands::Context;
use sunledger_domain::client::{Client, ClientDraft, ClientPatch, ClientStatus, MAX_NAME};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{Address, Change, Competence, Phone};
use utoipa::ToSchema;

/// Longest text that is printed as `address`: street, number, complement and district of a client of another surface. Who
/// reads it may send it back.
const MAX_STREET: usize = 4 * Address::MAX_PART + 6;

/// A new customer.
#[derive(ToSchema)]
#[schema(as = backoffice::NewCustomer)]
#[expect(dead_code, reason = "describes the body; `draft` reads it")]
pub(super) struct NewCustomer {
    /// What it is called.
    #[schema(max_length = 200, example = "Jane Smith")]
    account: String,
    /// Where it gets its mail.
    #[schema(format = Email, example = "jane@example.com")]
    email: Option<String>,
    /// Telephone.
    #[schema(example = "1234567890", pattern = "^[0-9 +\\-()./xX]{5,32}$")]
    phone: Option<String>,
    /// Street and number.
    #[schema(max_length = 500, example = "123 Business St")]
    address: Option<String>,
    /// City.
    #[schema(max_length = 200, example = "New York")]
    city: Option<String>,
    /// State.
    #[schema(max_length = 200, example = "NY")]
    state: Option<String>,
    /// Postal code.
    #[schema(max_length = 200, example = "10001")]
    zip: Option<String>,
    /// Country.
    #[schema(max_length = 200, example = "US")]
    country: Option<String>,
}

/// What changes in a customer: what is absent stays, `null` empties.
#[derive(ToSchema)]
#[schema(as = backoffice::CustomerChange)]
#[expect(dead_code, reason = "describes the body; `change` reads it")]
pub(super) struct CustomerChange {
    /// Another name.
    #[schema(max_length = 200, example = "Jane Smith", nullable = false)]
    account: Option<String>,
    /// Another e-mail address.
    #[schema(format = Email, example = "jane@example.com")]
    email: Option<String>,
    /// Another telephone number.
    #[schema(example = "1234567890", pattern = "^[0-9 +\\-()./xX]{5,32}$")]
    phone: Option<String>,
    /// Another street and number.
    #[schema(max_length = 500)]
    address: Option<String>,
    /// Another city.
    #[schema(max_length = 200)]
    city: Option<String>,
    /// Another state.
    #[schema(max_length = 200)]
    state: Option<String>,
    /// Another postal code.
    #[schema(max_length = 200)]
    zip: Option<String>,
    /// Another country.
    #[schema(max_length = 200)]
    country: Option<String>,
}

/// Reads a [`NewCustomer`].
pub(super) fn draft(fields: &mut Fields, profile: &Tenant, context: &Context) -> ClientDraft {
    let today = profile.time_zone.today(context.now);
    let account = fields.required("account", line(MAX_NAME));
    let street = fields.optional("address", lines(Address::MAX_TEXT));
    let mut part = |name: &str| fields.optional(name, line(Address::MAX_PART));
    let (city, state, zip, country) = (part("city"), part("state"), part("zip"), part("country"));
    let address = Address { city, state, zip, country, ..with_street(Address::default(), street) };
    ClientDraft {
        name: account,
        corporate_name: None,
        email: fields.optional("email", email),
        phone: fields.optional("phone", parsed(Phone::parse)),
        address: Some(address).filter(|address| *address != Address::default()),
        tax_id: None,
        notes: None,
        status: ClientStatus::Active,
        plan: Some(profile.plan.client_slot(Competence::of(today))),
        at: context.now,
    }
}

/// A [`CustomerChange`] as read. What becomes of the address depends on the one that the client has.
#[derive(Debug, Clone)]
pub(super) struct Changes {
    patch: ClientPatch,
    street: Change<String>,
    city: Change<String>,
    state: Change<String>,
    zip: Change<String>,
    country: Change<String>,
}

/// Reads a [`CustomerChange`].
pub(super) fn change(fields: &mut Fields, context: &Context) -> Changes {
    let patch = ClientPatch {
        name: fields.replacement("account", line(MAX_NAME)),
        email: fields.change("email", email),
        phone: fields.change("phone", parsed(Phone::parse)),
        at: context.now,
        ..ClientPatch::default()
    };
    let mut part = |name: &str| fields.change(name, line(Address::MAX_PART));
    let (city, state, zip, country) = (part("city"), part("state"), part("zip"), part("country"));
    Changes { patch, street: fields.change("address", lines(MAX_STREET)), city, state, zip, country }
}

impl Changes {
    /// What changes in a client.
    pub(super) fn patch(&self, client: &Client) -> ClientPatch {
        ClientPatch {
            address: self.address(client.address.clone().unwrap_or_default()),
            ..self.patch.clone()
        }
    }

    fn address(&self, before: Address) -> Change<Address> {
        let mut after = before.clone();
        match &self.street {
            // Who sends back what was printed changes nothing: its number and district stay what they are.
            Change::Set(text) if street(&before).as_ref() == Some(text) => {}
            Change::Set(text) => after = with_street(after, Some(text.clone())),
            Change::Clear => after = with_street(after, None),
            Change::Keep => {}
        }
        self.city.clone().apply(&mut after.city);
        self.state.clone().apply(&mut after.state);
        self.zip.clone().apply(&mut after.zip);
        self.country.clone().apply(&mut after.country);
        if after == before {
            Change::Keep
        } else if after == Address::default() {
            Change::Clear
        } else {
            Change::Set(after)
        }
    }
}

/// An address with another street: what stands before city, state, zip and country. One that is no street, since it has
/// several lines or is too long, is kept as the text that it is.
fn with_street(address: Address, street: Option<String>) -> Address {
    let is_text =
        street.as_ref().is_some_and(|text| text.contains('\n') || text.chars().count() > Address::MAX_PART);
    let (street, text) = if is_text { (None, street) } else { (street, None) };
    Address { street, text, number: None, complement: None, district: None, ..address }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::at;
    use serde_json::{Value, json};
    use sunledger_domain::{DomainError, TenantId};

    fn context() -> Context {
        Context::system(TenantId::new("acme").unwrap(), "test", at("2024-06-15T12:00:00Z"))
    }

    fn fields(body: Value) -> Fields {
        Fields::new(body.as_object().unwrap().clone())
    }

    fn wrong(fields: Fields) -> Vec<(String, String)> {
        match fields.finish() {
            Err(DomainError::Invalid(errors)) => {
                errors.iter().map(|(field, message)| (field.to_owned(), message.to_owned())).collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_new_customer_is_read_in_full() {
        let mut body = fields(json!({
            "account": "Jane Smith", "email": "jane@example.com", "phone": "1234567890", "address": "123 Business St",
            "city": "New York", "state": "NY", "zip": "10001", "country": "US", "whatever": 1,
        }));
        let draft = draft(&mut body, &Tenant::default(), &context());
        assert!(wrong(body).is_empty());
        assert_eq!(draft.name, "Jane Smith");
        assert_eq!(draft.address.unwrap().one_line(), "123 Business St, New York - NY, 10001, US");
    }

    #[test]
    fn every_wrong_field_is_named() {
        let mut body = fields(json!({"email": "jane", "phone": 1, "zip": 10001, "address": ["x"]}));
        draft(&mut body, &Tenant::default(), &context());
        let named = wrong(body);
        assert_eq!(
            named.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(),
            ["account", "address", "email", "phone", "zip"]
        );
        assert_eq!(named[2].1, "Invalid email format");
        let mut body = fields(json!({"account": null, "city": {}}));
        change(&mut body, &context());
        assert_eq!(wrong(body).len(), 2);
    }

    fn changed(before: &Address, body: Value) -> Change<Address> {
        let mut body = fields(body);
        let changes = change(&mut body, &context());
        assert!(wrong(body).is_empty());
        changes.patch(&Client { address: Some(before.clone()), ..Client::default() }).address
    }

    #[test]
    fn a_part_of_an_address_changes_and_leaves_the_others() {
        let some = |text: &str| Some(text.to_owned());
        let before = Address {
            street: some("Rua A"),
            number: some("7"),
            district: some("Centro"),
            city: some("Campinas"),
            ..Address::default()
        };
        let moved = Address { city: some("Santos"), zip: some("11010-000"), ..before.clone() };
        assert_eq!(changed(&before, json!({"city": "Santos", "zip": "11010-000"})), Change::Set(moved));
        assert_eq!(
            changed(&before, json!({"address": "Rua A, 7, Centro", "city": "Campinas"})),
            Change::Keep
        );
        let elsewhere = Address { street: some("Rua B, 8"), city: some("Campinas"), ..Address::default() };
        assert_eq!(changed(&before, json!({"address": "Rua B, 8"})), Change::Set(elsewhere));
        assert_eq!(changed(&before, json!({"address": null, "city": ""})), Change::Clear);
        assert_eq!(changed(&before, json!({"email": "a@b.example"})), Change::Keep);
        let text = Address { text: some("1 Main St\nNew York"), ..Address::default() };
        let abroad = Address { country: some("US"), ..text.clone() };
        assert_eq!(changed(&text, json!({"country": "US"})), Change::Set(abroad));
    }
}
