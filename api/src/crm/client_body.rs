//! What the bodies of `/v1/clients` may say.

use crate::fields::address::AddressBody;
use crate::fields::{Fields, line, lines, one_of, parsed};
use serde_json::Value;
use sunledger_commands::Context;
use sunledger_domain::client::{ClientDraft, ClientPatch, ClientStatus, MAX_NAME, MAX_NOTES};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{Change, Competence, Email, Phone, TaxId};
use utoipa::ToSchema;

/// A new client.
#[derive(ToSchema)]
#[schema(as = crm::NewClient)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `draft` reads it")]
pub(super) struct NewClient {
    /// Full name.
    #[schema(max_length = 200, example = "Maria da Silva")]
    name: String,
    /// Where it gets its mail.
    #[schema(format = Email, example = "maria@example.com")]
    email: String,
    /// Telephone.
    #[schema(example = "+55 (11) 98765-4321", pattern = "^[0-9 +\\-()./xX]{5,32}$")]
    phone: String,
    /// Where it is: an object of `street`, `number`, `complement`, `district`, `city`, `state`, `zip`, `country`, or one
    /// text.
    #[schema(value_type = AddressBody)]
    address: Value,
    /// CPF or CNPJ with or without its mask; its digits are checked.
    #[schema(example = "529.982.247-25")]
    tax_id: Option<String>,
    /// Notes about it.
    #[schema(max_length = 5000)]
    notes: Option<String>,
    /// `pending` for somebody with whom business is not yet done; `active` where there is none.
    #[schema(default = "active", example = "pending", pattern = "^(active|pending)$")]
    status: Option<String>,
}

/// What changes in a client: what is absent stays, `null` empties `taxId` and `notes`.
#[derive(ToSchema)]
#[schema(as = crm::ClientChange)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `change` reads it")]
pub(super) struct ClientChange {
    /// Another name.
    #[schema(max_length = 200, nullable = false)]
    name: Option<String>,
    /// Another mail address.
    #[schema(format = Email, nullable = false)]
    email: Option<String>,
    /// Another telephone.
    #[schema(nullable = false, pattern = "^[0-9 +\\-()./xX]{5,32}$")]
    phone: Option<String>,
    /// Another address, as a whole.
    #[schema(value_type = Option<AddressBody>, nullable = false)]
    address: Option<Value>,
    /// Another CPF or CNPJ.
    tax_id: Option<String>,
    /// Other notes.
    #[schema(max_length = 5000)]
    notes: Option<String>,
    /// `inactive` deactivates it as `DELETE` does; `active` and `pending` take it back.
    #[schema(example = "active", nullable = false, pattern = "^(active|inactive|pending)$")]
    status: Option<String>,
}

/// Reads a [`NewClient`].
pub(super) fn draft(fields: &mut Fields, profile: &Tenant, context: &Context) -> ClientDraft {
    let today = profile.time_zone.today(context.now);
    let statuses = [ClientStatus::Active, ClientStatus::Pending].map(|status| (status.as_str(), status));
    ClientDraft {
        name: fields.required("name", line(MAX_NAME)),
        corporate_name: None,
        email: fields.required("email", |value| parsed(Email::parse)(value).map(Some)),
        phone: fields.required("phone", |value| parsed(Phone::parse)(value).map(Some)),
        address: fields.required_address("address"),
        tax_id: fields.optional("taxId", tax_id(profile)),
        notes: fields.optional("notes", lines(MAX_NOTES)),
        status: fields.optional("status", one_of(&statuses)).unwrap_or_default(),
        plan: Some(profile.plan.client_slot(Competence::of(today))),
        at: context.now,
    }
}

/// A [`ClientChange`] as read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Changes {
    /// The fields, the status aside.
    pub(super) patch: ClientPatch,
    /// The status that it is to have.
    pub(super) status: Option<ClientStatus>,
}

impl Changes {
    /// True where no field changes.
    pub(super) fn keeps_fields(&self) -> bool {
        self.patch == ClientPatch { at: self.patch.at, ..ClientPatch::default() }
    }
}

