//! What the end-to-end tests stand on: real servers on real storage, an HTTP client that says what went wrong,
//! and a webhook receiver that can be told to misbehave.
//!
//! | file | what |
//! | --- | --- |
//! | `backend` | which storage a server runs on, and a fresh place in it |
//! | `postgres` | a superuser connection to the cluster of the tests, found or started |
//! | `reaper` | cleaning up even when the test process is killed |
//! | `binary` | where the program under test lies |
//! | `server` | a running program: start, kill, restart, its command line beside it |
//! | `tenant` | the fixture of most tests: a tenant of its own with a key for everything |
//! | `client` | requests and replies |
//! | `events` | server-sent events as they come |
//! | `raw` | bytes on a socket, for what no HTTP library would send |
//! | `receiver` | a webhook receiver with a script |
//! | `books` | the shortest way to clients, invoices and payments |
//! | `wait` | waiting for what comes in its own time |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "linked into tests only: a panic here is a failed test, and its message is the finding"
)]

pub mod backend;
pub mod binary;
pub mod books;
pub mod client;
pub mod events;
pub mod postgres;
pub mod raw;
pub mod reaper;
pub mod receiver;
pub mod run;
pub mod server;
pub mod tenant;
pub mod wait;

pub use backend::Backend;
pub use client::{Api, Reply};
pub use receiver::{Answer, Receiver};
pub use run::{Fixture, run};
pub use server::{Options, Server};
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
