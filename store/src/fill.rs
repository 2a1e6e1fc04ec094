//! The fields that the log fills in: from a series' value to JSON, and back out of a stored payload.

use crate::{Append, Filled, SeriesRequest};
use memchr::memmem::Finder;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;
use sunledger_domain::Label;

/// A colon and a value that is pending (`i64::MIN`).
const PENDING: &str = ":-9223372036854775808";
/// Looks for it; made once, since making it takes longer than looking through a payload.
static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(PENDING));

/// `INV-` and 17, at least four digits wide, is `INV-0017`.
pub(crate) fn label_text(label: &Label, value: i64) -> String {
    format!("{}{value:0width$}", label.prefix, width = usize::from(label.width))
}

/// A text as a JSON string.
pub(crate) fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl SeriesRequest {
    /// What the event's field becomes; `None` where the value is only counted.
    pub(crate) fn filled(&self, value: i64) -> Option<Filled> {
        let field = self.field?;
        let value = match &self.label {
            Some(label) => json_string(&label_text(label, value)),
            None => value.to_string(),
        };
        Some(Filled { event: self.event, field, value })
    }
}

/// A text as it stands inside of a JSON string.
pub(crate) fn json_inner(text: &str) -> String {
    let json = json_string(text);
    json.get(1..json.len() - 1).unwrap_or_default().to_owned()
}

/// Where fields of this name are pending in a payload: each one's value.
pub(crate) fn pending<'p>(payload: &'p str, field: &'p str) -> impl Iterator<Item = Range<usize>> + 'p {
    let is_field = move |colon: &usize| {
        let key = payload.get(..*colon).and_then(|before| before.strip_suffix('"'));
        key.and_then(|before| before.strip_suffix(field)).is_some_and(|before| before.ends_with('"'))
    };
    FINDER.find_iter(payload.as_bytes()).filter(is_field).map(|colon| colon + 1..colon + PENDING.len())
}

/// An event's payload with its fields filled in.
pub(crate) fn fill_all<'p>(payload: &'p str, event: usize, filled: &[Filled]) -> Cow<'p, str> {
    filled
        .iter()
        .filter(|filled| filled.event == event)
        .fold(Cow::Borrowed(payload), |payload, filled| Cow::Owned(filled.fill(&payload)))
}

/// Where a payload waits for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Whose value: index of the request.
    pub(crate) request: usize,
    /// Where the pending value begins.
    pub(crate) from: usize,
    /// Where it ends.
    pub(crate) to: usize,
}

/// The places in the payload of an append's event, in its own order. Each request has the first place of its field that no
/// request before it has; one whose field stands nowhere has none.
pub(crate) fn places(requests: &[SeriesRequest], event: usize, payload: &str) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for (index, request) in requests.iter().enumerate().filter(|(_, request)| request.event == event) {
        let Some(field) = request.field else { continue };
        let mut found = pending(payload, field);
        if let Some(value) = found.find(|value| places.iter().all(|place| place.from != value.start)) {
            places.push(Place { request: index, from: value.start, to: value.end });
        }
    }
    places.sort_unstable_by_key(|place| place.from);
    places
}

