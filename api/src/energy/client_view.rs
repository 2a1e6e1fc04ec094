//! How a client is printed.

use super::times;
use serde::Serialize;
use sunledger_domain::client::Client;
use sunledger_domain::value::{Address, TimeZoneName};
use utoipa::ToSchema;
use uuid::Uuid;

/// A client.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = energy::Client)]
pub(super) struct ClientView {
    /// Where it is, in the parts that are known.
    #[schema(value_type = Object)]
    address: Address,
    /// Its id.
    code: Uuid,
    /// The registered name of a company.
    #[schema(example = "EMPRESA EXEMPLO LTDA")]
    corporate_name: Option<String>,
    /// CPF or CNPJ with its mask.
    #[schema(example = "11.222.333/0001-81")]
    cpf_cnpj: Option<String>,
    /// Where it gets its mail.
    #[schema(example = "cliente@exemplo.com.br")]
    email: Option<String>,
    /// When it was made, by the tenant's clock.
    #[schema(example = "2022-05-27T15:49:22")]
    inclusion_date: String,
    /// When it last changed, in UTC.
    #[schema(example = "2022-05-27T21:49:23.000+00:00")]
    modify_date: String,
    /// What it is called.
    #[schema(example = "Maria da Silva")]
    name: String,
}

impl ClientView {
    /// A client, printed for a tenant in this zone.
    pub(super) fn new(code: Uuid, client: &Client, zone: &TimeZoneName) -> Self {
        Self {
            address: client.address.clone().unwrap_or_default(),
            code,
            corporate_name: client.corporate_name.clone(),
            cpf_cnpj: client.tax_id.as_ref().map(|tax_id| tax_id.masked()),
            email: client.email.as_ref().map(|email| email.as_str().to_owned()),
            inclusion_date: times::local(client.created_at, zone),
            modify_date: times::utc(client.updated_at),
            name: client.name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_client_prints_as_in_the_document() {
        let zone = TimeZoneName::parse("America/Sao_Paulo").unwrap();
        insta::assert_json_snapshot!(ClientView::new(samples::CLIENT, &samples::client(), &zone));
    }

    #[test]
    fn a_client_of_whom_little_is_known_prints_with_nulls_and_its_mask() {
        let zone = TimeZoneName::parse("America/Sao_Paulo").unwrap();
        insta::assert_json_snapshot!(ClientView::new(samples::CLIENT, &samples::inactive_client(), &zone));
    }
}
