//! Of what keeps two processes, or one that was interrupted, from spoiling each other's work.

use super::*;
use crate::client::Answer;
use crate::deliveries::Deliveries;
use crate::ids;
use crate::job::{Finished, NewDelivery};
use sunledger_store::{Backend, Statement};

pub(crate) async fn tables() -> (tempfile::TempDir, Tables, Uuid) {
    let folder = tempfile::tempdir().unwrap();
    let settings = StoreSettings::new(Backend::Sqlite { folder: folder.path().into() });
    let log = Uuid::now_v7();
    let tables = Tables::open(&settings).await.unwrap().begin(log).await.unwrap();
    assert_eq!(
        tables.adopt(log, std::future::ready(Ok(0)), 0).await.unwrap(),
        Checkpoint { position: 0, silent_until: 0 }
    );
    (folder, tables, log)
}

pub(crate) fn lane(number: u128) -> LaneKey {
    LaneKey { endpoint: Uuid::from_u128(number), tests: false }
}

pub(crate) fn delivery(lane: LaneKey, position: i64) -> NewDelivery {
    NewDelivery {
        id: ids::delivery(position, position, lane.endpoint, "e"),
        tenant: TenantId::new("acme").unwrap(),
        lane,
        event_id: "e".into(),
        event_type: "invoice.created".into(),
        event_at: position,
        position,
        message_id: "m".into(),
        body_id: ids::body(position, position, "e"),
        body: "{}".into(),
        created_at: position,
        claimed_until: None,
        ended: None,
    }
}

async fn insert(tables: &Tables, lane: LaneKey, positions: std::ops::Range<i64>) {
    let mut batch = tables.batch();
    for position in positions {
        batch.insert_delivery(&delivery(lane, position));
    }
    tables.commit(batch).await.unwrap();
}

pub(crate) fn succeeded(job: &Job) -> Finished {
    Finished {
        job: job.clone(),
        at: 1,
        answer: Answer { status: Some(200), ..Answer::default() },
        state: "succeeded",
        next_attempt_at: 0,
        finished_at: Some(2),
    }
}

/// An attempt that failed, and the next one is at that time.
pub(crate) fn failed(job: &Job, next_attempt_at: i64) -> Finished {
    let answer = Answer { status: Some(500), ..Answer::default() };
    Finished { answer, state: "pending", next_attempt_at, finished_at: None, ..succeeded(job) }
}

async fn finish(tables: &Tables, finished: &[Finished]) {
    let mut batch = tables.batch();
    batch.finish(&finished.iter().collect::<Vec<_>>());
    tables.commit(batch).await.unwrap();
}

async fn attempts(tables: &Tables, id: Uuid) -> Vec<(i64, Option<i64>)> {
    let tenant = TenantId::new("acme").unwrap();
    let detail = Deliveries::new(tables.db().clone()).get(&tenant, id).await.unwrap().unwrap();
    detail.attempts.iter().map(|attempt| (attempt.number, attempt.status)).collect()
}

