//! The log as `cqrs_es` sees an event store, so that everything written for that crate (its `CqrsFramework`, its
//! queries) runs on Sunledger's log: one tenant, one aggregate type, one context for all commands.
//!
//! The executor does more (cache, retries, units of several aggregates, Idempotency-Key): use it where you can.

use crate::{CommandError, Commands, Context, Unit};
use cqrs_es::{AggregateContext, AggregateError, EventEnvelope, EventStore};
use std::collections::HashMap;
use std::sync::Arc;
use sunledger_domain::Entity;
use sunledger_store::{RecordedEvent, StoreError, StreamId};
use uuid::Uuid;

/// The log behind `cqrs_es`' interface.
#[derive(Clone)]
pub struct LogEventStore {
    commands: Commands,
    context: Context,
}

/// An aggregate loaded for a command.
pub struct LogContext<A> {
    id: Uuid,
    before: Arc<A>,
    version: i64,
    aggregate: A,
}

impl<A: Entity> AggregateContext<A> for LogContext<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.aggregate
    }
}

impl LogEventStore {
    /// The log as `context`'s tenant has it; its actor and surface stand beside every event.
    pub fn new(commands: Commands, context: Context) -> Self {
        Self { commands, context }
    }

    fn stream<A: Entity>(&self, id: Uuid) -> StreamId {
        StreamId { tenant: self.context.tenant.clone(), kind: A::TYPE.into(), id }
    }

    async fn load_now<A: Entity>(&self, id: Uuid) -> Result<LogContext<A>, CommandError> {
        let (before, version) = self.commands.load_any::<A>(&self.stream::<A>(id)).await?;
        Ok(LogContext { id, aggregate: A::clone(&before), before, version })
    }
}

impl<A: Entity> EventStore<A> for LogEventStore {
    type AC = LogContext<A>;

    async fn load_events(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let stream = self.stream::<A>(parse(aggregate_id)?);
        let mut envelopes: Vec<EventEnvelope<A>> = Vec::new();
        loop {
            let after = envelopes.last().map_or(0, |envelope| envelope.sequence as i64);
            let page = self.commands.log().read_stream(&stream, after, 1000).await.map_err(unavailable)?;
            let full = page.len() == 1000;
            for event in page {
                envelopes.push(self.envelope(&event)?);
            }
            if !full {
                return Ok(envelopes);
            }
        }
    }

    async fn load_aggregate(&self, aggregate_id: &str) -> Result<Self::AC, AggregateError<A::Error>> {
        self.load_now::<A>(parse(aggregate_id)?).await.map_err(refused)
    }

    async fn commit(
        &self,
        events: Vec<A::Event>,
        context: Self::AC,
        _metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let stream = self.stream::<A>(context.id);
        let mut unit = Unit::new(self.commands.loader(), self.context.clone(), false);
        unit.adopt::<A>(stream, context.before, context.version, context.aggregate, &events)
            .map_err(refused)?;
        let committed =
            self.commands.append_once(&self.context, unit).await.map_err(|error| match error {
                CommandError::Busy => AggregateError::AggregateConflict,
                other => refused(other),
            })?;
        committed.events().iter().map(|event| self.envelope(event)).collect()
    }
}

impl LogEventStore {
    fn envelope<A: Entity>(
        &self,
        event: &RecordedEvent,
    ) -> Result<EventEnvelope<A>, AggregateError<A::Error>> {
        Ok(EventEnvelope {
            aggregate_id: event.id.to_string(),
            sequence: usize::try_from(event.version).unwrap_or_default(),
            payload: self.commands.codec().decode::<A>(event).map_err(unavailable)?,
            metadata: HashMap::from([("metadata".to_owned(), event.metadata.to_string())]),
        })
    }
}

fn parse<T: std::error::Error>(aggregate_id: &str) -> Result<Uuid, AggregateError<T>> {
    aggregate_id.parse().map_err(|error: uuid::Error| AggregateError::UnexpectedError(Box::new(error)))
}

fn unavailable<T: std::error::Error>(error: StoreError) -> AggregateError<T> {
    match error {
        StoreError::Unavailable(_) => AggregateError::DatabaseConnectionError(Box::new(error)),
        StoreError::Damaged(_) => AggregateError::DeserializationError(Box::new(error)),
        StoreError::Failed(_) => AggregateError::UnexpectedError(Box::new(error)),
    }
}

fn refused(error: CommandError) -> AggregateError<sunledger_domain::DomainError> {
    match error {
        CommandError::Domain(error) => AggregateError::UserError(error),
        CommandError::Store(error) => unavailable(error),
        other => AggregateError::UnexpectedError(Box::new(other)),
    }
}
