//! From the socket to the handlers and back: accepting, bounding, draining, and what is the same for every answer.

mod accept;
pub(crate) mod body;
mod connection;
mod door;
pub mod drain;
mod envelope;
pub mod limits;
pub mod note;
mod peer;
mod pulse;
mod routes;
mod unread;

pub(crate) use accept::{Bounds, Served, serve};
pub use peer::Proxies;
pub use routes::{documented, router};

#[cfg(test)]
mod tests;
