//! Receivers that misbehave: none of them holds up another, leads elsewhere, or takes more than its share.

use crate::support::*;
use futures_util::future::BoxFuture;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use sunledger_webhooks::{DeliveryState, LookUp, Webhooks};
use uuid::Uuid;

/// Waits for an attempt at any of an endpoint's deliveries; its status, error and response.
async fn first_attempt(
    ledger: &Ledger,
    webhooks: &Webhooks,
    endpoint: Uuid,
) -> (Option<i64>, String, String) {
    let attempted =
        || async { ledger.list(webhooks, endpoint).await.into_iter().find(|delivery| delivery.attempts > 0) };
    eventually("an attempt", || async { attempted().await.is_some() }).await;
    let delivery = attempted().await.unwrap();
    let attempt = ledger.detail(webhooks, delivery.id).await.attempts.remove(0);
    let text = |text: Option<Arc<str>>| text.map(|text| text.to_string()).unwrap_or_default();
    (attempt.status, text(attempt.error), text(attempt.response))
}

/// An address that may be dialled, and that belongs to nobody: unassigned global unicast.
const NOBODY: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2d00, 0, 0, 0, 0, 0, 0, 1));
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Answers what it is told to, one answer after the other; the last one for ever.
struct Names {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Names {
    fn new(answers: &[&[IpAddr]]) -> Arc<Self> {
        Arc::new(Self {
            answers: answers.iter().map(|answer| answer.to_vec()).collect(),
            asked: AtomicUsize::new(0),
        })
    }
}

impl LookUp for Names {
    fn look_up(&self, _name: String) -> BoxFuture<'_, std::io::Result<Vec<IpAddr>>> {
        let number = self.asked.fetch_add(1, SeqCst);
        let addresses = self.answers[number.min(self.answers.len() - 1)].clone();
        Box::pin(async move { Ok(addresses) })
    }
}

