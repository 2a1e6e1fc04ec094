//! What keeps a log one log.

use crate::support::process::{Task, finish, start};
use crate::support::{Place, claim, id, invoice, key, many, one, tenant};
use std::io::{BufRead, BufReader, Write};
use std::sync::Mutex;
use sunledger_store::{Log, StoreError};

pub(crate) async fn events_are_never_changed_or_deleted(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    log.append(one(&t, "thing", id(), 0)).await.unwrap();
    for sql in
        ["UPDATE events SET payload = '{}'", "DELETE FROM events", "DELETE FROM events WHERE position = 1"]
    {
        let error = place.tamper(sql).await.unwrap_err();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    if place.is_postgres() {
        let error = place.tamper("TRUNCATE events").await.unwrap_err();
        assert!(error.contains("append-only"), "{error}");
    }
    assert_eq!(log.check(&|_| ()).await.unwrap(), 1);
}

pub(crate) async fn the_identity_is_made_once_by_however_many_processes(place: &Place) {
    let children: Vec<_> = (0..4).map(|_| start(place, Task::Open)).collect();
    let told =
        tokio::task::spawn_blocking(|| children.into_iter().map(finish).collect::<Vec<_>>()).await.unwrap();
    let log = place.log().await;
    let expected = format!("identity={}", log.identity());
    for output in &told {
        assert!(output.contains(&expected), "{output}");
    }
    assert_eq!(place.log().await.identity(), log.identity());
}

pub(crate) async fn a_newer_database_is_refused(place: &Place) {
    drop(place.log().await);
    place.tamper("INSERT INTO schema_migrations (name) VALUES ('log_999')").await.unwrap();
    let Err(error) = Log::open(&place.settings()).await else { panic!("opened") };
    assert!(matches!(error, StoreError::Failed(_)));
    assert!(error.to_string().contains("newer program (migration log_999)"), "{error}");
}

pub(crate) async fn locks_exclude_here_and_between_processes(place: &Place) {
    let (log, other) = (place.log().await, place.log().await);
    let lock = log.try_lock("held").await.unwrap().unwrap();
    assert!(lock.is_held());
    assert!(log.try_lock("held").await.unwrap().is_none());
    assert!(other.try_lock("held").await.unwrap().is_none());
    assert!(other.try_lock("free").await.unwrap().is_some());
    assert!(other.try_lock("../held").await.is_err());
    let child = |expected: &'static str| {
        let mut child = start(place, Task::Lock);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.find(|line| line.as_ref().unwrap().contains("locked=")).unwrap().unwrap();
        assert!(line.contains(expected), "{line}");
        (child, lines)
    };
    let (mut refused, _lines) = tokio::task::block_in_place(|| child("locked=false"));
    refused.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(refused.wait().unwrap().success());
    drop(lock);
    // Letting go takes the server a moment.
    let mut retaken = None;
    for _ in 0..200 {
        retaken = other.try_lock("held").await.unwrap();
        if retaken.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    drop(retaken.expect("a dropped lock stays taken"));
    let mut there = None;
    for _ in 0..50 {
        let (process, lines) = tokio::task::block_in_place(|| {
            let mut child = start(place, Task::Lock);
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let line = lines.find(|line| line.as_ref().unwrap().contains("locked=")).unwrap().unwrap();
            (child, (lines, line.contains("true")))
        });
        there = Some((process, lines.0));
        if lines.1 {
            break;
        }
    }
    assert!(log.try_lock("held").await.unwrap().is_none());
    // A process that dies lets go.
    let (mut process, _lines) = there.unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    for attempt in 0.. {
        if log.try_lock("held").await.unwrap().is_some() {
            break;
        }
        assert!(attempt < 500, "a dead process keeps its lock");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

pub(crate) async fn tampering_is_found(place: &Place) {
    let (log, t, a) = (place.log().await, tenant("acme"), id());
    for _ in 0..10 {
        log.append(invoice(&t)).await.unwrap();
    }
    let mut append = many(&t, &[("thing", a, 0, 5)]);
    append.take.push(claim("e-mail", "a@b", a));
    append.key = Some(key("k", 1, 0));
    log.append(append).await.unwrap();
    let reached = Mutex::new(0);
    assert_eq!(log.check(&|at| *reached.lock().unwrap() = at).await.unwrap(), 15);
    assert_eq!(*reached.lock().unwrap(), 15);
    place.unguard().await;
    // Each change, what it is found by, and how it is taken back.
    for (change, found, back) in [
        (
            "UPDATE events SET payload = payload || '}' WHERE position = 3",
            "position 3: payload is not JSON",
            "UPDATE events SET payload = substr(payload, 1, length(payload) - 1) WHERE position = 3",
        ),
        (
            "UPDATE events SET metadata = '{' || metadata WHERE position = 4",
            "position 4: metadata is not JSON",
            "UPDATE events SET metadata = substr(metadata, 2) WHERE position = 4",
        ),
        (
            "UPDATE head SET position = 14",
            "head is 14, the last position 15",
            "UPDATE head SET position = 15",
        ),
        (
            "UPDATE events SET sequence = 7 WHERE position = 15",
            "version 7 at position 15 follows version 4",
            "UPDATE events SET sequence = 5 WHERE position = 15",
        ),
        (
            "UPDATE events SET sequence = 6 WHERE position = 11",
            "follows version 0",
            "UPDATE events SET sequence = 1 WHERE position = 11",
        ),
        (
            "UPDATE names SET scope = 'x', owner = (SELECT aggregate_id FROM events WHERE position = 1), \
             tenant = 'nobody' WHERE scope = 'e-mail'",
            "name nobody x a@b: its owner has no event",
            "DELETE FROM names WHERE tenant = 'nobody'",
        ),
        (
            "UPDATE series SET value = -1 WHERE series = 'number:invoice'",
            "series acme number:invoice: value -1",
            "UPDATE series SET value = 10 WHERE series = 'number:invoice'",
        ),
        (
            "UPDATE idempotency_keys SET first = 99",
            "no event at position 99",
            "UPDATE idempotency_keys SET first = 11",
        ),
        (
            "UPDATE events SET position = 16 WHERE position = 7; UPDATE head SET position = 16",
            "position 8: follows position 6",
            "UPDATE events SET position = 7 WHERE position = 16; UPDATE head SET position = 15",
        ),
        ("DELETE FROM events WHERE position = 9", "position 10: follows position 8", "SELECT 1"),
    ] {
        place.tamper(change).await.unwrap();
        let error = log.check(&|_| ()).await.unwrap_err();
        assert!(matches!(error, StoreError::Damaged(_)), "{change}: {error}");
        assert!(error.to_string().contains(found), "{change}: {error}");
        place.tamper(back).await.unwrap();
    }
}

pub(crate) async fn the_counters_add_up(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    let tasks: Vec<_> = (0..50)
        .map(|index| {
            let mut append = many(&t, &[("thing", id(), 0, 2)]);
            append.writes[0].expected = i64::from(index % 5 == 0);
            let log = log.clone();
            tokio::spawn(async move { log.append(append).await })
        })
        .collect();
    for task in tasks {
        let _ = task.await.unwrap();
    }
    let stats = log.stats();
    assert_eq!((stats.appends(), stats.rejected(), stats.events()), (50, 10, 80));
    assert!(stats.batches() >= 1 && stats.batches() <= 50);
    assert_eq!(stats.latency().iter().sum::<u64>(), 50);
    assert!(stats.latency_micros() > 0);
}
