//! The write side. A command is decided by its aggregate (pure, in `domain`), and what it decided is appended to
//! the log together with everything it claims: names, numbers, the Idempotency-Key. The caller is answered once
//! the read models show it.
//!
//! - [`Commands::execute`]: one command to one aggregate.
//! - [`Commands::unit`]: several aggregates, atomically.
//! - [`codec`]: the one place where events become bytes and come back.

mod cache;
pub mod clock;
pub mod codec;
pub mod context;
pub mod error;
mod event_store;
mod executor;
pub mod history;
mod load;
mod outcome;
pub mod read_side;
mod stats;
mod turns;
mod unit;

pub use clock::{Clock, SystemClock};
pub use codec::Codec;
pub use context::{Actor, ActorKind, Context, Idempotency, Metadata};
pub use error::CommandError;
pub use event_store::{LogContext, LogEventStore};
pub use executor::Commands;
pub use load::Loaded;
pub use outcome::{Committed, Outcome};
pub use read_side::{Change, HandOver, NoReadSide, ReadSide};
pub use stats::CommandStats;
pub use unit::Unit;
