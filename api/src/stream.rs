//! An event as the NATS stream carries it: as the feed prints it, and whose it is.

use crate::entry::{Entry, data_of};
use serde::Serialize;
use sunledger_store::{RecordedEvent, StoreError};
use sunledger_stream::Print;

/// The body of a message.
#[derive(Serialize)]
struct Message<'a> {
    tenant: &'a str,
    #[serde(flatten)]
    entry: Entry,
}

/// Prints events for the stream.
pub struct Printer;

impl Print for Printer {
    fn print(&self, event: &RecordedEvent) -> Result<Vec<u8>, StoreError> {
        let message = Message { tenant: event.tenant.as_str(), entry: Entry::new(event) };
        if message.entry.data.is_null() {
            // Where it is null because nobody can read it, the message is to say so.
            data_of(event)?;
        }
        serde_json::to_vec(&message)
            .map_err(|error| StoreError::Damaged(format!("event {}: {error}", event.position)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let broken = RecordedEvent { payload: "[]".into(), ..endpoint };
        assert!(matches!(Printer.print(&broken), Err(StoreError::Damaged(_))));
    }
}
