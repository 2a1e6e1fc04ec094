//! The servers that the tests of every crate stand on: real ones, each gone with the process that started it, however
//! that ends.
//!
//! | file | what |
//! | --- | --- |
//! | `postgres` | a cluster, found or started, and a database of one test's own in it |
//! | `nats` | a NATS server with JetStream, of the version that Debian has or of the newest |
//! | `process` | a server's process: ended, paused and started again on the same port and folder |
//! | `reaper` | cleaning up even when the test process is killed |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "linked into tests only: a panic here is a failed test, and its message is the finding"
)]

pub mod nats;
pub mod postgres;
pub mod process;
pub mod reaper;

pub use nats::{NatsServer, Version};
pub use postgres::{Cluster, Database};
pub use process::{clear_after, free_port, signal};
pub use reaper::Reaper;
