//! Webhooks: registered, signed, retried, redelivered, disabled.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use sunledger_tests::books::shown;
use sunledger_tests::receiver::Received;
use sunledger_tests::{Answer, Api, Options, Receiver, Server, Tenant, both_backends, eventually};

/// Registers `url` and returns the endpoint's id and secret.
async fn register(api: &Api, url: &str, events: Value) -> (String, String) {
    let made = api.post("/webhooks", json!({"url": url, "events": events})).await.data(201);
    (shown(&made["id"]), shown(&made["secret"]))
}

async fn deliveries(api: &Api, endpoint: &str) -> Vec<Value> {
    let list = api.get(&format!("/webhooks/{endpoint}/deliveries?limit=100")).await.data(200);
    list.as_array().unwrap().clone()
}

fn ids(received: &[Received]) -> BTreeSet<String> {
    received.iter().map(|one| one.id().to_owned()).collect()
}

both_backends! {
    async fn an_event_arrives_once_signed_and_as_documented(t: Tenant) {
        let receiver = Receiver::start().await;
        let (_, secret) = register(&t, &receiver.url(), json!(["invoice.created", "payment.received"])).await;
        let client = t.client("Acme Corp").await;
        let invoice = t.sent(&client, "1500.00").await;
        let payment = t.pay(&invoice, "500.00").await;

        let got = receiver.accepted(2).await;
        let kinds: BTreeSet<String> = got.iter().map(Received::kind).collect();
        assert_eq!(kinds, BTreeSet::from(["invoice.created".into(), "payment.received".into()]));
        for one in &got {
            assert!(one.signed_by(&secret), "{:?}", one.headers);
            assert_eq!(one.header("content-type").split(';').next(), Some("application/json"));
            let timestamp: jiff::Timestamp = shown(&one.json()["timestamp"]).parse().unwrap();
            assert!(timestamp > "2024-01-01T00:00:00Z".parse().unwrap());
        }
        let created = got.iter().find(|one| one.kind() == "invoice.created").unwrap().json()["data"].clone();
        assert_eq!(created["uuid"], json!(invoice));
        assert_eq!([shown(&created["id"]), shown(&created["customer_id"])], ["1", "1"], "as the back office prints it");
        assert_eq!(shown(&created["amount"]), "1500.00");
        let received = got.iter().find(|one| one.kind() == "payment.received").unwrap().json()["data"].clone();
        assert_eq!(shown(&received["amount"]), "500.00");
        assert_eq!(received["uuid"], payment["id"]);

        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert_eq!(receiver.received().len(), 2, "each event once, and nothing that was not asked for");
    }

    async fn a_receiver_that_is_down_for_three_attempts_gets_each_event_once(t: Tenant) {
        let receiver = Receiver::scripted(|nth| Answer::Status(if nth < 9 { 500 } else { 200 })).await;
        let (endpoint, secret) = register(&t, &receiver.url(), json!(["client.created"])).await;
        for name in ["One", "Two", "Three"] {
            let _ = t.client(name).await;
        }
        let accepted = receiver.accepted(3).await;
        assert_eq!(ids(&accepted).len(), 3, "each event is accepted once");
        let all = receiver.received();
        for id in ids(&accepted) {
            let tries: Vec<&Received> = all.iter().filter(|one| one.id() == id).collect();
            assert!(tries.len() > 1, "{id} was not retried");
            assert!(tries.iter().all(|one| one.signed_by(&secret)), "each attempt is signed");
            assert!(tries.windows(2).all(|two| two[0].body == two[1].body), "and says the same");
        }
        eventually("every delivery is recorded as done", || async {
            let all = deliveries(&t, &endpoint).await;
            (all.len() == 3 && all.iter().all(|one| one["state"] == "succeeded")).then_some(())
        })
        .await;
        assert_eq!(receiver.received().iter().filter(|one| one.accepted).count(), 3);
        let first = shown(&deliveries(&t, &endpoint).await[2]["id"]);
        let detail = t.get(&format!("/webhooks/{endpoint}/deliveries/{first}")).await.data(200);
        let attempts = detail["attempts"].as_array().unwrap_or_else(|| panic!("attempts in {detail}"));
        assert!(attempts.len() > 1, "every attempt is readable: {detail}");
        assert!(detail.to_string().contains("500"), "{detail}");
    }

    async fn a_redelivery_repeats_the_message_under_its_own_id(t: Tenant) {
        let receiver = Receiver::start().await;
        let (endpoint, secret) = register(&t, &receiver.url(), json!(["client.created"])).await;
        let before = jiff::Timestamp::now();
        for name in ["One", "Two"] {
            let _ = t.client(name).await;
        }
        let got = receiver.accepted(2).await;
        let delivery = eventually("both deliveries are recorded", || async {
            let all = deliveries(&t, &endpoint).await;
            (all.len() == 2 && all.iter().all(|one| one["state"] == "succeeded")).then(|| shown(&all[0]["id"]))
        })
        .await;
        let again = t.act(&format!("/webhooks/{endpoint}/deliveries/{delivery}/redeliver")).await;
        assert!(again.status.is_success(), "{}", again.text());
        let got_again = receiver.accepted(3).await;
        let repeated = &got_again[2];
        let first = got.iter().find(|one| one.id() == repeated.id()).expect("the id of the first delivery");
        assert_eq!(first.body, repeated.body);
        assert!(repeated.signed_by(&secret));

        let range = json!({"from": before.to_string(), "until": jiff::Timestamp::now().to_string()});
        let reply = t.post(&format!("/webhooks/{endpoint}/redeliver"), range).await;
        assert!(reply.status.is_success(), "{}", reply.text());
        let all = receiver.accepted(5).await;
        assert_eq!(ids(&all[3..]), ids(&got), "each event of the range");
        let never = json!({"from": "2001-01-01T00:00:00Z", "until": "2001-01-02T00:00:00Z"});
        let _ = t.post(&format!("/webhooks/{endpoint}/redeliver"), never).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(receiver.received().len(), 5, "nothing happened in that range");
    }

    async fn gone_disables_the_endpoint_and_tells_others(t: Tenant) {
        let watching = Receiver::start().await;
        let (_, secret) = register(&t, &watching.url(), json!(["webhook_endpoint.disabled"])).await;
        let gone = Receiver::scripted(|_| Answer::Status(410)).await;
        let (endpoint, _) = register(&t, &gone.url(), json!(["*"])).await;
        let _ = t.client("One").await;
        eventually("the endpoint is disabled", || async {
            (t.get(&format!("/webhooks/{endpoint}")).await.data(200)["enabled"] == false).then_some(())
        })
        .await;
        let notice = watching.accepted(1).await;
        assert_eq!(notice[0].kind(), "webhook_endpoint.disabled");
        assert!(notice[0].signed_by(&secret));
        assert!(!String::from_utf8_lossy(&notice[0].body).contains("whsec_"), "a notice carries no secret");
        let before = gone.received().len();
        let _ = t.client("Two").await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert_eq!(gone.received().len(), before, "nothing is sent to a disabled endpoint");
    }

    async fn a_rotated_secret_signs_beside_the_old_one(t: Tenant) {
        let receiver = Receiver::start().await;
        let (endpoint, old) = register(&t, &receiver.url(), json!(["client.created"])).await;
        let rotated = t.act(&format!("/webhooks/{endpoint}/rotate-secret")).await.data(200);
        let new = shown(&rotated["secret"]);
        assert!(new.starts_with("whsec_") && new != old);
        let _ = t.client("One").await;
        let got = receiver.accepted(1).await;
        assert!(got[0].signed_by(&new) && got[0].signed_by(&old), "{:?}", got[0].headers);
        let shown_again = t.get(&format!("/webhooks/{endpoint}")).await.expect(200).text();
        assert!(!shown_again.contains("whsec_"), "a secret is shown when it is made, and never again");
        let log = t.get("/audit?limit=100").await.expect(200).text();
        assert!(!log.contains("whsec_"), "a secret is in the audit");
    }

    async fn a_dead_endpoint_slows_no_other(t: Tenant) {
        let hanging = Receiver::scripted(|_| Answer::Hang).await;
        let _ = register(&t, &hanging.url(), json!(["*"])).await;
        let receiver = Receiver::start().await;
        let (_, secret) = register(&t, &receiver.url(), json!(["client.created"])).await;
        for number in 0..20 {
            let _ = t.client(&format!("Client {number}")).await;
        }
        let started = std::time::Instant::now();
        let got = receiver.accepted(20).await;
        assert_eq!(ids(&got).len(), 20);
        assert!(got.iter().all(|one| one.signed_by(&secret)));
        assert!(started.elapsed() < std::time::Duration::from_secs(8), "{:?}", started.elapsed());
    }

    async fn a_redirect_is_not_followed(t: Tenant) {
        let inner = Receiver::start().await;
        let target = inner.url();
        let outer = Receiver::scripted(move |_| Answer::Redirect(target.clone())).await;
        let (endpoint, _) = register(&t, &outer.url(), json!(["client.created"])).await;
        let _ = t.client("One").await;
        let _ = outer.wait_for("an attempt", |all| !all.is_empty()).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert!(inner.received().is_empty(), "a redirect could lead anywhere");
        assert_ne!(deliveries(&t, &endpoint).await[0]["state"], "succeeded");
    }

    async fn a_test_delivery_goes_to_its_endpoint_alone(t: Tenant) {
        let (one, two) = (Receiver::start().await, Receiver::start().await);
        let (endpoint, secret) = register(&t, &one.url(), json!(["invoice.created"])).await;
        let _ = register(&t, &two.url(), json!(["invoice.created"])).await;
        let reply = t.act(&format!("/webhooks/{endpoint}/test")).await;
        assert!(reply.status.is_success(), "{}", reply.text());
        let got = one.accepted(1).await;
        assert!(got[0].signed_by(&secret));
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert!(two.received().is_empty());
    }

    async fn the_back_office_registers_the_same_endpoints(t: Tenant) {
        let body = json!({"url": "https://your-domain.example/webhook", "events": ["invoice.created", "payment.received"]});
        let made = t.post("/api/v2/webhooks", body.clone()).await.json(201);
        assert_eq!(made["success"], true);
        assert!(shown(&made["data"]["secret"]).starts_with("whsec_"));
        let listed = t.get("/webhooks").await.data(200);
        assert_eq!(listed[0]["url"], body["url"]);
        assert_eq!(listed[0]["events"], body["events"]);
        for wrong in [
            json!({"url": "ftp://x.example/", "events": ["*"]}),
            json!({"url": "not a url", "events": ["*"]}),
            json!({"url": "https://user:pw@x.example/", "events": ["*"]}),
            json!({"url": "https://x.example/", "events": []}),
            json!({"url": "https://x.example/", "events": ["invoice.exploded"]}),
            json!({"events": ["*"]}),
        ] {
            let error = t.post("/api/v2/webhooks", wrong.clone()).await.json(400);
            assert_eq!(error["success"], false, "{wrong}");
            assert!(error["errors"].is_object(), "{wrong}: {error}");
        }
        assert_eq!(t.get("/webhooks").await.data(200).as_array().unwrap().len(), 1);
    }

    async fn a_deleted_endpoint_gets_nothing_more(t: Tenant) {
        let receiver = Receiver::start().await;
        let (endpoint, _) = register(&t, &receiver.url(), json!(["client.created"])).await;
        let _ = t.client("One").await;
        let _ = receiver.accepted(1).await;
        let _ = t.delete(&format!("/webhooks/{endpoint}")).await.expect(204);
        let _ = t.get(&format!("/webhooks/{endpoint}")).await.error(404);
        let _ = t.client("Two").await;
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        assert_eq!(receiver.received().len(), 1);
    }

    async fn private_addresses_are_refused_unless_allowed(backend: sunledger_tests::Backend) {
        let server = Server::start_with(backend, Options::new().unset("SUNLEDGER_WEBHOOK_ALLOW_PRIVATE"));
        let api = server.api();
        let receiver = Receiver::start().await;
        let port = receiver.url().rsplit(':').next().unwrap().to_owned();
        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0"] {
            // Refused when it is registered or when it is dialled: either way nothing may arrive.
            let url = format!("http://{host}:{port}");
            let reply = api.post("/webhooks", json!({"url": url, "events": ["*"]})).await;
            assert!([201, 400].contains(&reply.status.as_u16()), "{host}: {}", reply.text());
        }
        let _ = api.client("One").await;
        let list = api.get("/webhooks").await.data(200);
        for endpoint in list.as_array().unwrap() {
            eventually("an attempt was made and refused", || async {
                let all = deliveries(&api, &shown(&endpoint["id"])).await;
                all.iter().any(|one| one["attemptCount"].as_u64() >= Some(1)).then_some(())
            })
            .await;
        }
        assert!(receiver.received().is_empty(), "a private address was called");
    }

    async fn what_was_pending_is_delivered_after_a_power_cut(server: Server) {
        let receiver = Receiver::scripted(|nth| Answer::Status(if nth < 6 { 503 } else { 200 })).await;
        let api = server.api();
        let _ = register(&api, &receiver.url(), json!(["client.created"])).await;
        for name in ["One", "Two", "Three"] {
            let _ = api.client(name).await;
        }
        let _ = receiver.wait_for("a first attempt", |all| !all.is_empty()).await;
        server.kill9();
        server.up();
        let accepted = receiver.wait_for("all three", |all| {
            let done: Vec<Received> = all.iter().filter(|one| one.accepted).cloned().collect();
            ids(&done).len() == 3
        });
        let _ = accepted.await;
    }
}
