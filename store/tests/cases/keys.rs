//! Idempotency-Keys.

use crate::support::{Place, id, key, many, one, refused, tenant};
use sunledger_store::Rejection;

pub(crate) async fn an_idempotency_key_is_used_once(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    log.append(one(&t, "thing", id(), 0)).await.unwrap();
    let mut first = many(&t, &[("thing", id(), 0, 2), ("other", id(), 0, 1)]);
    first.key = Some(key("k-1", 7, 0));
    let recorded_at = first.recorded_at;
    let done = log.append(first).await.unwrap();
    let mut again = one(&t, "thing", id(), 0);
    again.key = Some(key("k-1", 8, 0));
    assert_eq!(refused(log.append(again).await), Rejection::KeyUsed);

    let record = log.find_key(&t, "k-1", 0).await.unwrap().unwrap();
    assert_eq!(record.fingerprint, [7; 32]);
    assert_eq!((record.first, record.count, record.recorded_at), (done.first, 3, recorded_at));
    assert!(log.find_key(&t, "k-1", recorded_at).await.unwrap().is_some());
    assert!(log.find_key(&t, "k-1", recorded_at + 1).await.unwrap().is_none());
    assert!(log.find_key(&t, "k-2", 0).await.unwrap().is_none());
    // A tenant's keys are its own.
    assert!(log.find_key(&tenant("other"), "k-1", 0).await.unwrap().is_none());
    let mut foreign = one(&tenant("other"), "thing", id(), 0);
    foreign.key = Some(key("k-1", 7, 0));
    log.append(foreign).await.unwrap();
    log.check(&|_| ()).await.unwrap();
}

pub(crate) async fn a_forgotten_key_is_free_again(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    let mut first = one(&t, "thing", id(), 0);
    first.key = Some(key("k", 1, 0));
    let then = first.recorded_at;
    log.append(first).await.unwrap();
    let again = |forget_before| {
        let mut append = one(&t, "thing", id(), 0);
        append.key = Some(key("k", 2, forget_before));
        append.recorded_at = then + 1000;
        append
    };
    assert_eq!(refused(log.append(again(then)).await), Rejection::KeyUsed);
    let done = log.append(again(then + 1)).await.unwrap();
    let record = log.find_key(&t, "k", 0).await.unwrap().unwrap();
    assert_eq!((record.fingerprint, record.first, record.recorded_at), ([2; 32], done.first, then + 1000));
    // Keys that nobody remembers do not pile up.
    let claims: Vec<_> = (0..700)
        .map(|index| {
            let mut append = one(&t, "thing", id(), 0);
            append.key = Some(key(&format!("k{index}"), 3, then + 5000));
            append.recorded_at = if index < 300 { then + 2000 } else { then + 9000 };
            let log = log.clone();
            tokio::spawn(async move { log.append(append).await })
        })
        .collect();
    for claim in claims {
        claim.await.unwrap().unwrap();
    }
    let since = std::time::Instant::now();
    while log.find_key(&t, "k", 0).await.unwrap().is_some() {
        assert!(since.elapsed() < std::time::Duration::from_secs(10), "a key was never purged");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(log.find_key(&t, "k699", 0).await.unwrap().is_some());
}

pub(crate) async fn racing_for_one_key_has_one_winner(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    let racers: Vec<_> = (0..32)
        .map(|_| {
            let mut append = one(&t, "thing", id(), 0);
            append.key = Some(key("k", 1, 0));
            let log = log.clone();
            tokio::spawn(async move { log.append(append).await })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(_) => winners += 1,
            refusal => assert_eq!(refused(refusal), Rejection::KeyUsed),
        }
    }
    assert_eq!((winners, log.head().await.unwrap()), (1, 1));
}
