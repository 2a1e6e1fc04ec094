//! How a client is printed as a customer.

use super::time;
use crate::csv::CsvRow;
use serde::Serialize;
use sunledger_domain::client::Client;
use sunledger_domain::value::Address;
use utoipa::ToSchema;
use uuid::Uuid;

/// A customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Customer)]
pub struct CustomerView {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    /// Its id on the other surfaces.
    uuid: Uuid,
    /// What it is called.
    #[schema(example = "Jane Smith")]
    account: String,
    /// Where it gets its mail.
    #[schema(example = "jane@example.com")]
    email: Option<String>,
    /// Telephone.
    #[schema(example = "1234567890")]
    phone: Option<String>,
    /// Street, number, complement and district; or the whole address, where it was given as one text.
    #[schema(example = "123 Business St")]
    address: Option<String>,
    /// City.
    #[schema(example = "New York")]
    city: Option<String>,
    /// State.
    #[schema(example = "NY")]
    state: Option<String>,
    /// Postal code.
    #[schema(example = "10001")]
    zip: Option<String>,
    /// Country.
    #[schema(example = "US")]
    country: Option<String>,
    /// When it was made.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    updated_at: String,
}

impl CustomerView {
    /// A client, printed.
    pub fn new(id: Uuid, client: &Client) -> Self {
        let address = client.address.clone().unwrap_or_default();
        Self {
            id: client.number.get(),
            uuid: id,
            account: client.name.clone(),
            email: client.email.as_ref().map(|email| email.as_str().to_owned()),
            phone: client.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            address: street(&address),
            city: address.city,
            state: address.state,
            zip: address.zip,
            country: address.country,
            created_at: time(client.created_at),
            updated_at: time(client.updated_at),
        }
    }
}

impl CsvRow for CustomerView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "uuid",
        "account",
        "email",
        "phone",
        "address",
        "city",
        "state",
        "zip",
        "country",
        "created_at",
        "updated_at",
    ];
}

/// What stands before city, state, zip and country.
pub(super) fn street(address: &Address) -> Option<String> {
    let parts = Address { city: None, state: None, zip: None, country: None, ..address.clone() };
    Some(parts.one_line()).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, CLIENT};

    #[test]
    fn every_field_is_a_column() {
        crate::csv::assert_columns(&CustomerView::new(CLIENT, &samples::client()), &[]);
    }

    #[test]
    fn a_customer_prints_with_the_parts_of_its_address_or_with_its_text() {
        insta::assert_json_snapshot!(CustomerView::new(CLIENT, &samples::client()));
        insta::assert_json_snapshot!(CustomerView::new(CLIENT, &samples::inactive_client()));
    }
}
