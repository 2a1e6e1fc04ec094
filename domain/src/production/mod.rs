//! What an installation produced on one day of UTC: the one thing in the ledger of which there are millions.
//!
//! A stream holds a day, so that it stays short however long an installation produces: a reading every 15 minutes makes 96
//! of them, which come in one event or in 96. Its id follows from the installation and the day ([`stream_id`]), so
//! that whoever has a reading knows where it belongs without asking. The day is UTC's and not the company's, because a
//! company can change its time zone, and an instant must not change its stream: else a correction would not find
//! what it corrects. Which day of the company an instant is on is told when it is asked for (`days.rs`).
//!
//! | file | what |
//! | --- | --- |
//! | `reading.rs` | a reading, and the times at which one can be |
//! | `days.rs` | days of UTC as days and months of a time zone |
//! | this one | state, command, event, rules |

mod days;
mod reading;
#[cfg(test)]
mod tests;

pub use days::{DayTotal, DayTotals, MonthTotal, months};
pub use reading::{Reading, instant, utc_day};

use crate::DomainError;
use crate::aggregate::{aggregate, events};
use crate::energy::Kwh;
use crate::entity::{Claims, Entity};
use crate::value::CalendarDate;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::{Builder, Uuid, Variant, Version};

/// Readings of an installation on a day at most: one every nine seconds.
pub const MAX_READINGS: usize = 10_000;

/// What an installation produced on a day of UTC.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Production {
    /// The installation.
    pub installation_id: Uuid,
    /// The day, in UTC.
    pub day: CalendarDate,
    /// What was produced up to each instant since the reading before, kWh.
    pub readings: BTreeMap<Timestamp, Kwh>,
    /// When a reading last came in.
    pub updated_at: Timestamp,
}

/// What can be asked of a day. That the installation is there is checked by who sends this.
#[derive(Debug, Clone, PartialEq)]
pub enum ProductionCommand {
    /// Readings came in, in the order in which they count: of two for the same instant, the later one.
    Record {
        /// The installation.
        installation_id: Uuid,
        /// The day, in UTC, that all of them are on.
        day: CalendarDate,
        /// The readings.
        readings: Vec<(Timestamp, Kwh)>,
        /// Now.
        at: Timestamp,
    },
}

events! {
    /// What happened to a day.
    ProductionEvent {
        /// Readings came in.
        "production.recorded" => Recorded(Box<ProductionRecorded>),
    }
}

/// Readings came in. Those that told what was known already are not among them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductionRecorded {
    /// The installation.
    pub installation_id: Uuid,
    /// The day, in UTC.
    pub day: CalendarDate,
    /// The readings.
    pub readings: Vec<Reading>,
    /// When they came in.
    pub at: Timestamp,
}

aggregate!(Production, "production", ProductionCommand, ProductionEvent);

impl Entity for Production {
    fn exists(&self) -> bool {
        !self.readings.is_empty()
    }

    fn claims(&self, _event: &ProductionEvent, _claims: &mut Claims) {}
}

/// The stream of an installation's day: the day's beginning where a UUIDv7 has the time that it was made, so that new days
/// stand at the right edge of every index, and the installation's random bits.
pub fn stream_id(installation: Uuid, day: CalendarDate) -> Uuid {
    const RANDOM: u128 = (1 << 80) - 1;
    let days = day_number(day);
    // Readings begin in 1970.
    let milliseconds = u128::from(u64::try_from(days).unwrap_or_default()) * 86_400_000;
    let bits = (milliseconds << 80) | (installation.as_u128() & RANDOM);
    Builder::from_u128(bits).with_variant(Variant::RFC4122).with_version(Version::Custom).into_uuid()
}

/// Days since 1970-01-01.
pub fn day_number(day: CalendarDate) -> i64 {
    let since = day.get().duration_since(Date::constant(1970, 1, 1));
    since.as_hours() / 24
}

impl Production {
    /// What it comes to, kWh.
    pub fn energy(&self) -> Decimal {
        self.readings.values().fold(Decimal::ZERO, |sum, kwh| sum.saturating_add(kwh.get()))
    }

    /// What it comes to in each minute of the day that has a reading, kWh: time zones are whole minutes away from UTC, so
    /// this is enough to tell the days of any of them.
    pub fn minutes(&self) -> BTreeMap<u16, Decimal> {
        let mut minutes: BTreeMap<u16, Decimal> = BTreeMap::new();
        for (at, kwh) in &self.readings {
            let minute = at.as_second().rem_euclid(86_400) / 60;
            let sum = minutes.entry(u16::try_from(minute).unwrap_or_default()).or_default();
            *sum = sum.saturating_add(kwh.get());
        }
        minutes
    }

    /// What `command` makes happen: nothing, where every reading tells what is known already.
    ///
    /// # Errors
    /// `Rule` where the day has more readings then than it takes, or one of them is on another day.
    pub fn decide(&self, command: ProductionCommand) -> Result<Vec<ProductionEvent>, DomainError> {
        let ProductionCommand::Record { installation_id, day, readings, at } = command;
        let mut known: BTreeMap<Timestamp, Kwh> = BTreeMap::new();
        let mut told = Vec::with_capacity(readings.len());
        for (instant, kwh) in readings {
            if utc_day(instant) != day {
                return Err(DomainError::rule(format!("{instant} is not on {day} in UTC")));
            }
            let was = known.get(&instant).or_else(|| self.readings.get(&instant)).copied();
            if was != Some(kwh) {
                known.insert(instant, kwh);
                told.push(Reading { at: instant, kwh, was });
            }
        }
        let more = known.keys().filter(|instant| !self.readings.contains_key(instant)).count();
        if self.readings.len().saturating_add(more) > MAX_READINGS {
            return Err(DomainError::rule(format!(
                "an installation takes at most {MAX_READINGS} readings a day, and {day} (UTC) would have more"
            )));
        }
        if told.is_empty() {
            return Ok(vec![]);
        }
        let recorded = ProductionRecorded { installation_id, day, readings: told, at };
        Ok(vec![ProductionEvent::Recorded(Box::new(recorded))])
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: ProductionEvent) {
        let ProductionEvent::Recorded(recorded) = event;
        let ProductionRecorded { installation_id, day, readings, at } = *recorded;
        self.installation_id = installation_id;
        self.day = day;
        self.updated_at = at;
        self.readings.extend(readings.into_iter().map(|reading| (reading.at, reading.kwh)));
    }
}
