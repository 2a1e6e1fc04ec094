//! An event as audit, feed and webhooks show it: its envelope, and what happened, without secrets.

use crate::http::timestamp_micros;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use sunledger_commands::{Actor, ActorKind, Metadata};
use sunledger_domain::confidential::{CONFIDENTIAL_KEYS, redact};
use sunledger_store::{RecordedEvent, StoreError};
use utoipa::ToSchema;
use uuid::Uuid;

/// An event of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
pub struct Entry {
    /// Place in the whole log. Grows; other tenants' events stand between.
    #[schema(example = 4711)]
    pub position: i64,
    /// What kind of thing it happened to.
    #[schema(example = "invoice")]
    pub kind: String,
    /// To which.
    pub id: Uuid,
    /// The thing's version after it.
    #[schema(example = 3)]
    pub version: i64,
    /// What happened.
    #[schema(example = "payment.received")]
    pub r#type: String,
    /// When.
    #[schema(format = DateTime, example = "2024-06-15T12:00:00.000Z")]
    pub time: String,
    /// Who asked for it.
    pub actor: ActorView,
    /// Through which surface.
    #[schema(example = "invoicing")]
    pub surface: String,
    /// The `X-Request-Id` of that request.
    pub request_id: String,
    /// What changed, without secrets; `null` where this release cannot read it.
    #[schema(value_type = Option<Object>)]
    pub data: Value,
}

/// Who asked for it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Actor)]
pub struct ActorView {
    /// `key`, `user`, `system` or `cli`.
    #[schema(example = "key")]
    r#type: &'static str,
    /// The id of the key or the user, or the name of the part of the system. `actor` filters by it.
    id: String,
    /// As a reader would call it.
    name: String,
}

impl Entry {
    /// A recorded event, printed. One that cannot be read is shown as far as it can be: it must not hide those beside it.
    pub fn new(event: &RecordedEvent) -> Self {
        let (actor, surface, request_id) = asked_by(event);
        Self {
            position: event.position,
            kind: event.kind.to_string(),
            id: event.id,
            version: event.version,
            r#type: event.event_type.to_string(),
            time: timestamp_micros(event.recorded_at),
            actor,
            surface,
            request_id,
            data: data_of(event).unwrap_or_default(),
        }
    }
}

impl ActorView {
    fn new(actor: &Actor) -> Self {
        let r#type = match actor.kind {
            ActorKind::Key => "key",
            ActorKind::User => "user",
            ActorKind::System => "system",
            ActorKind::Cli => "cli",
        };
        Self { r#type, id: actor.id.to_string(), name: actor.name.to_string() }
    }

    fn unknown() -> Self {
        Self { r#type: "system", id: String::new(), name: "unknown".to_owned() }
    }
}

/// Who asked for an event, through which surface, in which request.
pub fn asked_by(event: &RecordedEvent) -> (ActorView, String, String) {
    match serde_json::from_str::<Metadata>(&event.metadata) {
        Ok(metadata) => {
            (ActorView::new(&metadata.actor), metadata.surface.to_string(), metadata.request_id.to_string())
        }
        Err(_) => (ActorView::unknown(), String::new(), String::new()),
    }
}

/// What happened, as it is stored: the payload inside its name. None where [`data_of`] has to look closer: where something
/// in it could be a secret (whose key could also be written by escapes), or it may be no event.
pub fn stored_data_of(event: &RecordedEvent) -> Option<&RawValue> {
    let payload = &*event.payload;
    if payload.contains("\\u") || CONFIDENTIAL_KEYS.iter().any(|key| payload.contains(key)) {
        return None;
    }
    let tagged: BTreeMap<&str, &RawValue> = serde_json::from_str(payload).ok()?;
    let data = if tagged.len() == 1 { tagged.into_values().next() } else { None };
    data.filter(|data| data.get() != "null")
}

/// What happened, without secrets: the payload inside its name.
///
/// # Errors
/// `Damaged` where the payload is no event.
pub fn data_of(event: &RecordedEvent) -> Result<Value, StoreError> {
    let payload: Value =
        serde_json::from_str(&event.payload).map_err(|error| damaged(event, &error.to_string()))?;
    match payload {
        Value::Object(tagged) if tagged.len() == 1 => {
            Ok(redacted(tagged.into_iter().map(|(_, data)| data).next().unwrap_or_default()))
        }
        _ => Err(damaged(event, "the payload is no event")),
    }
}

/// A value with every secret in it replaced, however deep.
pub fn redacted(mut value: Value) -> Value {
    redact(&mut value);
    value
}

fn damaged(event: &RecordedEvent, what: &str) -> StoreError {
    StoreError::Damaged(format!("event {} ({}): {what}", event.position, event.event_type))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;
    use sunledger_domain::TenantId;
    use sunledger_domain::confidential::REDACTED;

    /// An event of the log.
    pub(crate) fn event(kind: &str, event_type: &str, payload: Value) -> RecordedEvent {
        let metadata = json!({
            "command_id": "c-1", "actor": {"type": "key", "id": "k-1", "name": "shop"}, "surface": "invoicing",
            "request_id": "r-1",
        });
        RecordedEvent {
            position: 4711,
            tenant: TenantId::new("acme").unwrap_or_else(|error| panic!("{error}")),
            kind: kind.into(),
            id: Uuid::from_u128(7),
            version: 3,
            event_type: event_type.into(),
            event_version: "1.0".into(),
            payload: json!({event_type: payload}).to_string().into(),
            metadata: metadata.to_string().into(),
            recorded_at: 1_718_452_800_123_456,
        }
    }

    #[test]
    fn an_event_prints_with_its_envelope() {
        let entry = Entry::new(&event(
            "invoice",
            "invoice.sent",
            json!({"via_email": true, "at": "2024-06-15T12:00:00Z"}),
        ));
        insta::assert_json_snapshot!(entry);
    }

    #[test]
    fn no_secret_leaves_however_deep_it_is() {
        let data = data_of(&event(
            "webhook_endpoint",
            "webhook_endpoint.secret_rotated",
            json!({
                "secret": "whsec_new", "previous_secret": {"secret": "whsec_old", "until": "2024-06-16T12:00:00Z"},
                "more": [{"hash": "abc"}, {"secret": null}], "secrets": 2,
            }),
        ));
        assert_eq!(
            data.unwrap(),
            json!({"secret": REDACTED, "previous_secret": REDACTED, "more": [{"hash": REDACTED}, {"secret": null}], "secrets": 2})
        );
    }

    #[test]
    fn what_cannot_be_read_is_shown_without_its_data() {
        let sound = event("invoice", "invoice.sent", json!({}));
        for payload in ["", "null", "[]", "{}", "\"x\"", "{\"a\":1,\"b\":2}"] {
            let broken = RecordedEvent { payload: payload.into(), ..sound.clone() };
            assert!(matches!(data_of(&broken), Err(StoreError::Damaged(_))), "{payload}");
            let entry = Entry::new(&broken);
            assert_eq!(
                (entry.data, entry.actor.name, entry.position),
                (Value::Null, "shop".to_owned(), 4711)
            );
        }
        let broken = RecordedEvent { metadata: "{}".into(), ..sound };
        let entry = Entry::new(&broken);
        assert_eq!((entry.data, entry.actor.name), (json!({}), "unknown".to_owned()));
    }
}
