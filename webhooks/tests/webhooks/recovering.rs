//! Restarts, take-overs and other interruptions: nothing is lost.

use crate::support::*;
use serde_json::json;
use std::collections::HashSet;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;
use sunledger_store::{Db, Durability, Param, Statement};
use sunledger_webhooks::DeliveryState;
use uuid::Uuid;

on_every_backend! {
    async fn a_restart_in_the_middle_loses_nothing(ledger) {
        let receiver = Receiver::start(|number, _| {
            // Some of everything: successes, failures, and attempts that a restart breaks off.
            match number % 5 {
                0 => Reply::Hang,
                1 => Reply::Status(500),
                _ => Reply::Status(200),
            }
        })
        .await;
        let mut ledger = ledger;
        ledger.settings.total_timeout = Duration::from_millis(300);
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        for round in 0..4 {
            let webhooks = ledger.start().await;
            ledger.invoices(10).await;
            receiver.wait_for(round * 4 + 3).await;
            if round % 2 == 0 {
                drop(webhooks);
            } else {
                webhooks.shutdown(Duration::from_millis(50)).await;
            }
        }
        let webhooks = ledger.start().await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 40).await;
        let ids: HashSet<_> = receiver.received().iter().map(|message| message.id().to_owned()).collect();
        assert_eq!(ids.len(), 40);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn what_happened_while_nobody_delivered_is_delivered_after_the_start(ledger) {
        let receiver = Receiver::healthy().await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        ledger.start().await.shutdown(Duration::from_secs(1)).await;
        ledger.invoices(600).await;
        let webhooks = ledger.start().await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 600).await;
        assert_eq!(receiver.count(), 600);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn a_shutdown_lets_posts_end_and_records_them(ledger) {
        let receiver = Receiver::start(|_, _| {
            std::thread::sleep(Duration::from_millis(200));
            Reply::Status(200)
        })
        .await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        receiver.wait_for(1).await;
        webhooks.shutdown(Duration::from_secs(5)).await;
        assert_eq!(ledger.list(&webhooks, endpoint).await[0].state, DeliveryState::Succeeded);
        assert_eq!(receiver.count(), 1);
        assert!(!webhooks.stats().active);
    }

    async fn one_process_delivers_and_another_takes_over(ledger) {
        let receiver = Receiver::healthy().await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let first = ledger.start().await;
        ledger.fanned_out(&first).await;
        let second = ledger.start().await;
        ledger.invoices(20).await;
        ledger.wait_for(&first, endpoint, DeliveryState::Succeeded, 20).await;
        assert_eq!(receiver.count(), 20);
        assert!(first.stats().active && !second.stats().active);
        first.shutdown(Duration::from_secs(1)).await;
        ledger.invoices(20).await;
        ledger.wait_for(&second, endpoint, DeliveryState::Succeeded, 40).await;
        assert_eq!(receiver.count(), 40);
        assert!(second.stats().active);
        second.shutdown(Duration::from_secs(1)).await;
    }

    /// One that stood still between getting the lock and entering itself, and did not hold it any more when it did.
    async fn who_holds_the_lock_enters_itself_again_where_another_has_done_so(ledger) {
        let receiver = Receiver::healthy().await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 1).await;
        execute(&ledger, "UPDATE checkpoint SET session = $1 WHERE id = 1", Param::Uuid(Uuid::nil())).await;
        ledger.invoices(1).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 2).await;
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn a_log_restored_from_a_backup_is_folded_again_without_delivering_again(ledger) {
        let receiver = Receiver::healthy().await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(3).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 3).await;
        webhooks.shutdown(Duration::from_secs(1)).await;
        // As if the log had been longer when the webhooks last ran.
        execute(&ledger, "UPDATE checkpoint SET position = $1 WHERE id = 1", Param::Int(1_000)).await;
        let webhooks = ledger.start().await;
        eventually("the fold", || async { webhooks.stats().active && webhooks.stats().lag == 0 }).await;
        ledger.happens("invoice.created", json!({ "after": "restore" })).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 4).await;
        assert_eq!(receiver.count(), 4);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn what_belongs_to_another_log_is_emptied(ledger) {
        let receiver = Receiver::healthy().await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(2).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 2).await;
        webhooks.shutdown(Duration::from_secs(1)).await;
        execute(&ledger, "UPDATE checkpoint SET log = $1 WHERE id = 1", Param::Uuid(Uuid::nil())).await;
        execute(&ledger, "UPDATE endpoints SET url = 'http://127.0.0.1:1/' WHERE id <> $1", Param::Uuid(Uuid::nil())).await;
        let webhooks = ledger.start().await;
        // Everything is made anew from the log, under the same ids.
        receiver.wait_for(4).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 2).await;
        let ids: HashSet<_> = receiver.received().iter().map(|message| message.id().to_owned()).collect();
        assert_eq!(ids.len(), 2);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn finished_deliveries_are_forgotten_after_the_retention(ledger) {
        let receiver = Receiver::healthy().await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(3).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 3).await;
        let id = ledger.list(&webhooks, endpoint).await[0].id;
        webhooks.shutdown(Duration::from_secs(1)).await;
        ledger.later.store(29 * 86_400_000_000, SeqCst);
        let webhooks = ledger.start().await;
        eventually("the start", || async { webhooks.stats().active }).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(ledger.list(&webhooks, endpoint).await.len(), 3);
        webhooks.shutdown(Duration::from_secs(1)).await;
        ledger.later.store(31 * 86_400_000_000, SeqCst);
        let webhooks = ledger.start().await;
        eventually("the purge", || async { ledger.list(&webhooks, endpoint).await.is_empty() }).await;
        assert!(webhooks.deliveries().get(&ledger.tenant, id).await.unwrap().is_none());
        // An event that old is not delivered any more.
        ledger.invoices(1).await;
        ledger.fanned_out(&webhooks).await;
        assert!(ledger.list(&webhooks, endpoint).await.is_empty());
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn a_body_is_kept_for_whichever_delivery_of_it_is_left(ledger) {
        let receiver = Receiver::healthy().await;
        let (first, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let (second, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        ledger.wait_for(&webhooks, first, DeliveryState::Succeeded, 1).await;
        ledger.wait_for(&webhooks, second, DeliveryState::Succeeded, 1).await;
        webhooks.shutdown(Duration::from_secs(1)).await;
        let five_days_later = "UPDATE deliveries SET finished_at = finished_at + 432000000000 WHERE endpoint_id = $1";
        execute(&ledger, five_days_later, Param::Uuid(second)).await;
        let after = async |days: i64| {
            ledger.later.store(days * 86_400_000_000, SeqCst);
            ledger.start().await
        };
        let webhooks = after(10).await;
        let original = ledger.list(&webhooks, first).await.remove(0).id;
        ledger.endpoint(first, "redelivery_requested", json!({ "selection": { "delivery": original } })).await;
        ledger.wait_for(&webhooks, first, DeliveryState::Succeeded, 2).await;
        let copy = ledger.list(&webhooks, first).await.remove(0).id;
        let body = ledger.detail(&webhooks, copy).await.body;
        webhooks.shutdown(Duration::from_secs(1)).await;

        let webhooks = after(31).await;
        eventually("the original's end", || async { ledger.list(&webhooks, first).await.len() == 1 }).await;
        let other = ledger.list(&webhooks, second).await.remove(0).id;
        assert_eq!(ledger.detail(&webhooks, other).await.body, body);
        assert_eq!(ledger.detail(&webhooks, copy).await.body, body);
        webhooks.shutdown(Duration::from_secs(1)).await;
        let webhooks = after(36).await;
        eventually("the other's end", || async { ledger.list(&webhooks, second).await.is_empty() }).await;
        assert_eq!(ledger.detail(&webhooks, copy).await.body, body);
        webhooks.shutdown(Duration::from_secs(1)).await;
        let webhooks = after(41).await;
        eventually("the copy's end", || async { ledger.list(&webhooks, first).await.is_empty() }).await;
        assert_eq!(bodies(&ledger).await, 0);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }
}

/// How many bodies are kept.
async fn bodies(ledger: &Ledger) -> usize {
    let db = Db::open(&ledger.store, "webhooks", Durability::Lazy).await.unwrap();
    db.query("SELECT id FROM bodies", vec![]).await.unwrap().len()
}

/// Changes the tables behind the back of the webhooks.
async fn execute(ledger: &Ledger, sql: &str, param: Param) {
    let db = Db::open(&ledger.store, "webhooks", Durability::Lazy).await.unwrap();
    let changed = db.transaction(vec![Statement { sql: sql.into(), rows: vec![vec![param]] }]).await.unwrap();
    assert_eq!(changed, [1]);
}
