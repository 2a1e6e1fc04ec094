//! End-to-end tests: the program itself, over HTTP, as its contract describes it, on SQLite and on Postgres.

#![cfg(test)]

mod audit_and_feed;
mod auth_and_scopes;
mod backup;
mod commissions_auth;
mod commissions_auth_google;
mod commissions_auth_tenants;
mod commissions_auth_users;
mod crash;
mod deployment;
mod energy_adjustments;
mod energy_bills;
mod energy_clients;
mod energy_invoices;
mod energy_pdf;
mod energy_plants;
mod energy_recent;
mod energy_report;
mod energy_units;
mod errors;
mod etag;
mod faults;
mod hostile;
mod idempotency;
mod invoice_lifecycle;
mod invoicing_clients;
mod invoicing_invoices;
mod invoicing_pdf;
mod isolation;
mod metrics;
mod nats;
mod numbering;
mod openapi;
mod operations;
mod outage;
mod plan_limits;
mod rate_limit;
mod replay_and_verify;
mod routes;
mod scheduler;
mod several_servers;
mod shutdown;
mod tenants_and_keys_cli;
mod webhooks;