/// Reads a [`ClientChange`].
pub(super) fn change(fields: &mut Fields, profile: &Tenant, context: &Context) -> Changes {
    let statuses = [ClientStatus::Active, ClientStatus::Inactive, ClientStatus::Pending]
        .map(|status| (status.as_str(), status));
    let patch = ClientPatch {
        name: fields.replacement("name", line(MAX_NAME)),
        corporate_name: Change::Keep,
        email: set(fields.replacement("email", parsed(Email::parse))),
        phone: set(fields.replacement("phone", parsed(Phone::parse))),
        address: set(fields.address_replacement("address")),
        tax_id: fields.change("taxId", tax_id(profile)),
        notes: fields.change("notes", lines(MAX_NOTES)),
        status: None,
        at: context.now,
    };
    Changes { patch, status: fields.replacement("status", one_of(&statuses)) }
}

/// A client of this surface has a mail address, a telephone and an address: an update can replace them, not empty them.
fn set<T>(value: Option<T>) -> Change<T> {
    value.map_or(Change::Keep, Change::Set)
}

/// Reads a CPF or a CNPJ, checked as the tenant wants it.
fn tax_id(profile: &Tenant) -> impl Fn(Value) -> Result<TaxId, String> {
    let check = profile.check_tax_ids;
    parsed(move |text| TaxId::parse_brazilian(text, check))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::at;
    use serde_json::json;
    use sunledger_domain::{DomainError, TenantId};

    fn context() -> Context {
        Context::system(TenantId::new("acme").unwrap(), "test", at("2024-06-15T12:00:00Z"))
    }

    fn fields(body: Value) -> Fields {
        Fields::new(body.as_object().unwrap().clone())
    }

    fn wrong(fields: Fields) -> Vec<String> {
        match fields.finish() {
            Err(DomainError::Invalid(errors)) => {
                errors.iter().map(|(field, message)| format!("{field}: {message}")).collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_new_client_is_read_in_full() {
        let mut body = fields(json!({
            "name": "Maria da Silva", "email": "maria@example.com", "phone": "+55 (11) 98765-4321",
            "address": {"street": "Rua A", "zipCode": "13010-000"}, "taxId": "52998224725", "notes": "a\nb",
            "status": "pending", "whatever": 1,
        }));
        let draft = draft(&mut body, &Tenant::default(), &context());
        assert!(wrong(body).is_empty());
        assert_eq!(draft.name, "Maria da Silva");
        assert_eq!(draft.email.unwrap().as_str(), "maria@example.com");
        assert_eq!(draft.phone.unwrap().digits(), "5511987654321");
        assert_eq!(draft.address.unwrap().zip.as_deref(), Some("13010-000"));
        assert_eq!(draft.tax_id.unwrap().masked(), "529.982.247-25");
        assert_eq!((draft.notes.as_deref(), draft.status), (Some("a\nb"), ClientStatus::Pending));
    }

    #[test]
    fn what_the_document_requires_is_required() {
        let missing = |name: &str| format!("{name}: Missing required field");
        for body in [json!({}), json!({"name": " ", "email": null, "phone": "", "address": {}})] {
            let mut body = fields(body);
            draft(&mut body, &Tenant::default(), &context());
            assert_eq!(wrong(body), ["address", "email", "name", "phone"].map(missing));
        }
    }

    #[test]
    fn every_wrong_field_is_named_once() {
        let mut body = fields(json!({
            "name": 1, "email": "x", "phone": "none", "address": {"zip": 7}, "taxId": "US-1", "notes": [],
            "status": "inactive",
        }));
        draft(&mut body, &Tenant::default(), &context());
        let names: Vec<String> =
            wrong(body).iter().map(|line| line.split(':').next().unwrap().to_owned()).collect();
        assert_eq!(names, ["address.zip", "email", "name", "notes", "phone", "status", "taxId"]);
        let mut body = fields(json!({
            "name": null, "email": null, "phone": null, "address": null, "taxId": "529.982.247-26", "status": "gone",
        }));
        change(&mut body, &Tenant::default(), &context());
        assert_eq!(
            wrong(body),
            [
                "address: must not be empty",
                "email: must not be empty",
                "name: must not be empty",
                "phone: must not be empty",
                "status: must be one of active, inactive, pending",
                "taxId: has wrong check digits",
            ]
        );
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let mut body = fields(json!({"notes": null, "status": "inactive"}));
        let read = change(&mut body, &Tenant::default(), &context());
        assert!(wrong(body).is_empty());
        let expected = ClientPatch { notes: Change::Clear, at: read.patch.at, ..ClientPatch::default() };
        assert_eq!((&read.patch, read.status), (&expected, Some(ClientStatus::Inactive)));
        assert!(!read.keeps_fields());
        let mut body = fields(json!({"status": "active"}));
        assert!(change(&mut body, &Tenant::default(), &context()).keeps_fields());
    }
}
