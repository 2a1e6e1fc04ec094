//! What a command or a unit of work comes to.

use crate::CommandError;
use crate::codec::Codec;
use crate::load::wrong_type;
use crate::read_side::AnyState;
use std::sync::Arc;
use sunledger_domain::Entity;
use sunledger_store::{RecordedEvent, StoreError, StreamId};
use uuid::Uuid;

/// One aggregate after its command.
#[derive(Debug, Clone)]
pub struct Outcome<A> {
    /// The aggregate.
    pub id: Uuid,
    /// Its state.
    pub state: Arc<A>,
    /// Its version.
    pub version: i64,
    /// True where an earlier request with the same Idempotency-Key did it.
    pub replayed: bool,
}

/// Everything that one unit of work changed.
pub struct Committed {
    /// True where an earlier request with the same Idempotency-Key did it.
    pub replayed: bool,
    pub(crate) changed: Vec<Changed>,
    pub(crate) codec: Codec,
}

/// One aggregate that a unit changed.
pub(crate) struct Changed {
    pub(crate) stream: StreamId,
    pub(crate) version: i64,
    pub(crate) state: After,
    /// What this unit appended to the stream.
    pub(crate) events: Arc<[RecordedEvent]>,
}

/// Its state after that.
pub(crate) enum After {
    /// At hand.
    State(AnyState),
    /// The stream's whole history up to the version.
    History(Vec<RecordedEvent>),
}

impl Committed {
    /// The changed aggregates of one kind, in the order of their first commands.
    ///
    /// # Errors
    /// `Damaged` where a replayed history cannot be read.
    pub fn all<A: Entity>(&self, kind: &str) -> Result<Vec<Outcome<A>>, CommandError> {
        let of_kind = self.changed.iter().filter(|changed| &*changed.stream.kind == kind);
        of_kind
            .map(|changed| {
                let state = match &changed.state {
                    After::State(state) => {
                        state.clone().downcast::<A>().map_err(|_| wrong_type(&changed.stream))?
                    }
                    After::History(events) => {
                        let mut state = A::default();
                        self.codec.fold(&mut state, 0, events)?;
                        Arc::new(state)
                    }
                };
                Ok(Outcome {
                    id: changed.stream.id,
                    state,
                    version: changed.version,
                    replayed: self.replayed,
                })
            })
            .collect()
    }

    /// The first of them.
    ///
    /// # Errors
    /// `KeyReused` where an Idempotency-Key brought back a unit that changed none of this kind; `Failed` where the
    /// unit itself changed none (a programming error).
    pub fn one<A: Entity>(&self, kind: &str) -> Result<Outcome<A>, CommandError> {
        match self.all::<A>(kind)?.into_iter().next() {
            Some(outcome) => Ok(outcome),
            None if self.replayed => Err(CommandError::KeyReused),
            None => Err(StoreError::Failed(format!("the unit has no {kind}")).into()),
        }
    }
}

impl Committed {
    /// What was appended, in the log's order.
    pub fn events(&self) -> Vec<RecordedEvent> {
        self.changed.iter().flat_map(|changed| changed.events.iter().cloned()).collect()
    }
}
