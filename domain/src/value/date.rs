//! Calendar dates: days without a time, as on an invoice.

use crate::value::TimeZoneName;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

const INVALID: &str = "must be a date, YYYY-MM-DD, from 1900 to 2199";
const INVALID_TIME: &str = "must be a date (YYYY-MM-DD) or an ISO 8601 time, from 1900 to 2199";

/// A day from 1900-01-01 to 2199-12-31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CalendarDate(Date);

impl CalendarDate {
    /// The first day.
    pub const MIN: CalendarDate = CalendarDate(Date::constant(1900, 1, 1));
    /// The last day.
    pub const MAX: CalendarDate = CalendarDate(Date::constant(2199, 12, 31));

    /// Takes a day.
    ///
    /// # Errors
    /// A field message where it is out of range.
    pub fn new(date: Date) -> Result<Self, &'static str> {
        if (Self::MIN.0..=Self::MAX.0).contains(&date) { Ok(Self(date)) } else { Err(INVALID) }
    }

    /// The day, or the nearest one in range.
    pub(crate) fn clamped(date: Date) -> Self {
        Self(date.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Reads `YYYY-MM-DD`, and nothing else.
    ///
    /// # Errors
    /// A field message.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| -> Result<i16, &'static str> {
            let part = text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            part.and_then(|part| part.parse().ok()).ok_or(INVALID)
        };
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(INVALID);
        }
        let small = |value: i16| i8::try_from(value).map_err(|_| INVALID);
        let date =
            Date::new(number(0, 4)?, small(number(5, 7)?)?, small(number(8, 10)?)?).map_err(|_| INVALID)?;
        Self::new(date)
    }

    /// Reads `YYYY-MM-DD`, or a full ISO 8601 time: the day it is then in `zone` (a time without an offset is the
    /// zone's own).
    ///
    /// # Errors
    /// A field message.
    pub fn parse_in(text: &str, zone: &TimeZoneName) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.len() <= 10 {
            return Self::parse(text).map_err(|_| INVALID_TIME);
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Self::new(zone.civil(at).date()).map_err(|_| INVALID_TIME);
        }
        // With a zone that is no offset ("...[Europe/Paris]") it is no ISO 8601 time.
        if text.contains('[') {
            return Err(INVALID_TIME);
        }
        let local: DateTime = text.parse().map_err(|_| INVALID_TIME)?;
        Self::new(local.date()).map_err(|_| INVALID_TIME)
    }

    /// The day.
    pub fn get(self) -> Date {
        self.0
    }

    /// The day `days` later (or earlier), within the range of dates.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self::clamped(self.0.saturating_add(jiff::SignedDuration::from_hours(24 * i64::from(days))))
    }
}

impl Default for CalendarDate {
    fn default() -> Self {
        Self(Date::constant(1970, 1, 1))
    }
}

impl fmt::Display for CalendarDate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl Serialize for CalendarDate {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CalendarDate {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sao_paulo() -> TimeZoneName {
        TimeZoneName::default()
    }

    #[test]
    fn plain_dates_are_read_and_printed_alike() {
        for text in ["1900-01-01", "2024-02-29", "2199-12-31"] {
            assert_eq!(CalendarDate::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(CalendarDate::parse(" 2026-11-21 ").unwrap().to_string(), "2026-11-21");
    }

    #[test]
    fn dates_that_do_not_exist_or_are_written_otherwise_are_refused() {
        for text in [
            "",
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-1-1",
            "20240101",
            "01/02/2024",
            "2024-01-01T00:00:00Z",
            "1899-12-31",
            "2200-01-01",
            "2024-01-0a",
            "+024-01-01",
            "٢٠٢٤-01",
        ] {
            assert!(CalendarDate::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_is_the_day_it_is_in_the_tenants_zone() {
        for (text, day) in [
            ("2024-03-02", "2024-03-02"),
            ("2024-03-02T01:30:00Z", "2024-03-01"),
            ("2024-03-02T01:30:00.000Z", "2024-03-01"),
            ("2024-03-02T01:30:00-03:00", "2024-03-02"),
            ("2024-03-02T01:30:00+09:00", "2024-03-01"),
            ("2024-03-02T23:59:59", "2024-03-02"),
        ] {
            assert_eq!(CalendarDate::parse_in(text, &sao_paulo()).unwrap().to_string(), day, "{text}");
        }
        for text in [
            "tomorrow",
            "2024-03-02T25:00:00Z",
            "2024-03-02T",
            "2024-03-02T10:00:00[Europe/Paris]",
            "1709337600",
        ] {
            assert!(CalendarDate::parse_in(text, &sao_paulo()).is_err(), "{text}");
        }
    }

    #[test]
    fn days_are_added_within_the_range() {
        let date = CalendarDate::parse("2024-02-28").unwrap();
        assert_eq!(date.plus_days(2).to_string(), "2024-03-01");
        assert_eq!(date.plus_days(-59).to_string(), "2023-12-31");
        assert_eq!(date.plus_days(i32::MAX), CalendarDate::MAX);
        assert_eq!(date.plus_days(i32::MIN), CalendarDate::MIN);
    }

    proptest! {
        #[test]
        fn dates_round_trip(year in 1900_i16..=2199, day in 1_i16..=365) {
            let date = Date::new(year, 1, 1).unwrap().with().day_of_year_no_leap(day).build().unwrap();
            let date = CalendarDate::new(date).unwrap();
            prop_assert_eq!(CalendarDate::parse(&date.to_string()).unwrap(), date);
            let json = serde_json::to_string(&date).unwrap();
            prop_assert_eq!(serde_json::from_str::<CalendarDate>(&json).unwrap(), date);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9TZ:+-]{0,30}|.{0,12}") {
            let _ = CalendarDate::parse(&text);
            let _ = CalendarDate::parse_in(&text, &sao_paulo());
        }
    }
}