pub(crate) async fn states(tables: &Tables) -> Vec<(String, i64)> {
    let rows = tables.db.query("SELECT state, attempts FROM deliveries ORDER BY id", vec![]).await.unwrap();
    rows.into_iter()
        .map(|row| {
            let mut columns = Columns::from(row);
            (columns.text().unwrap().to_string(), columns.int().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn a_batch_from_a_checkpoint_that_has_moved_is_refused_as_a_whole() {
    let (_folder, tables, log) = tables().await;
    let mut batch = tables.batch();
    batch.advance(0, 5);
    tables.commit(batch).await.unwrap();
    let mut batch = tables.batch();
    batch.insert_delivery(&delivery(lane(1), 3));
    batch.advance(0, 6);
    assert!(tables.commit(batch).await.is_err());
    assert!(states(&tables).await.is_empty());
    assert_eq!(tables.adopt(log, std::future::ready(Ok(9)), 0).await.unwrap().position, 5);
}

/// One that was paused, say: the other's deliveries would wait for the end of its claims.
#[tokio::test]
async fn a_process_that_was_replaced_neither_fans_out_nor_claims() {
    let (_folder, tables, log) = tables().await;
    insert(&tables, lane(1), 0..1).await;
    let replaced = tables.begin(log).await.unwrap();
    let holder = tables.begin(log).await.unwrap();
    let claimed = NewDelivery { claimed_until: Some(100), ..delivery(lane(1), 3) };
    for (tables, works) in [(replaced, false), (holder, true)] {
        assert_eq!(tables.is_ours().await.unwrap(), works);
        let mut batch = tables.batch();
        batch.insert_delivery(&claimed);
        batch.advance(0, 6);
        assert_eq!(tables.commit(batch).await.is_ok(), works);
        assert_eq!(tables.claim(&[(lane(1), 3)], 12, 100).await.unwrap().len(), usize::from(works));
    }
    assert_eq!(tables.adopt(log, std::future::ready(Ok(9)), 0).await.unwrap().position, 6);
}

#[tokio::test]
async fn the_same_delivery_is_written_once() {
    let (_folder, tables, _) = tables().await;
    insert(&tables, lane(1), 0..3).await;
    insert(&tables, lane(1), 0..4).await;
    assert_eq!(states(&tables).await.len(), 4);
}

#[tokio::test]
async fn a_page_that_was_written_before_is_refused() {
    let (_folder, tables, log) = tables().await;
    insert(&tables, lane(1), 2..3).await;
    let mut batch = tables.batch();
    batch.insert_page(&[delivery(lane(1), 1), delivery(lane(1), 2)]);
    batch.advance(0, 2);
    assert!(tables.commit(batch).await.is_err());
    assert_eq!(states(&tables).await.len(), 1);
    assert_eq!(tables.adopt(log, std::future::ready(Ok(9)), 0).await.unwrap().position, 0);
}

#[tokio::test]
async fn claims_take_what_is_due_oldest_first_and_only_once() {
    let (_folder, tables, _) = tables().await;
    insert(&tables, lane(1), 10..20).await;
    insert(&tables, lane(2), 12..14).await;
    assert_eq!(tables.lanes().await.unwrap(), [(lane(1), 10), (lane(2), 12)]);
    let jobs = tables.claim(&[(lane(1), 3), (lane(2), 3)], 12, 100).await.unwrap();
    let due: Vec<_> = jobs.iter().map(|job| (job.lane, job.due)).collect();
    assert_eq!(
        due.iter().filter(|(of, _)| *of == lane(1)).map(|(_, due)| *due).collect::<Vec<_>>(),
        [10, 11, 12]
    );
    assert_eq!(due.iter().filter(|(of, _)| *of == lane(2)).count(), 1);
    assert!(tables.claim(&[(lane(1), 3), (lane(2), 3)], 12, 100).await.unwrap().is_empty());
    assert_eq!(tables.lanes().await.unwrap(), [(lane(1), 13), (lane(2), 13)]);
}

#[tokio::test]
async fn a_lease_that_ended_makes_the_delivery_pending_and_its_late_result_void() {
    let (_folder, tables, _) = tables().await;
    insert(&tables, lane(1), 0..1).await;
    let job = tables.claim(&[(lane(1), 1)], 0, 100).await.unwrap().remove(0);
    assert_eq!(tables.reclaim(Some(100)).await.unwrap(), 0);
    assert_eq!(tables.reclaim(Some(101)).await.unwrap(), 1);
    let again = tables.claim(&[(lane(1), 1)], 0, 300).await.unwrap().remove(0);
    let mut batch = tables.batch();
    batch.finish(&[&succeeded(&job)]);
    batch.release(&[&job]);
    tables.commit(batch).await.unwrap();
    assert_eq!(states(&tables).await, [("delivering".to_owned(), 0)]);
    let mut batch = tables.batch();
    batch.finish(&[&succeeded(&again)]);
    tables.commit(batch).await.unwrap();
    assert_eq!(states(&tables).await, [("succeeded".to_owned(), 1)]);
    assert_eq!(tables.reclaim(None).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_claimed_from_birth_can_be_given_back_as_one() {
    let (_folder, tables, _) = tables().await;
    let mut batch = tables.batch();
    for position in 0..4 {
        let claimed_until = (position > 0).then_some(100 + position / 3);
        batch.insert_delivery(&NewDelivery { claimed_until, ..delivery(lane(1), position) });
    }
    tables.commit(batch).await.unwrap();
    let state = |state: &str| (state.to_owned(), 0);
    let (pending, delivering) = (state("pending"), state("delivering"));
    let claimed = [pending.clone(), delivering.clone(), delivering.clone(), delivering.clone()];
    assert_eq!(states(&tables).await, claimed);
    tables.unclaim(100).await.unwrap();
    assert_eq!(states(&tables).await, [pending.clone(), pending.clone(), pending, delivering]);
}

#[tokio::test]
async fn deliveries_of_the_release_before_keep_their_bodies() {
    let folder = tempfile::tempdir().unwrap();
    let settings = StoreSettings::new(Backend::Sqlite { folder: folder.path().into() });
    let db = Db::open(&settings, NAME, Durability::Lazy).await.unwrap();
    db.migrate(&[("001_webhooks", include_str!("../sql/schema_sqlite.sql"))]).await.unwrap();
    let (original, copy) = (Uuid::from_u128(7 << 64 | 1), Uuid::from_u128(7 << 64 | 2));
    let sql = "INSERT INTO deliveries (id, tenant, endpoint_id, lane, event_id, event_type, event_at, position, \
        message_id, redelivery_of, body, state, attempts, next_attempt_at, created_at) \
        VALUES ($1, 'acme', $2, 0, 'e', 'invoice.created', 1, 1, $3, NULL, 'the body', 'pending', 0, 1, 1)";
    let row = |id| {
        vec![Param::Uuid(id), Param::Uuid(lane(1).endpoint), Param::Text(ids::message_id(original).into())]
    };
    let statement = Statement { sql: sql.into(), rows: vec![row(original), row(copy)] };
    db.transaction(vec![statement]).await.unwrap();

    let tables = Tables::open(&settings).await.unwrap().begin(Uuid::now_v7()).await.unwrap();
    let jobs = tables.claim(&[(lane(1), 5)], 10, 100).await.unwrap();
    assert_eq!(
        jobs.iter().map(|job| (job.id, &*job.body)).collect::<Vec<_>>(),
        [(original, "the body"), (copy, "the body")]
    );
    assert_eq!(tables.db.query("SELECT id FROM bodies", vec![]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_first_attempt_stands_in_its_delivery_and_later_ones_have_their_own_rows() {
    let (_folder, tables, _) = tables().await;
    insert(&tables, lane(1), 0..1).await;
    let job = tables.claim(&[(lane(1), 1)], 0, 100).await.unwrap().remove(0);
    assert!(attempts(&tables, job.id).await.is_empty());
    finish(&tables, &[failed(&job, 5)]).await;
    assert_eq!(attempts(&tables, job.id).await, [(1, Some(500))]);
    let again = tables.claim(&[(lane(1), 1)], 5, 200).await.unwrap().remove(0);
    finish(&tables, &[succeeded(&again)]).await;
    assert_eq!(attempts(&tables, job.id).await, [(1, Some(500)), (2, Some(200))]);
    let rows = tables.db.query("SELECT number FROM attempts", vec![]).await.unwrap();
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn the_first_attempt_of_the_release_before_is_still_shown() {
    let (_folder, tables, _) = tables().await;
    insert(&tables, lane(1), 0..1).await;
    let job = tables.claim(&[(lane(1), 1)], 0, 100).await.unwrap().remove(0);
    let sql = "INSERT INTO attempts (delivery_id, number, at, duration_ms, status) VALUES ($1, 1, 1, 1, 503)";
    tables
        .db
        .transaction(vec![
            Statement { sql: sql.into(), rows: vec![vec![Param::Uuid(job.id)]] },
            Statement { sql: "UPDATE deliveries SET attempts = 1".into(), rows: vec![vec![]] },
        ])
        .await
        .unwrap();
    finish(&tables, &[succeeded(&Job { attempts: 1, ..job.clone() })]).await;
    assert_eq!(attempts(&tables, job.id).await, [(1, Some(503)), (2, Some(200))]);
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_has_planned_is_due_now() {
    let (_folder, tables, _) = tables().await;
    insert(&tables, lane(1), 0..2).await;
    let jobs = tables.claim(&[(lane(1), 2)], 10, 100).await.unwrap();
    // One attempt was at 1, the other one at 1,000, as the clock then said.
    let ahead = Finished { at: 1_000, ..failed(&jobs[1], 6_000) };
    finish(&tables, &[failed(&jobs[0], 5_001), ahead]).await;
    assert_eq!(tables.replan(50).await.unwrap(), 1);
    assert_eq!(tables.lanes().await.unwrap(), [(lane(1), 50)]);
}

#[tokio::test]
async fn a_body_goes_with_the_last_of_its_deliveries() {
    let (_folder, tables, _) = tables().await;
    let mut batch = tables.batch();
    for endpoint in 1..=3 {
        batch.insert_delivery(&delivery(lane(endpoint), 7));
    }
    tables.commit(batch).await.unwrap();
    let bodies = async || tables.db.query("SELECT body FROM bodies", vec![]).await.unwrap().len();
    assert_eq!(bodies().await, 1);
    for endpoint in 1..=3 {
        let job = tables.claim(&[(lane(endpoint), 1)], 10, 100).await.unwrap().remove(0);
        assert_eq!(&*job.body, "{}");
        let mut batch = tables.batch();
        batch.finish(&[&succeeded(&job)]);
        tables.commit(batch).await.unwrap();
    }
    assert_eq!(tables.purge(3, 2).await.unwrap(), 2);
    assert_eq!(bodies().await, 1);
    assert_eq!(tables.purge(3, 2).await.unwrap(), 1);
    assert_eq!(bodies().await, 0);
}

#[tokio::test]
async fn a_purge_takes_attempts_with_their_deliveries_and_goes_in_steps() {
    let (_folder, tables, _) = tables().await;
    insert(&tables, lane(1), 0..5).await;
    let jobs = tables.claim(&[(lane(1), 4)], 10, 100).await.unwrap();
    finish(&tables, &jobs.iter().map(|job| failed(job, 1)).collect::<Vec<_>>()).await;
    let jobs = tables.claim(&[(lane(1), 4)], 1, 200).await.unwrap();
    finish(&tables, &jobs.iter().map(succeeded).collect::<Vec<_>>()).await;
    assert_eq!(tables.purge(2, 3).await.unwrap(), 0);
    assert_eq!(tables.purge(3, 3).await.unwrap(), 3);
    let attempts = tables.db.query("SELECT delivery_id FROM attempts", vec![]).await.unwrap();
    assert_eq!(attempts.len(), 1);
    assert_eq!(tables.purge(3, 3).await.unwrap(), 1);
    assert_eq!(states(&tables).await, [("pending".to_owned(), 0)]);
}