/// Finds out of the stored payloads (in the order of the append's events) what was filled in; `None` where they are
/// not the payloads of this append.
pub(crate) fn recover(append: &Append, stored: &[&str]) -> Option<Vec<Filled>> {
    let events: Vec<_> = append.writes.iter().flat_map(|write| &write.events).collect();
    if events.len() != stored.len() {
        return None;
    }
    let mut found: Vec<Option<Filled>> = append.series.iter().map(|_| None).collect();
    for (event, (original, stored)) in events.iter().zip(stored).enumerate() {
        let (mut from, mut rest) = (0, *stored);
        for place in places(&append.series, event, &original.payload) {
            let field = append.series[place.request].field?;
            rest = rest.strip_prefix(original.payload.get(from..place.from)?)?;
            let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
            values.next()?.ok()?;
            let (value, after) = rest.split_at_checked(values.byte_offset())?;
            found[place.request] = Some(Filled { event, field, value: value.to_owned() });
            (from, rest) = (place.to, after);
        }
        if rest != original.payload.get(from..)? {
            return None;
        }
    }
    // A request whose field stands nowhere in its payload filled nothing.
    Some(found.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewEvent, StreamWrite};
    use uuid::Uuid;

    fn append(payloads: &[&str], fields: &[(usize, &'static str, Option<&str>)]) -> Append {
        let event = |payload: &&str| NewEvent {
            event_type: "t".into(),
            event_version: "1.0".into(),
            payload: (*payload).to_owned(),
        };
        let label = |prefix: &str| Label { prefix: prefix.to_owned(), width: 4, scope: "label" };
        Append {
            tenant: sunledger_domain::TenantId::new("t").unwrap(),
            writes: vec![StreamWrite {
                kind: "k".into(),
                id: Uuid::nil(),
                expected: 0,
                events: payloads.iter().map(event).collect(),
            }],
            unchanged: Vec::new(),
            quiet: None,
            take: Vec::new(),
            release: Vec::new(),
            series: fields
                .iter()
                .map(|(event, field, prefix)| SeriesRequest {
                    event: *event,
                    series: "s".into(),
                    field: Some(field),
                    label: prefix.map(label),
                    max: None,
                    refusal: "",
                })
                .collect(),
            key: None,
            metadata: "{}".into(),
            recorded_at: 0,
        }
    }

    #[test]
    fn what_was_filled_in_is_found_again_in_the_stored_payload() {
        let payload =
            format!("{{\"label\":{0},\"note\":\"é {0}\",\"number\":{0},\"n\":{{\"number\":{0}}}}}", i64::MIN);
        let append = append(
            &["{}", &payload],
            &[(1, "number", None), (1, "label", Some("INV \"é\"-")), (1, "number", None)],
        );
        let values = [7, 123, 8];
        let filled: Vec<Filled> =
            append.series.iter().zip(values).filter_map(|(request, value)| request.filled(value)).collect();
        let stored = fill_all(&payload, 1, &filled);
        assert!(stored.contains(r#""label":"INV \"é\"-0123""#), "{stored}");
        assert!(serde_json::from_str::<IgnoredAny>(&stored).is_ok());
        assert_eq!(recover(&append, &["{}", &stored]), Some(filled));
    }

    proptest::proptest! {
        #[test]
        fn filling_changes_the_pending_fields_and_nothing_else(
            text in ".*", prefix in ".*", value in 1..i64::MAX, width in 0..12u8,
        ) {
            let label = Label { prefix, width, scope: "label" };
            let payload = serde_json::json!({ "a": text, "label": i64::MIN, "number": i64::MIN, "z": text });
            let original = payload.to_string();
            let mut append = append(&[&original], &[(0, "number", None), (0, "label", None)]);
            append.series[1].label = Some(label.clone());
            let filled: Vec<Filled> = append.series.iter().filter_map(|request| request.filled(value)).collect();
            let stored = fill_all(&original, 0, &filled);
            let mut expected = payload;
            expected["number"] = value.into();
            expected["label"] = label_text(&label, value).into();
            proptest::prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&stored)?, expected);
            proptest::prop_assert_eq!(recover(&append, &[&stored]), Some(filled));
        }
    }

    #[test]
    fn only_fields_of_the_name_are_pending() {
        assert_eq!(PENDING, format!(":{}", i64::MIN));
        let min = i64::MIN;
        let payload = format!(r#"{{"a":"\"n\":{min}","xn":{min},"n":{min},"n":1}}"#);
        let found: Vec<&str> =
            pending(&payload, "n").map(|value| &payload[value.start - 5..value.end]).collect();
        assert_eq!(found, [format!(r#","n":{min}"#)]);
        assert_eq!(pending(&payload, "m").count(), 0);
        assert_eq!(pending(PENDING, "").count(), 0);
    }

    #[test]
    fn another_payload_is_not_taken_for_ones_own() {
        let payload = format!("{{\"number\":{}}}", i64::MIN);
        let append = append(&[&payload], &[(0, "number", None)]);
        assert_eq!(recover(&append, &["{\"number\":7,\"more\":1}"]), None);
        assert_eq!(recover(&append, &["{\"nummer\":7}"]), None);
        assert_eq!(recover(&append, &[]), None);
    }
}
