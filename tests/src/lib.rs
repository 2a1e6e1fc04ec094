//! What the end-to-end tests stand on: real servers on real storage, an HTTP client that says what went wrong,
//! and a webhook receiver that can be told to misbehave.
//!
//! | file | what |
//! | --- | --- |
//! | `backend` | which storage a server runs on, and a fresh place in it |
//! | `binary` | where the program under test lies |
//! | `template` | storage with the program's tables in it, made once for all tests |
//! | `server` | a running program: start, kill, restart, its command line beside it |
//! | `stream` | the stream as its subscribers see it |
//! | `tenant` | the fixture of most tests: a tenant of its own with a key for everything |
//! | `client` | requests and replies |
//! | `commissions` | the resources of the commissions surface, with the bodies that its document posts |
//! | `crm` | the shortest way to clients, invoices, projects, installations and readings; refusals of the CRM surface |
//! | `energy` | the shortest way to power plants and consumer units; refusals of the energy surface |
//! | `events` | server-sent events as they come |
//! | `exposition` | a page of metrics, read strictly |
//! | `faults` | how hard a fault test tries, and the figures it leaves |
//! | `load` | writers over one or several servers, and the reckoning afterwards |
//! | `raw` | bytes on a socket, for what no HTTP library would send |
//! | `receiver` | a webhook receiver with a script |
//! | `sick` | webhook receivers that misbehave as no HTTP library would |
//! | `bills` | the shortest way to energy invoices |
//! | `books` | the shortest way to clients, invoices and payments |
//! | `people` | the shortest way to people who signed in |
//! | `wait` | waiting for what comes in its own time |
//!
//! Postgres and NATS come from `sunledger-test-servers`, as in every crate's tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "linked into tests only: a panic here is a failed test, and its message is the finding"
)]

pub mod backend;
pub mod bills;
pub mod binary;
pub mod books;
pub mod client;
pub mod commissions;
pub mod crm;
pub mod energy;
pub mod events;
pub mod exposition;
pub mod faults;
pub mod load;
pub mod people;
pub mod raw;
pub mod receiver;
pub mod run;
pub mod server;
pub mod sick;
pub mod stream;
pub mod template;
pub mod tenant;
pub mod wait;

pub use backend::Backend;
pub use client::{Api, Reply};
pub use load::Load;
pub use receiver::{Answer, Receiver};
pub use run::{Fixture, run};
pub use server::{Options, Server};
pub use sick::{SickReceiver, Sickness};
pub use stream::Nats;
pub use sunledger_test_servers::{Cluster, NatsServer, Version, nats, postgres, reaper};
pub use tenant::Tenant;
pub use wait::{eventually, patience};

/// Makes of each `async fn name(fixture: Type) { ... }` two tests, `name::sqlite` and `name::postgres`. The
/// fixture is anything that implements [`Fixture`]: a [`Tenant`] on a shared server, or a [`Server`] of its own.
#[macro_export]
macro_rules! both_backends {
    ($( $(#[$meta:meta])* async fn $name:ident($fixture:ident: $type:ty) $body:block )+) => { $(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "a test may need nothing but its fixture")]
            use super::*;

            async fn body($fixture: $type) $body

            #[test]
            fn sqlite() {
                $crate::run($crate::Backend::Sqlite, body);
            }

            #[test]
            fn postgres() {
                $crate::run($crate::Backend::Postgres, body);
            }
        }
    )+ };
}
