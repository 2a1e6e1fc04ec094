//! Endpoints that change: disabled, enabled, rotated, tested, deleted, asked to deliver again.

use crate::support::*;
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;
use sunledger_webhooks::{DeliveryState, new_secret};
use uuid::Uuid;

on_every_backend! {
    async fn gone_disables_at_once_and_others_are_told(ledger) {
        let receiver = Receiver::start(|_, _| Reply::Status(410)).await;
        let watcher = Receiver::healthy().await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let (_, secret) = ledger.register(&watcher.url(), &["webhook_endpoint.disabled"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        let notice = watcher.wait_for(1).await.remove(0);
        assert!(notice.verify(&secret));
        assert_eq!(notice.json()["type"], "webhook_endpoint.disabled");
        assert!(notice.body.contains("410"));
        assert_eq!(ledger.control.asked.lock().unwrap().len(), 1);
        ledger.fanned_out(&webhooks).await;
        // Nothing new is made for it, and what waits is kept until it is enabled again.
        ledger.invoices(3).await;
        ledger.fanned_out(&webhooks).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let list = ledger.list(&webhooks, endpoint).await;
        assert_eq!((list.len(), list[0].state, receiver.count()), (1, DeliveryState::Pending, 1));
        assert_eq!(webhooks.stats().disabled, 1);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn an_endpoint_that_failed_for_five_days_is_disabled(ledger) {
        let receiver = Receiver::start(|_, _| Reply::Status(500)).await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        receiver.wait_for(1).await;
        ledger.later.store(4 * 86_400_000_000, SeqCst);
        ledger.invoices(1).await;
        receiver.wait_for(4).await;
        assert!(ledger.control.asked.lock().unwrap().is_empty());
        // A restart does not forget since when.
        webhooks.shutdown(Duration::from_secs(1)).await;
        ledger.later.store(5 * 86_400_000_000, SeqCst);
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        eventually("the endpoint to be disabled", || async {
            ledger.control.asked.lock().unwrap().first().is_some_and(|(id, _)| *id == endpoint)
        })
        .await;
        assert!(ledger.control.asked.lock().unwrap()[0].1.contains("120 hours"));
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn a_success_in_between_starts_the_five_days_anew(ledger) {
        let up = Arc::new(AtomicBool::new(false));
        let seen = up.clone();
        let receiver = Receiver::start(move |_, _| Reply::Status(if seen.load(SeqCst) { 200 } else { 500 })).await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        receiver.wait_for(1).await;
        up.store(true, SeqCst);
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 1).await;
        up.store(false, SeqCst);
        ledger.later.store(6 * 86_400_000_000, SeqCst);
        ledger.invoices(1).await;
        let failed = receiver.count() + 1;
        receiver.wait_for(failed).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(ledger.control.asked.lock().unwrap().is_empty());
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn what_waited_for_a_disabled_endpoint_goes_out_when_it_is_enabled(ledger) {
        let mut ledger = ledger;
        ledger.settings.retry_base_ms = 5_000;
        let up = Arc::new(AtomicBool::new(false));
        let seen = up.clone();
        let receiver = Receiver::start(move |_, _| Reply::Status(if seen.load(SeqCst) { 200 } else { 500 })).await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(2).await;
        receiver.wait_for(2).await;
        // An attempt that is still to be recorded does not wait yet, and is planned as any other.
        eventually("the attempts are recorded", || async {
            ledger.list(&webhooks, endpoint).await.iter().all(|delivery| delivery.attempts == 1)
        })
        .await;
        ledger.endpoint(endpoint, "disabled", json!({})).await;
        ledger.fanned_out(&webhooks).await;
        up.store(true, SeqCst);
        let start = std::time::Instant::now();
        ledger.endpoint(endpoint, "enabled", json!({})).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 2).await;
        assert!(start.elapsed() < Duration::from_secs(4), "they waited for the plan: {:?}", start.elapsed());
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn deliveries_of_a_deleted_endpoint_are_cancelled(ledger) {
        let receiver = Receiver::start(|_, _| Reply::Status(500)).await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(3).await;
        receiver.wait_for(3).await;
        ledger.endpoint(endpoint, "deleted", json!({})).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Cancelled, 3).await;
        let attempts = receiver.count();
        ledger.invoices(1).await;
        ledger.fanned_out(&webhooks).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(receiver.count() <= attempts + 3, "only what was under way may still arrive");
        assert_eq!(ledger.list(&webhooks, endpoint).await.len(), 3);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn a_rotated_secret_signs_beside_the_new_one_while_it_lasts(ledger) {
        let receiver = Receiver::healthy().await;
        let (endpoint, old) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        let new = new_secret([42; 32]);
        let until = jiff::Timestamp::from_microsecond(now() + 3_600_000_000).unwrap().to_string();
        let rotated = json!({ "secret": new, "previous_secret": { "secret": old, "until": until } });
        ledger.endpoint(endpoint, "secret_rotated", rotated).await;
        ledger.invoices(1).await;
        let both = receiver.wait_for(1).await.remove(0);
        assert_eq!(both.headers["webhook-signature"].split(' ').count(), 2);
        assert!(both.verify(&new) && both.verify(&old));

        webhooks.shutdown(Duration::from_secs(1)).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        let after_a_restart = receiver.wait_for(2).await.remove(1);
        assert!(after_a_restart.verify(&new) && after_a_restart.verify(&old));

        ledger.later.store(3_601_000_000, SeqCst);
        ledger.invoices(1).await;
        let one = receiver.wait_for(3).await.remove(2);
        assert_eq!(one.headers["webhook-signature"].split(' ').count(), 1);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn a_changed_address_and_subscription_count_from_then_on(ledger) {
        let (before, after) = (Receiver::healthy().await, Receiver::healthy().await);
        let (endpoint, _) = ledger.register(&before.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        before.wait_for(1).await;
        ledger.endpoint(endpoint, "updated", json!({ "url": after.url(), "events": ["invoice.sent"] })).await;
        ledger.invoices(1).await;
        ledger.happens("invoice.sent", json!({})).await;
        assert_eq!(after.wait_for(1).await[0].json()["type"], "invoice.sent");
        ledger.fanned_out(&webhooks).await;
        assert_eq!((before.count(), after.count()), (1, 1));
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn a_test_goes_to_its_endpoint_alone_even_when_that_is_disabled(ledger) {
        let (tested, other) = (Receiver::healthy().await, Receiver::healthy().await);
        let (endpoint, secret) = ledger.register(&tested.url(), &["payment.received"]).await;
        ledger.register(&other.url(), &["invoice.created", "payment.received"]).await;
        let webhooks = ledger.start().await;
        ledger.endpoint(endpoint, "disabled", json!({})).await;
        ledger.endpoint(endpoint, "tested", json!({})).await;
        let message = tested.wait_for(1).await.remove(0);
        assert!(message.verify(&secret));
        assert_eq!(message.json()["type"], "webhook.test");
        assert_eq!(message.json()["data"], json!({ "endpoint_id": endpoint }));
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 1).await;
        assert_eq!(other.count(), 0);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn a_delivery_is_made_again_by_its_id(ledger) {
        let receiver = Receiver::healthy().await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let (foreign, _) = ledger.register(&receiver.url(), &["payment.received"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(2).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 2).await;
        let original = ledger.list(&webhooks, endpoint).await.remove(1);
        let selection = json!({ "selection": { "delivery": original.id } });
        ledger.endpoint(endpoint, "redelivery_requested", selection.clone()).await;
        // Another endpoint cannot have it.
        ledger.endpoint(foreign, "redelivery_requested", selection).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 3).await;
        let copy = ledger.list(&webhooks, endpoint).await.remove(0);
        assert_eq!(copy.redelivery_of, Some(original.id));
        assert_eq!(copy.message_id, original.message_id);
        assert_eq!(copy.event_id, original.event_id);
        let (first, again) = (ledger.detail(&webhooks, original.id).await, ledger.detail(&webhooks, copy.id).await);
        assert_eq!(first.body, again.body);
        let received = receiver.wait_for(3).await;
        let same: Vec<_> = received.iter().filter(|message| message.id() == &*original.message_id).collect();
        assert_eq!(same.len(), 2);
        assert_eq!(same[0].body, same[1].body);
        ledger.fanned_out(&webhooks).await;
        assert!(ledger.list(&webhooks, foreign).await.is_empty());
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn the_deliveries_of_a_time_range_are_made_again(ledger) {
        let receiver = Receiver::healthy().await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        let start = now() - 1_000_000_000;
        for minute in 0..10 {
            ledger.happened("invoice.created", json!({ "minute": minute }), start + minute * 60_000_000).await;
        }
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 10).await;
        let at = |minute: i64| jiff::Timestamp::from_microsecond(start + minute * 60_000_000).unwrap().to_string();
        let range = json!({ "selection": { "range": { "from": at(3), "until": at(7) } } });
        ledger.endpoint(endpoint, "redelivery_requested", range.clone()).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 14).await;
        // A second request copies the originals again, not the copies.
        ledger.endpoint(endpoint, "redelivery_requested", range).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 18).await;
        let list = ledger.list(&webhooks, endpoint).await;
        let originals: HashSet<Uuid> = list.iter().filter_map(|delivery| delivery.redelivery_of).collect();
        let mut minutes = Vec::new();
        for id in &originals {
            let body: serde_json::Value = serde_json::from_str(&ledger.detail(&webhooks, *id).await.body).unwrap();
            minutes.push(body["data"]["invoice.created"]["minute"].as_i64().unwrap());
        }
        minutes.sort_unstable();
        assert_eq!(minutes, [3, 4, 5, 6]);
        assert_eq!(receiver.wait_for(18).await.len(), 18);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn no_secret_leaves_even_if_the_renderer_forgets(ledger) {
        let receiver = Receiver::healthy().await;
        ledger.register(&receiver.url(), &["*"]).await;
        let webhooks = ledger.start().await;
        let (_, secret) = ledger.register("http://127.0.0.1:1/", &["payment.received"]).await;
        let careless = json!({ "number": 3, "url": "http://127.0.0.1:1/", "events": ["payment.received"],
            "secret": new_secret([1; 32]), "leak": true });
        ledger.endpoint(Uuid::now_v7(), "registered", careless).await;
        ledger.invoices(1).await;
        let received = receiver.wait_for(2).await;
        ledger.fanned_out(&webhooks).await;
        assert_eq!(received.len(), 2);
        assert!(received.iter().all(|message| !message.body.contains("whsec_")));
        assert!(!format!("{received:?}").contains(&secret));
        assert_eq!(webhooks.deliveries().parked(None, 10).await.unwrap().len(), 1);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }
}
