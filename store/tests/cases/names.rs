//! Unique names.

use crate::support::{Place, claim, id, is_conflict, key, one, refused, tenant};
use sunledger_store::Rejection;

const SCOPE: &str = "account_number";

fn taken(name: &str) -> Rejection {
    Rejection::NameTaken { scope: SCOPE.into(), name: name.into() }
}

pub(crate) async fn a_name_belongs_to_one_owner_until_it_is_given_back(place: &Place) {
    let (log, t, a, b) = (place.log().await, tenant("acme"), id(), id());
    let mut take = one(&t, "client", a, 0);
    take.take.push(claim(SCOPE, "ñ 1", a));
    log.append(take).await.unwrap();
    assert_eq!(log.name_owner(&t, SCOPE, "ñ 1").await.unwrap(), Some(a));

    let mut again = one(&t, "client", a, 1);
    again.take.push(claim(SCOPE, "ñ 1", a));
    log.append(again).await.unwrap();

    let theirs = |expected| {
        let mut append = one(&t, "client", b, expected);
        append.take.push(claim(SCOPE, "free", b));
        append.take.push(claim(SCOPE, "ñ 1", b));
        append
    };
    assert_eq!(refused(log.append(theirs(0)).await), taken("ñ 1"));
    assert_eq!(log.name_owner(&t, SCOPE, "free").await.unwrap(), None);
    // Names are a tenant's and a scope's own.
    let mut elsewhere = one(&t, "client", b, 0);
    elsewhere.take.push(claim("e-mail", "ñ 1", b));
    log.append(elsewhere).await.unwrap();
    let mut foreign = one(&tenant("other"), "client", b, 0);
    foreign.take.push(claim(SCOPE, "ñ 1", b));
    log.append(foreign).await.unwrap();

    // Only the owner can give it back.
    let mut not_mine = one(&t, "client", b, 1);
    not_mine.release.push(claim(SCOPE, "ñ 1", b));
    log.append(not_mine).await.unwrap();
    assert_eq!(log.name_owner(&t, SCOPE, "ñ 1").await.unwrap(), Some(a));
    let mut back = one(&t, "client", a, 2);
    back.release.push(claim(SCOPE, "ñ 1", a));
    log.append(back).await.unwrap();
    assert_eq!(log.name_owner(&t, SCOPE, "ñ 1").await.unwrap(), None);
    log.append(theirs(2)).await.unwrap();
    assert_eq!(log.name_owner(&t, SCOPE, "ñ 1").await.unwrap(), Some(b));
    log.check(&|_| ()).await.unwrap();
}

pub(crate) async fn a_name_moves_within_one_append(place: &Place) {
    let (log, t, a, b) = (place.log().await, tenant("acme"), id(), id());
    let mut take = one(&t, "client", a, 0);
    take.take.push(claim(SCOPE, "n", a));
    log.append(take).await.unwrap();
    let mut hand_over = one(&t, "client", b, 0);
    hand_over.release.push(claim(SCOPE, "n", a));
    hand_over.take.push(claim(SCOPE, "n", b));
    log.append(hand_over).await.unwrap();
    assert_eq!(log.name_owner(&t, SCOPE, "n").await.unwrap(), Some(b));
    // One append cannot give one name to two.
    let mut both = one(&t, "client", a, 1);
    both.take.extend([claim(SCOPE, "m", a), claim(SCOPE, "m", b)]);
    assert_eq!(refused(log.append(both).await), taken("m"));
    assert_eq!(log.name_owner(&t, SCOPE, "m").await.unwrap(), None);
    // Twice to the same is no error.
    let mut twice = one(&t, "client", a, 1);
    twice.take.extend([claim(SCOPE, "m", a), claim(SCOPE, "m", a)]);
    log.append(twice).await.unwrap();
    assert_eq!(log.name_owner(&t, SCOPE, "m").await.unwrap(), Some(a));
}

pub(crate) async fn racing_for_one_name_has_one_winner(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    for round in 0..5 {
        let name = format!("n{round}");
        let racers: Vec<_> = (0..32)
            .map(|_| {
                let owner = id();
                let mut append = one(&t, "client", owner, 0);
                append.take.push(claim(SCOPE, &name, owner));
                let log = log.clone();
                tokio::spawn(async move { (owner, log.append(append).await) })
            })
            .collect();
        let mut winners = Vec::new();
        for racer in racers {
            match racer.await.unwrap() {
                (owner, Ok(_)) => winners.push(owner),
                (_, refusal) => assert_eq!(refused(refusal), taken(&name)),
            }
        }
        assert_eq!(winners.len(), 1);
        assert_eq!(log.name_owner(&t, SCOPE, &name).await.unwrap(), winners.first().copied());
    }
    assert_eq!(log.head().await.unwrap(), 5);
}

pub(crate) async fn the_first_reason_to_refuse_is_told(place: &Place) {
    let (log, t, a, b) = (place.log().await, tenant("acme"), id(), id());
    let full = |expected| {
        let mut append = one(&t, "client", b, expected);
        append.key = Some(key("k", 1, 0));
        append.take.push(claim(SCOPE, "n", b));
        let mut series = crate::support::number("s", 0);
        (series.max, series.refusal) = (Some(0), "no more");
        append.series.push(series);
        append
    };
    let mut first = one(&t, "client", a, 0);
    first.key = Some(key("k", 1, 0));
    first.take.push(claim(SCOPE, "n", a));
    log.append(first).await.unwrap();
    assert_eq!(refused(log.append(full(7)).await), Rejection::KeyUsed);
    let mut other_key = full(7);
    other_key.key = Some(key("k2", 1, 0));
    assert!(is_conflict(log.append(other_key).await));
    let mut other_key = full(0);
    other_key.key = Some(key("k2", 1, 0));
    assert_eq!(refused(log.append(other_key).await), taken("n"));
    let mut other_name = full(0);
    other_name.key = Some(key("k2", 1, 0));
    other_name.take.clear();
    assert_eq!(refused(log.append(other_name).await), Rejection::SeriesFull { refusal: "no more" });
    assert!(log.find_key(&t, "k2", 0).await.unwrap().is_none());
}
