//! The log: one append-only, totally ordered table of events per installation, on SQLite or Postgres, and
//! the plain SQL access ([`Db`]) on which read models and webhook deliveries are kept.
//!
//! - [`Log`] appends (group commit), reads and follows.
//! - [`backup`] copies the embedded database while it is written.
//! - [`Db`] runs hand-written SQL on one schema (Postgres) or one file (SQLite).

pub mod append;
pub mod backup;
pub mod changes;
mod check;
pub mod db;
pub mod error;
pub mod event;
mod fill;
mod filter;
mod intern;
pub mod log;
mod migrations;
mod pools;
mod postgres;
mod queue;
pub mod settings;
mod sqlite;
pub mod stats;
mod validate;

pub use append::{
    Append, AppendError, Appended, Filled, KeyClaim, NameClaim, NewEvent, Quiet, Rejection, SeriesRequest,
    StreamWrite, Unchanged,
};
pub use changes::{Changed, ChangesPage};
pub use db::{Db, Dialect, Durability, Param, Row, Statement};
pub use error::StoreError;
pub use event::{RecordedEvent, StreamId};
pub use log::{KeyRecord, Lock, Log, LogFilter, LogPage, Snapshot};
pub use pools::{PoolStats, pools};
pub use settings::{Backend, StoreSettings};
pub use stats::{AppendStats, BATCH_BOUNDS, LATENCY_BOUNDS};
