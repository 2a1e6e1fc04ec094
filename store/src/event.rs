//! Events as the log keeps them: an envelope, and payload and metadata as JSON text.

use std::sync::Arc;
use sunledger_domain::TenantId;
use uuid::Uuid;

/// One aggregate's stream of events.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StreamId {
    /// Whose it is.
    pub tenant: TenantId,
    /// The aggregate type (`invoice`).
    pub kind: Arc<str>,
    /// The aggregate.
    pub id: Uuid,
}

/// An event that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Place in the whole log: 1, 2, 3..., without gaps, in commit order.
    pub position: i64,
    /// Whose it is.
    pub tenant: TenantId,
    /// The aggregate type.
    pub kind: Arc<str>,
    /// The aggregate.
    pub id: Uuid,
    /// Place in the aggregate's stream: 1, 2, 3...; after this event the aggregate is at this version.
    pub version: i64,
    /// Stable dotted name (`invoice.created`).
    pub event_type: Arc<str>,
    /// Version of the payload's form (`1.0`).
    pub event_version: Arc<str>,
    /// The event, JSON.
    pub payload: Box<str>,
    /// Actor, surface, request id, command id, JSON.
    pub metadata: Arc<str>,
    /// When it was recorded, microseconds since the Unix epoch, UTC.
    pub recorded_at: i64,
}

impl RecordedEvent {
    /// The stream it belongs to.
    pub fn stream(&self) -> StreamId {
        StreamId { tenant: self.tenant.clone(), kind: self.kind.clone(), id: self.id }
    }

    /// The event's own id, the same in every copy and on every delivery: `<aggregate id>-<version>`.
    pub fn event_id(&self) -> String {
        format!("{}-{}", self.id, self.version)
    }
}
