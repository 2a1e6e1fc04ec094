//! An event as a message, and a message as the event that it claims to be.

use async_nats::{HeaderMap, HeaderName};
use bytes::Bytes;
use serde_json::json;
use sunledger_store::{RecordedEvent, StoreError};
use uuid::Uuid;

/// The headers of a message.
pub mod headers {
    /// The event's place in the log: the one thing to know an event by, and to order events by.
    pub const POSITION: &str = "Sunledger-Position";
    /// Identity of the log that the event is from.
    pub const LOG: &str = "Sunledger-Log";
    /// Whose event it is.
    pub const TENANT: &str = "Sunledger-Tenant";
    /// What happened.
    pub const TYPE: &str = "Sunledger-Type";
    /// When it was recorded, microseconds since the Unix epoch.
    pub const TIME: &str = "Sunledger-Time";
    /// Why the body comes without `data`: `too-large` or `unprintable`. The event can be read from the feed.
    pub const OMITTED: &str = "Sunledger-Omitted";
}

/// Stands between an event's id and what makes the message's id another than the one of its first copy.
const AGAIN: char = '#';
/// Room in a message for everything that is not the body; subject and headers together are far smaller.
const ENVELOPE: usize = 4 << 10;

/// Prints an event, as those who read the stream get it: JSON, without secrets.
pub trait Print: Send + Sync {
    /// The body of the event's message.
    ///
    /// # Errors
    /// Where the event cannot be read; its message then says so, and comes without `data`.
    fn print(&self, event: &RecordedEvent) -> Result<Vec<u8>, StoreError>;
}

/// An event, ready to be published.
pub(crate) struct Outgoing {
    pub(crate) event: RecordedEvent,
    pub(crate) body: Bytes,
    pub(crate) omitted: Option<&'static str>,
}

impl Outgoing {
    /// Prints an event into at most so many bytes. Whatever the event is, there is a message for it: an event that
    /// is left out would look like one that is lost, and one that is tried for ever would stop all behind it.
    pub(crate) fn new(event: RecordedEvent, print: &dyn Print, max_payload: usize) -> Self {
        let (body, omitted) = match print.print(&event) {
            Ok(body) if body.len() + ENVELOPE <= max_payload => (body, None),
            Ok(body) => {
                tracing::warn!(
                    position = event.position,
                    bytes = body.len(),
                    "an event is too large for NATS"
                );
                (bare(&event), Some("too-large"))
            }
            Err(error) => {
                tracing::error!(position = event.position, %error, "an event cannot be printed for NATS");
                (bare(&event), Some("unprintable"))
            }
        };
        Self { event, body: body.into(), omitted }
    }

    /// `<prefix>.<tenant>.<kind>.<event type>`.
    pub(crate) fn subject(&self, prefix: &str) -> String {
        let event = &self.event;
        let mut subject = String::with_capacity(96);
        subject.push_str(prefix);
        let words = [event.tenant.home_str(), &event.kind].into_iter().chain(event.event_type.split('.'));
        for word in words {
            subject.push('.');
            push_token(&mut subject, word);
        }
        subject
    }

    /// The message's id: the event's own, or another where an earlier copy is not to hide this one.
    pub(crate) fn id(&self, again: Option<&str>) -> String {
        match again {
            None => self.event.event_id(),
            Some(again) => format!("{}{AGAIN}{again}", self.event.event_id()),
        }
    }

    /// Everything but the two headers that the relay's place in the stream decides.
    pub(crate) fn headers(&self, log: &str) -> HeaderMap {
        // A name of our own is taken as it is; given as text it would be checked and copied.
        let name = HeaderName::from_static;
        let mut map = HeaderMap::new();
        map.insert(name(headers::LOG), log);
        map.insert(name(headers::POSITION), self.event.position.to_string());
        map.insert(name(headers::TENANT), self.event.tenant.home_str());
        map.insert(name(headers::TYPE), &*self.event.event_type);
        map.insert(name(headers::TIME), self.event.recorded_at.to_string());
        if let Some(omitted) = self.omitted {
            map.insert(name(headers::OMITTED), omitted);
        }
        map
    }
}

/// An event without its data.
fn bare(event: &RecordedEvent) -> Vec<u8> {
    json!({
        "position": event.position,
        "tenant": event.tenant.home_str(),
        "kind": &*event.kind,
        "id": event.id,
        "version": event.version,
        "type": &*event.event_type,
        "data": null,
    })
    .to_string()
    .into_bytes()
}

