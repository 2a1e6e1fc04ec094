//! Instants: the five forms in which one may come in, and the one in which it is printed.

use crate::value::CalendarDate;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

const INVALID: &str =
    "must be a date (YYYY-MM-DD), an ISO 8601 time, a Unix time or {\"_seconds\", \"_nanoseconds\"}";

/// Unix times from here on are milliseconds; as seconds it would be the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// Reads an instant in any of the forms of [`super::FieldType::Timestamp`], from 1900 to 2199.
///
/// # Errors
/// A field message.
pub fn parse(value: &Value) -> Result<Timestamp, &'static str> {
    let at = match value {
        Value::String(text) => from_text(text),
        Value::Number(number) => number.as_i64().and_then(from_unix),
        Value::Object(parts) => {
            let part = |name: &str| parts.get(name).and_then(Value::as_i64);
            let only = parts.keys().all(|key| key == "_seconds" || key == "_nanoseconds");
            part("_seconds")
                .zip(part("_nanoseconds").filter(|nano| (0..1_000_000_000).contains(nano)))
                .filter(|_| only)
                .and_then(|(seconds, nano)| Timestamp::new(seconds, i32::try_from(nano).ok()?).ok())
        }
        _ => None,
    };
    let in_range = |at: &Timestamp| CalendarDate::new(TimeZone::UTC.to_datetime(*at).date()).is_ok();
    at.filter(in_range).ok_or(INVALID)
}

fn from_text(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(day) = CalendarDate::parse(text) {
        return TimeZone::UTC.to_timestamp(day.get().at(0, 0, 0, 0)).ok();
    }
    // Ten characters is a date, and none that exists; more with a bracket names a zone, which is not ISO 8601.
    if text.len() <= 10 || text.contains('[') {
        return None;
    }
    text.parse().ok().or_else(|| TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok())
}

fn from_unix(number: i64) -> Option<Timestamp> {
    if number.checked_abs()? >= MILLISECONDS_FROM {
        Timestamp::from_millisecond(number).ok()
    } else {
        Timestamp::from_second(number).ok()
    }
}

/// An instant as Firestore has it: whole seconds, rounded down, and the nanoseconds since.
pub fn print(at: Timestamp) -> Value {
    let (seconds, nanoseconds) = match at.subsec_nanosecond() {
        before @ ..0 => (at.as_second() - 1, before + 1_000_000_000),
        since => (at.as_second(), since),
    };
    json!({ "_seconds": seconds, "_nanoseconds": nanoseconds })
}
