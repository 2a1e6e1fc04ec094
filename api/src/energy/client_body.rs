//! What the bodies of `/energy/clients` may say.

use crate::fields::address::AddressBody;
use crate::fields::{Fields, line, parsed};
use serde_json::Value;
use sunledger_commands::Context;
use sunledger_domain::client::{ClientDraft, ClientPatch, ClientStatus, MAX_NAME};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{Change, Competence, Email, TaxId};
use utoipa::ToSchema;

/// A client: all of it where it is new. In an update, what is absent stays, and `null` empties.
#[derive(ToSchema)]
#[schema(as = energy::ClientBody)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `draft` and `patch` read it")]
pub(super) struct ClientBody {
    /// What it is called. A new client needs it.
    #[schema(max_length = 200, example = "Maria da Silva")]
    name: Option<String>,
    /// The registered name of a company.
    #[schema(max_length = 200, example = "EMPRESA EXEMPLO LTDA")]
    corporate_name: Option<String>,
    /// CPF or CNPJ with or without its mask; its digits are checked.
    #[schema(example = "11.222.333/0001-81")]
    cpf_cnpj: Option<String>,
    /// Where it gets its mail.
    #[schema(format = Email, example = "cliente@exemplo.com.br")]
    email: Option<String>,
    /// Where it is: an object of `street`, `number`, `complement`, `district`, `city`, `state`, `zip`, `country`, or
    /// one text.
    #[schema(value_type = Option<AddressBody>)]
    address: Option<Value>,
}

/// Reads a [`ClientBody`] as a new client.
pub(super) fn draft(fields: &mut Fields, profile: &Tenant, context: &Context) -> ClientDraft {
    let today = profile.time_zone.today(context.now);
    ClientDraft {
        name: fields.required("name", line(MAX_NAME)),
        corporate_name: fields.optional("corporateName", line(MAX_NAME)),
        email: fields.optional("email", parsed(Email::parse)),
        phone: None,
        address: fields.address("address").value().cloned(),
        tax_id: fields.optional("cpfCnpj", tax_id(profile)),
        notes: None,
        status: ClientStatus::Active,
        plan: Some(profile.plan.client_slot(Competence::of(today))),
        at: context.now,
    }
}

/// Reads a [`ClientBody`] as a change.
pub(super) fn patch(fields: &mut Fields, profile: &Tenant, context: &Context) -> ClientPatch {
    ClientPatch {
        name: fields.replacement("name", line(MAX_NAME)),
        corporate_name: fields.change("corporateName", line(MAX_NAME)),
        email: fields.change("email", parsed(Email::parse)),
        phone: Change::Keep,
        address: fields.address("address"),
        tax_id: fields.change("cpfCnpj", tax_id(profile)),
        notes: Change::Keep,
        status: None,
        at: context.now,
    }
}

/// Reads a CPF or a CNPJ, checked as the tenant wants it.
pub(super) fn tax_id(profile: &Tenant) -> impl Fn(Value) -> Result<TaxId, String> {
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
            Err(DomainError::Invalid(errors)) => errors.iter().map(|(field, _)| field.to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_new_client_is_read_in_full() {
        let mut body = fields(json!({
            "name": "João da Silva", "corporateName": "EMPRESA EXEMPLO LTDA", "cpfCnpj": "11222333000181",
            "email": "cliente@exemplo.com.br", "address": {"city": "Campinas"}, "whatever": 1,
        }));
        let draft = draft(&mut body, &Tenant::default(), &context());
        assert!(wrong(body).is_empty());
        assert_eq!(draft.name, "João da Silva");
        assert_eq!(draft.corporate_name.as_deref(), Some("EMPRESA EXEMPLO LTDA"));
        assert_eq!(draft.tax_id.unwrap().masked(), "11.222.333/0001-81");
        assert_eq!(draft.address.unwrap().city.as_deref(), Some("Campinas"));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let mut body = fields(json!({"corporateName": 1, "cpfCnpj": "US-1", "email": "x", "address": 7}));
        draft(&mut body, &Tenant::default(), &context());
        assert_eq!(wrong(body), ["address", "corporateName", "cpfCnpj", "email", "name"]);
        let mut body = fields(json!({"name": null, "cpfCnpj": "11.222.333/0001-82"}));
        patch(&mut body, &Tenant::default(), &context());
        assert_eq!(wrong(body), ["cpfCnpj", "name"]);
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let mut body = fields(json!({"email": null}));
        let patch = patch(&mut body, &Tenant::default(), &context());
        assert!(wrong(body).is_empty());
        assert_eq!(patch, ClientPatch { email: Change::Clear, at: patch.at, ..ClientPatch::default() });
    }
}
