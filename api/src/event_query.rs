//! What `/audit` and `/feed` may be asked for: which events, from where on, how many.

use crate::entry::Entry;
use crate::http::{ApiError, QueryParams};
use serde::Serialize;
use sunledger_commands::history::is_kind;
use sunledger_domain::FieldErrors;
use sunledger_domain::event_types::is_known_event_type;
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::CalendarDate;
use sunledger_store::{LogFilter, RecordedEvent};
use utoipa::{IntoParams, ToSchema};

/// Events of one answer.
pub const MAX_LIMIT: usize = 100;

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventPage)]
pub struct EventPage {
    /// The events, in the order they happened.
    pub data: Vec<Entry>,
    /// Ask for what comes `after` this.
    #[schema(example = 4711)]
    pub next: i64,
}

impl EventPage {
    /// Events, printed.
    pub fn new(events: &[RecordedEvent], next: i64) -> Self {
        Self { data: events.iter().map(Entry::new).collect(), next }
    }
}

/// Which events.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `EventQuery` reads it")]
pub struct EventParams {
    /// Only events of this kind of thing (`client`, `consumer_unit`, `power_plant`, `project`, `installation`, `production`, `invoice`, `transaction`, `quote`, `ticket`, `lead`, `webhook_endpoint`, `api_key`, `tenant`, `product`).
    #[param(example = "invoice")]
    kind: Option<String>,
    /// Only events of this type.
    #[param(example = "payment.received")]
    r#type: Option<String>,
    /// Only what this key or user did, by its id.
    actor: Option<String>,
    /// Only what happened at or after this time (RFC 3339, or a date in the tenant's time zone).
    #[param(example = "2024-06-01T00:00:00Z")]
    from: Option<String>,
    /// Only what happened before this time.
    #[param(example = "2024-07-01")]
    until: Option<String>,
}

/// From where on.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `EventQuery` reads it")]
pub struct AfterParams {
    /// After this position; the `next` of the answer before.
    #[param(minimum = 0, default = 0)]
    after: Option<i64>,
    /// Events at most.
    #[param(minimum = 1, maximum = 100, default = 100)]
    limit: Option<u64>,
}

/// From where on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// After a position.
    Position(i64),
    /// From now on.
    Now,
}

/// A query, read.
#[derive(Debug)]
pub struct EventQuery {
    /// From where on; none where the query does not say.
    pub after: Option<After>,
    /// How many.
    pub limit: usize,
    /// Which.
    pub filter: LogFilter,
}

impl EventQuery {
    /// Reads a query.
    ///
    /// # Errors
    /// 400 naming each parameter that is wrong.
    pub fn read(query: &QueryParams, profile: &Tenant) -> Result<Self, ApiError> {
        let mut wrong = FieldErrors::new();
        let after = match query.get("after") {
            None => None,
            Some("now") => Some(After::Now),
            Some(text) => match position(text) {
                Some(position) => Some(After::Position(position)),
                None => {
                    wrong.add("after", "must be a position, or now");
                    None
                }
            },
        };
        let limit =
            match query.get("limit").map(|text| position(text).and_then(|limit| usize::try_from(limit).ok()))
            {
                None => MAX_LIMIT,
                Some(Some(limit)) if (1..=MAX_LIMIT).contains(&limit) => limit,
                Some(_) => {
                    wrong.add("limit", format!("must be a whole number from 1 to {MAX_LIMIT}"));
                    MAX_LIMIT
                }
            };
        let mut time = |name: &str| {
            let text = query.get(name)?;
            let read = instant(text, profile);
            if read.is_none() {
                wrong.add(name, "must be an RFC 3339 time, or a date");
            }
            read
        };
        let (from, until) = (time("from"), time("until"));
        let mut known = |name: &str, is_known: fn(&str) -> bool, what: &str| {
            let text = query.get(name)?;
            if !is_known(text) {
                wrong.add(name, format!("there is no such {what}"));
            }
            Some(text.to_owned())
        };
        let kind = known("kind", is_kind, "kind");
        let event_type = known("type", is_known_event_type, "event type");
        let actor = query.get("actor").map(str::to_owned);
        let filter = LogFilter { kind, event_type, actor, from, until };
        if wrong.is_empty() { Ok(Self { after, limit, filter }) } else { Err(ApiError::fields(wrong)) }
    }
}

/// A position, or another whole number: digits only.
pub fn position(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// An instant as callers write it, in microseconds: RFC 3339, or a date, which is its first moment where the tenant is.
/// The `+` of an offset may have come as a space, which is what it is in a query.
pub fn instant(text: &str, profile: &Tenant) -> Option<i64> {
    let text = text.trim().replace(' ', "+");
    if let Ok(day) = CalendarDate::parse(&text) {
        return Some(profile.time_zone.start_of(day).as_microsecond());
    }
    // A zone in brackets is no RFC 3339.
    text.parse::<jiff::Timestamp>().ok().filter(|_| !text.contains('[')).map(|at| at.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<EventQuery, Vec<String>> {
        EventQuery::read(&QueryParams::parse(Some(query)).unwrap(), &Tenant::default()).map_err(|error| {
            error.fields.unwrap_or_default().iter().map(|(field, _)| field.to_owned()).collect()
        })
    }

    #[test]
    fn a_silent_query_is_everything_from_the_start() {
        let query = read("").unwrap();
        assert_eq!((query.after, query.limit), (None, 100));
        assert!(query.filter.kind.is_none() && query.filter.from.is_none());
    }

    #[test]
    fn filters_are_read() {
        let query = read(
            "after=17&limit=5&kind=invoice&type=payment.received&actor=k1&from=2026-11-20&until=2026-11-20T12:00:00-03:00",
        );
        let query = query.unwrap();
        assert_eq!((query.after, query.limit), (Some(After::Position(17)), 5));
        assert_eq!(query.filter.kind.as_deref(), Some("invoice"));
        assert_eq!(query.filter.event_type.as_deref(), Some("payment.received"));
        let hours = query.filter.until.unwrap() - query.filter.from.unwrap();
        assert_eq!(hours, 12 * 3_600_000_000, "both are of the tenant's day");
        assert_eq!(read("after=now").unwrap().after, Some(After::Now));
        assert_eq!(
            instant("2024-01-01T00:00:00 01:00", &Tenant::default()),
            instant("2023-12-31T23:00:00Z", &Tenant::default())
        );
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        let wrong =
            read("after=-1&limit=101&kind=planet&type=planet.born&from=soon&until=2024-02-30").unwrap_err();
        assert_eq!(wrong, ["after", "from", "kind", "limit", "type", "until"]);
        for query in [
            "after=1.5",
            "after=99999999999999999999",
            "limit=0",
            "limit=%2B5",
            "from=2024-01-01T00:00:00Z[UTC]",
        ] {
            assert!(read(query).is_err(), "{query}");
        }
    }
}
