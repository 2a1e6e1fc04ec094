//! One command's append: everything that must happen together or not at all.

use crate::fill::pending;
use crate::{StoreError, StreamId};
use std::borrow::Cow;
use std::sync::Arc;
use sunledger_domain::{Label, TenantId};
use uuid::Uuid;

/// An event on its way in.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Stable dotted name (`invoice.created`).
    pub event_type: Cow<'static, str>,
    /// Version of the payload's form.
    pub event_version: Cow<'static, str>,
    /// JSON; a field still pending reads `"field":-9223372036854775808`.
    pub payload: String,
}

/// Events of one stream, appended only if the stream is at `expected` (0: it has no event yet).
#[derive(Debug, Clone)]
pub struct StreamWrite {
    /// Aggregate type.
    pub kind: Arc<str>,
    /// The aggregate.
    pub id: Uuid,
    /// The version the command was decided on.
    pub expected: i64,
    /// At least one.
    pub events: Vec<NewEvent>,
}

/// A stream that the command only looked at, and that must not have moved since.
#[derive(Debug, Clone)]
pub struct Unchanged {
    /// Aggregate type.
    pub kind: Arc<str>,
    /// The aggregate.
    pub id: Uuid,
    /// The version that was looked at.
    pub version: i64,
}

/// No event of this kind in this tenant may have been appended after this position.
#[derive(Debug, Clone)]
pub struct Quiet {
    /// Aggregate type.
    pub kind: Arc<str>,
    /// The position that the command's knowledge of the kind is from.
    pub after: i64,
}

/// A name that becomes, or stops being, the owner's; unique per tenant and scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameClaim {
    /// What is unique.
    pub scope: &'static str,
    /// The name, normalised by the caller.
    pub name: String,
    /// The aggregate that takes it. Taking what one has already is no error.
    pub owner: Uuid,
}

/// The next value of a gapless series. See `sunledger_domain::SeriesClaim`.
#[derive(Debug, Clone)]
pub struct SeriesRequest {
    /// The event that receives the value: index over all events of the append, in the order of `writes`.
    pub event: usize,
    /// Series, within the tenant.
    pub series: String,
    /// The JSON key that is pending; `None` where the value is only counted.
    pub field: Option<&'static str>,
    /// Given, the field becomes this label (a JSON string, claimed as a name for the event's aggregate).
    pub label: Option<Label>,
    /// Over this value the append is refused.
    pub max: Option<i64>,
    /// What the refusal says.
    pub refusal: &'static str,
}

/// An Idempotency-Key, used up by this append.
#[derive(Debug, Clone)]
pub struct KeyClaim {
    /// As the client sent it.
    pub key: String,
    /// Hash of method, path and body.
    pub fingerprint: [u8; 32],
    /// Keys recorded before this time (microseconds) are forgotten: the key may be used again.
    pub forget_before: i64,
}

/// One atomic append.
#[derive(Debug, Clone)]
pub struct Append {
    /// The tenant of everything in it.
    pub tenant: TenantId,
    /// The events, by stream; a stream stands here once.
    pub writes: Vec<StreamWrite>,
    /// Streams that must not have moved.
    pub unchanged: Vec<Unchanged>,
    /// A kind that must have been quiet.
    pub quiet: Option<Quiet>,
    /// Names taken.
    pub take: Vec<NameClaim>,
    /// Names given back (before the ones taken).
    pub release: Vec<NameClaim>,
    /// Series values.
    pub series: Vec<SeriesRequest>,
    /// Idempotency-Key.
    pub key: Option<KeyClaim>,
    /// Metadata of every event, JSON. Unique per command (it holds the command's id): after a lost connection
    /// the store recognises its own append by it.
    pub metadata: Arc<str>,
    /// Time of every event, microseconds since the Unix epoch.
    pub recorded_at: i64,
}

impl Append {
    /// How many events it has.
    pub(crate) fn count(&self) -> usize {
        self.writes.iter().map(|write| write.events.len()).sum()
    }

    /// The aggregate that an event of it is about.
    pub(crate) fn owner_of(&self, event: usize) -> Uuid {
        let mut before = 0;
        for write in &self.writes {
            before += write.events.len();
            if event < before {
                return write.id;
            }
        }
        // `validate` has refused an index past the end.
        Uuid::nil()
    }
}

/// A field that the log filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Index of the event, as in [`SeriesRequest::event`].
    pub event: usize,
    /// The JSON key.
    pub field: &'static str,
    /// The value as JSON text (`17`, `"INV-0017"`).
    pub value: String,
}

impl Filled {
    /// Writes the value into the payload where the field is pending.
    pub fn fill_in(&self, payload: &mut String) {
        let found = pending(payload, self.field).next();
        if let Some(value) = found {
            payload.replace_range(value, &self.value);
        }
    }

    /// The payload with the value where the field is pending.
    pub fn fill(&self, payload: &str) -> String {
        let mut payload = payload.to_owned();
        self.fill_in(&mut payload);
        payload
    }
}

/// A durable append.
#[derive(Debug, Clone)]
pub struct Appended {
    /// Position of the append's first event; the others follow without gap.
    pub first: i64,
    /// How many events.
    pub count: usize,
    /// What was filled in.
    pub filled: Vec<Filled>,
}

/// Why one append was refused, while its batch went on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// A stream (written or only looked at) is at another version, or a kind was not quiet: load again, decide again.
    Conflict {
        /// The stream that moved; `None` for a kind that was not quiet.
        stream: Option<StreamId>,
    },
    /// A name belongs to another aggregate.
    NameTaken {
        /// What is unique.
        scope: String,
        /// The name.
        name: String,
    },
    /// A series is at its last value.
    SeriesFull {
        /// The request's own words.
        refusal: &'static str,
    },
    /// The Idempotency-Key was used already.
    KeyUsed,
}

/// An append that did not happen. After `Store(Unavailable)` it may have happened only if the connection broke
/// and could not be made again in time to look.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// Refused; nothing of it was written.
    #[error("refused: {0:?}")]
    Rejected(Rejection),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
