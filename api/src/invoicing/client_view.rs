//! How a client is printed.

use crate::fields::address::printed;
use crate::wire::Instant;
use serde::Serialize;
use sunledger_domain::client::{Client, ClientStatus};
use utoipa::ToSchema;
use uuid::Uuid;

/// A client.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = invoicing::Client)]
pub(super) struct ClientView {
    /// Its id.
    id: Uuid,
    /// What it is called.
    #[schema(example = "Acme Corp")]
    name: String,
    /// Where it gets its mail.
    #[schema(example = "billing@acme.example")]
    email: Option<String>,
    /// Where it is.
    #[schema(example = "123 Main St, New York, NY 10001")]
    address: Option<String>,
    /// CPF or CNPJ with its mask, or a foreign tax id.
    #[schema(example = "US-123456789")]
    tax_id: Option<String>,
    /// Telephone.
    #[schema(example = "+1-555-0100")]
    phone: Option<String>,
    /// Notes about it.
    #[schema(example = "Net 30 terms")]
    notes: Option<String>,
    /// False once it was deleted.
    is_active: bool,
    /// When it was made.
    created_at: Instant,
    /// When it last changed.
    updated_at: Instant,
}

impl ClientView {
    /// A client, printed.
    pub(super) fn new(id: Uuid, client: &Client) -> Self {
        Self {
            id,
            name: client.name.clone(),
            email: client.email.as_ref().map(|email| email.as_str().to_owned()),
            address: client.address.as_ref().map(printed),
            tax_id: client.tax_id.as_ref().map(|tax_id| tax_id.masked()),
            phone: client.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            notes: client.notes.clone(),
            is_active: client.status != ClientStatus::Inactive,
            created_at: Instant(client.created_at),
            updated_at: Instant(client.updated_at),
        }
    }
}

/// A client as an invoice shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = invoicing::ClientBrief)]
pub(super) struct ClientBrief {
    /// What it is called.
    #[schema(example = "Acme Corp")]
    name: String,
    /// Where it gets its mail.
    #[schema(example = "billing@acme.example")]
    email: Option<String>,
}

impl ClientBrief {
    /// A client, printed.
    pub(super) fn new(client: &Client) -> Self {
        Self {
            name: client.name.clone(),
            email: client.email.as_ref().map(|email| email.as_str().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_client_prints_as_in_the_document() {
        insta::assert_json_snapshot!(ClientView::new(samples::CLIENT, &samples::client()));
    }

    #[test]
    fn a_deactivated_client_has_its_mask_its_address_on_one_line_and_no_more_than_is_known() {
        insta::assert_json_snapshot!(ClientView::new(samples::CLIENT, &samples::inactive_client()));
    }
}
