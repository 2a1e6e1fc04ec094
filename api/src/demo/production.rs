//! What a roof produces on a day: its size, the season, and the weather of its area.

use super::chance::Chance;
use super::market::daily_yield;
use rust_decimal::Decimal;
use sunledger_domain::value::CalendarDate;

/// A system, as the sun sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Roof {
    /// kW, hundredths.
    pub(super) size: i64,
    pub(super) area: usize,
    /// Tells its pitch and its shade from those of others.
    pub(super) number: usize,
}

/// The weather.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sky(u64);

impl Sky {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// kWh of a day.
    pub(super) fn produced(self, roof: Roof, day: CalendarDate) -> Decimal {
        // Percent of a typical day: all roofs of an area share its weather, each has a pitch of its own, and no two days are
        // quite the same.
        let weather = self.weather(roof.area, day);
        let pitch = Chance::of(self.0, &format!("roof {}", roof.number)).between(93, 105);
        let own = Chance::of(self.0, &format!("roof {} on {day}", roof.number)).between(970, 1_030);
        let typical = roof.size * daily_yield(day.get().month());
        // Hundredths of kW times thousandths of kWh, twice percent, once per mille.
        (Decimal::from(typical) * Decimal::from(weather * pitch * own) * Decimal::new(1, 12)).round_dp(2)
    }

    fn weather(self, area: usize, day: CalendarDate) -> i64 {
        let mut chance = Chance::of(self.0, &format!("sky {area} on {day}"));
        // It rains in summer.
        let rain = if (4..=9).contains(&day.get().month()) { 8 } else { 26 };
        match chance.between(1, 100) {
            dice if dice <= rain => chance.between(28, 62),
            dice if dice <= rain + 22 => chance.between(70, 96),
            _ => chance.between(104, 122),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn days(month: &str) -> Vec<CalendarDate> {
        (1..=28).map(|day| CalendarDate::parse(&format!("{month}-{day:02}")).unwrap()).collect()
    }

    #[test]
    fn a_roof_of_ten_kilowatts_gives_some_forty_kilowatt_hours_a_day() {
        let (sky, roof) = (Sky::new(7), Roof { size: 1_000, area: 0, number: 3 });
        let year: Decimal = (1..=12)
            .flat_map(|month| days(&format!("2026-{month:02}")))
            .map(|day| sky.produced(roof, day))
            .sum();
        let mean = year / Decimal::from(12 * 28);
        assert!(mean > Decimal::from(34) && mean < Decimal::from(48), "{mean}");
    }

    proptest! {
        #[test]
        fn a_day_gives_something_and_no_more_than_the_sun_has(seed in any::<u64>(), number in 0usize..50, size in 300i64..6_000) {
            let (sky, roof) = (Sky::new(seed), Roof { size, area: number % 3, number });
            for day in days("2026-01").into_iter().chain(days("2026-06")) {
                let produced = sky.produced(roof, day);
                let size = Decimal::new(size, 2);
                prop_assert!(produced > size / Decimal::TEN && produced < size * Decimal::from(7), "{produced} of {size}");
                prop_assert_eq!(produced, sky.produced(roof, day));
            }
        }
    }
}
