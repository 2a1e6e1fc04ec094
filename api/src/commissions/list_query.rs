//! What a list is asked for: `limit` and `offset`, or a `cursor`; and the filters of its resource.

use super::kept::Kept;
use super::place::Place;
use super::resources::Resource;
use crate::http::paging::{MAX_LIMIT, read_cursor};
use crate::http::{ApiError, QueryParams};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sunledger_domain::FieldErrors;
use sunledger_domain::record::{FieldType, timestamp};
use sunledger_domain::value::CalendarDate;
use sunledger_projections::model::instant;
use sunledger_projections::{Filter, ListQuery, Paging};

/// The document's.
pub(super) const DEFAULT_LIMIT: u64 = 50;
/// Skipping costs as much as reading, so it ends somewhere; a cursor does not.
pub(super) const MAX_OFFSET: u64 = 100_000_000;

/// Reads the query of a list.
///
/// # Errors
/// 400 naming each parameter that is wrong.
pub(super) fn read<A: Kept>(
    resource: &Resource,
    place: &Place,
    query: &QueryParams,
) -> Result<ListQuery, ApiError> {
    let mut errors = FieldErrors::new();
    let mut whole = |name: &str, default: u64, range: std::ops::RangeInclusive<u64>| {
        let Some(text) = query.all(name).next() else { return default };
        in_range(text, &range).unwrap_or_else(|| {
            errors.add(name, format!("must be a whole number from {} to {}", range.start(), range.end()));
            default
        })
    };
    let limit = whole("limit", DEFAULT_LIMIT, 1..=MAX_LIMIT);
    let mut paging = Paging::Offset(whole("offset", 0, 0..=MAX_OFFSET));
    if let Some(cursor) = query.get("cursor") {
        match read_cursor(cursor) {
            Some(number) => paging = Paging::Cursor(number),
            None => errors.add("cursor", "is not a cursor that this server gave"),
        }
    }
    let mut filters = A::at(resource.kind, place);
    for filter in resource.kind.filters {
        let Some(name) = filter.parameter else { continue };
        let Some(value) = query.get(name) else { continue };
        let truth = resource.kind.field(filter.field).is_some_and(|field| field.ty == FieldType::Bool);
        if truth && !["true", "false"].contains(&value) {
            errors.add(name, "must be true or false");
        }
        filters.push(A::with_field(resource.kind, filter.field, value));
    }
    if let Some(column) = resource.days {
        if let Some(from) =
            query.get("startDate").and_then(|text| errors.check("startDate", first_moment(text)))
        {
            filters.push(Filter::AtLeast(column, instant(from)));
        }
        if let Some(until) = query.get("endDate").and_then(|text| errors.check("endDate", last_moment(text)))
        {
            filters.push(Filter::AtMost(column, instant(until)));
        }
    }
    if errors.is_empty() {
        Ok(ListQuery { filters, search: None, paging, limit })
    } else {
        Err(ApiError::fields(errors))
    }
}

fn in_range(text: &str, range: &std::ops::RangeInclusive<u64>) -> Option<u64> {
    // `parse` would take "+5".
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|value| digits && range.contains(value))
}

/// An instant in any of its forms, of which a query has three; a day is its first moment.
fn first_moment(text: &str) -> Result<Timestamp, &'static str> {
    let number = text.parse::<i64>().ok().map(Value::from);
    timestamp::parse(&number.unwrap_or_else(|| Value::from(text)))
}

/// The same, but a day is its last moment.
fn last_moment(text: &str) -> Result<Timestamp, &'static str> {
    let at = first_moment(text)?;
    let day = CalendarDate::parse(text).is_ok();
    let rest = SignedDuration::from_hours(24) - SignedDuration::from_nanos(1);
    Ok(if day { at.checked_add(rest).unwrap_or(at) } else { at })
}

