//! Compare and set, per stream and for several at once.

use crate::support::{
    Place, claim, empty, event, id, is_conflict, many, number, one, refused, stream, tenant,
};
use sunledger_store::{AppendError, Quiet, Rejection, StoreError, StreamWrite, Unchanged};

pub(crate) async fn a_stream_grows_only_from_the_version_it_is_at(place: &Place) {
    let (log, t, a) = (place.log().await, tenant("acme"), id());
    let first = log.append(one(&t, "thing", a, 0)).await.unwrap();
    assert_eq!((first.first, first.count), (1, 1));
    let second = log.append(many(&t, &[("thing", a, 1, 3)])).await.unwrap();
    assert_eq!((second.first, second.count), (2, 3));
    for wrong in [0, 1, 3, 5] {
        let refusal = refused(log.append(one(&t, "thing", a, wrong)).await);
        assert_eq!(refusal, Rejection::Conflict { stream: Some(stream(&t, "thing", a)) });
    }
    // The same id under another kind or tenant is another stream.
    log.append(one(&t, "other", a, 0)).await.unwrap();
    log.append(one(&tenant("other"), "thing", a, 0)).await.unwrap();
    let versions: Vec<i64> = log
        .read_stream(&stream(&t, "thing", a), 0, 10)
        .await
        .unwrap()
        .iter()
        .map(|event| event.version)
        .collect();
    assert_eq!(versions, [1, 2, 3, 4]);
    assert_eq!(log.head().await.unwrap(), 6);
    assert_eq!(log.check(&|_| ()).await.unwrap(), 6);
}

pub(crate) async fn several_streams_move_together_or_not_at_all(place: &Place) {
    let (log, t, a, b) = (place.log().await, tenant("acme"), id(), id());
    let both = log.append(many(&t, &[("thing", a, 0, 2), ("other", b, 0, 2)])).await.unwrap();
    assert_eq!((both.first, both.count), (1, 4));
    let refusal = refused(log.append(many(&t, &[("thing", a, 2, 1), ("other", b, 1, 1)])).await);
    assert_eq!(refusal, Rejection::Conflict { stream: Some(stream(&t, "other", b)) });
    assert_eq!(log.read_stream(&stream(&t, "thing", a), 0, 10).await.unwrap().len(), 2);
    assert_eq!(log.head().await.unwrap(), 4);
    let kinds: Vec<String> =
        log.read(0, 10).await.unwrap().iter().map(|event| event.kind.to_string()).collect();
    assert_eq!(kinds, ["thing", "thing", "other", "other"]);
}

