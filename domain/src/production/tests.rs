use super::*;
use crate::testing::*;
use crate::value::{Competence, TimeZoneName};
use proptest::prelude::*;

fn kwh(text: &str) -> Kwh {
    Kwh::parse(text).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn on(day_text: &str, readings: &[(&str, &str)]) -> ProductionCommand {
    let readings = readings.iter().map(|(at, energy)| (time(&format!("{day_text}T{at}Z")), kwh(energy)));
    ProductionCommand::Record {
        installation_id: id(1),
        day: day(day_text),
        readings: readings.collect(),
        at: at(0),
    }
}

fn after(commands: impl IntoIterator<Item = ProductionCommand>) -> Production {
    let mut production = Production::default();
    for command in commands {
        production.decide(command).unwrap().into_iter().for_each(|event| production.evolve(logged(&event)));
    }
    production
}

#[test]
fn readings_that_come_together_are_one_event() {
    let events =
        Production::default().decide(on("2026-03-02", &[("12:00:00", "1.25"), ("12:15:00", "0")])).unwrap();
    let [ProductionEvent::Recorded(recorded)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(
        (recorded.installation_id, recorded.day, recorded.readings.len()),
        (id(1), day("2026-03-02"), 2)
    );
    let production: Production = given(events);
    assert!(production.exists() && !Production::default().exists());
    assert_eq!((production.installation_id, production.day), (id(1), day("2026-03-02")));
    assert_eq!((production.energy(), production.updated_at), (number("1.25"), at(0)));
}

#[test]
fn a_reading_corrects_the_earlier_one_of_its_instant_and_tells_it() {
    let first = after([on("2026-03-02", &[("12:00:00", "1.25"), ("12:15:00", "1.5")])]);
    let events = first.decide(on("2026-03-02", &[("12:00:00", "1.3"), ("12:15:00", "1.50")])).unwrap();
    let [ProductionEvent::Recorded(recorded)] = events.as_slice() else { panic!("{events:?}") };
    let corrected = Reading { at: time("2026-03-02T12:00:00Z"), kwh: kwh("1.3"), was: Some(kwh("1.25")) };
    assert_eq!(recorded.readings, [corrected], "what was known already is not told again");
    let twice = after([on("2026-03-02", &[("12:00:00", "1"), ("12:00:00", "2"), ("12:00:00", "2")])]);
    assert_eq!(twice.energy(), number("2"), "of two for one instant the later one counts");
}

#[test]
fn what_is_known_already_makes_nothing_happen() {
    let command = on("2026-03-02", &[("12:00:00", "1.25"), ("12:15:00", "0")]);
    let known = after([command.clone()]);
    assert_eq!(known.decide(command), Ok(vec![]));
    assert_eq!(Production::default().decide(on("2026-03-02", &[])), Ok(vec![]));
}

#[test]
fn a_day_takes_its_own_readings_and_not_too_many() {
    let command = ProductionCommand::Record {
        installation_id: id(1),
        day: day("2026-03-02"),
        readings: vec![(time("2026-03-03T00:00:00Z"), kwh("1"))],
        at: at(0),
    };
    broken_rule(Production::default().decide(command));
    let midnight = time("2026-03-02T00:00:00Z");
    let many = |from: i64, until: i64| ProductionCommand::Record {
        installation_id: id(1),
        day: day("2026-03-02"),
        readings: (from..until)
            .map(|second| (midnight + jiff::SignedDuration::from_secs(second), kwh("0.001")))
            .collect(),
        at: at(0),
    };
    let full = after([many(0, MAX_READINGS as i64)]);
    assert_eq!((full.energy(), full.minutes().len()), (number("10"), 167));
    let message = broken_rule(full.decide(many(0, MAX_READINGS as i64 + 1)));
    assert!(message.contains("2026-03-02"), "{message}");
    assert_eq!(full.decide(many(0, 10)), Ok(vec![]));
}

#[test]
fn a_stream_is_found_by_installation_and_day_and_ids_grow_with_the_days() {
    let ids: Vec<Uuid> = ["1970-01-01", "2026-03-02", "2026-03-03", "2199-12-31"]
        .map(|text| stream_id(id(1), day(text)))
        .to_vec();
    assert!(ids.is_sorted());
    assert_eq!(ids[1], stream_id(id(1), day("2026-03-02")));
    assert_eq!(ids[1].to_string(), "019cabd8-3800-8000-8000-000000000001");
    assert!(ids.iter().all(|id| id.get_version_num() == 8), "{ids:?}");
    assert_ne!(ids[1], stream_id(id(2), day("2026-03-02")));
}

#[test]
fn days_are_those_of_the_time_zone_and_months_those_of_its_days() {
    // 23:30 of March 31 and 00:30 of April 1 in São Paulo.
    let late = after([on("2026-04-01", &[("02:30:00", "1"), ("03:30:00", "2"), ("03:30:30", "0.5")])]);
    let told = |zone: &str| {
        let zone = TimeZoneName::parse(zone).unwrap();
        let mut totals = DayTotals::new(&zone, day("2026-01-01"), day("2026-12-31"));
        totals.add(late.day, late.minutes());
        let days = totals.finish();
        let printed: Vec<String> =
            days.iter().map(|total| format!("{} {}", total.day, total.energy)).collect();
        let months: Vec<String> =
            months(&days).iter().map(|total| format!("{} {}", total.month, total.energy)).collect();
        (printed, months)
    };
    let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        told("America/Sao_Paulo"),
        (strings(&["2026-03-31 1", "2026-04-01 2.5"]), strings(&["03/2026 1", "04/2026 2.5"]))
    );
    assert_eq!(told("UTC"), (strings(&["2026-04-01 3.5"]), strings(&["04/2026 3.5"])));
    assert_eq!(told("Asia/Kathmandu"), (strings(&["2026-04-01 3.5"]), strings(&["04/2026 3.5"])));
}

#[test]
fn only_the_days_that_are_wanted_are_told() {
    let zone = TimeZoneName::default();
    let mut totals = DayTotals::new(&zone, day("2026-03-02"), day("2026-03-02"));
    assert_eq!(totals.of_utc(), (day("2026-03-01"), day("2026-03-03")));
    for text in ["2026-03-01", "2026-03-02", "2026-03-03"] {
        totals.add(day(text), [(0, number("1")), (720, number("10"))]);
    }
    let wanted = DayTotal { day: day("2026-03-02"), energy: number("11") };
    assert_eq!(totals.finish(), [wanted], "from 03:00 UTC to 03:00 UTC");
}

/// Zones with and without summer time, on both sides of UTC, with odd offsets and odd hours of change; one that left out a
/// day.
const ZONES: [&str; 9] = [
    "America/Sao_Paulo",
    "America/New_York",
    "America/St_Johns",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "UTC",
];

fn readings() -> impl Strategy<Value = Vec<(i64, i64)>> {
    // Around the ends of summer times in 2010 to 2018, and Samoa's leap over December 30, 2011.
    let anchors =
        prop::sample::select(vec![1_325_203_200, 1_289_109_600, 1_519_869_600, 1_541_304_000, 1_300_000_000]);
    let near = (anchors, -200_000_i64..200_000).prop_map(|(anchor, away)| anchor + away);
    prop::collection::vec((near, 0_i64..5_000_000), 1..60)
}

proptest! {
    #[test]
    fn days_and_months_are_what_a_naive_fold_says(
        readings in readings(), zone in prop::sample::select(ZONES.to_vec()),
    ) {
        let zone = TimeZoneName::parse(zone).unwrap();
        let mut known: BTreeMap<Timestamp, Kwh> = BTreeMap::new();
        let mut by_day: BTreeMap<CalendarDate, Production> = BTreeMap::new();
        for (second, milli) in &readings {
            let at = Timestamp::from_second(*second).unwrap();
            let energy = Kwh::new(Decimal::new(*milli, 3)).unwrap();
            known.insert(at, energy);
            let day = utc_day(at);
            let production = by_day.entry(day).or_default();
            let record = ProductionCommand::Record {
                installation_id: id(1), day, readings: vec![(at, energy)], at: Timestamp::UNIX_EPOCH,
            };
            production.decide(record).unwrap().into_iter().for_each(|event| production.evolve(event));
        }
        let mut naive_days: BTreeMap<CalendarDate, Decimal> = BTreeMap::new();
        let mut naive_months: BTreeMap<Competence, Decimal> = BTreeMap::new();
        for (at, energy) in &known {
            let today = zone.today(*at);
            *naive_days.entry(today).or_default() += energy.get();
            *naive_months.entry(Competence::of(today)).or_default() += energy.get();
        }
        let mut totals = DayTotals::new(&zone, CalendarDate::MIN, CalendarDate::MAX);
        let mut days = Vec::new();
        for (day, production) in &by_day {
            totals.add(*day, production.minutes());
            days.extend(totals.take_up_to(*day));
        }
        days.extend(totals.finish());
        let told: Vec<_> = days.iter().map(|total| (total.day, total.energy)).collect();
        prop_assert_eq!(&told, &naive_days.into_iter().collect::<Vec<_>>(), "each once and in order");
        let told: Vec<_> = months(&days).iter().map(|total| (total.month, total.energy)).collect();
        prop_assert_eq!(told, naive_months.into_iter().collect::<Vec<_>>());
        let whole: Decimal = by_day.values().map(Production::energy).sum();
        prop_assert_eq!(whole, days.iter().map(|total| total.energy).sum::<Decimal>());
    }
}