on_every_backend! {
    async fn a_redirect_is_a_failure_and_leads_nowhere(ledger) {
        let target = Receiver::healthy().await;
        let location = format!("location: {}\r\n", target.url());
        let receiver = Receiver::start(move |_, _| Reply::With(307, location.clone())).await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        let (status, error, _) = first_attempt(&ledger, &webhooks, endpoint).await;
        assert_eq!(status, Some(307));
        assert!(error.contains("redirect"), "{error}");
        assert_eq!(target.count(), 0);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn receivers_that_hang_slow_no_other(ledger) {
        let mut ledger = ledger;
        ledger.settings.total_timeout = Duration::from_secs(5);
        ledger.settings.concurrency = 8;
        let hanging = Receiver::start(|_, _| Reply::Hang).await;
        let healthy = Receiver::healthy().await;
        let mut hangs = Uuid::nil();
        for _ in 0..6 {
            hangs = ledger.register(&hanging.url(), &["invoice.sent"]).await.0;
        }
        ledger.register(&healthy.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        // The hanging ones fill every place once, and are held back from then on.
        for _ in 0..10 {
            ledger.happens("invoice.sent", json!({})).await;
        }
        hanging.wait_for(8).await;
        let (status, error, _) = first_attempt(&ledger, &webhooks, hangs).await;
        assert_eq!(status, None);
        assert!(error.contains("5000 ms"), "{error}");
        let start = std::time::Instant::now();
        ledger.invoices(50).await;
        healthy.wait_for(50).await;
        assert!(start.elapsed() < Duration::from_millis(4_500), "{:?}", start.elapsed());
        webhooks.shutdown(Duration::from_millis(10)).await;
    }

    async fn an_answer_that_drips_is_bounded_by_the_total_time(ledger) {
        let mut ledger = ledger;
        ledger.settings.total_timeout = Duration::from_millis(400);
        let head = Receiver::start(|_, _| Reply::DripHead).await;
        let body = Receiver::start(|_, _| Reply::DripBody).await;
        let (slow_head, _) = ledger.register(&head.url(), &["invoice.created"]).await;
        let (slow_body, _) = ledger.register(&body.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        let (status, error, _) = first_attempt(&ledger, &webhooks, slow_head).await;
        assert_eq!(status, None);
        assert!(error.contains("400 ms"), "{error}");
        // The status came in time: the receiver has the message.
        ledger.wait_for(&webhooks, slow_body, DeliveryState::Succeeded, 1).await;
        let (_, _, response) = first_attempt(&ledger, &webhooks, slow_body).await;
        assert!(response.starts_with("aaa") && response.len() < 100, "{response}");
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn an_answer_of_50_mb_is_dropped_after_its_beginning(ledger) {
        let huge = Receiver::start(|_, _| Reply::Huge(50_000_000)).await;
        let healthy = Receiver::healthy().await;
        let (endpoint, _) = ledger.register(&huge.url(), &["invoice.created"]).await;
        ledger.register(&healthy.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(3).await;
        healthy.wait_for(3).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 3).await;
        let (_, _, response) = first_attempt(&ledger, &webhooks, endpoint).await;
        assert_eq!(response, "x".repeat(4_096));
        // What both ends' buffers swallowed, and no more.
        assert!(huge.bytes_sent() < 3 * 15_000_000, "{}", huge.bytes_sent());
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn a_receiver_that_hangs_up_is_tried_again(ledger) {
        let receiver = Receiver::start(|number, _| if number == 0 { Reply::Close } else { Reply::Status(200) }).await;
        let (endpoint, _) = ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        ledger.wait_for(&webhooks, endpoint, DeliveryState::Succeeded, 1).await;
        let (status, error, _) = first_attempt(&ledger, &webhooks, endpoint).await;
        assert_eq!(status, None);
        assert!(!error.contains("127.0.0.1"), "{error}");
        assert_eq!(receiver.count(), 2);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn private_addresses_are_refused_however_they_are_written(ledger) {
        let mut ledger = ledger;
        ledger.settings.allow_private = false;
        let receiver = Receiver::healthy().await;
        let port = receiver.address.port();
        let webhooks = ledger.start().await;
        let mut endpoints = Vec::new();
        for host in ["127.0.0.1", "0x7f.1", "2130706433", "017700000001", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"] {
            endpoints.push(ledger.register(&format!("http://{host}:{port}/"), &["invoice.created"]).await.0);
        }
        ledger.invoices(1).await;
        for endpoint in endpoints {
            let (status, error, _) = first_attempt(&ledger, &webhooks, endpoint).await;
            assert_eq!(status, None);
            assert!(error.contains("private or reserved"), "{error}");
        }
        assert_eq!(receiver.count(), 0);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    /// Public when it is checked, private when it would be dialled: but a name is looked up once for a connection, and
    /// the answer that was checked is the one that is dialled.
    async fn a_name_that_changes_its_address_gains_nothing(ledger) {
        let mut ledger = ledger;
        ledger.settings.allow_private = false;
        ledger.settings.connect_timeout = Duration::from_millis(300);
        let receiver = Receiver::healthy().await;
        let names = Names::new(&[&[NOBODY], &[LOOPBACK]]);
        ledger.settings.dns = names.clone();
        let url = format!("http://receiver.example:{}/", receiver.address.port());
        let (endpoint, _) = ledger.register(&url, &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        eventually("two attempts", || async {
            ledger.list(&webhooks, endpoint).await.first().is_some_and(|delivery| delivery.attempts >= 2)
        })
        .await;
        webhooks.shutdown(Duration::from_secs(1)).await;
        let delivery = ledger.list(&webhooks, endpoint).await.remove(0);
        let attempts = ledger.detail(&webhooks, delivery.id).await.attempts;
        assert!(!attempts[0].error.as_deref().unwrap().contains("private"), "{attempts:?}");
        assert!(attempts[1].error.as_deref().unwrap().contains("private"), "{attempts:?}");
        assert_eq!(names.asked.load(SeqCst), attempts.len());
        assert_eq!(receiver.count(), 0);
    }

    async fn of_a_names_addresses_only_the_public_ones_are_dialled(ledger) {
        let mut ledger = ledger;
        ledger.settings.allow_private = false;
        ledger.settings.connect_timeout = Duration::from_millis(300);
        let receiver = Receiver::healthy().await;
        ledger.settings.dns = Names::new(&[&[LOOPBACK, NOBODY, LOOPBACK]]);
        let url = format!("http://receiver.example:{}/", receiver.address.port());
        let (endpoint, _) = ledger.register(&url, &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        let (status, error, _) = first_attempt(&ledger, &webhooks, endpoint).await;
        assert_eq!(status, None);
        assert!(!error.contains("private"), "{error}");
        assert_eq!(receiver.count(), 0);
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    /// The counterpart: with private addresses allowed, the very same name is delivered to.
    async fn a_name_is_delivered_to_where_its_address_may_be_dialled(ledger) {
        let mut ledger = ledger;
        let receiver = Receiver::healthy().await;
        ledger.settings.dns = Names::new(&[&[LOOPBACK]]);
        let url = format!("http://receiver.example:{}/", receiver.address.port());
        ledger.register(&url, &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(1).await;
        let message = receiver.wait_for(1).await.remove(0);
        assert_eq!(message.headers["host"], format!("receiver.example:{}", receiver.address.port()));
        webhooks.shutdown(Duration::from_secs(1)).await;
    }

    async fn connections_are_used_again(ledger) {
        let receiver = Receiver::healthy().await;
        ledger.register(&receiver.url(), &["invoice.created"]).await;
        let webhooks = ledger.start().await;
        ledger.invoices(60).await;
        let received = receiver.wait_for(60).await;
        let most = received.iter().map(|message| message.connection).max().unwrap();
        assert!(most < 10, "{most} connections for 60 messages");
        webhooks.shutdown(Duration::from_secs(1)).await;
    }
}
