//! The stream in NATS: what a subscriber finds there, and that nothing depends on it.

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer};
use async_nats::jetstream::stream;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use sunledger_tests::books::shown;
use sunledger_tests::receiver::Received;
use sunledger_tests::stream::{Message, NAME, SUBJECTS, heard};
use sunledger_tests::{
    Api, Backend, Nats, NatsServer, Options, Receiver, Server, Tenant, Version, both_backends, eventually,
};

/// Some of everything, by two tenants.
async fn story(server: &Server) -> Tenant {
    let other = Tenant::on(server);
    let (api, mut clients) = (server.api(), Vec::new());
    for name in ["Acme Corp", "Ação & Söhne", "Third"] {
        clients.push(api.client(name).await);
        let _ = other.client(name).await;
    }
    let invoice = api.sent(&clients[0], "1500.00").await;
    let payment = api.pay(&invoice, "500.00").await;
    let _ = api.delete(&format!("/api/v1/invoices/{invoice}/payments/{}", shown(&payment["id"]))).await;
    let _ = api.delete(&format!("/api/v1/clients/{}", clients[2])).await;
    other
}

/// All that `/feed` shows.
async fn fed(api: &Api) -> Vec<Value> {
    let (mut after, mut events) = (0, Vec::new());
    loop {
        let page = api.get(&format!("/feed?after={after}&limit=100&wait=0")).await.json(200);
        let some = page["data"].as_array().unwrap().clone();
        if some.is_empty() {
            return events;
        }
        after = some.last().unwrap()["position"].as_i64().unwrap();
        events.extend(some);
    }
}

/// Checks that a message is its event as the feed prints it, and whose it is, where its subject says.
fn is_as_fed(message: &Message, event: &Value, tenant: &str) {
    let mut expected = event.clone();
    expected["tenant"] = json!(tenant);
    assert_eq!(message.body, expected);
    let (kind, what) = (shown(&event["kind"]), shown(&event["type"]));
    assert_eq!(message.subject, format!("events.{tenant}.{kind}.{what}"));
    assert_eq!(message.header("Sunledger-Tenant"), tenant);
    assert_eq!(message.header("Sunledger-Type"), what);
    assert_eq!(message.header("Sunledger-Position"), shown(&event["position"]));
}

/// The versions of NATS that can be had here.
fn versions() -> impl Iterator<Item = Version> {
    [Version::Installed, Version::Newest].into_iter().filter_map(Version::or_skip)
}

async fn hook(api: &Api, events: Value) -> (Receiver, String) {
    let receiver = Receiver::start().await;
    let made = api.post("/webhooks", json!({"url": receiver.url(), "events": events})).await.data(201);
    (receiver, shown(&made["secret"]))
}

/// The state and the configuration of a stream, as its server tells them.
async fn look(nats: &Nats, name: &str) -> (stream::State, stream::Config) {
    let mut info = nats.jetstream().get_stream(name).await.unwrap().get_info().await.unwrap();
    // Who reads it is no part of it.
    info.state.consumer_count = 0;
    (info.state, info.config)
}

/// What the server says about its stream, once it says that it is refused.
async fn refusal(server: &Server) -> String {
    let api = server.api();
    eventually("the stream is refused", || async {
        let ready = api.get("/health/ready").await.json(200);
        (ready["stream"]["status"] == "refused").then(|| shown(&ready["stream"]["reason"]))
    })
    .await
}

