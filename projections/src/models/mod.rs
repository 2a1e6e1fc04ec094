//! The read models, one file each.

mod api_keys;
mod clients;
mod consumer_units;
mod installations;
mod invoices;
mod leads;
mod overrides;
mod paystubs;
mod power_plants;
mod production;
mod projects;
mod quotes;
pub mod records;
mod tenants;
mod tickets;
mod transactions;
mod users;
mod webhook_endpoints;

use crate::model::{Model, ModelOf, Table};
use sunledger_domain::api_key::ApiKey;
use sunledger_domain::client::Client;
use sunledger_domain::consumer_unit::ConsumerUnit;
use sunledger_domain::installation::Installation;
use sunledger_domain::invoice::Invoice;
use sunledger_domain::lead::Lead;
use sunledger_domain::overrides::Override;
use sunledger_domain::paystub::Paystub;
use sunledger_domain::power_plant::PowerPlant;
use sunledger_domain::production::Production;
use sunledger_domain::project::Project;
use sunledger_domain::quote::Quote;
use sunledger_domain::record::{self, Record};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::ticket::Ticket;
use sunledger_domain::transaction::Transaction;
use sunledger_domain::user::User;
use sunledger_domain::webhook_endpoint::WebhookEndpoint;

static CLIENTS: ModelOf<Client> = ModelOf::new();
static CONSUMER_UNITS: ModelOf<ConsumerUnit> = ModelOf::new();
static POWER_PLANTS: ModelOf<PowerPlant> = ModelOf::new();
static PROJECTS: ModelOf<Project> = ModelOf::new();
static INSTALLATIONS: ModelOf<Installation> = ModelOf::new();
static PRODUCTION: ModelOf<Production> = ModelOf::new();
static INVOICES: ModelOf<Invoice> = ModelOf::new();
static WEBHOOK_ENDPOINTS: ModelOf<WebhookEndpoint> = ModelOf::new();
static API_KEYS: ModelOf<ApiKey> = ModelOf::new();
static TENANTS: ModelOf<Tenant> = ModelOf::new();
static USERS: ModelOf<User> = ModelOf::new();
static PAYSTUBS: ModelOf<Paystub> = ModelOf::new();
static OVERRIDES: ModelOf<Override> = ModelOf::new();
static RECORDS: ModelOf<Record> = ModelOf::new();
static TRANSACTIONS: ModelOf<Transaction> = ModelOf::new();
static QUOTES: ModelOf<Quote> = ModelOf::new();
static TICKETS: ModelOf<Ticket> = ModelOf::new();
static LEADS: ModelOf<Lead> = ModelOf::new();

/// All read models; one whose search text comes from another stands after it.
static ALL: [&dyn Model; 18] = [
    &CLIENTS,
    &CONSUMER_UNITS,
    &POWER_PLANTS,
    &PROJECTS,
    &INSTALLATIONS,
    &PRODUCTION,
    &INVOICES,
    &WEBHOOK_ENDPOINTS,
    &API_KEYS,
    &TENANTS,
    &USERS,
    &PAYSTUBS,
    &OVERRIDES,
    &RECORDS,
    &TRANSACTIONS,
    &QUOTES,
    &TICKETS,
    &LEADS,
];

/// The tables of all read models, in that order.
pub(crate) fn tables() -> impl Iterator<Item = &'static Table> {
    ALL.iter().map(|model| model.table())
}

/// The read model of an aggregate type.
pub(crate) fn of(kind: &str) -> Option<&'static dyn Model> {
    Some(match kind {
        "client" => &CLIENTS,
        "consumer_unit" => &CONSUMER_UNITS,
        "power_plant" => &POWER_PLANTS,
        "project" => &PROJECTS,
        "installation" => &INSTALLATIONS,
        "production" => &PRODUCTION,
        "invoice" => &INVOICES,
        "webhook_endpoint" => &WEBHOOK_ENDPOINTS,
        "api_key" => &API_KEYS,
        "tenant" => &TENANTS,
        "user" => &USERS,
        "paystub" => &PAYSTUBS,
        "override" => &OVERRIDES,
        "transaction" => &TRANSACTIONS,
        "quote" => &QUOTES,
        "ticket" => &TICKETS,
        "lead" => &LEADS,
        other => {
            record::kind(other)?;
            &RECORDS
        }
    })
}
