//! What changed since a moment.

use crate::support::{Place, id, many, one, tenant};
use sunledger_store::{Changed, Log};
use uuid::Uuid;

const START: i64 = 1_700_000_000_000_000;

/// Every change since a moment, read `limit` at a time.
async fn all(log: &Log, until: i64, limit: usize, since: i64) -> Vec<Changed> {
    let mut found = Vec::new();
    let mut after = log.position_before(&tenant("acme"), since, until).await.unwrap();
    while after < until {
        let page = log.changes(&tenant("acme"), "thing", after, until, limit).await.unwrap();
        assert!(page.changed.len() <= limit && page.next > after);
        found.extend(page.changed);
        after = page.next;
    }
    found
}

fn places(changed: &[Changed]) -> Vec<(Uuid, i64)> {
    changed.iter().map(|changed| (changed.id, changed.version)).collect()
}

pub(crate) async fn each_thing_is_told_once_at_its_last_change(place: &Place) {
    let (log, t, other) = (place.log().await, tenant("acme"), tenant("other"));
    let (a, b, c) = (id(), id(), id());
    // Things of another tenant and of another kind have the same ids, and change at the same time.
    for (minute, thing, version) in [(0, a, 0), (1, b, 0), (2, c, 0), (3, a, 1), (4, b, 1), (5, a, 2)] {
        for (whose, kind) in [(&other, "thing"), (&t, "thing"), (&t, "other")] {
            let mut append = one(whose, kind, thing, version);
            append.recorded_at = START + minute * 60_000_000;
            log.append(append).await.unwrap();
        }
    }
    let head = log.head().await.unwrap();
    for limit in [1, 2, 100] {
        assert_eq!(places(&all(&log, head, limit, START).await), [(c, 1), (b, 2), (a, 3)]);
    }
    let exactly = START + 4 * 60_000_000;
    assert_eq!(places(&all(&log, head, 9, exactly).await), [(b, 2), (a, 3)]);
    assert_eq!(places(&all(&log, head, 9, exactly + 1).await), [(a, 3)]);
    assert!(all(&log, head, 9, START + 6 * 60_000_000).await.is_empty());
    // What came after the range does not take a thing out of it: it is told where it was by then.
    let before = all(&log, head - 3, 9, START).await;
    assert_eq!(places(&before), [(c, 1), (a, 2), (b, 2)]);
    // And who goes on from there is told of what came.
    let page = log.changes(&t, "thing", head - 3, head, 9).await.unwrap();
    assert_eq!((places(&page.changed), page.next), (vec![(a, 3)], head));
    assert_eq!(page.changed[0].recorded_at, START + 5 * 60_000_000);
}

pub(crate) async fn a_clock_that_was_wrong_hides_no_change(place: &Place) {
    let (log, t, a, b) = (place.log().await, tenant("acme"), id(), id());
    for (thing, version, recorded_at) in
        [(a, 0, START), (a, 1, START + 10), (a, 2, START - 3_600_000_000), (b, 0, START - 3_600_000_000)]
    {
        let mut append = one(&t, "thing", thing, version);
        append.recorded_at = recorded_at;
        log.append(append).await.unwrap();
    }
    for (since, from) in [(START - 10, 0), (START, 0), (START + 1, 1), (START + 10, 1)] {
        assert_eq!(log.position_before(&t, since, 4).await.unwrap(), from);
        // What was written later came later, whatever the clock said.
        assert_eq!(places(&all(&log, 4, 9, since).await), [(a, 3), (b, 1)]);
    }
    assert_eq!(log.position_before(&t, START + 11, 4).await.unwrap(), 4);
    assert_eq!(places(&all(&log, 2, 9, START).await), [(a, 2)]);
}

pub(crate) async fn who_asks_again_from_the_last_change_misses_none(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    // Requests that came one after the other and were written in another order.
    let mut expected = Vec::new();
    for moment in [3, 1, 2, 7, 5, 6, 4, 9, 8] {
        let thing = id();
        expected.push(thing);
        let mut append = one(&t, "thing", thing, 0);
        append.recorded_at = START + moment;
        log.append(append).await.unwrap();
    }
    let (mut since, mut told) = (START, Vec::new());
    for head in 1..=9 {
        let changed = all(&log, head, 9, since).await;
        since = changed.iter().map(|changed| changed.recorded_at).max().unwrap();
        told.extend(changed.iter().map(|changed| changed.id));
    }
    assert!(expected.iter().all(|thing| told.contains(thing)));
}

pub(crate) async fn looking_back_stops_before_what_is_new_enough(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    for hour in 0..5 {
        let mut append = many(&t, &[("thing", id(), 0, 1_200)]);
        append.recorded_at = START + hour * 3_600_000_000;
        log.append(append).await.unwrap();
        log.append(one(&tenant("other"), "thing", id(), 0)).await.unwrap();
    }
    let head = log.head().await.unwrap();
    for (hour, first) in [(0, 1), (1, 1_202), (3, 3_604), (4, 4_805)] {
        let moment = START + hour * 3_600_000_000;
        assert_eq!(log.position_before(&t, moment, head).await.unwrap(), first - 1, "hour {hour}");
        let found = all(&log, head, 9, moment).await;
        assert_eq!((found.len() as i64, found[0].position), (5 - hour, first + 1_199));
    }
    let position = log.position_before(&t, START + 5 * 3_600_000_000, head).await.unwrap();
    assert_eq!(position, head, "nothing is so new");
    assert_eq!(log.position_before(&tenant("nobody"), START, head).await.unwrap(), head);
}
