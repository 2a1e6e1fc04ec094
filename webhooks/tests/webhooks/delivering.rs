//! Events reach whoever subscribed: signed, once, in the same bytes each time.

use crate::support::*;
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use sunledger_domain::TenantId;
use sunledger_store::{RecordedEvent, StoreError};
use sunledger_webhooks::{DeliveryState, EventSource, LogSource};
use uuid::Uuid;

on_every_backend! {
    async fn a_subscriber_gets_signed_messages_that_the_reference_library_accepts(ledger) {
        let receiver = Receiver::healthy().await;
        let (endpoint, secret) = ledger.register(&receiver.url(), &["invoice.created", "payment.received"]).await;
        let webhooks = ledger.start().await;
        ledger.happens("invoice.created", json!({ "number": 7 })).await;
        ledger.happens("invoice.sent", json!({ "number": 7 })).await;
        let position = ledger.happens("payment.received", json!({ "amount": "12.50" })).await;
        let mut received = receiver.wait_for(2).await;
        received.sort_by_key(|message| message.json()["type"].as_str().unwrap().to_owned());
        assert!(received.iter().all(|message| message.verify(&secret)));
        assert!(!received[0].verify("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
        assert_eq!(received[0].path, "/hook");
        assert_eq!(received[0].headers["content-type"], "application/json");
        assert!(received[0].headers["user-agent"].starts_with("Sunledger-Webhooks/"));
        assert_eq!(received[0].json()["type"], "invoice.created");
        assert_eq!(received[0].json()["data"], json!({ "invoice.created": { "number": 7 } }));
        let event = ledger.log.read(position - 1, 1).await.unwrap().remove(0);
        let recorded = jiff::Timestamp::from_microsecond(event.recorded_at).unwrap();
        assert_eq!(received[1].json()["timestamp"], format!("{recorded:.3}"));

        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 2).await;
        let list = ledger.list(&webhooks, endpoint).await;
        assert_eq!(list[0].position, position);
        assert_eq!(&*list[0].event_id, event.event_id());
        assert_eq!(&*list[0].message_id, received[1].id());
        let detail = ledger.detail(&webhooks, list[0].id).await;
        assert_eq!(&*detail.body, received[1].body);
        assert_eq!(detail.attempts.len(), 1);
        assert_eq!(detail.attempts[0].status, Some(200));
        assert_eq!(detail.attempts[0].response.as_deref(), Some("status 200"));
        assert_eq!(webhooks.stats().delivered, 2);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn a_receiver_that_fails_three_times_gets_each_message_once(ledger) {
        let seen: Mutex<HashMap<String, usize>> = Mutex::default();
        let receiver = Receiver::start(move |_, message| {
            let mut seen = seen.lock().unwrap();
            let attempts = seen.entry(message.id().to_owned()).or_default();
            *attempts += 1;
            Reply::Status(if *attempts <= 3 { 500 } else { 204 })
        })
        .await;
        let (endpoint, secret) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(5).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 5).await;
        let received = receiver.received();
        assert!(received.iter().all(|message| message.verify(&secret)));
        for delivery in ledger.list(&webhooks, endpoint).await {
            let attempts = ledger.detail(&webhooks, delivery.id).await.attempts;
            let statuses: Vec<_> = attempts.iter().map(|attempt| attempt.status).collect();
            assert_eq!(statuses, [Some(500), Some(500), Some(500), Some(204)]);
            // The plan of 0 s, 5 s, 300 s, 1,800 s, with 1 ms for 5 s.
            for (pair, pause) in attempts.windows(2).zip([1_000, 60_000, 360_000]) {
                assert!(pair[1].at - pair[0].at >= pause, "{attempts:?}");
            }
            let same: Vec<_> = received.iter().filter(|message| message.id() == &*delivery.message_id).collect();
            assert_eq!(same.len(), 4);
            assert!(same.iter().all(|message| message.body == same[0].body));
        }
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn attempts_follow_the_plan_and_end(ledger) {
        let mut ledger = ledger;
        ledger.settings.retry_base_ms = 0;
        let receiver = Receiver::start(|_, _| Reply::Status(500)).await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Failed, 1).await;
        let delivery = ledger.list(&webhooks, endpoint).await.remove(0);
        assert_eq!(delivery.attempts, 10);
        assert_eq!(delivery.next_attempt_at, None);
        assert_eq!(ledger.detail(&webhooks, delivery.id).await.attempts.len(), 10);
        let failed = webhooks.deliveries()
            .list(&ledger.tenant, endpoint, Some(DeliveryState::Failed), None, 10).await.unwrap();
        assert_eq!(failed.len(), 1);
        assert_eq!(webhooks.stats().failed, 1);
        assert_eq!(webhooks.stats().failed_attempts, 10);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn a_pause_that_the_receiver_asks_for_is_kept(ledger) {
        let receiver = Receiver::start(|_, _| Reply::With(503, "retry-after: 3600\r\n".into())).await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        eventually("the attempt", || async {
            ledger.list(&webhooks, endpoint).await.first().is_some_and(|delivery| delivery.attempts == 1)
        })
        .await;
        let next = ledger.list(&webhooks, endpoint).await[0].next_attempt_at.unwrap();
        assert!(((now() + 3_590_000_000)..(now() + 3_610_000_000)).contains(&next));
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn the_first_endpoint_hears_all_that_comes_after_it_and_nothing_from_before(ledger) {
        let receiver = Receiver::healthy().await;
        let webhooks = ledger.start().await;
        ledger.invoices(7).await;
        ledger.fanned_out(&webhooks).await;
        // While nobody listens the fan-out passes events over; it must not pass over those right after the registration.
        ledger.invoices(3).await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        ledger.invoices(20).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 20).await;
        ledger.fanned_out(&webhooks).await;
        assert_eq!(ledger.list(&webhooks, endpoint).await.len(), 20);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn an_event_that_comes_twice_makes_one_delivery(ledger) {
        let receiver = Receiver::healthy().await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        ledger.invoices(5).await;
        let log = ledger.log.clone();
        let webhooks = ledger.start_from(Arc::new(move || Box::new(Stutter(LogSource::new(log.clone()))))).await;
        ledger.invoices(5).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 10).await;
        ledger.fanned_out(&webhooks).await;
        assert_eq!(ledger.list(&webhooks, endpoint).await.len(), 10);
        let ids: HashSet<_> = receiver.received().iter().map(|message| message.id().to_owned()).collect();
        assert_eq!((receiver.count(), ids.len()), (10, 10));
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    /// Waiting for the poll of once a second would take half a second each.
    async fn what_happens_goes_out_without_waiting_for_a_poll(ledger) {
        let receiver = Receiver::healthy().await;
        ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.fanned_out(&webhooks).await;
        let start = std::time::Instant::now();
        for number in 1..=60 {
            ledger.invoices(1).await;
            receiver.wait_for(number).await;
        }
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn what_is_under_way_is_shown_before_it_ends(ledger) {
        let hanging = Receiver::start(|_, _| Reply::Hang).await;
        let healthy = Receiver::healthy().await;
        let (hung, _) = ledger.register(&hanging.url(), &["invoice.created"]).await;
        let (well, _) = ledger.register(&healthy.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.fanned_out(&webhooks).await;
        ledger.invoices(3).await;
        hanging.wait_for(3).await;
        ledger.wait_for(&webhooks, hung, DeliveryState::Delivering, 3).await;
        ledger.wait_for(&webhooks, well, DeliveryState::Succeeded, 3).await;
        ledger.fanned_out(&webhooks).await;
        let delivery = ledger.list(&webhooks, well).await.remove(0);
        assert_eq!(ledger.detail(&webhooks, delivery.id).await.attempts.len(), 1);
        webhooks.shutdown(Duration::from_millis(10)).await;
        // What was broken off is no attempt, and waits for the next start.
        assert!(ledger.list(&webhooks, hung).await.iter().all(|delivery| {
            (delivery.state, delivery.attempts) == (DeliveryState::Pending, 0)
        }));
        assert_eq!((hanging.count(), healthy.count()), (3, 3));
    }

    async fn an_event_is_rendered_once_and_only_for_subscribers(ledger) {
        let receiver = Receiver::healthy().await;
        for _ in 0..3 {
            ledger.register(&receiver.url(), &["invoice.created"]).await;
        }
        ledger.render.away.store(2, SeqCst);
        let webhooks = ledger.start().await;
        ledger.happens("invoice.created", json!({})).await;
        ledger.happens("invoice.viewed", json!({})).await;
        receiver.wait_for(3).await;
        ledger.fanned_out(&webhooks).await;
        assert_eq!(ledger.render.rendered.load(SeqCst), 1);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn an_event_that_cannot_be_rendered_is_parked_and_stops_nothing(ledger) {
        let receiver = Receiver::healthy().await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["*"]).await;
        let webhooks = ledger.start().await;
        ledger.fanned_out(&webhooks).await;
        let position = ledger.happens("invoice.created", json!({ "unrenderable": true })).await;
        ledger.happens("invoice.created", json!({ "explosive": true })).await;
        ledger.happens("invoice.sent", json!({})).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 1).await;
        let parked = webhooks.deliveries().parked(None, 10).await.unwrap();
        assert_eq!(parked.len(), 2);
        assert_eq!(parked[1].position, position);
        assert!(parked[1].error.contains("no such resource"));
        assert!(parked[0].error.contains("panicked"));
        assert_eq!(webhooks.stats().parked, 2);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn nothing_crosses_from_one_tenant_to_another(ledger) {
        let mut ledger = ledger;
        let receiver = Receiver::healthy().await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["*"]).await;
        let webhooks = ledger.start().await;
        ledger.fanned_out(&webhooks).await;
        let own = std::mem::replace(&mut ledger.tenant, TenantId::new("other").unwrap());
        ledger.invoices(3).await;
        assert!(ledger.list(&webhooks, endpoint).await.is_empty());
        ledger.tenant = own;
        ledger.happens("invoice.created", json!({ "mine": true })).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 1).await;
        assert_eq!(receiver.count(), 1);
        let delivery = ledger.list(&webhooks, endpoint).await.remove(0);
        let foreign = TenantId::new("other").unwrap();
        assert!(webhooks.deliveries().get(&foreign, delivery.id).await.unwrap().is_none());
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn lists_are_paged_newest_first(ledger) {
        let receiver = Receiver::healthy().await;
        let mut endpoints = Vec::new();
        for _ in 0..3 {
            endpoints.push(ledger.register(&receiver.url(), &["invoice.created"]).await.0);
        }
        let webhooks = ledger.start().await;
        ledger.invoices(25).await;
        for endpoint in endpoints {
            ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 25).await;
            for state in [None, Some(DeliveryState::Succeeded)] {
                let (mut positions, mut before) = (Vec::new(), None::<Uuid>);
                loop {
                    let page =
                        webhooks.deliveries().list(&ledger.tenant, endpoint, state, before, 10).await.unwrap();
                    let Some(last) = page.last() else { break };
                    before = Some(last.id);
                    assert!(page.iter().all(|delivery| delivery.endpoint_id == endpoint));
                    positions.extend(page.iter().map(|delivery| delivery.position));
                }
                assert_eq!(positions, (4..=28).rev().collect::<Vec<_>>());
            }
            let failed = Some(DeliveryState::Failed);
            assert!(webhooks.deliveries().list(&ledger.tenant, endpoint, failed, None, 10).await.unwrap().is_empty());
        }
        webhooks.shutdown(Duration::from_secs(1)).await;
    }
}

/// Gives every batch twice, and the last event of the batch before again.
struct Stutter(LogSource);

impl EventSource for Stutter {
    fn next(
        &mut self,
        after: i64,
    ) -> futures_util::future::BoxFuture<'_, Result<Vec<RecordedEvent>, StoreError>> {
        Box::pin(async move {
            self.0.next(after).await?;
            let again = self.0.next((after - 1).max(0)).await?;
            let mut events = again.clone();
            events.extend(again);
            Ok(events)
        })
    }
}
