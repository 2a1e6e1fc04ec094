//! A reading, and the times at which one can be.

use crate::energy::Kwh;
use crate::value::{CalendarDate, TimeZoneName};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

const NOT_A_TIME: &str = "must be a time such as 2026-03-02T12:15:00Z, or 2026-03-02T09:15:00 by the company's clock, \
    from 1970 to 2199";

/// A reading of an installation's meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The instant that it is of.
    pub at: Timestamp,
    /// What was produced up to then since the reading before, kWh.
    pub kwh: Kwh,
    /// What was known of this instant before, where this corrects it, kWh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Kwh>,
}

/// The day on which an instant is in UTC.
pub fn utc_day(at: Timestamp) -> CalendarDate {
    CalendarDate::clamped(TimeZone::UTC.to_datetime(at).date())
}

/// Reads the time of a reading: RFC 3339, or without an offset what the clock in `zone` showed (a date is the day's
/// beginning). Where clocks were put back and showed it twice, the first time is meant; where they were put forward and
/// never showed it, the time that it would have been without that.
///
/// # Errors
/// A field message.
pub fn instant(text: &str, zone: &TimeZoneName) -> Result<Timestamp, &'static str> {
    let text = text.trim();
    // With a zone that is no offset ("...[Europe/Paris]") it is no RFC 3339 time.
    if text.contains('[') {
        return Err(NOT_A_TIME);
    }
    let at = match text.parse::<Timestamp>() {
        Ok(at) => at,
        Err(_) => {
            let local: DateTime = text.parse().map_err(|_| NOT_A_TIME)?;
            zone.at(local).ok_or(NOT_A_TIME)?
        }
    };
    let date = TimeZone::UTC.to_datetime(at).date();
    if CalendarDate::new(date).is_ok() && date.year() >= 1970 { Ok(at) } else { Err(NOT_A_TIME) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, &'static str> {
        instant(text, &TimeZoneName::default()).map(|at| at.to_string())
    }

    #[test]
    fn times_are_read_with_an_offset_or_by_the_companys_clock() {
        for (text, at) in [
            ("2026-03-02T12:15:00Z", "2026-03-02T12:15:00Z"),
            (" 2026-03-02T09:15:00-03:00 ", "2026-03-02T12:15:00Z"),
            ("2026-03-02T12:15:00.25+00:00", "2026-03-02T12:15:00.25Z"),
            ("2026-03-02T09:15:00", "2026-03-02T12:15:00Z"),
            ("2026-03-02T09:15", "2026-03-02T12:15:00Z"),
            ("2026-03-02", "2026-03-02T03:00:00Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("2199-12-31T23:59:59Z", "2199-12-31T23:59:59Z"),
            // Clocks were put back at midnight of February 18 and showed this hour twice.
            ("2018-02-17T23:30:00", "2018-02-18T01:30:00Z"),
            // They were put forward at midnight of November 4 and never showed this.
            ("2018-11-04T00:30:00", "2018-11-04T03:30:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(at), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_of_a_reading_is_refused() {
        for text in [
            "",
            "noon",
            "12:15",
            "2026-02-30T00:00:00Z",
            "2026-03-02T25:00:00Z",
            "02/03/2026 12:15",
            "2026-03-02T12:15:00[America/Sao_Paulo]",
            "1969-12-31T23:59:59Z",
            "2200-01-01T00:00:00Z",
            "1772453700",
        ] {
            assert_eq!(read(text), Err(NOT_A_TIME), "{text}");
        }
    }
}
