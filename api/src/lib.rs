//! The shell of Sunledger: the command line, the HTTP server, and one folder per surface.
//!
//! | module | what |
//! | --- | --- |
//! | `cli` | the commands of the `sunledger` binary |
//! | `settings`, `logging` | how it is set up, where it logs |
//! | `demo` | a solar company that could be, made through the routes that everybody uses |
//! | `server` | accepting, bounding, draining; the outermost layer; limits |
//! | `http` | errors, answers, paging, ids, how values print |
//! | `auth` | keys, tokens, scopes, signing in, and the extractor that every handler starts from |
//! | `ops` | health, metrics, `/docs` |
//! | `openapi` | the API's description |
//! | `scheduler`, `sandbox` | what happens because time passes: overdue invoices, and sandboxes that begin anew |
//! | `fields`, `findings` | reading bodies, and all that is wrong with one |
//! | `wire`, `list` | values and lists in JSON, whatever the surface |
//! | `invoice_actions`, `client_actions` | what every surface can do with an invoice and a client |
//! | `csv`, `streamed` | lists as files, files coming in, answers written while they are read |
//! | `printing` | invoices and reports on paper |
//! | `crm` | `/v1`: clients, projects, installations, invoices, reports |
//! | `invoicing` | `/api/v1/clients`, `/api/v1/invoices` |
//! | `energy` | `/energy`: clients, consumer units, power plants, energy invoices |
//! | `commissions` | `/api/v1/auth`, `/api/v1/health`, `/api/v1/tenants` |
//! | `backoffice` | `/api/v2`: customers, invoices and what an accounting office has beside them |
//! | `audit`, `feed`, `event_query`, `entry` | the log, as history and live |
//! | `webhook_routes`, `render` | webhook endpoints and deliveries, and what they carry |
//! | `tenant`, `keys` | the company's profile and its API keys |

pub mod app;
pub mod audit;
pub mod auth;
pub mod backoffice;
pub mod cli;
pub mod client_actions;
pub mod commissions;
pub mod crm;
pub mod csv;
mod demo;
pub mod energy;
pub mod entry;
pub mod event_query;
pub mod feed;
pub mod fields;
pub mod findings;
pub mod http;
pub mod invoice_actions;
pub mod invoicing;
pub mod keys;
pub mod list;
pub mod logging;
pub mod openapi;
pub mod ops;
pub mod pix;
pub mod printing;
pub mod render;
#[cfg(test)]
mod samples;
pub mod sandbox;
pub mod scheduler;
pub mod server;
pub mod settings;
pub mod stream;
pub mod streamed;
pub mod tenant;
pub mod webhook_routes;
pub mod wire;
