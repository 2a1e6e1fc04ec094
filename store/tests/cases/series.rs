//! Gapless series and the labels made of them.

use crate::support::process::{Task, finish, start};
use crate::support::{
    Place, claim, filled, id, invoice, is_conflict, key, labelled, number, one, refused, tenant,
};
use std::collections::BTreeSet;
use sunledger_domain::TenantId;
use sunledger_store::{Appended, Log, Rejection, Unchanged};

const SCOPE: &str = "invoice_number";

/// Every invoice of the log has a number and the label that belongs to it, from 1 without gap.
async fn assert_gapless(log: &Log, count: usize) {
    let mut numbers = BTreeSet::new();
    let mut labels = BTreeSet::new();
    let mut at = 0;
    loop {
        let events = log.read(at, 1000).await.unwrap();
        let Some(last) = events.last() else { break };
        at = last.position;
        for event in events.iter().filter(|event| &*event.event_type == "invoice.created") {
            let payload: serde_json::Value = serde_json::from_str(&event.payload).unwrap();
            assert!(numbers.insert(payload["number"].as_i64().unwrap()));
            let label = payload["label"].as_str().unwrap().to_owned();
            assert_eq!(log.name_owner(&event.tenant, SCOPE, &label).await.unwrap(), Some(event.id));
            assert!(labels.insert(label));
            let note = format!("the \"number\":{} is in a text", i64::MIN);
            assert_eq!(payload["note"].as_str().unwrap(), note);
        }
    }
    assert_eq!(numbers, (1..=count as i64).collect());
    assert_eq!(labels, (1..=count).map(|number| format!("INV-{number:04}")).collect());
    log.check(&|_| ()).await.unwrap();
}

