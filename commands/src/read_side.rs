//! What the write side knows of the read side: it hands over what was appended, and waits until it shows.

use futures_util::future::BoxFuture;
use std::any::Any;
use std::sync::Arc;
use sunledger_store::{RecordedEvent, StoreError};

/// An aggregate's state, of whatever type.
pub type AnyState = Arc<dyn Any + Send + Sync>;

/// One aggregate's change by one append.
#[derive(Clone)]
pub struct Change {
    /// The state before; `None` where the aggregate is new.
    pub before: Option<AnyState>,
    /// The state after.
    pub after: AnyState,
    /// What happened, as the log has it.
    pub events: Arc<[RecordedEvent]>,
}

/// What one append changed: positions `first .. first + count`.
#[derive(Clone)]
pub struct HandOver {
    /// Position of the first event.
    pub first: i64,
    /// How many events, over all changes.
    pub count: i64,
    /// By aggregate.
    pub changes: Vec<Change>,
}

/// The read side, as the write side sees it.
pub trait ReadSide: Send + Sync {
    /// Takes over what was just appended, so that it need not be read from the log again. May be ignored.
    fn hand_over(&self, hand_over: HandOver);

    /// Returns once every read model shows this position.
    fn wait_for(&self, position: i64) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// For programs without a read side, as the tests of the write side are: nothing to wait for.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoReadSide;

impl ReadSide for NoReadSide {
    fn hand_over(&self, _hand_over: HandOver) {}

    fn wait_for(&self, _position: i64) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
}