both_backends! {
    async fn every_event_is_there_once_in_order_as_the_feed_prints_it(backend: Backend) {
        for version in versions() {
            let server = NatsServer::start_with(version, "");
            let nats = Nats::of(&server).await;
            let mut live = nats.listen(SUBJECTS).await;
            let ledger = Server::start_with(backend, Options::new().nats(&server));
            let other = story(&ledger).await;
            let (_receiver, secret) = hook(&ledger.api(), json!(["*"])).await;
            let messages = nats.holds_the_log_of(&ledger).await;

            for (api, tenant) in [(&ledger.api(), "default"), (&*other, &*other.name)] {
                let feed = fed(api).await;
                assert!(feed.len() > 3, "{feed:?}");
                for event in &feed {
                    let position = usize::try_from(event["position"].as_u64().unwrap()).unwrap();
                    is_as_fed(&messages[position - 1], event, tenant);
                }
            }
            let logs: BTreeSet<&str> = messages.iter().map(|one| one.header("Sunledger-Log")).collect();
            let ids: BTreeSet<&str> = messages.iter().map(|one| one.header("Nats-Msg-Id")).collect();
            assert_eq!((logs.len(), ids.len()), (1, messages.len()));
            assert!(messages.iter().all(|one| !one.body.to_string().contains(&secret)), "a secret is on the stream");
            let whole = heard(&mut live, messages.len()).await;
            for (heard, stored) in whole.iter().zip(&messages) {
                assert_eq!((heard.subject.as_str(), heard.headers.as_ref()), (&*stored.subject, Some(&stored.headers)));
            }
        }
    }

    async fn webhooks_come_through_the_streams_own_consumer(backend: Backend) {
        for version in versions() {
            let server = NatsServer::start_with(version, "");
            let nats = Nats::of(&server).await;
            let ledger = Server::start_with(backend, Options::new().nats(&server));
            let api = ledger.api();
            let (receiver, secret) = hook(&api, json!(["client.created"])).await;
            for number in 0..20 {
                let _ = api.client(&format!("Client {number}")).await;
            }
            let all = receiver.accepted(20).await;
            let _ = nats.holds_the_log_of(&ledger).await;
            let stream = nats.stream(NAME).await;
            let consumer: PullConsumer = stream.get_consumer("webhooks").await.unwrap();
            let config = &consumer.cached_info().config;
            assert_eq!((config.durable_name.as_deref(), config.ack_policy), (Some("webhooks"), AckPolicy::Explicit));
            let (consumer, stream) = (&consumer, &stream);
            eventually("the webhooks have read and acknowledged all of the stream", || async {
                let last = stream.get_info().await.ok()?.state.last_sequence;
                let info = consumer.get_info().await.ok()?;
                (info.ack_floor.stream_sequence == last && info.num_pending == 0).then_some(())
            })
            .await;
            let ids: BTreeSet<&str> = all.iter().map(Received::id).collect();
            assert_eq!((ids.len(), receiver.received().len()), (20, 20), "each event makes one delivery");
            assert!(all.iter().all(|one| one.signed_by(&secret)));
        }
    }

    async fn names_are_settings(backend: Backend) {
        let server = NatsServer::start();
        let nats = Nats::of(&server).await;
        let options = Options::new().nats(&server);
        let options = options.set("SUNLEDGER_NATS_STREAM", "books").set("SUNLEDGER_NATS_PREFIX", "acme.events");
        let mut live = nats.listen("acme.events.default.client.>").await;
        let ledger = Server::start_with(backend, options);
        let _ = ledger.api().client("Acme Corp").await;
        assert_eq!(heard(&mut live, 1).await[0].subject.as_str(), "acme.events.default.client.client.created");
        let (_, config) = look(&nats, "books").await;
        assert_eq!(config.subjects, ["acme.events.>"]);
        assert!(nats.jetstream().get_stream(NAME).await.is_err(), "a stream of the default name is there as well");
    }

    async fn a_server_whose_nats_is_away_serves_and_fills_the_stream_later(backend: Backend) {
        let server = NatsServer::prepare(Version::Installed, "");
        let ledger = Server::start_with(backend, Options::new().nats(&server));
        let api = ledger.api();
        let (receiver, _) = hook(&api, json!(["client.created"])).await;
        let _ = story(&ledger).await;
        assert_eq!(receiver.accepted(3).await.len(), 3, "webhooks do not wait for NATS");
        let ready = api.get("/health/ready").await.json(200);
        assert_eq!((&ready["status"], &ready["stream"]["status"]), (&json!("ready"), &json!("unavailable")), "{ready}");
        server.up();
        let nats = Nats::of(&server).await;
        let _ = nats.holds_the_log_of(&ledger).await;
        eventually("the stream is well", || async {
            let ready = api.get("/health/ready").await.json(200);
            (ready["stream"]["status"] == "ok").then_some(())
        })
        .await;
        assert_eq!(receiver.received().len(), 3, "heard again from the stream, delivered once");
    }

    async fn the_stream_of_another_log_is_refused_and_left_as_it_is(backend: Backend) {
        let server = NatsServer::start();
        let nats = Nats::of(&server).await;
        let first = Server::start_with(backend, Options::new().nats(&server));
        let _ = story(&first).await;
        let _ = nats.holds_the_log_of(&first).await;
        first.stop();
        let before = look(&nats, NAME).await;

        let second = Server::start_with(backend, Options::new().nats(&server));
        let api = second.api();
        let (receiver, _) = hook(&api, json!(["client.created"])).await;
        let _ = api.client("Acme Corp").await;
        let _ = receiver.accepted(1).await;
        let reason = refusal(&second).await;
        assert!(reason.contains("belongs to the log"), "{reason}");
        assert!(second.printed().contains(NAME), "{}", second.printed());
        assert_eq!(look(&nats, NAME).await, before, "it is not ours");

        // Its operator makes room, or gives it another name.
        nats.jetstream().delete_stream(NAME).await.unwrap();
        let _ = nats.holds_the_log_of(&second).await;
    }

    async fn a_stream_made_for_something_else_is_refused_and_left_as_it_is(backend: Backend) {
        let server = NatsServer::start();
        let nats = Nats::of(&server).await;
        let orders = stream::Config { name: NAME.into(), subjects: vec!["orders.>".into()], ..stream::Config::default() };
        let _ = nats.jetstream().create_stream(orders).await.unwrap();
        nats.jetstream().publish("orders.new", "one".into()).await.unwrap().await.unwrap();
        let before = look(&nats, NAME).await;
        let ledger = Server::start_with(backend, Options::new().nats(&server));
        let _ = ledger.api().client("Acme Corp").await;
        let reason = refusal(&ledger).await;
        assert!(reason.contains("orders.>"), "{reason}");
        assert_eq!(look(&nats, NAME).await, before, "it is not ours");
    }
}

/// What proves who the server is to NATS is told to nobody.
#[test]
fn the_password_of_nats_is_never_printed() {
    sunledger_tests::run(Backend::Sqlite, |backend: Backend| async move {
        let users = r#"authorization { user: sun, password: "hunter2" }"#;
        let server = NatsServer::start_with(Version::Installed, users);
        let url = |password: &str| server.url().replace("//", &format!("//sun:{password}@"));
        let ledger = Server::start_with(backend, Options::new().set("NATS_URL", &url("hunter2")));
        let api = ledger.api();
        let status = |wanted: &'static str| {
            let api = &api;
            eventually(wanted, move || async move {
                let ready = api.get("/health/ready").await;
                (ready.value()["stream"]["status"] == wanted).then(|| ready.text())
            })
        };
        let mut told = status("ok").await;
        ledger.configure(|options| options.set("NATS_URL", &url("hunter3")));
        ledger.restart();
        told += &status("unavailable").await;
        told += &ledger.printed();
        told += &api.get("/metrics").await.text();
        assert!(!told.contains("hunter"), "{told}");
    });
}
