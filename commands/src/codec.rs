//! The one place where events become bytes and come back. Old versions of an event are brought to today's form by
//! upcasters on the way in, so that the rest of the program knows one form only.

use cqrs_es::DomainEvent;
use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use std::sync::Arc;
use sunledger_domain::Entity;
use sunledger_store::{NewEvent, RecordedEvent, StoreError};

/// Room that an event's JSON is written into, bytes: enough for most, so that it is not moved while it grows.
const ROOM: usize = 1024;

/// Events to bytes and back. Cheap to clone.
#[derive(Clone, Default)]
pub struct Codec {
    upcasters: Arc<[Box<dyn EventUpcaster>]>,
}

impl Codec {
    /// A codec with upcasters, tried in this order on every event that is read.
    pub fn new(upcasters: Vec<Box<dyn EventUpcaster>>) -> Self {
        Self { upcasters: upcasters.into() }
    }

    /// An event as the log keeps it.
    ///
    /// # Errors
    /// `Failed` where the event cannot be written as JSON (a defect of the event's type).
    pub fn encode<E: DomainEvent>(&self, event: &E) -> Result<NewEvent, StoreError> {
        let event_type = event.event_type();
        let failed = |error: String| StoreError::Failed(format!("event {event_type} as JSON: {error}"));
        let mut json = Vec::with_capacity(ROOM);
        serde_json::to_writer(&mut json, event).map_err(|error| failed(error.to_string()))?;
        let payload = String::from_utf8(json).map_err(|error| failed(error.to_string()))?;
        Ok(NewEvent { event_type: event_type.into(), event_version: event.event_version().into(), payload })
    }

    /// An event of an aggregate, out of the log.
    ///
    /// # Errors
    /// `Damaged` where the payload is no event that this program knows.
    pub fn decode<A: Entity>(&self, event: &RecordedEvent) -> Result<A::Event, StoreError> {
        let old = self.upcasters.iter().any(|up| up.can_upcast(&event.event_type, &event.event_version));
        let decoded = if old {
            self.upcast(event).and_then(serde_json::from_value)
        } else {
            serde_json::from_str(&event.payload)
        };
        decoded.map_err(|error| {
            StoreError::Damaged(format!(
                "event {} ({} {}) of {} {}: {error}",
                event.position, event.event_type, event.event_version, event.kind, event.id
            ))
        })
    }

    /// Folds events into a state that is at version `at`.
    ///
    /// # Errors
    /// As [`Codec::decode`]; `Damaged` too where a version is missing: what the missing event said is in no state.
    pub fn fold<A: Entity>(
        &self,
        state: &mut A,
        at: i64,
        events: &[RecordedEvent],
    ) -> Result<(), StoreError> {
        for (event, version) in events.iter().zip(at + 1..) {
            if event.version != version {
                return Err(StoreError::Damaged(format!(
                    "event {} of {} {} has version {} where {version} follows",
                    event.position, event.kind, event.id, event.version
                )));
            }
            state.apply(self.decode::<A>(event)?);
        }
        Ok(())
    }

    fn upcast(&self, event: &RecordedEvent) -> Result<serde_json::Value, serde_json::Error> {
        let mut serialized = SerializedEvent::new(
            event.id.to_string(),
            usize::try_from(event.version).unwrap_or_default(),
            event.kind.to_string(),
            event.event_type.to_string(),
            event.event_version.to_string(),
            serde_json::from_str(&event.payload)?,
            serde_json::from_str(&event.metadata)?,
        );
        for upcaster in self.upcasters.iter() {
            if upcaster.can_upcast(&serialized.event_type, &serialized.event_version) {
                serialized = upcaster.upcast(serialized);
            }
        }
        Ok(serialized.payload)
    }
}
