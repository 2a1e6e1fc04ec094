//! An event as the NATS stream carries it: as the feed prints it, and whose it is.

use crate::entry::{ActorView, asked_by, data_of, stored_data_of};
use crate::http::timestamp_micros;
use serde::Serialize;
use sunledger_store::{RecordedEvent, StoreError};
use sunledger_stream::Print;
use uuid::Uuid;

/// The body of a message: the fields of an [`Entry`](crate::entry::Entry), and whose it is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a, D> {
    tenant: &'a str,
    position: i64,
    kind: &'a str,
    id: Uuid,
    version: i64,
    r#type: &'a str,
    time: String,
    actor: ActorView,
    surface: String,
    request_id: String,
    data: D,
}

/// Room for all of a message but its data.
const ENVELOPE: usize = 512;

/// Prints events for the stream.
pub struct Printer;

impl Print for Printer {
    fn print(&self, event: &RecordedEvent) -> Result<Vec<u8>, StoreError> {
        match stored_data_of(event) {
            Some(data) => print(event, data),
            None => print(event, data_of(event)?),
        }
    }
}

fn print(event: &RecordedEvent, data: impl Serialize) -> Result<Vec<u8>, StoreError> {
    let (actor, surface, request_id) = asked_by(event);
    let message = Message {
        tenant: event.tenant.home_str(),
        position: event.position,
        kind: &event.kind,
        id: event.id,
        version: event.version,
        r#type: &event.event_type,
        time: timestamp_micros(event.recorded_at),
        actor,
        surface,
        request_id,
        data,
    };
    // A body that grows as it is printed is copied each time it does, and thousands are printed a second.
    let mut body = Vec::with_capacity(event.payload.len() + ENVELOPE);
    match serde_json::to_writer(&mut body, &message) {
        Ok(()) => Ok(body),
        Err(error) => Err(StoreError::Damaged(format!("event {}: {error}", event.position))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;
    use crate::entry::tests::event;
    use serde_json::{Value, json};

    #[test]
    fn a_message_is_what_the_feed_prints_and_whose_it_is() {
        let event = event("invoice", "invoice.sent", json!({"via_email": true}));
        let body: Value = serde_json::from_slice(&Printer.print(&event).unwrap()).unwrap();
        let mut expected = serde_json::to_value(Entry::new(&event)).unwrap();
        expected["tenant"] = "acme".into();
        assert_eq!(body, expected);
    }

    #[test]
    fn a_secret_is_not_on_the_stream_and_damage_is_no_panic() {
        let endpoint = event("webhook_endpoint", "webhook_endpoint.created", json!({"secret": "whsec_x"}));
        assert!(!String::from_utf8(Printer.print(&endpoint).unwrap()).unwrap().contains("whsec_x"));
        let escaped = r#"{"webhook_endpoint.created":{"s\u0065cret":"whsec_x"}}"#;
        let escaped = RecordedEvent { payload: escaped.into(), ..endpoint.clone() };
        assert!(String::from_utf8(Printer.print(&escaped).unwrap()).unwrap().contains("[redacted]"));
        let broken = RecordedEvent { payload: "[]".into(), ..endpoint };
        assert!(matches!(Printer.print(&broken), Err(StoreError::Damaged(_))));
    }
}
