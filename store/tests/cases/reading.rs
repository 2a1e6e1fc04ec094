//! What comes back.

use crate::support::{Place, id, invoice, many, one, stream, tenant};
use std::sync::Arc;
use sunledger_store::{LogFilter, LogPage, Snapshot};

pub(crate) async fn events_come_back_as_they_went_in(place: &Place) {
    let (log, t, a) = (place.log().await, tenant("acme"), id());
    let append = many(&t, &[("thing", a, 0, 3)]);
    log.append(append.clone()).await.unwrap();
    let mut second = one(&tenant("other"), "thing", id(), 0);
    second.writes[0].events[0].payload = format!(r#"{{"text":"{}"}}"#, "日本語 \\\" \\u0000 ".repeat(10_000));
    log.append(second.clone()).await.unwrap();

    let events = log.read(0, 10).await.unwrap();
    assert_eq!(events.len(), 4);
    for (index, event) in events.iter().take(3).enumerate() {
        assert_eq!((event.position, event.version), (index as i64 + 1, index as i64 + 1));
        assert_eq!((event.tenant.as_str(), &*event.kind, event.id), ("acme", "thing", a));
        assert_eq!((&*event.event_type, &*event.event_version), ("thing.happened", "1.0"));
        assert_eq!(*event.payload, *append.writes[0].events[index].payload);
        assert_eq!((&event.metadata, event.recorded_at), (&append.metadata, append.recorded_at));
        assert_eq!(event.event_id(), format!("{a}-{}", event.version));
    }
    assert!(Arc::ptr_eq(&events[0].metadata, &events[2].metadata));
    assert_eq!(*events[3].payload, *second.writes[0].events[0].payload);

    let positions = |events: &[sunledger_store::RecordedEvent]| -> Vec<i64> {
        events.iter().map(|event| event.position).collect()
    };
    assert_eq!(positions(&log.read(1, 2).await.unwrap()), [2, 3]);
    assert!(log.read(4, 10).await.unwrap().is_empty());
    assert!(log.read(0, 0).await.unwrap().is_empty());
    let stream = stream(&t, "thing", a);
    assert_eq!(positions(&log.read_stream(&stream, 1, 1).await.unwrap()), [2]);
    assert!(log.read_stream(&stream, 3, 10).await.unwrap().is_empty());
    // Another process, or this one after a restart, reads the same.
    assert_eq!(place.log().await.read(0, 10).await.unwrap(), events);
}

pub(crate) async fn a_kinds_next_event_is_found_past_all_others(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    for kind in ["thing", "thing", "rare", "thing", "rare", "thing"] {
        log.append(one(&t, kind, id(), 0)).await.unwrap();
    }
    for (after, upto, found) in [
        (0, 6, Some((3, "rare"))),
        (3, 6, Some((5, "rare"))),
        (0, 2, Some((2, "thing"))),
        (5, 6, Some((6, "thing"))),
        (0, 3, Some((3, "rare"))),
        (6, 6, None),
        (6, 9, None),
    ] {
        let event = log.read_next_of("rare", after, upto).await.unwrap();
        let event = event.as_ref().map(|event| (event.position, &*event.kind));
        assert_eq!(event, found, "after {after} up to {upto}");
    }
}

pub(crate) async fn a_tenant_reads_its_own_events_filtered_and_paged(place: &Place) {
    let (log, t, other) = (place.log().await, tenant("acme"), tenant("other"));
    let mut expected = Vec::new();
    for index in 0..60 {
        let (whose, kind) = (if index % 3 == 0 { &other } else { &t }, ["client", "invoice"][index % 2]);
        let mut append = one(whose, kind, id(), 0);
        let actor = index % 5;
        append.metadata =
            format!(r#"{{"actor":{{"type":"user","id":"u-{actor}","name":"U"}},"command":"{index}"}}"#)
                .into();
        let done = log.append(append.clone()).await.unwrap();
        expected.push((whose.clone(), kind, append, done.first));
    }
    let all = |filter: LogFilter| {
        let (log, t) = (log.clone(), t.clone());
        async move {
            let (mut found, mut after) = (Vec::new(), 0);
            loop {
                let page: LogPage = log.read_tenant(&t, after, 7, &filter).await.unwrap();
                assert!(page.events.len() <= 7);
                found.extend(page.events.iter().map(|event| event.position));
                if page.next == after {
                    return found;
                }
                after = page.next;
            }
        }
    };
    let mine = |keep: &dyn Fn(&str, &sunledger_store::Append) -> bool| -> Vec<i64> {
        let mine = expected.iter().filter(|(whose, kind, append, _)| *whose == t && keep(kind, append));
        mine.map(|(_, _, _, position)| *position).collect()
    };
    assert_eq!(all(LogFilter::default()).await, mine(&|_, _| true));
    let kind = LogFilter { kind: Some("client".into()), ..LogFilter::default() };
    assert_eq!(all(kind).await, mine(&|kind, _| kind == "client"));
    let event_type = LogFilter { event_type: Some("invoice.happened".into()), ..LogFilter::default() };
    assert_eq!(all(event_type).await, mine(&|kind, _| kind == "invoice"));
    let actor = LogFilter { actor: Some("u-1".into()), ..LogFilter::default() };
    let by_one = mine(&|_, append| append.metadata.contains(r#""id":"u-1""#));
    assert!(!by_one.is_empty());
    assert_eq!(all(actor).await, by_one);
    assert!(all(LogFilter { actor: Some("user".into()), ..LogFilter::default() }).await.is_empty());
    let (from, until) = (expected[10].2.recorded_at, expected[40].2.recorded_at);
    let time = LogFilter { from: Some(from), until: Some(until), ..LogFilter::default() };
    assert_eq!(all(time).await, mine(&|_, append| append.recorded_at >= from && append.recorded_at < until));
    let both = LogFilter { kind: Some("client".into()), actor: Some("u-2".into()), ..LogFilter::default() };
    let wanted: Vec<i64> =
        mine(&|kind, append| kind == "client" && append.metadata.contains(r#""id":"u-2""#));
    assert!(!wanted.is_empty());
    assert_eq!(all(both).await, wanted);
}

pub(crate) async fn a_filtered_read_looks_at_a_bounded_number_of_rows(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    log.append(many(&t, &[("client", id(), 0, 35)])).await.unwrap();
    log.append(one(&t, "invoice", id(), 0)).await.unwrap();
    let filter = LogFilter { kind: Some("invoice".into()), ..LogFilter::default() };
    let mut steps = Vec::new();
    let mut after = 0;
    loop {
        let page = log.read_tenant(&t, after, 1, &filter).await.unwrap();
        steps.push((page.events.len(), page.next));
        if page.next == after {
            break;
        }
        after = page.next;
    }
    assert_eq!(steps, [(0, 10), (0, 20), (0, 30), (1, 36), (0, 36)]);
}

pub(crate) async fn snapshots_keep_the_newest(place: &Place) {
    let (log, t, a) = (place.log().await, tenant("acme"), id());
    log.append(many(&t, &[("thing", a, 0, 9)])).await.unwrap();
    let stream = stream(&t, "thing", a);
    assert!(log.load_snapshot(&stream).await.unwrap().is_none());
    let snapshot =
        |version, state: &str| Snapshot { version, form: "thing/1".into(), state: state.to_owned() };
    for (version, state, kept) in
        [(5, "five", "five"), (3, "three", "five"), (9, "nine", "nine"), (9, "9", "9")]
    {
        log.save_snapshot(&stream, snapshot(version, state)).await.unwrap();
        let found = log.load_snapshot(&stream).await.unwrap().unwrap();
        assert_eq!((found.form.as_str(), found.state.as_str()), ("thing/1", kept));
    }
    log.check(&|_| ()).await.unwrap();
    // A snapshot of what never happened is damage.
    log.save_snapshot(&stream, snapshot(10, "ten")).await.unwrap();
    assert!(log.check(&|_| ()).await.unwrap_err().to_string().contains("no event of version 10"));
}

pub(crate) async fn small_values_are_compared_and_set(place: &Place) {
    let log = place.log().await;
    assert_eq!(log.get_meta("read_generation").await.unwrap(), None);
    assert!(!log.set_meta("read_generation", Some("0"), "1").await.unwrap());
    assert!(log.set_meta("read_generation", None, "1").await.unwrap());
    assert!(!log.set_meta("read_generation", None, "2").await.unwrap());
    assert!(!log.set_meta("read_generation", Some("7"), "2").await.unwrap());
    let other = place.log().await;
    assert!(other.set_meta("read_generation", Some("1"), "2").await.unwrap());
    assert_eq!(log.get_meta("read_generation").await.unwrap().as_deref(), Some("2"));
    assert!(log.set_meta("identity", Some(&log.identity().to_string()), "x").await.is_err());
    let racers: Vec<_> = (0..16)
        .map(|index| {
            let log = log.clone();
            tokio::spawn(async move {
                log.set_meta("read_generation", Some("2"), &format!("r{index}")).await.unwrap()
            })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        winners += i32::from(racer.await.unwrap());
    }
    assert_eq!(winners, 1);
    // Beside appends, which use the same connection.
    log.append(invoice(&tenant("acme"))).await.unwrap();
}
