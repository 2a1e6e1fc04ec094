//! The month that a bill, a discount or a charge belongs to (competência).

use crate::value::CalendarDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

const INVALID: &str = "must be a month, MM/YYYY, from 1900 to 2199";

/// A calendar month. Printed `MM/YYYY`; in events and in series names `YYYY-MM`, which sorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Competence {
    year: i16,
    month: i8,
}

impl Competence {
    /// Takes a month, 1 to 12, of a year, 1900 to 2199.
    ///
    /// # Errors
    /// A field message where it is out of range.
    pub fn new(year: i16, month: i8) -> Result<Self, &'static str> {
        if (1900..=2199).contains(&year) && (1..=12).contains(&month) {
            Ok(Self { year, month })
        } else {
            Err(INVALID)
        }
    }

    /// Reads `MM/YYYY` or `MM-YYYY`.
    ///
    /// # Errors
    /// A field message.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (month, year) = text.trim().split_once(['/', '-']).ok_or(INVALID)?;
        Self::from_parts(year, month)
    }

    /// Reads `YYYY-MM`.
    ///
    /// # Errors
    /// A field message.
    pub fn parse_iso(text: &str) -> Result<Self, &'static str> {
        let (year, month) = text.split_once('-').ok_or(INVALID)?;
        Self::from_parts(year, month)
    }

    fn from_parts(year: &str, month: &str) -> Result<Self, &'static str> {
        let digits = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(year, 4) || !digits(month, 2) {
            return Err(INVALID);
        }
        Self::new(year.parse().map_err(|_| INVALID)?, month.parse().map_err(|_| INVALID)?)
    }

    /// The month that a day is in.
    pub fn of(date: CalendarDate) -> Self {
        Self { year: date.get().year(), month: date.get().month() }
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.year
    }

    /// The month, 1 to 12.
    pub fn month(self) -> i8 {
        self.month
    }

    /// The month after; the last one stays.
    #[must_use]
    pub fn next(self) -> Self {
        let (year, month) = if self.month == 12 { (self.year + 1, 1) } else { (self.year, self.month + 1) };
        Self::new(year, month).unwrap_or(self)
    }

    /// The month before; the first one stays.
    #[must_use]
    pub fn prev(self) -> Self {
        let (year, month) = if self.month == 1 { (self.year - 1, 12) } else { (self.year, self.month - 1) };
        Self::new(year, month).unwrap_or(self)
    }

    /// Its first day.
    pub fn first_day(self) -> CalendarDate {
        CalendarDate::clamped(jiff::civil::date(self.year, self.month, 1))
    }

    /// Its last day.
    pub fn last_day(self) -> CalendarDate {
        CalendarDate::clamped(self.first_day().get().last_of_month())
    }

    /// `YYYY-MM`.
    pub fn iso(self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }
}

impl Default for Competence {
    fn default() -> Self {
        Self { year: 1970, month: 1 }
    }
}

impl fmt::Display for Competence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:02}/{:04}", self.month, self.year)
    }
}

impl Serialize for Competence {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.iso())
    }
}

impl<'de> Deserialize<'de> for Competence {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::parse_iso(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_separators_are_read() {
        let march = Competence::new(2024, 3).unwrap();
        assert_eq!(Competence::parse("03/2024"), Ok(march));
        assert_eq!(Competence::parse(" 03-2024 "), Ok(march));
        assert_eq!((march.to_string(), march.iso()), ("03/2024".to_owned(), "2024-03".to_owned()));
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in [
            "",
            "3/2024",
            "13/2024",
            "00/2024",
            "03/24",
            "2024-03",
            "03.2024",
            "03/2024/1",
            "03/1899",
            "03/2200",
        ] {
            assert!(Competence::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn months_know_their_days_and_neighbours() {
        let december = Competence::parse("12/2023").unwrap();
        assert_eq!(december.next().to_string(), "01/2024");
        assert_eq!(december.next().prev(), december);
        let february = Competence::parse("02/2024").unwrap();
        assert_eq!(february.first_day().to_string(), "2024-02-01");
        assert_eq!(february.last_day().to_string(), "2024-02-29");
        let last = Competence::new(2199, 12).unwrap();
        let first = Competence::new(1900, 1).unwrap();
        assert_eq!((last.next(), first.prev()), (last, first));
    }

    proptest! {
        #[test]
        fn months_round_trip_and_are_ordered(year in 1900_i16..=2199, month in 1_i8..=12) {
            let competence = Competence::new(year, month).unwrap();
            prop_assert_eq!(Competence::parse(&competence.to_string()).unwrap(), competence);
            prop_assert_eq!(Competence::parse_iso(&competence.iso()).unwrap(), competence);
            let json = serde_json::to_string(&competence).unwrap();
            prop_assert_eq!(serde_json::from_str::<Competence>(&json).unwrap(), competence);
            prop_assert_eq!(Competence::of(competence.last_day()), competence);
            let next = competence.next();
            prop_assert!(next == competence || (next > competence && next.iso() > competence.iso()));
        }
    }
}
