//! What happened to a record. The events of every kind have one form; their names start with the kind's.

use crate::aggregate::EVENT_VERSION;
use crate::entity::{Number, Text};
use cqrs_es::DomainEvent;
use jiff::Timestamp;
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::fmt;

/// The second parts of the events' names, in the order of [`RecordChange`]'s variants.
pub(super) const VERBS: [&str; 3] = ["created", "updated", "deleted"];

/// Something happened to a record; in JSON `{"product.created": {...}}`.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordEvent {
    /// The name of the record's kind.
    pub kind: String,
    /// What happened.
    pub change: RecordChange,
}

/// What happened to a record.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordChange {
    /// It was made.
    Created(RecordCreated),
    /// Some of its fields changed.
    Updated(RecordUpdated),
    /// It was deleted.
    Deleted(RecordDeleted),
}

/// A record was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordCreated {
    /// Its sequential number, where `code` does not say it.
    #[serde(default, skip_serializing_if = "Number::is_none")]
    pub number: Number,
    /// The id that was made of its number ([`crate::public_id`]), as the log knows it: `team:000001`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Text>,
    /// The id that its maker named it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_id: Option<String>,
    /// Its fields.
    pub fields: Map<String, Value>,
    /// When.
    pub at: Timestamp,
}

/// Some fields of a record changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordUpdated {
    /// The new values; `null` where a field was emptied.
    pub fields: Map<String, Value>,
    /// When.
    pub at: Timestamp,
}

/// A record was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordDeleted {
    /// When.
    pub at: Timestamp,
}

impl RecordEvent {
    pub(super) fn new(kind: &str, change: RecordChange) -> Self {
        Self { kind: kind.to_owned(), change }
    }

    /// When it happened.
    pub fn at(&self) -> Timestamp {
        match &self.change {
            RecordChange::Created(event) => event.at,
            RecordChange::Updated(event) => event.at,
            RecordChange::Deleted(event) => event.at,
        }
    }

    /// The event's stable name (`product.created`).
    pub fn name(&self) -> String {
        let [created, updated, deleted] = VERBS;
        let verb = match &self.change {
            RecordChange::Created(_) => created,
            RecordChange::Updated(_) => updated,
            RecordChange::Deleted(_) => deleted,
        };
        format!("{}.{verb}", self.kind)
    }
}

impl DomainEvent for RecordEvent {
    fn event_type(&self) -> String {
        self.name()
    }

    fn event_version(&self) -> String {
        EVENT_VERSION.to_owned()
    }
}

impl Serialize for RecordEvent {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut tagged = out.serialize_map(Some(1))?;
        match &self.change {
            RecordChange::Created(event) => tagged.serialize_entry(&self.name(), event)?,
            RecordChange::Updated(event) => tagged.serialize_entry(&self.name(), event)?,
            RecordChange::Deleted(event) => tagged.serialize_entry(&self.name(), event)?,
        }
        tagged.end()
    }
}

impl<'de> Deserialize<'de> for RecordEvent {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_map(TaggedByName)
    }
}

/// Reads `{"product.created": {...}}`. Kinds that this program does not know (any more) are read too.
struct TaggedByName;

impl<'de> Visitor<'de> for TaggedByName {
    type Value = RecordEvent;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a record's event, tagged by its name")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut tagged: M) -> Result<RecordEvent, M::Error> {
        let [created, updated, deleted] = VERBS;
        let name: String = tagged.next_key()?.ok_or_else(|| M::Error::custom("an event without a name"))?;
        let (kind, verb) = name.rsplit_once('.').unwrap_or((&name, ""));
        let change = if verb == created {
            RecordChange::Created(tagged.next_value()?)
        } else if verb == updated {
            RecordChange::Updated(tagged.next_value()?)
        } else if verb == deleted {
            RecordChange::Deleted(tagged.next_value()?)
        } else {
            return Err(M::Error::custom(format_args!("{name} is not an event of a record")));
        };
        match tagged.next_key::<String>()? {
            None => Ok(RecordEvent::new(kind, change)),
            Some(_) => Err(M::Error::custom("an event with two names")),
        }
    }
}