#[cfg(test)]
mod tests {
    use super::super::resources::{OVERRIDES, PAYSTUBS, SCPFS, TEAMS, USERS};
    use super::*;
    use sunledger_domain::overrides::Override;
    use sunledger_domain::paystub::Paystub;
    use sunledger_domain::record::Record;

    fn place() -> Place {
        Place { caller: "key".into(), manager_id: Some("m-1".to_owned()), override_id: None }
    }

    fn asked<A: Kept>(resource: &Resource, query: &str) -> Result<ListQuery, ApiError> {
        read::<A>(resource, &place(), &QueryParams::parse(Some(query)).unwrap())
    }

    fn filters<A: Kept>(resource: &Resource, query: &str) -> String {
        format!("{:?}", asked::<A>(resource, query).unwrap().filters)
    }

    #[test]
    fn a_silent_query_gets_the_documents_defaults() {
        let query = asked::<Record>(&TEAMS, "").unwrap();
        assert_eq!((query.limit, query.paging), (50, Paging::Offset(0)));
        let query = asked::<Record>(&TEAMS, "limit=100&offset=7").unwrap();
        assert_eq!((query.limit, query.paging), (100, Paging::Offset(7)));
        assert_eq!(asked::<Record>(&TEAMS, "offset=7&cursor=c10").unwrap().paging, Paging::Cursor(16));
    }

    #[test]
    fn each_wrong_parameter_is_named() {
        for (query, named) in [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=-1", "limit"),
            ("limit=ten", "limit"),
            ("limit=", "limit"),
            ("offset=-1", "offset"),
            ("offset=1.5", "offset"),
            ("offset=%2B1", "offset"),
            ("cursor=7", "cursor"),
            ("is_active=yes", "is_active"),
        ] {
            let error = asked::<Record>(&TEAMS, query).unwrap_err();
            let named_ones: Vec<String> =
                error.fields.unwrap().iter().map(|(name, _)| name.to_owned()).collect();
            assert_eq!(named_ones, [named], "{query}");
        }
        assert!(
            asked::<Paystub>(&PAYSTUBS, "startDate=soon&endDate=2025-02-30").unwrap_err().fields.is_some()
        );
        assert!(asked::<Record>(&TEAMS, "role=1&startDate=soon").is_ok(), "a team is not filtered by these");
    }

    #[test]
    fn filters_are_those_of_the_document() {
        let seen = filters::<Record>(&USERS, "role=admin&is_active=true&status=x");
        assert!(seen.contains(r#"Has("entries", "admin")"#) && seen.contains(r#""true""#), "{seen}");
        assert!(!seen.contains("\"x\""), "{seen}");
        let seen = filters::<Record>(&SCPFS, "salesProfessionalId=40&status=open&paystubId=p");
        assert!(seen.contains("\"40\"") && seen.contains("\"open\"") && !seen.contains("\"p\""), "{seen}");
        let seen = filters::<Override>(&OVERRIDES, "repId=r-1");
        assert!(seen.contains(r#"OneOf("manager_id", ["m-1"])"#), "{seen}");
        assert!(seen.contains(r#"OneOf("rep_id", ["r-1"])"#), "{seen}");
    }

    #[test]
    fn days_are_whole() {
        let seen = filters::<Paystub>(&PAYSTUBS, "startDate=2025-10-01&endDate=2025-10-15");
        assert!(seen.contains(r#"AtLeast("pay_date", "2025-10-01T00:00:00.000000000Z")"#), "{seen}");
        assert!(seen.contains(r#"AtMost("pay_date", "2025-10-15T23:59:59.999999999Z")"#), "{seen}");
        let seen = filters::<Paystub>(&PAYSTUBS, "startDate=1735689600&endDate=2025-10-15T12:00:00Z");
        assert!(seen.contains(r#""2025-01-01T00:00:00.000000000Z""#), "{seen}");
        assert!(seen.contains(r#""2025-10-15T12:00:00.000000000Z""#), "{seen}");
    }
}
