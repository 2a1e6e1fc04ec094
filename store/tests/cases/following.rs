//! Followers: nobody skips an event, and nobody sleeps through one.

use crate::support::process::{Task, finish, start};
use crate::support::{Place, id, invoice, one, tenant};
use std::time::{Duration, Instant};

pub(crate) async fn a_follower_sees_every_position_in_order_while_processes_write(place: &Place) {
    let log = place.log().await;
    let total = 3 * 80 + 120;
    let children: Vec<_> = (0..3).map(|_| start(place, Task::Invoices(80))).collect();
    let writers: Vec<_> = (0..6)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    log.append(invoice(&tenant("shared"))).await.unwrap();
                }
            })
        })
        .collect();
    let follow = async {
        let mut watch = log.watch();
        let mut at = 0;
        while at < total {
            for event in log.read(at, 50).await.unwrap() {
                assert_eq!(event.position, at + 1, "a follower was overtaken");
                at = event.position;
            }
            if at < total && *watch.borrow_and_update() <= at {
                watch.changed().await.unwrap();
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), follow).await.unwrap();
    for writer in writers {
        writer.await.unwrap();
    }
    tokio::task::spawn_blocking(|| children.into_iter().map(finish).count()).await.unwrap();
    assert_eq!(log.check(&|_| ()).await.unwrap(), total);
}

pub(crate) async fn an_append_wakes_watchers_here_and_in_other_processes(place: &Place) {
    let (here, there, t) = (place.log().await, place.log().await, tenant("acme"));
    let (mut near, mut far) = (here.watch(), there.watch());
    let mut took = Vec::new();
    // Time for the watching to begin; what it promises is for the time after.
    tokio::time::sleep(Duration::from_millis(300)).await;
    for expected in 1..=20 {
        let since = Instant::now();
        here.append(one(&t, "thing", id(), 0)).await.unwrap();
        for watch in [&mut near, &mut far] {
            let head = watch.wait_for(|head| *head >= expected);
            assert_eq!(*tokio::time::timeout(Duration::from_secs(5), head).await.unwrap().unwrap(), expected);
        }
        took.push(since.elapsed());
    }
    // Who is not woken looks once a second. A machine that is busy with something else may hold up one of them, not half.
    took.sort_unstable();
    assert!(took[took.len() / 2] < Duration::from_millis(250), "{took:?}");
    // Really another process, which is gone by the time it is noticed.
    let child = start(place, Task::One);
    near.wait_for(|head| *head >= 21).await.unwrap();
    tokio::task::spawn_blocking(|| finish(child)).await.unwrap();
    // Watching again after nobody did; what happened in between is known at once.
    drop(far);
    tokio::time::sleep(Duration::from_millis(100)).await;
    here.append(one(&t, "thing", id(), 0)).await.unwrap();
    let mut far = there.watch();
    let head = far.wait_for(|head| *head >= 22);
    tokio::time::timeout(Duration::from_secs(2), head).await.unwrap().unwrap();
}
