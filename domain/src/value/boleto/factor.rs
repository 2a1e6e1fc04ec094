//! The due-date factor: four digits that count days.

use crate::value::CalendarDate;
use jiff::SignedDuration;
use jiff::civil::Date;

/// 1000. Lower ones say that there is no date: the field then belongs to the amount.
const FIRST: i64 = 1000;
/// Days until the same factor comes again: 1000 to 9999 are all that there are.
const CYCLE: i64 = 9000;
/// The day of the first 1000.
const FIRST_DAY: Date = Date::constant(2000, 7, 3);
/// How long before the day of reading a factor's day may lie.
const PAST: i64 = 3000;

/// The factor of a day: 1000 on 2000-07-03, up by one each day, and 1000 again after 9999 (on 2025-02-22, on
/// 2049-10-14). None before the first.
pub fn due_date_factor(day: CalendarDate) -> Option<u16> {
    let days = days_since_first(day);
    if days < 0 { None } else { u16::try_from(FIRST + days % CYCLE).ok() }
}

/// The day of a factor that is read on `today`: the one of its days that is not more than 3,000 days before it. FEBRABAN
/// reads a factor within 3,000 days back and 5,500 ahead; the 500 days of a cycle that are in neither are taken ahead.
pub(super) fn due_date(factor: u16, today: CalendarDate) -> Option<CalendarDate> {
    let first = i64::from(factor).checked_sub(FIRST).filter(|days| *days >= 0)?;
    let earliest = days_since_first(today) - PAST;
    // Cycles to go until the day is not before the earliest; none before the first cycle.
    let cycles = (earliest - first).div_euclid(CYCLE) + i64::from((earliest - first).rem_euclid(CYCLE) > 0);
    let days = first + cycles.max(0) * CYCLE;
    let day = FIRST_DAY.checked_add(SignedDuration::from_hours(24 * days)).ok()?;
    CalendarDate::new(day).ok()
}

fn days_since_first(day: CalendarDate) -> i64 {
    day.get().duration_since(FIRST_DAY).as_hours() / 24
}