pub(crate) async fn numbers_have_no_gap_under_many_tasks(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (log, t) = (log.clone(), t.clone());
            tokio::spawn(async move {
                for _ in 0..10 {
                    let append = invoice(&t);
                    let payload = append.writes[0].events[0].payload.clone();
                    let done = log.append(append).await.unwrap();
                    let stored = &log.read(done.first - 1, 1).await.unwrap()[0];
                    // What the log says it filled in is what it stored.
                    let filled = done.filled.iter().fold(payload, |payload, filled| filled.fill(&payload));
                    assert_eq!(filled, *stored.payload);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_gapless(&log, 640).await;
}

pub(crate) async fn numbers_have_no_gap_under_several_processes(place: &Place) {
    let log = place.log().await;
    let children: Vec<_> = (0..3).map(|_| start(place, Task::Invoices(160))).collect();
    let here = tokio::spawn({
        let log = log.clone();
        async move {
            for _ in 0..40 {
                log.append(invoice(&tenant("shared"))).await.unwrap();
            }
        }
    });
    here.await.unwrap();
    tokio::task::spawn_blocking(|| children.into_iter().map(finish).count()).await.unwrap();
    assert_gapless(&log, 520).await;
}

pub(crate) async fn a_refused_append_uses_up_no_number(place: &Place) {
    let (log, t, a) = (place.log().await, tenant("acme"), id());
    log.append(one(&t, "thing", a, 0)).await.unwrap();
    let mut tasks = Vec::new();
    for index in 0..60 {
        let mut append = invoice(&t);
        let good = index % 3 != 1;
        if !good {
            append.writes[0].id = a;
            append.writes[0].kind = "thing".into();
        }
        let log = log.clone();
        tasks.push(tokio::spawn(async move { (good, log.append(append).await) }));
    }
    for task in tasks {
        match task.await.unwrap() {
            (true, result) => drop(result.unwrap()),
            (false, result) => assert!(is_conflict(result)),
        }
    }
    assert_gapless(&log, 40).await;
}

async fn with_label(log: &Log, t: &TenantId, expected: &str) -> Appended {
    let done = log.append(invoice(t)).await.unwrap();
    assert_eq!(filled(&done, "label"), expected);
    done
}

pub(crate) async fn a_label_that_is_taken_is_passed_over(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    let (by_hand, owner) = (id(), id());
    let mut append = one(&t, "invoice", by_hand, 0);
    for name in ["INV-0002", "INV-0003", "INV-0005"] {
        append.take.push(claim(SCOPE, name, by_hand));
    }
    log.append(append).await.unwrap();
    for label in ["INV-0001", "INV-0004"] {
        with_label(&log, &t, label).await;
    }
    // A label that the same append takes by name, or gives back.
    let mut append = one(&t, "invoice", owner, 0);
    append.release.push(claim(SCOPE, "INV-0005", by_hand));
    append.take.push(claim(SCOPE, "INV-0006", owner));
    append.series.extend([labelled("label:INV-", 0, "INV-"), labelled("label:INV-", 0, "INV-")]);
    let done = log.append(append).await.unwrap();
    let labels: Vec<&str> = done.filled.iter().map(|filled| filled.value.as_str()).collect();
    assert_eq!(labels, ["\"INV-0005\"", "\"INV-0007\""]);
    for (name, expected) in
        [("INV-0005", owner), ("INV-0006", owner), ("INV-0007", owner), ("INV-0002", by_hand)]
    {
        assert_eq!(log.name_owner(&t, SCOPE, name).await.unwrap(), Some(expected), "{name}");
    }
    // Plain numbers know nothing of labels.
    assert_eq!(filled(&with_label(&log, &t, "INV-0008").await, "number"), "3");
}

pub(crate) async fn series_of_several_tenants_and_forms_share_a_batch(place: &Place) {
    let log = place.log().await;
    let tenants = [tenant("acme"), tenant("other"), tenant("third")];
    let mut taken = one(&tenants[1], "invoice", id(), 0);
    taken.take.push(claim(SCOPE, "INV-0007", taken.writes[0].id));
    log.append(taken).await.unwrap();
    let tasks: Vec<_> = (0..120)
        .map(|index| {
            let (log, t) = (log.clone(), tenants[index % 3].clone());
            let mut append = invoice(&t);
            if index % 3 == 2 {
                append.series[1] = labelled("label:FAT-", 0, "FAT-");
            }
            if index % 5 == 4 {
                // Refused: it has to leave no gap.
                append.unchanged.push(sunledger_store::Unchanged {
                    kind: "client".into(),
                    id: id(),
                    version: 1,
                });
            }
            tokio::spawn(async move { (index % 5 != 4, t, log.append(append).await) })
        })
        .collect();
    let mut given: std::collections::BTreeMap<TenantId, (BTreeSet<i64>, BTreeSet<String>)> =
        std::collections::BTreeMap::new();
    for task in tasks {
        match task.await.unwrap() {
            (true, t, result) => {
                let done = result.unwrap();
                let (numbers, labels) = given.entry(t).or_default();
                assert!(numbers.insert(filled(&done, "number").parse().unwrap()));
                assert!(labels.insert(filled(&done, "label")));
            }
            (false, _, result) => assert!(is_conflict(result)),
        }
    }
    for (index, t) in tenants.iter().enumerate() {
        let (numbers, labels) = &given[t];
        assert_eq!(*numbers, (1..=32).collect());
        let prefix = if index == 2 { "FAT-" } else { "INV-" };
        let passed_over = (index == 1).then_some(7);
        let expected = (1..=33).filter(|value| Some(*value) != passed_over).take(32);
        assert_eq!(*labels, expected.map(|value| format!("{prefix}{value:04}")).collect());
    }
}

pub(crate) async fn labels_and_given_names_in_one_batch_never_collide(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    let mut tasks = Vec::new();
    for index in 0..80 {
        let mut append = invoice(&t);
        let by_hand = (index % 2 == 0).then(|| format!("INV-{:04}", index / 2 + 1));
        if let Some(name) = &by_hand {
            append.series.pop();
            append.take.push(claim(SCOPE, name, append.writes[0].id));
        }
        let (log, owner) = (log.clone(), append.writes[0].id);
        tasks.push(tokio::spawn(async move { (by_hand, owner, log.append(append).await) }));
    }
    let mut owners = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            (Some(name), owner, Ok(_)) => owners.push((name, owner)),
            (Some(name), _, refusal) => {
                assert_eq!(refused(refusal), Rejection::NameTaken { scope: SCOPE.into(), name });
            }
            (None, owner, result) => owners.push((filled(&result.unwrap(), "label"), owner)),
        }
    }
    let names: BTreeSet<&String> = owners.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), owners.len(), "a name was given twice");
    for (name, owner) in &owners {
        assert_eq!(log.name_owner(&t, SCOPE, name).await.unwrap(), Some(*owner), "{name}");
    }
    // Every value up to the last is somebody's: given, or passed over for one that was taken.
    let last =
        names.iter().filter_map(|name| name.trim_start_matches("INV-").parse::<usize>().ok()).max().unwrap();
    assert_eq!(names.len(), last);
}

