//! The read side: follows the log, keeps the read models, answers queries.
//!
//! | file | what |
//! | --- | --- |
//! | `model` | what a read model is; `models/` has each one's table and row |
//! | `query` | the queries, by tenant; `list_sql` the SQL of a list, `hits_sql` of a search, `look_up` one row by its id |
//! | `across` | what the server asks across tenants |
//! | `search` | lists that are searched, by rare words and by common ones |
//! | `timeline`, `sums` | clients' timelines; what they have paid |
//! | `billed` | energy invoices by month, for the billing report |
//! | `books` | the money that moved, summed by month and by when it was known |
//! | `financial` | the financial report: the sums of a month, a year or all, now or as they were known once |
//! | `production` | what installations produced, by day, and by client |
//! | `projector` | follows the log, one process in a cluster |
//! | `fold` | a run of events into a batch of changed aggregates |
//! | `batch` | that batch as rows, counters and checkpoint, one transaction |
//! | `catch_up` | a long stretch of the log, batch after batch |
//! | `generation` | rebuilding beside the live read models, and the swap |
//! | `beside` | the command line's: it waits for the server that projects |
//! | `live` | which generation is live, as far as this process knows |
//! | `verify`, `verify_moments` | the live read models against a fresh fold |

mod across;
mod batch;
mod beside;
mod billed;
mod books;
mod catch_up;
mod financial;
mod fold;
pub mod generation;
mod hits_sql;
mod list_sql;
mod live;
mod look_up;
pub mod model;
pub mod models;
mod production;
mod projector;
pub mod query;
mod row_sql;
mod rows;
mod schema;
mod search;
mod sums;
mod timeline;
pub mod verify;
mod verify_moments;
mod waiters;

pub use across::FallenDue;
pub use beside::Beside;
pub use billed::{BilledPlace, BilledQuery};
pub use financial::{Figures, Period};
pub use model::Listed;
pub use production::ProducedDay;
pub use projector::{Health, Projections};
pub use query::{Filter, ListQuery, Page, Paging, Reads, View};
pub use search::MOST as MOST_SEARCHED;
