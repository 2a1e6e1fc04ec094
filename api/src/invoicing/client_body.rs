//! What the bodies of `/api/v1/clients` may say.

use crate::fields::address::AddressBody;
use crate::fields::{Fields, boolean, line, lines, parsed};
use serde_json::Value;
use sunledger_commands::Context;
use sunledger_domain::client::{ClientDraft, ClientPatch, ClientStatus, MAX_NAME, MAX_NOTES};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{Change, Competence, Email, Phone, TaxId};
use utoipa::ToSchema;

/// A new client.
#[derive(ToSchema)]
#[schema(as = invoicing::NewClient)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `draft` reads it")]
pub(super) struct NewClient {
    /// What it is called.
    #[schema(max_length = 200, example = "Acme Corp")]
    name: String,
    /// Where it gets its mail.
    #[schema(format = Email, example = "billing@acme.example")]
    email: Option<String>,
    /// Where it is: one text, or an object of `street`, `number`, `complement`, `district`, `city`, `state`, `zip`,
    /// `country`.
    #[schema(value_type = Option<AddressBody>, example = "123 Main St, New York, NY 10001")]
    address: Option<Value>,
    /// CPF or CNPJ with or without its mask, or a foreign tax id.
    #[schema(example = "US-123456789")]
    tax_id: Option<String>,
    /// Telephone.
    #[schema(example = "+1-555-0100", pattern = "^[0-9 +\\-()./xX]{5,32}$")]
    phone: Option<String>,
    /// Notes about it.
    #[schema(max_length = 5000, example = "Net 30 terms")]
    notes: Option<String>,
}

/// What changes in a client: what is absent stays, `null` empties.
#[derive(ToSchema)]
#[schema(as = invoicing::ClientChange)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `change` reads it")]
pub(super) struct ClientChange {
    /// What it is called.
    #[schema(max_length = 200, example = "Acme Corporation", nullable = false)]
    name: Option<String>,
    /// Where it gets its mail.
    #[schema(format = Email, example = "billing@acme.example")]
    email: Option<String>,
    /// Where it is.
    #[schema(value_type = Option<AddressBody>)]
    address: Option<Value>,
    /// CPF, CNPJ or a foreign tax id.
    tax_id: Option<String>,
    /// Telephone.
    #[schema(example = "+1-555-0200", pattern = "^[0-9 +\\-()./xX]{5,32}$")]
    phone: Option<String>,
    /// Notes about it.
    #[schema(max_length = 5000)]
    notes: Option<String>,
    /// False deactivates it, true takes it back.
    #[schema(nullable = false)]
    is_active: Option<bool>,
}

/// Reads a [`NewClient`].
pub(super) fn draft(fields: &mut Fields, profile: &Tenant, context: &Context) -> ClientDraft {
    let today = profile.time_zone.today(context.now);
    ClientDraft {
        name: fields.required("name", line(MAX_NAME)),
        corporate_name: None,
        email: fields.optional("email", parsed(Email::parse)),
        phone: fields.optional("phone", parsed(Phone::parse)),
        address: fields.address("address").value().cloned(),
        tax_id: fields.optional("taxId", parsed(|text| TaxId::parse(text, profile.check_tax_ids))),
        notes: fields.optional("notes", lines(MAX_NOTES)),
        status: ClientStatus::Active,
        plan: Some(profile.plan.client_slot(Competence::of(today))),
        at: context.now,
    }
}

/// A [`ClientChange`] as read.
#[derive(Debug, Clone)]
pub(super) struct Changes {
    /// The fields.
    pub(super) patch: ClientPatch,
    /// Whether it is to be active.
    pub(super) active: Option<bool>,
}

impl Changes {
    /// True where no field changes.
    pub(super) fn keeps_fields(&self) -> bool {
        self.patch == ClientPatch { at: self.patch.at, ..ClientPatch::default() }
    }
}

/// Reads a [`ClientChange`].
pub(super) fn change(fields: &mut Fields, profile: &Tenant, context: &Context) -> Changes {
    let patch = ClientPatch {
        name: fields.replacement("name", line(MAX_NAME)),
        corporate_name: Change::Keep,
        email: fields.change("email", parsed(Email::parse)),
        phone: fields.change("phone", parsed(Phone::parse)),
        address: fields.address("address"),
        tax_id: fields.change("taxId", parsed(|text| TaxId::parse(text, profile.check_tax_ids))),
        notes: fields.change("notes", lines(MAX_NOTES)),
        status: None,
        at: context.now,
    };
    Changes { patch, active: fields.replacement("isActive", boolean) }
}
