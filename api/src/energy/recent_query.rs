//! What the lists of recent changes may be asked for: since when, and which page.

use crate::event_query::instant;
use crate::http::{ApiError, QueryParams};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use sunledger_domain::FieldErrors;
use sunledger_domain::tenant::Tenant;
use utoipa::IntoParams;

/// How far back a list goes that does not say since when.
const DEFAULT_AGE: SignedDuration = SignedDuration::from_hours(24);
/// Things of a page at most.
const MAX_LIMIT: usize = 100;
/// Skipping costs as much as reading, so pages end somewhere; a cursor does not.
const MAX_PAGE: usize = 1_000_000;

/// Since when, and which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the query; `RecentQuery` reads it")]
pub(super) struct RecentUnitParams {
    /// What changed at or after this time: RFC 3339, or a time or a date of the tenant's zone. The last 24 hours where it
    /// is absent.
    #[param(example = "2023-11-01T00:39:46")]
    start_date: Option<String>,
    /// Things of a page, 1 to 100. All of them come at once where neither it nor `page` nor `cursor` is given.
    #[param(example = "100", pattern = "^([1-9][0-9]?|100)$")]
    limit: Option<String>,
    /// Page number, from 1. What changes between two pages moves to the end and lets others move up: follow the cursor to
    /// miss nothing.
    #[param(example = "1", pattern = "^([1-9][0-9]{0,5}|1000000)$")]
    page: Option<String>,
    /// Continue here: the `X-Next-Cursor` of the page before. Since when, and `page`, are then ignored.
    #[param(pattern = "^r(0|[1-9a-f][0-9a-f]{0,15})$")]
    cursor: Option<String>,
}

/// The same with the other name of `startDate`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the query; `RecentQuery` reads it")]
pub(super) struct RecentParams {
    /// What changed at or after this time: RFC 3339, or a time or a date of the tenant's zone. The last 24 hours where
    /// neither it nor `date` is given.
    #[param(example = "2023-11-01T00:39:46")]
    start_date: Option<String>,
    /// The same, where `startDate` is absent.
    #[param(example = "2023-12-20")]
    date: Option<String>,
    /// Things of a page, 1 to 100. All of them come at once where neither it nor `page` nor `cursor` is given.
    #[param(example = "100", pattern = "^([1-9][0-9]?|100)$")]
    limit: Option<String>,
    /// Page number, from 1. What changes between two pages moves to the end and lets others move up: follow the cursor to
    /// miss nothing.
    #[param(example = "1", pattern = "^([1-9][0-9]{0,5}|1000000)$")]
    page: Option<String>,
    /// Continue here: the `X-Next-Cursor` of the page before. Since when, and `page`, are then ignored.
    #[param(pattern = "^r(0|[1-9a-f][0-9a-f]{0,15})$")]
    cursor: Option<String>,
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Position in the log of all that was read.
    pub(super) position: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "r{:x}", self.position)
    }
}

impl Cursor {
    /// Reads what is printed; `None` for anything else.
    fn parse(text: &str) -> Option<Self> {
        let position = i64::from_str_radix(text.strip_prefix('r')?, 16).ok().filter(|number| *number >= 0)?;
        let cursor = Self { position };
        (cursor.to_string() == text).then_some(cursor)
    }
}

/// A query, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RecentQuery {
    /// Changes recorded at or after this time, microseconds since the Unix epoch.
    pub(super) from: i64,
    /// Behind this position, where a page before ended there.
    pub(super) after: Option<i64>,
    /// Things of a page; all where there is none.
    pub(super) limit: Option<usize>,
    /// Things of the pages before.
    pub(super) skip: usize,
}

impl RecentQuery {
    /// Reads a query whose time is in the first of `names` that it has.
    ///
    /// # Errors
    /// 400 naming each parameter that is wrong.
    pub(super) fn read(
        query: &QueryParams,
        names: &[&str],
        profile: &Tenant,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        let mut wrong = FieldErrors::new();
        let mut from = None;
        for name in names {
            let Some(text) = query.get(name) else { continue };
            match moment(text, profile) {
                Some(at) => from = from.or(Some(at)),
                None => wrong.add(*name, "must be a time such as 2023-11-01T00:39:46, or a date"),
            }
        }
        let day_ago = now.saturating_sub(DEFAULT_AGE).map_or(0, Timestamp::as_microsecond);
        let mut whole = |name: &str, max: usize| {
            // One that is there and empty is not a number either.
            let text = query.all(name).next()?;
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let value = text.parse().ok().filter(|value| digits && (1..=max).contains(value));
            if value.is_none() {
                wrong.add(name, format!("must be a whole number from 1 to {max}"));
            }
            value
        };
        let (limit, page) = (whole("limit", MAX_LIMIT), whole("page", MAX_PAGE));
        let limit = limit.or(page.map(|_| MAX_LIMIT));
        let skip = (page.unwrap_or(1) - 1) * limit.unwrap_or_default();
        let mut read = Self { from: from.unwrap_or(day_ago).max(0), after: None, limit, skip };
        if let Some(text) = query.get("cursor") {
            match Cursor::parse(text) {
                Some(cursor) => {
                    read.after = Some(cursor.position);
                    (read.limit, read.skip) = (read.limit.or(Some(MAX_LIMIT)), 0);
                }
                None => wrong.add("cursor", "is not a cursor that this server gave"),
            }
        }
        if wrong.is_empty() { Ok(read) } else { Err(ApiError::fields(wrong)) }
    }
}