pub(crate) async fn a_series_ends_at_its_last_value(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    let limited = || {
        let mut append = invoice(&t);
        append.series[0].max = Some(5);
        append.series[0].refusal = "the plan allows five";
        append
    };
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let (log, append) = (log.clone(), limited());
            tokio::spawn(async move { log.append(append).await })
        })
        .collect();
    let mut given = BTreeSet::new();
    for task in tasks {
        match task.await.unwrap() {
            Ok(done) => assert!(given.insert(filled(&done, "number"))),
            refusal => {
                assert_eq!(refused(refusal), Rejection::SeriesFull { refusal: "the plan allows five" });
            }
        }
    }
    assert_eq!(given.into_iter().collect::<Vec<_>>(), ["1", "2", "3", "4", "5"]);
    assert_gapless(&log, 5).await;
    // A larger plan goes on where the smaller one ended.
    let mut append = limited();
    append.series[0].max = Some(6);
    assert_eq!(filled(&log.append(append).await.unwrap(), "number"), "6");
}

/// One server goes on from what it knows of the log; what another one did meanwhile counts.
pub(crate) async fn what_another_server_did_meanwhile_counts(place: &Place) {
    let (here, there, t) = (place.log().await, place.log().await, tenant("acme"));
    let mut next = 1;
    let mut labels = async |log: &Log, count: i64| {
        for _ in 0..count {
            let done = with_label(log, &t, &format!("INV-{next:04}")).await;
            let stored = &log.read(done.first - 1, 1).await.unwrap()[0];
            assert!(stored.payload.contains(&format!("\"label\":\"INV-{next:04}\"")), "{}", stored.payload);
            next += 1;
        }
    };
    // It counted on.
    for count in [3, 1, 1, 2, 5] {
        labels(&here, count).await;
        labels(&there, count).await;
    }
    // It wrote a stream that was written, or looked at, here.
    let thing = id();
    here.append(one(&t, "thing", thing, 0)).await.unwrap();
    there.append(one(&t, "thing", thing, 1)).await.unwrap();
    labels(&here, 2).await;
    let mut stale = one(&t, "thing", thing, 1);
    stale.series.push(labelled("label:INV-", 0, "INV-"));
    assert!(is_conflict(here.append(stale.clone()).await));
    labels(&here, 2).await;
    stale.writes[0].id = id();
    stale.writes[0].expected = 0;
    stale.unchanged.push(Unchanged { kind: "thing".into(), id: thing, version: 1 });
    assert!(is_conflict(here.append(stale.clone()).await));
    labels(&here, 2).await;
    // It used a key.
    for (log, expected) in [(&there, true), (&here, false)] {
        let mut keyed = invoice(&t);
        keyed.key = Some(key("once", 1, 0));
        let done = log.append(keyed).await;
        assert_eq!(done.is_ok(), expected);
        done.map_or_else(|error| assert_eq!(refused(Err(error)), Rejection::KeyUsed), drop);
    }
    let known = here.find_key(&t, "once", 0).await.unwrap().unwrap();
    assert_eq!((known.first, known.count), (here.head().await.unwrap(), 1));
    let labels = async |log: &Log, labels: std::ops::Range<i64>| {
        for label in labels {
            with_label(log, &t, &format!("INV-{label:04}")).await;
        }
    };
    labels(&here, 32..34).await;
    // It gave somebody the label that comes next by hand.
    let mut by_hand = one(&t, "invoice", id(), 0);
    by_hand.take.push(claim(SCOPE, "INV-0034", by_hand.writes[0].id));
    there.append(by_hand).await.unwrap();
    labels(&here, 35..40).await;
    here.check(&|_| ()).await.unwrap();
}

