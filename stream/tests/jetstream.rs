//! The relay and the source over real NATS servers: the version that Debian has, and the newest.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod cases;
mod support;
