//! What installations produced, over a real log on each backend: the days of one in order and page by page, the sum of a
//! client's, corrections, and many streams in one unit of work.

use crate::support::{World, context};
use jiff::Timestamp;
use readings::{day, installation, kwh, produced, record, time};
use sunledger_commands::Codec;
use sunledger_domain::TenantId;
use sunledger_projections::verify;
use uuid::Uuid;

#[cfg(test)]
mod readings {
    use crate::support::{Server, context, now};
    use jiff::Timestamp;
    use rust_decimal::Decimal;
    use std::collections::BTreeMap;
    use sunledger_commands::Committed;
    use sunledger_domain::energy::Kwh;
    use sunledger_domain::installation::{Installation, InstallationCommand, InstallationDraft};
    use sunledger_domain::production::{Production, ProductionCommand, stream_id, utc_day};
    use sunledger_domain::value::CalendarDate;
    use uuid::Uuid;

    pub(crate) fn day(text: &str) -> CalendarDate {
        CalendarDate::parse(text).unwrap()
    }

    pub(crate) fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    pub(crate) fn kwh(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    pub(crate) async fn installation(server: &Server, client_id: Uuid) -> Uuid {
        let draft = InstallationDraft {
            project_id: Uuid::nil(),
            client_id,
            at: now(),
            ..InstallationDraft::default()
        };
        let id = server.commands.new_id();
        let create = InstallationCommand::Create(Box::new(draft));
        server.commands.execute::<Installation>(&context(), id, create).await.unwrap().id
    }

    /// All of them in one unit of work.
    pub(crate) async fn record(
        server: &Server,
        installation_id: Uuid,
        readings: &[(Timestamp, &str)],
    ) -> Committed {
        let mut days: BTreeMap<CalendarDate, Vec<(Timestamp, Kwh)>> = BTreeMap::new();
        for (at, energy) in readings {
            days.entry(utc_day(*at)).or_default().push((*at, Kwh::parse(energy).unwrap()));
        }
        let context = context();
        let done = server.commands.unit(&context, |unit| {
            let days = days.clone();
            Box::pin(async move {
                let streams: Vec<Uuid> = days.keys().map(|day| stream_id(installation_id, *day)).collect();
                unit.prepare::<Production>(&streams).await?;
                for (day, readings) in days {
                    let id = stream_id(installation_id, day);
                    let command = ProductionCommand::Record { installation_id, day, readings, at: now() };
                    unit.handle::<Production>(id, command).await?;
                }
                Ok(())
            })
        });
        done.await.unwrap()
    }

    /// Days and kWh of an installation, page by page.
    pub(crate) async fn produced(
        server: &Server,
        installation: Uuid,
        first: &str,
        last: &str,
        page: usize,
    ) -> Vec<(String, Decimal)> {
        let (mut first, last, mut all) = (day(first), day(last), Vec::new());
        loop {
            let reads = server.reads();
            let days = reads.produced(&context().tenant, installation, first, last, page).await.unwrap();
            let Some(reached) = days.last().map(|produced| produced.day) else { return all };
            first = reached.plus_days(1);
            all.extend(days.into_iter().map(|produced| {
                let sum = produced.minutes.iter().map(|(_, energy)| *energy).sum();
                (produced.day.to_string(), sum)
            }));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_days_of_an_installation_are_in_order_and_its_own() {
    for world in World::all().await {
        let server = world.server().await;
        let client = Uuid::now_v7();
        let (ours, theirs) =
            (installation(&server, client).await, installation(&server, Uuid::now_v7()).await);
        let readings = [
            (time("2026-03-03T00:00:00Z"), "2"),
            (time("2026-03-02T12:15:00Z"), "1.25"),
            (time("2026-03-02T12:15:30Z"), "0.000000000000001"),
            (time("2026-02-28T23:59:59Z"), "3"),
        ];
        record(&server, ours, &readings).await;
        record(&server, theirs, &[(time("2026-03-02T12:00:00Z"), "100")]).await;
        let expected = [
            ("2026-02-28".to_owned(), kwh("3")),
            ("2026-03-02".to_owned(), kwh("1.250000000000001")),
            ("2026-03-03".to_owned(), kwh("2")),
        ];
        for page in [1, 2, 3, 100] {
            assert_eq!(produced(&server, ours, "1970-01-01", "2199-12-31", page).await, expected);
        }
        assert_eq!(produced(&server, ours, "2026-03-01", "2026-03-02", 10).await, expected[1..2]);
        let (tenant, other) = (context().tenant, TenantId::new("other").unwrap());
        let reads = server.reads();
        assert_eq!(reads.produced_for(&tenant, client).await.unwrap(), kwh("6.250000000000001"));
        assert_eq!(reads.produced_for(&tenant, Uuid::now_v7()).await.unwrap(), kwh("0"));
        assert_eq!(reads.produced_for(&other, client).await.unwrap(), kwh("0"));
        let (first, last) = (day("1970-01-01"), day("2199-12-31"));
        assert!(reads.produced(&other, ours, first, last, 10).await.unwrap().is_empty());
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_and_repetitions_count_once_whoever_projects() {
    for world in World::all().await {
        let server = world.server().await;
        let client = Uuid::now_v7();
        let id = installation(&server, client).await;
        let noon = |day: i64| Timestamp::from_second(1_772_452_800 + day * 86_400).unwrap();
        let many: Vec<(Timestamp, &str)> = (0..300).map(|day| (noon(day), "0.5")).collect();
        assert_eq!(record(&server, id, &many).await.events().len(), 300);
        assert!(record(&server, id, &many).await.events().is_empty(), "told again, nothing happens");
        let corrected = record(&server, id, &[(noon(7), "1.5"), (noon(8), "0.5"), (noon(300), "1")]).await;
        assert_eq!(corrected.events().len(), 2);
        let tenant = context().tenant;
        assert_eq!(server.reads().produced_for(&tenant, client).await.unwrap(), kwh("152"));
        assert_eq!(produced(&server, id, "1970-01-01", "2199-12-31", 64).await.len(), 301);
        let verified =
            verify::run(&server.log, &world.settings, &Codec::default(), &|_, _| {}).await.unwrap();
        assert_eq!(verified.events, 303);
        server.projections.shutdown().await;
    }
}