pub(crate) async fn a_counted_series_fills_nothing(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    let mut append = invoice(&t);
    append.writes.push(crate::support::one(&t, "thing", id(), 0).writes.remove(0));
    let mut counted = number("plan:invoices", 1);
    counted.field = None;
    append.series.push(counted.clone());
    append.series.push(counted.clone());
    let done = log.append(append).await.unwrap();
    assert_eq!(done.filled.len(), 2);
    let mut next = one(&t, "thing", id(), 0);
    counted.event = 0;
    counted.field = Some("n");
    next.series.push(counted);
    assert_eq!(filled(&log.append(next).await.unwrap(), "n"), "3");
}

pub(crate) async fn fields_are_filled_whatever_stands_around_them(place: &Place) {
    let (log, t) = (place.log().await, tenant("acme"));
    let prefixes = [
        "",
        "\"",
        "a\"",
        "\\",
        "\\\\\"",
        "é\u{1F600}-",
        "%s$1'",
        "\"label\":",
        "\n\u{1}",
        "-9223372036854775808",
    ];
    for (round, text) in prefixes.iter().enumerate() {
        let mut append = one(&t, "invoice", id(), 0);
        let pending = i64::MIN;
        let payload =
            serde_json::json!({ "a": text, "label": pending, "more": {"label": text, "number": pending} });
        let first = payload.to_string();
        // The same field twice in one event, and one that stands nowhere in it.
        let second = format!(r#"{{"number":{pending},"x":[{{"number":{pending}}}],"é":"ü"}}"#);
        append.writes[0].events = vec![
            crate::support::event("invoice.created", &first),
            crate::support::event("invoice.issued", &second),
        ];
        let series = format!("label:{round}");
        append.series.push(number("n", 0));
        append.series.push(labelled(&series, 0, text));
        append.series.push(number("n", 1));
        append.series.push(number("n", 1));
        append.series.push(sunledger_store::SeriesRequest { field: Some("nowhere"), ..number("n", 1) });
        let done = log.append(append).await.unwrap();
        let stored = log.read(done.first - 1, 2).await.unwrap();
        for (index, original) in [&first, &second].into_iter().enumerate() {
            let mine = done.filled.iter().filter(|filled| filled.event == index);
            assert_eq!(
                *mine.fold(original.clone(), |text, filled| filled.fill(&text)),
                *stored[index].payload
            );
        }
        let n = 4 * round as i64;
        let label = format!("{text}0001");
        let expected =
            serde_json::json!({ "a": text, "label": label, "more": {"label": text, "number": n + 1} });
        assert_eq!(serde_json::from_str::<serde_json::Value>(&stored[0].payload).unwrap(), expected);
        let expected = serde_json::json!({ "number": n + 2, "x": [{"number": n + 3}], "é": "ü" });
        assert_eq!(serde_json::from_str::<serde_json::Value>(&stored[1].payload).unwrap(), expected);
        assert_eq!(log.name_owner(&t, SCOPE, &label).await.unwrap(), Some(stored[0].id));
    }
}
