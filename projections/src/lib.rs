//! The read side: follows the log, keeps the read models, answers queries.
//!
//! | file | what |
//! | --- | --- |
//! | `model` | what a read model is; `models/` has each one's table and row |
//! | `query` | the queries, by tenant; `list_sql` the SQL of a list |
//! | `billed` | energy invoices by month, for the billing report |
//! | `projector` | follows the log, one process in a cluster |
//! | `fold` | a run of events into changed rows, one transaction |
//! | `generation` | rebuilding beside the live read models, and the swap |
//! | `live` | which generation is live, as far as this process knows |
//! | `verify` | the live read models against a fresh fold |

mod billed;
mod fold;
pub mod generation;
mod list_sql;
mod live;
pub mod model;
pub mod models;
mod projector;
pub mod query;
mod rows;
mod schema;
pub mod verify;
mod waiters;

pub use billed::{BilledPlace, BilledQuery};
pub use model::Listed;
pub use projector::{Health, Projections};
pub use query::{FallenDue, Filter, ListQuery, Page, Paging, Reads, View};
