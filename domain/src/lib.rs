//! What a solar company's ledger knows and decides: aggregates, their commands, events and rules, and the
//! value types they are made of. Nothing here does I/O or reads a clock; time, ids and numbers come in with
//! the command.
//!
//! An aggregate is one file (or a folder, where it is a long one): its state, events, commands, decision (`decide`,
//! pure), fold (`evolve`), and the given/when/then tests of its rules.
//!
//! | to find | open |
//! | --- | --- |
//! | clients: made, changed, deactivated | `client.rs` |
//! | invoices: arithmetic, lifecycle, payments | `invoice/`: `totals.rs`, `decide.rs`, `payments.rs` |
//! | energy invoices: how a bill becomes lines | `invoice/energy.rs` |
//! | the billing engine: formulas and their explanation | `energy/engine/`: `rules.rs` |
//! | consumer units: bills, discounts that carry over, credits | `consumer_unit/`: `billing.rs`, `adjustments.rs` |
//! | power plants, generation handed out (rateio) | `power_plant/`: `rateio.rs` |
//! | projects of a CRM, their statuses | `project/`: `status.rs` |
//! | installations, their statuses, panels and inverter | `installation/`: `status.rs`, `details.rs` |
//! | what installations produce: readings, days, months | `production/`: `days.rs` |
//! | transactions: income, expenses, payments as such | `transaction/`: `decide.rs` |
//! | quotes, tickets, leads | `quote/`, `ticket/`, `lead/` |
//! | what financial reports count | `movement.rs`; `invoice/movements.rs`, `transaction/movements.rs` |
//! | webhook endpoints, their addresses and secrets | `webhook_endpoint.rs` and its folder |
//! | API keys and scopes | `api_key.rs`, `api_key/scope.rs` |
//! | users, their roles and tokens | `user/`: `role.rs` |
//! | tenants: profile, logo, plan | `tenant.rs`, `tenant/logo.rs`, `plan.rs` |
//! | products, teams, SCPFs and other things that only hold checked fields | `record/`; the kinds in `record/kinds/` |
//! | paystubs, and which of their amounts are taken for cents | `paystub/`: `fields.rs` |
//! | overrides: whose they are | `overrides/` |
//! | commissions: formulas, milestones, building and checking paystubs | `commission/` |
//! | the ids that commissions shows (`000001`) | `public_id.rs` |
//! | money, dates, tax ids, texts and other values | `value/`, one a file |
//! | Pix codes, boletos | `value/pix/`, `value/boleto/` |
//! | months, dates and money as Portuguese texts write them | `portuguese.rs` |
//! | how searches compare texts | `search.rs` |
//! | invoice number series | `numbering.rs` |
//! | the names of all events | `event_types.rs` |
//! | what of events and states is never shown | `confidential.rs` |
//! | names and numbers claimed in the log's transaction | `entity.rs` |
//! | refusals | `error.rs`; checks that collect them: `checks.rs` |
//! | the form of events, the joint with `cqrs_es` | `aggregate.rs` |

mod aggregate;
pub mod api_key;
mod checks;
pub mod client;
pub mod commission;
pub mod confidential;
pub mod consumer_unit;
pub mod energy;
pub mod entity;
pub mod error;
pub mod event_types;
pub mod installation;
pub mod invoice;
pub mod lead;
pub mod movement;
pub mod numbering;
pub mod overrides;
pub mod paystub;
pub mod plan;
pub mod portuguese;
pub mod power_plant;
pub mod production;
pub mod project;
pub mod public_id;
pub mod quote;
pub mod record;
pub mod reference;
pub mod search;
pub mod tenant;
pub mod tenant_id;
#[cfg(test)]
mod testing;
pub mod ticket;
pub mod transaction;
pub mod user;
pub mod value;
pub mod webhook_endpoint;

pub use entity::{Claims, Entity, Given, Label, Name, Number, SeriesClaim, Text};
pub use error::{DomainError, FieldErrors};
pub use event_types::{is_known_event_type, known_event_types};
pub use numbering::NumberSeries;
pub use plan::{Plan, PlanSlot};
pub use tenant_id::TenantId;
