//! The time of the story: a clock that is turned from day to day, and the days that matter.

use jiff::Timestamp;
use jiff::civil::Time;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use sunledger_commands::{Clock, SystemClock};
use sunledger_domain::value::{CalendarDate, Competence, TimeZoneName};

/// Months of bills.
pub(super) const MONTHS: usize = 14;
/// Full months before the first readings, in which the company finds its clients and builds.
const OPENING: usize = 2;
/// When the office opens.
const MORNING: i8 = 8;

/// A clock that tells the time of the story, and never one that is still to come.
///
/// What is recorded by it stands in the log as if it had been recorded day by day: the audit, what changed lately and
/// the financial report as it was known are those of a company that has been at work for 16 months. Within a tenant
/// that is made with it, times only go forward.
pub(crate) struct StoryClock {
    real: SystemClock,
    at: AtomicI64,
}

impl StoryClock {
    /// A clock that goes right, until it is turned back once.
    pub(crate) fn new() -> Self {
        Self { real: SystemClock::default(), at: AtomicI64::new(i64::MAX) }
    }

    /// Turns it to the beginning of the story.
    pub(super) fn begin(&self, day: CalendarDate, zone: &TimeZoneName) {
        self.at.store(morning(day, zone), Relaxed);
    }

    /// Turns it forward to the morning of a day.
    pub(super) fn turn_to(&self, day: CalendarDate, zone: &TimeZoneName) {
        self.at.fetch_max(morning(day, zone), Relaxed);
    }

    /// Some time passes.
    pub(super) fn pass(&self, seconds: i64) {
        let micros = seconds.saturating_mul(1_000_000);
        let pass = |at: i64| Some(at.saturating_add(micros));
        // It always has a next value.
        let _ = self.at.fetch_update(Relaxed, Relaxed, pass);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        let real = self.real.now();
        Timestamp::from_microsecond(self.at.load(Relaxed)).map_or(real, |told| told.min(real))
    }
}

fn morning(day: CalendarDate, zone: &TimeZoneName) -> i64 {
    let opens = day.get().to_datetime(Time::constant(MORNING, 0, 0, 0));
    zone.at(opens).unwrap_or_else(|| zone.start_of(day)).as_microsecond()
}

/// The days of the story.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    /// The last day.
    pub(super) today: CalendarDate,
    /// The first month with readings: 14 full ones come before this one.
    pub(super) first_month: Competence,
    /// The first day.
    pub(super) opening: CalendarDate,
}

impl Calendar {
    pub(super) fn ending(today: CalendarDate) -> Self {
        let first_month = back(Competence::of(today), MONTHS);
        Self { today, first_month, opening: back(first_month, OPENING).first_day() }
    }

    /// Every day, first to last.
    pub(super) fn days(&self) -> impl Iterator<Item = CalendarDate> + use<> {
        let today = self.today;
        std::iter::successors(Some(self.opening), |day| Some(day.plus_days(1)))
            .take_while(move |day| *day <= today)
    }

    /// The 14 months that are billed, where a month's bills are made on that day of it.
    pub(super) fn billed(&self, on: i8) -> Vec<Competence> {
        let this = Competence::of(self.today);
        let last = if self.today.get().day() >= on { this } else { this.prev() };
        std::iter::successors(Some(back(last, MONTHS - 1)), |month| Some(month.next())).take(MONTHS).collect()
    }

    /// How often tariffs were revised from the opening to a month: each April.
    pub(super) fn revisions(&self, month: Competence) -> u32 {
        let aprils = |of: Competence| i32::from(of.year()) + i32::from(of.month() >= 4);
        u32::try_from(aprils(month) - aprils(Competence::of(self.opening))).unwrap_or_default()
    }
}

/// A day of a month; its last one where it has not so many.
pub(super) fn day_of(month: Competence, day: i32) -> CalendarDate {
    month.first_day().plus_days(day - 1).min(month.last_day())
}

fn back(month: Competence, months: usize) -> Competence {
    (0..months).fold(month, |month, _| month.prev())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(today: &str) -> Calendar {
        Calendar::ending(CalendarDate::parse(today).unwrap())
    }

    #[test]
    fn whatever_day_it_is_fourteen_months_are_billed_and_read() {
        for today in ["2026-11-01", "2026-11-14", "2026-11-30", "2028-02-29", "2026-01-31"] {
            let calendar = calendar(today);
            for on in [8, 14, 20] {
                let billed = calendar.billed(on);
                assert_eq!(billed.len(), 14);
                assert!(billed[0] >= calendar.first_month, "{today} {on}");
                assert!(day_of(billed[13], i32::from(on)) <= calendar.today, "{today} {on}");
                assert!(day_of(billed[13].next(), i32::from(on)) > calendar.today, "{today} {on}");
            }
            assert!(calendar.days().count() > 470);
            assert_eq!(calendar.days().last(), Some(calendar.today));
        }
    }

    #[test]
    fn tariffs_are_revised_each_april() {
        let calendar = calendar("2026-11-22");
        let revisions = |month| calendar.revisions(Competence::parse(month).unwrap());
        assert_eq!(calendar.opening.to_string(), "2025-07-01");
        assert_eq!(
            [revisions("07/2025"), revisions("03/2026"), revisions("04/2026"), revisions("11/2026")],
            [0, 0, 1, 1]
        );
    }

    #[test]
    fn the_clock_goes_forward_and_never_ahead() {
        let (clock, calendar) = (StoryClock::new(), calendar("2026-01-10"));
        let zone = TimeZoneName::parse("America/Sao_Paulo").unwrap();
        let before = clock.now();
        assert!(before.duration_since(Timestamp::now()).abs() < jiff::SignedDuration::from_secs(5));
        clock.begin(calendar.opening, &zone);
        assert_eq!(clock.now().to_string(), "2024-09-01T11:00:00Z");
        clock.pass(90);
        clock.turn_to(calendar.opening, &zone);
        assert_eq!(clock.now().to_string(), "2024-09-01T11:01:30Z", "no way back");
        clock.turn_to(CalendarDate::parse("2199-01-01").unwrap(), &zone);
        assert!(clock.now() <= Timestamp::now());
    }
}