/// A batch of a thousand things that are numbered: one append, gapless numbers, and none of it where one stream is not new.
pub(crate) async fn a_thousand_new_streams_are_one_append(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    let thousand = || {
        let mut append = empty(&t);
        for row in 0..1_000 {
            let payload = format!(r#"{{"number":{},"row":{row}}}"#, i64::MIN);
            let events = vec![event("client.created", &payload)];
            append.writes.push(StreamWrite { kind: "client".into(), id: id(), expected: 0, events });
            append.series.push(number("number:client", row));
        }
        append
    };
    let mut refused_one = thousand();
    let there = refused_one.writes[700].id;
    log.append(one(&t, "client", there, 0)).await.unwrap();
    refused_one.take.push(claim("email", "ana@example.com", refused_one.writes[0].id));
    let refusal = refused(log.append(refused_one).await);
    assert_eq!(refusal, Rejection::Conflict { stream: Some(stream(&t, "client", there)) });
    assert_eq!(log.head().await.unwrap(), 1);
    assert_eq!(log.name_owner(&t, "email", "ana@example.com").await.unwrap(), None);

    let done = log.append(thousand()).await.unwrap();
    assert_eq!((done.first, done.count, done.filled.len()), (2, 1_000, 1_000));
    let stored = log.read(1, 2_000).await.unwrap();
    for (row, event) in stored.iter().enumerate() {
        assert_eq!(*event.payload, format!(r#"{{"number":{},"row":{row}}}"#, row + 1));
        assert_eq!((event.version, event.recorded_at), (1, stored[0].recorded_at));
    }
    assert_eq!(stored.len(), 1_000);
    assert_eq!(log.check(&|_| ()).await.unwrap(), 1_001);
}

pub(crate) async fn a_stream_that_was_looked_at_must_not_have_moved(place: &Place) {
    let (log, t, a, b) = (place.log().await, tenant("acme"), id(), id());
    log.append(one(&t, "client", a, 0)).await.unwrap();
    let look = |version| {
        let mut append = one(&t, "invoice", id(), 0);
        append.unchanged.push(Unchanged { kind: "client".into(), id: a, version });
        append
    };
    log.append(look(1)).await.unwrap();
    log.append(one(&t, "client", a, 1)).await.unwrap();
    let refusal = refused(log.append(look(1)).await);
    assert_eq!(refusal, Rejection::Conflict { stream: Some(stream(&t, "client", a)) });
    log.append(look(2)).await.unwrap();
    // A stream that must still be empty.
    let mut append = one(&t, "invoice", id(), 0);
    append.unchanged.push(Unchanged { kind: "client".into(), id: b, version: 0 });
    log.append(append).await.unwrap();
    // Racing: many look, one moves. Whoever looked at the old version comes before the move in the log.
    let (mover, lookers) = (one(&t, "client", a, 2), (0..32).map(|_| look(2)).collect::<Vec<_>>());
    let lookers: Vec<_> = lookers
        .into_iter()
        .map(|append| {
            let log = log.clone();
            tokio::spawn(async move { log.append(append).await })
        })
        .collect();
    let moved = log.append(mover).await.unwrap().first;
    for looker in lookers {
        match looker.await.unwrap() {
            Ok(done) => assert!(done.first < moved),
            result => assert!(is_conflict(result)),
        }
    }
}

pub(crate) async fn a_kind_that_must_be_quiet_was_quiet(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    let quiet = |after| {
        let mut append = one(&t, "product", id(), 0);
        append.quiet = Some(Quiet { kind: "product".into(), after });
        append
    };
    let at = log.append(quiet(0)).await.unwrap().first;
    log.append(one(&t, "client", id(), 0)).await.unwrap();
    log.append(one(&tenant("other"), "product", id(), 0)).await.unwrap();
    assert_eq!(refused(log.append(quiet(at - 1)).await), Rejection::Conflict { stream: None });
    let at = log.append(quiet(at)).await.unwrap().first;
    // All at once with the same knowledge: one of them may.
    let racers: Vec<_> = (0..16)
        .map(|_| {
            let (log, append) = (log.clone(), quiet(at));
            tokio::spawn(async move { log.append(append).await })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(_) => winners += 1,
            refusal => assert_eq!(refused(refusal), Rejection::Conflict { stream: None }),
        }
    }
    assert_eq!(winners, 1);
}

pub(crate) async fn one_refused_append_leaves_its_batch_alone(place: &Place) {
    let (log, t, a) = (place.log().await, tenant("acme"), id());
    log.append(one(&t, "thing", a, 0)).await.unwrap();
    let before = log.stats().batches();
    let good: Vec<_> = (0..40).map(|_| one(&t, "thing", id(), 0)).collect();
    let bad: Vec<_> = (0..8).map(|wrong| one(&t, "thing", a, wrong + 5)).collect();
    let mut appends = Vec::new();
    for (index, append) in good.into_iter().enumerate() {
        appends.push((true, append));
        if let Some(wrong) = bad.get(index / 5).filter(|_| index % 5 == 4) {
            appends.push((false, wrong.clone()));
        }
    }
    let appends: Vec<_> = appends
        .into_iter()
        .map(|(good, append)| {
            let log = log.clone();
            tokio::spawn(async move { (good, log.append(append).await) })
        })
        .collect();
    let mut positions = Vec::new();
    for append in appends {
        let (good, result) = append.await.unwrap();
        if good {
            positions.push(result.unwrap().first);
        } else {
            assert!(is_conflict(result));
        }
    }
    positions.sort_unstable();
    assert_eq!(positions, (2..=41).collect::<Vec<i64>>());
    assert!(log.stats().batches() - before < 48, "48 callers at once never shared a batch");
    assert_eq!(log.check(&|_| ()).await.unwrap(), 41);
}

pub(crate) async fn concurrent_writers_of_one_stream_lose_nothing(place: &Place) {
    let (log, t, a) = (place.log().await, tenant("acme"), id());
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let (log, t) = (log.clone(), t.clone());
            tokio::spawn(async move {
                let mut done = 0;
                while done < 10 {
                    let at = log.read_stream(&stream(&t, "thing", a), 0, 1000).await.unwrap().len() as i64;
                    match log.append(one(&t, "thing", a, at)).await {
                        Ok(_) => done += 1,
                        result => assert!(is_conflict(result)),
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let events = log.read_stream(&stream(&t, "thing", a), 0, 1000).await.unwrap();
    assert_eq!(events.iter().map(|event| event.version).collect::<Vec<_>>(), (1..=80).collect::<Vec<_>>());
}

pub(crate) async fn a_dropped_caller_stops_nothing(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    let mut watch = log.watch();
    for _ in 0..20 {
        // Polled once, which queues it, and dropped.
        let _ = tokio::time::timeout(std::time::Duration::ZERO, log.append(one(&t, "thing", id(), 0))).await;
    }
    tokio::time::timeout(std::time::Duration::from_secs(10), watch.wait_for(|head| *head == 20))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(log.check(&|_| ()).await.unwrap(), 20);
}

pub(crate) async fn impossible_appends_are_defects(place: &Place) {
    let (log, t, a) = (place.log().await, tenant("acme"), id());
    let twice = many(&t, &[("thing", a, 0, 1), ("thing", a, 1, 1)]);
    let none = many(&t, &[("thing", a, 0, 0)]);
    let mut nul = one(&t, "thing", a, 0);
    nul.writes[0].events.push(event("thing.happened", "{\"a\":\"\0\"}"));
    let mut long = one(&t, "thing", a, 0);
    long.take.push(crate::support::claim("e-mail", &"x".repeat(5000), a));
    let mut elsewhere = one(&t, "thing", a, 0);
    elsewhere.series.push(crate::support::number("s", 1));
    let negative = one(&t, "thing", a, -1);
    for append in [empty(&t), twice, none, nul, long, elsewhere, negative] {
        let result = log.append(append).await;
        assert!(matches!(result, Err(AppendError::Store(StoreError::Failed(_)))), "{result:?}");
    }
    assert_eq!(log.head().await.unwrap(), 0);
}