/// A word of a subject: what NATS reads as more than a letter becomes `_`.
fn push_token(subject: &mut String, word: &str) {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    let word = if word.is_empty() { "_" } else { word };
    subject.extend(word.chars().map(|letter| if plain(letter) { letter } else { '_' }));
}

/// What a message claims to be. Anybody who may publish can claim anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) position: i64,
    event_id: String,
    recorded_at: i64,
}

impl Claim {
    /// The event of a log that a message says it is; `None` where it says nothing of the kind.
    pub(crate) fn of(map: &HeaderMap, log: &Uuid) -> Option<Self> {
        if log_of(map)? != log.to_string() {
            return None;
        }
        let number = |name| map.get(name).and_then(|value| value.as_str().parse::<i64>().ok());
        let position = number(headers::POSITION).filter(|position| *position > 0)?;
        let id = map.get(async_nats::header::NATS_MESSAGE_ID)?.as_str();
        let event_id = id.split_once(AGAIN).map_or(id, |(id, _)| id).to_owned();
        Some(Self { position, event_id, recorded_at: number(headers::TIME)? })
    }

    /// Whether it is this event.
    pub(crate) fn is(&self, event: &RecordedEvent) -> bool {
        self.position == event.position
            && self.event_id == event.event_id()
            && self.recorded_at == event.recorded_at
    }
}

/// The log that a message says it is from.
pub(crate) fn log_of(map: &HeaderMap) -> Option<&str> {
    map.get(headers::LOG).map(|value| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sunledger_domain::TenantId;

    struct Text(Result<usize, ()>);

    impl Print for Text {
        fn print(&self, _: &RecordedEvent) -> Result<Vec<u8>, StoreError> {
            self.0.map(|size| vec![b' '; size]).map_err(|()| StoreError::Damaged("no JSON".into()))
        }
    }

    fn event(kind: &str, event_type: &str) -> RecordedEvent {
        RecordedEvent {
            position: 7,
            tenant: TenantId::new("acme").unwrap(),
            kind: kind.into(),
            id: Uuid::from_u128(1),
            version: 3,
            event_type: event_type.into(),
            event_version: "1.0".into(),
            payload: "{}".into(),
            metadata: "{}".into(),
            recorded_at: 1_700_000_000_000_001,
        }
    }

    #[test]
    fn a_subject_tells_tenant_kind_and_type() {
        let subject = |kind, what| Outgoing::new(event(kind, what), &Text(Ok(2)), 1 << 20).subject("events");
        assert_eq!(subject("invoice", "payment.received"), "events.acme.invoice.payment.received");
        assert_eq!(subject("odd kind", "a..>.*"), "events.acme.odd_kind.a._._._");
    }

    #[test]
    fn every_event_has_a_message_however_large_or_damaged_it_is() {
        let sound = Outgoing::new(event("invoice", "invoice.sent"), &Text(Ok(1 << 19)), 1 << 20);
        assert_eq!((sound.omitted, sound.body.len()), (None, 1 << 19));
        let large = Outgoing::new(event("invoice", "invoice.sent"), &Text(Ok(1 << 20)), 1 << 20);
        let broken = Outgoing::new(event("invoice", "invoice.sent"), &Text(Err(())), 1 << 20);
        assert_eq!((large.omitted, broken.omitted), (Some("too-large"), Some("unprintable")));
        let body: serde_json::Value = serde_json::from_slice(&large.body).unwrap();
        assert_eq!((&body["position"], &body["data"]), (&json!(7), &json!(null)));
        assert_eq!(large.body, broken.body);
    }

    #[test]
    fn a_message_is_known_as_the_event_that_it_was_made_of() {
        let log = Uuid::from_u128(9);
        let outgoing = Outgoing::new(event("invoice", "invoice.sent"), &Text(Ok(2)), 1 << 20);
        for again in [None, Some("r12")] {
            let mut map = outgoing.headers(&log.to_string());
            map.insert(async_nats::header::NATS_MESSAGE_ID, outgoing.id(again));
            let claim = Claim::of(&map, &log).unwrap();
            assert!(claim.is(&outgoing.event));
            assert!(!claim.is(&RecordedEvent { recorded_at: 1, ..outgoing.event.clone() }));
            assert!(!claim.is(&RecordedEvent { version: 4, ..outgoing.event.clone() }));
            assert_eq!(Claim::of(&map, &Uuid::from_u128(8)), None);
        }
        assert_eq!(Claim::of(&HeaderMap::new(), &log), None);
    }
}
