//! How a client is printed.

use crate::wire::Instant;
use serde::Serialize;
use sunledger_domain::client::Client;
use sunledger_domain::value::Address;
use utoipa::ToSchema;
use uuid::Uuid;

/// A client.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::Client)]
pub(super) struct ClientView {
    /// Its id.
    id: Uuid,
    /// Full name.
    #[schema(example = "Maria da Silva")]
    name: String,
    /// Where it gets its mail; `null` where another surface made it without.
    #[schema(example = "maria@example.com")]
    email: Option<String>,
    /// Telephone, as it was typed.
    #[schema(example = "+55 (11) 98765-4321")]
    phone: Option<String>,
    /// Where it is.
    address: Option<AddressView>,
    /// CPF or CNPJ with its mask; another surface may have given it a foreign one.
    #[schema(example = "529.982.247-25")]
    tax_id: Option<String>,
    /// Notes about it.
    notes: Option<String>,
    /// `active`, `pending`, or `inactive` once it was deleted.
    #[schema(example = "active")]
    status: &'static str,
    /// When it was made.
    created_at: Instant,
    /// When it last changed.
    updated_at: Instant,
}

/// Where somebody is, in the parts that are known.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::Address)]
pub(super) struct AddressView {
    #[serde(flatten)]
    #[schema(value_type = Object)]
    parts: Address,
    /// The postal code again, under the name that most forms give it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "13010-000")]
    zip_code: Option<String>,
}

impl AddressView {
    fn new(address: &Address) -> Self {
        Self { zip_code: address.zip.clone(), parts: address.clone() }
    }
}

impl ClientView {
    /// A client, printed.
    pub(super) fn new(id: Uuid, client: &Client) -> Self {
        Self {
            id,
            name: client.name.clone(),
            email: client.email.as_ref().map(|email| email.as_str().to_owned()),
            phone: client.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            address: client.address.as_ref().map(AddressView::new),
            tax_id: client.tax_id.as_ref().map(|tax_id| tax_id.masked()),
            notes: client.notes.clone(),
            status: client.status.as_str(),
            created_at: Instant(client.created_at),
            updated_at: Instant(client.updated_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_client_prints_with_what_is_known() {
        insta::assert_json_snapshot!(ClientView::new(samples::CLIENT, &samples::client()));
    }

    #[test]
    fn a_client_of_whom_little_is_known_has_nulls_its_mask_and_its_address_in_parts() {
        insta::assert_json_snapshot!(ClientView::new(samples::CLIENT, &samples::inactive_client()));
    }
}
