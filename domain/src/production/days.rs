//! Days of UTC as days and months of a time zone. The zone is the company's of the moment in which it is asked, as
//! everywhere in the ledger ("today", the month of a plan), so that no total has to be computed anew when it changes.

use super::day_number;
use crate::value::{CalendarDate, Competence, TimeZoneName};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// What was produced on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayTotal {
    /// The day, in the time zone that was asked for.
    pub day: CalendarDate,
    /// kWh.
    pub energy: Decimal,
}

/// What was produced in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthTotal {
    /// The month.
    pub month: Competence,
    /// kWh.
    pub energy: Decimal,
}

/// Sums up days of UTC, which come in their order, into those of a time zone, of which some are wanted.
#[derive(Debug, Clone)]
pub struct DayTotals {
    zone: TimeZone,
    first: Date,
    last: Date,
    days: BTreeMap<Date, Decimal>,
}

impl DayTotals {
    /// Nothing yet of the days `first` to `last` in `zone`, both included.
    pub fn new(zone: &TimeZoneName, first: CalendarDate, last: CalendarDate) -> Self {
        Self { zone: zone.zone(), first: first.get(), last: last.get(), days: BTreeMap::new() }
    }

    /// The days of UTC that have part in the days that are wanted.
    pub fn of_utc(&self) -> (CalendarDate, CalendarDate) {
        // No zone is a whole day away from UTC.
        let around = |date, days| CalendarDate::clamped(date).plus_days(days);
        (around(self.first, -1), around(self.last, 1))
    }

    /// Adds what was produced on a day of UTC, by its minutes. Days without a reading have no total.
    pub fn add(&mut self, utc_day: CalendarDate, minutes: impl IntoIterator<Item = (u16, Decimal)>) {
        let midnight = day_number(utc_day).saturating_mul(86_400);
        for (minute, energy) in minutes {
            let second = midnight.saturating_add(i64::from(minute) * 60);
            let Ok(at) = Timestamp::from_second(second) else { continue };
            let day = self.zone.to_datetime(at).date();
            if (self.first..=self.last).contains(&day) {
                let sum = self.days.entry(day).or_default();
                *sum = sum.saturating_add(energy);
            }
        }
    }

    /// Takes out the days to which no day of UTC after this one can add anything.
    pub fn take_up_to(&mut self, utc_day: CalendarDate) -> Vec<DayTotal> {
        // The next day of UTC may begin on this one anywhere, and clocks can go back over midnight.
        let open = utc_day.plus_days(-1).get();
        let rest = self.days.split_off(&open);
        totals(std::mem::replace(&mut self.days, rest))
    }

    /// The days that are left.
    pub fn finish(self) -> Vec<DayTotal> {
        totals(self.days)
    }
}

fn totals(days: BTreeMap<Date, Decimal>) -> Vec<DayTotal> {
    days.into_iter().map(|(day, energy)| DayTotal { day: CalendarDate::clamped(day), energy }).collect()
}

/// The months of days that are in order.
pub fn months(days: &[DayTotal]) -> Vec<MonthTotal> {
    let mut months: Vec<MonthTotal> = Vec::new();
    for day in days {
        let month = Competence::of(day.day);
        match months.last_mut().filter(|last| last.month == month) {
            Some(last) => last.energy = last.energy.saturating_add(day.energy),
            None => months.push(MonthTotal { month, energy: day.energy }),
        }
    }
    months
}