/// A time as callers write it, in microseconds: with its offset, else by the clock on the tenant's wall; or a date.
fn moment(text: &str, profile: &Tenant) -> Option<i64> {
    instant(text, profile).or_else(|| {
        // A zone in brackets would be read over.
        let local: DateTime = text.trim().parse().ok().filter(|_| !text.contains('['))?;
        Some(profile.time_zone.at(local)?.as_microsecond())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Timestamp {
        "2024-03-14T12:00:00Z".parse().unwrap()
    }

    fn read(query: &str) -> Result<RecentQuery, Vec<String>> {
        let query = QueryParams::parse(Some(query)).unwrap();
        RecentQuery::read(&query, &["startDate", "date"], &Tenant::default(), now()).map_err(|error| {
            error.fields.unwrap_or_default().iter().map(|(field, _)| field.to_owned()).collect()
        })
    }

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn a_silent_query_is_the_last_day() {
        let from = at("2024-03-13T12:00:00Z");
        assert_eq!(read(""), Ok(RecentQuery { from, after: None, limit: None, skip: 0 }));
    }

    #[test]
    fn times_without_a_zone_are_the_tenants() {
        for (text, moment) in [
            ("2023-11-01T00:39:46", "2023-11-01T03:39:46Z"),
            ("2023-11-01T00:39:46.123456", "2023-11-01T03:39:46.123456Z"),
            ("2023-11-01T00:39:46Z", "2023-11-01T00:39:46Z"),
            ("2023-11-01T00:39:46-01:00", "2023-11-01T01:39:46Z"),
            ("2023-11-01T00:39:46.000%2B00:00", "2023-11-01T00:39:46Z"),
            ("2023-12-20", "2023-12-20T03:00:00Z"),
        ] {
            assert_eq!(read(&format!("startDate={text}")).map(|query| query.from), Ok(at(moment)), "{text}");
            assert_eq!(read(&format!("date={text}")).map(|query| query.from), Ok(at(moment)), "{text}");
        }
        let both = read("date=2023-12-20&startDate=2023-11-01").map(|query| query.from);
        assert_eq!(both, Ok(at("2023-11-01T03:00:00Z")), "startDate counts");
        assert_eq!(read("startDate=1901-01-01").map(|query| query.from), Ok(0));
    }

    #[test]
    fn a_page_is_a_hundred_things_unless_it_says_otherwise() {
        let place = |query: &str| read(query).map(|query| (query.limit, query.skip));
        assert_eq!(place("limit=7"), Ok((Some(7), 0)));
        assert_eq!(place("page=1"), Ok((Some(100), 0)));
        assert_eq!(place("page=3"), Ok((Some(100), 200)));
        assert_eq!(place("page=3&limit=7"), Ok((Some(7), 14)));
        assert_eq!(place("page=3&limit=7&cursor=r1"), Ok((Some(7), 0)), "the cursor knows where");
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        let wrong = read("startDate=yesterday&date=2024-02-30&limit=101&page=0&cursor=c10").unwrap_err();
        assert_eq!(wrong, ["cursor", "date", "limit", "page", "startDate"]);
        for query in [
            "limit=0",
            "limit=",
            "limit=%2B5",
            "page=",
            "page=1000001",
            "page=-1",
            "cursor=r",
            "cursor=r01",
            "cursor=r-1",
            "cursor=r1.2",
            "cursor=rffffffffffffffff",
            "date=2024-01-01T00:00:00[UTC]",
        ] {
            assert!(read(query).is_err(), "{query}");
        }
    }

    proptest! {
        #[test]
        fn a_cursor_goes_on_where_the_page_ended(position in 0..i64::MAX) {
            let cursor = Cursor { position };
            prop_assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
            let query = read(&format!("cursor={cursor}&startDate=2024-03-01&limit=7&page=2")).unwrap();
            prop_assert_eq!((query.after, query.limit, query.skip), (Some(position), Some(7), 0));
        }
    }
}
