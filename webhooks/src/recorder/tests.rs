//! Of deliveries that are posted before they are written.

use super::*;
use crate::tables::tests::{delivery, failed, lane, states, succeeded, tables};
use tokio::sync::oneshot;
use tokio::time::timeout;

const LEASE: i64 = 100;

type Written = oneshot::Receiver<Result<(), StoreError>>;

/// A page of one delivery for each position after `from`, all claimed; its claims.
fn page(from: i64, to: i64) -> (Page, Vec<Job>, Written) {
    let lease = LEASE + from;
    let deliveries: Vec<_> = (from + 1..=to)
        .map(|position| {
            let mut delivery = delivery(lane(1), position);
            delivery.claimed_until = Some(lease);
            delivery
        })
        .collect();
    let jobs = deliveries.iter().filter_map(|delivery| delivery.job()).collect();
    let (tell, written) = oneshot::channel();
    (Page::new((from, to), lease, deliveries, tell), jobs, written)
}

async fn told(written: Written) -> Result<(), StoreError> {
    timeout(Duration::from_secs(20), written).await.unwrap().unwrap()
}

fn state(state: &str, attempts: i64) -> (String, i64) {
    (state.to_owned(), attempts)
}

#[tokio::test]
async fn what_ends_before_it_is_written_is_written_in_its_final_state() {
    let (_folder, tables, log) = tables().await;
    let mut recorder = Recorder::start(tables.clone());
    let (page, jobs, written) = page(0, 3);
    recorder.write(Entry::Page(page));
    recorder.write(Entry::Finished(succeeded(&jobs[0])));
    recorder.write(Entry::Finished(failed(&jobs[1], 70)));
    recorder.write(Entry::Released(jobs[2].clone()));
    told(written).await.unwrap();
    assert_eq!(states(&tables).await, [state("succeeded", 1), state("pending", 1), state("pending", 0)]);
    assert_eq!(recorder.due().await.unwrap(), [(lane(1), 70), (lane(1), 3)]);
    assert!(tables.db().query("SELECT number FROM attempts", vec![]).await.unwrap().is_empty());
    assert_eq!(tables.adopt(log, std::future::ready(Ok(9)), 0).await.unwrap().position, 3);
}

#[tokio::test]
async fn what_ends_later_finds_its_row() {
    let (_folder, tables, _) = tables().await;
    let recorder = Recorder::start(tables.clone());
    let (page, jobs, written) = page(0, 2);
    recorder.write(Entry::Page(page));
    recorder.write(Entry::Finished(succeeded(&jobs[0])));
    told(written).await.unwrap();
    assert_eq!(states(&tables).await, [state("succeeded", 1), state("delivering", 0)]);
    recorder.write(Entry::Finished(succeeded(&jobs[1])));
    assert!(recorder.finish(Instant::now() + Duration::from_secs(20)).await);
    assert_eq!(states(&tables).await, [state("succeeded", 1), state("succeeded", 1)]);
}

#[tokio::test]
async fn pages_are_written_in_the_order_of_their_events() {
    let (_folder, tables, log) = tables().await;
    let recorder = Recorder::start(tables.clone());
    let ((early, _, _first), (late, jobs, second)) = (page(0, 1), page(1, 2));
    recorder.write(Entry::Page(early));
    recorder.write(Entry::Page(late));
    recorder.write(Entry::Finished(succeeded(&jobs[0])));
    told(second).await.unwrap();
    assert_eq!(states(&tables).await, [state("delivering", 0), state("succeeded", 1)]);
    assert_eq!(tables.adopt(log, std::future::ready(Ok(9)), 0).await.unwrap().position, 2);
}

#[tokio::test]
async fn where_another_process_has_gone_on_no_page_is_written() {
    let (_folder, tables, _) = tables().await;
    let mut batch = tables.batch();
    batch.advance(0, 1);
    tables.commit(batch).await.unwrap();
    let recorder = Recorder::start(tables.clone());
    let ((refused, jobs, first), (dropped, _, second)) = (page(0, 1), page(1, 2));
    recorder.write(Entry::Page(refused));
    recorder.write(Entry::Page(dropped));
    assert!(told(first).await.is_err());
    assert!(timeout(Duration::from_secs(20), second).await.unwrap().is_err());
    // What comes of them later belongs to nothing.
    recorder.write(Entry::Finished(succeeded(&jobs[0])));
    assert!(recorder.finish(Instant::now() + Duration::from_secs(20)).await);
    assert!(states(&tables).await.is_empty());
}

#[tokio::test]
async fn the_end_writes_what_is_under_way_as_claimed() {
    let (_folder, tables, _) = tables().await;
    let recorder = Recorder::start(tables.clone());
    recorder.write(Entry::Page(page(0, 2).0));
    assert!(recorder.finish(Instant::now() + Duration::from_secs(20)).await);
    assert_eq!(states(&tables).await, [state("delivering", 0), state("delivering", 0)]);
    assert_eq!(tables.reclaim(None).await.unwrap(), 2);
}
