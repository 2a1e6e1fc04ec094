//! The read models, one file each.

mod api_keys;
mod clients;
mod invoices;
mod records;
mod tenants;
mod webhook_endpoints;

use crate::model::{Model, ModelOf, Table};
use sunledger_domain::api_key::ApiKey;
use sunledger_domain::client::Client;
use sunledger_domain::invoice::Invoice;
use sunledger_domain::record::{self, Record};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::webhook_endpoint::WebhookEndpoint;

static CLIENTS: ModelOf<Client> = ModelOf::new();
static INVOICES: ModelOf<Invoice> = ModelOf::new();
static WEBHOOK_ENDPOINTS: ModelOf<WebhookEndpoint> = ModelOf::new();
static API_KEYS: ModelOf<ApiKey> = ModelOf::new();
static TENANTS: ModelOf<Tenant> = ModelOf::new();
static RECORDS: ModelOf<Record> = ModelOf::new();

/// All read models; one whose search text comes from another stands after it.
static ALL: [&dyn Model; 6] = [&CLIENTS, &INVOICES, &WEBHOOK_ENDPOINTS, &API_KEYS, &TENANTS, &RECORDS];

/// The tables of all read models, in that order.
pub(crate) fn tables() -> impl Iterator<Item = &'static Table> {
    ALL.iter().map(|model| model.table())
}

/// The read model of an aggregate type.
pub(crate) fn of(kind: &str) -> Option<&'static dyn Model> {
    Some(match kind {
        "client" => &CLIENTS,
        "invoice" => &INVOICES,
        "webhook_endpoint" => &WEBHOOK_ENDPOINTS,
        "api_key" => &API_KEYS,
        "tenant" => &TENANTS,
        other => {
            record::kind(other)?;
            &RECORDS
        }
    })
}
