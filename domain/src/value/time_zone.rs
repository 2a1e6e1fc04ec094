//! Time zones: what "today" is for a company.

use crate::value::CalendarDate;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name of a time zone in the IANA database, which is built into the program.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeZoneName(String);

impl TimeZoneName {
    /// Takes a name (`America/Sao_Paulo`), in any case.
    ///
    /// # Errors
    /// A field message where there is no such zone.
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        TimeZone::get(name.trim())
            .ok()
            .and_then(|zone| zone.iana_name().map(str::to_owned))
            .map(Self)
            .ok_or("must be the name of a time zone, such as America/Sao_Paulo")
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The zone with its rules. UTC, should the database have lost it.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }

    /// What the clock on the wall shows at an instant.
    pub fn civil(&self, at: Timestamp) -> DateTime {
        self.zone().to_datetime(at)
    }

    /// The day it is at an instant.
    pub fn today(&self, at: Timestamp) -> CalendarDate {
        CalendarDate::clamped(self.civil(at).date())
    }

    /// The instant at which a day starts.
    pub fn start_of(&self, day: CalendarDate) -> Timestamp {
        // Every day of the range has a start in every zone: the range is far within `Timestamp`'s.
        self.zone().to_timestamp(day.get().at(0, 0, 0, 0)).unwrap_or_default()
    }

    /// The instant that a wall clock shows as `local`.
    pub fn at(&self, local: DateTime) -> Option<Timestamp> {
        self.zone().to_timestamp(local).ok()
    }
}

impl Default for TimeZoneName {
    fn default() -> Self {
        Self("America/Sao_Paulo".to_owned())
    }
}

impl fmt::Display for TimeZoneName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_database_are_taken_in_any_case() {
        assert_eq!(TimeZoneName::parse("america/sao_paulo").unwrap(), TimeZoneName::default());
        assert_eq!(TimeZoneName::parse("UTC").unwrap().as_str(), "UTC");
        for wrong in ["", "Mars/Olympus", "-03:00", "BRT", "../etc/passwd"] {
            assert!(TimeZoneName::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn today_follows_the_zone() {
        let at: Timestamp = "2026-11-21T01:30:00Z".parse().unwrap();
        assert_eq!(TimeZoneName::default().today(at).to_string(), "2026-11-20");
        assert_eq!(TimeZoneName::parse("Asia/Tokyo").unwrap().today(at).to_string(), "2026-11-21");
        let day = CalendarDate::parse("2026-11-20").unwrap();
        assert_eq!(TimeZoneName::default().start_of(day).to_string(), "2026-11-20T03:00:00Z");
    }

    #[test]
    fn a_day_that_starts_after_midnight_still_starts() {
        // In 2018 summer time began in São Paulo at midnight of November 4.
        let day = CalendarDate::parse("2018-11-04").unwrap();
        let start = TimeZoneName::default().start_of(day);
        assert_eq!(TimeZoneName::default().today(start), day);
    }
}
