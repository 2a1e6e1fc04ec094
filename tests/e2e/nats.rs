//! The stream in NATS: what a subscriber finds there, and that nothing depends on it.

use async_nats::ConnectOptions;
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer};
use async_nats::jetstream::stream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use sunledger_tests::books::shown;
use sunledger_tests::receiver::Received;
use sunledger_tests::stream::{Message, NAME, SUBJECTS, head_of, heard};
use sunledger_tests::{
    Api, Backend, Nats, NatsServer, Options, Receiver, Server, Tenant, Version, both_backends, eventually,
    patience,
};
use tokio::time::{sleep, timeout};

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
        let _ = status(&api, "ok").await;
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

/// Waits until a server says this of its stream, and returns all that it says then.
async fn status(api: &Api, wanted: &str) -> String {
    eventually(wanted, || async {
        let ready = api.get("/health/ready").await;
        (ready.value()["stream"]["status"] == wanted).then(|| ready.text())
    })
    .await
}

/// The positions of the events that a stream holds, in its order.
async fn positions(nats: &Nats) -> Option<Vec<i64>> {
    let stream = nats.jetstream().get_stream(NAME).await.ok()?;
    let mut held = Vec::new();
    for sequence in 1..=stream.cached_info().state.last_sequence {
        let message = stream.get_raw_message(sequence).await.ok()?;
        held.push(message.headers.get("Sunledger-Position")?.as_str().parse().ok()?);
    }
    Some(held)
}

/// Waits until the stream of a cluster holds every event of a server's log, once each and in order. While a cluster chooses
/// who leads, which takes up to ten seconds, it answers nothing, and what was asked then is to be asked again.
async fn cluster_holds_the_log_of(nats: &Nats, server: &Server) {
    let whole: Vec<i64> = (1..=head_of(server).await).collect();
    let started = Instant::now();
    loop {
        let held = timeout(Duration::from_secs(2), positions(nats)).await;
        if held == Ok(Some(whole.clone())) {
            return;
        }
        assert!(started.elapsed() < 3 * patience(), "of {} events it holds {held:?}", whole.len());
        sleep(Duration::from_millis(100)).await;
    }
}

/// Kills the server that leads the stream while events come in, and starts it again.
async fn loses_its_leader(backend: Backend, version: Version) {
    let servers = NatsServer::cluster(version);
    let urls = servers.each_ref().map(NatsServer::url).join(",");
    let options = Options::new().set("NATS_URL", &urls).set("SUNLEDGER_NATS_REPLICAS", "3");
    let ledger = Server::start_with(backend, options);
    let _ = story(&ledger).await;
    let nats = Nats::of(&servers[0]).await;
    cluster_holds_the_log_of(&nats, &ledger).await;
    let info = nats.jetstream().get_stream(NAME).await.unwrap().cached_info().clone();
    assert_eq!(info.config.num_replicas, 3);

    let leader = info.cluster.and_then(|cluster| cluster.leader).unwrap();
    let lost = servers.iter().find(|server| server.name() == leader).unwrap();
    let left = servers.iter().find(|server| server.name() != leader).unwrap();
    let (_, ()) = tokio::join!(story(&ledger), async { lost.kill9() });
    cluster_holds_the_log_of(&Nats::of(left).await, &ledger).await;
    lost.up();
    let _ = story(&ledger).await;
    cluster_holds_the_log_of(&Nats::of(lost).await, &ledger).await;
}

/// With three copies of the stream, the loss of the server that leads it costs nothing.
#[test]
fn a_cluster_that_loses_its_leader_has_every_event_once() {
    sunledger_tests::run(Backend::Sqlite, |backend: Backend| async move {
        let _ = join_all(versions().map(|version| loses_its_leader(backend, version))).await;
    });
}

fn pem(what: &str, der: &[u8]) -> String {
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", STANDARD.encode(der))
}

/// What goes to NATS is encrypted where NATS wants it so, and goes nowhere where nobody vouches for who NATS is.
#[test]
fn a_nats_whose_certificate_is_trusted_is_talked_to_over_tls() {
    sunledger_tests::run(Backend::Sqlite, |backend: Backend| async move {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate, pem("CERTIFICATE", made.cert.der())).unwrap();
        std::fs::write(&key, pem("PRIVATE KEY", &made.signing_key.serialize_der())).unwrap();
        for version in versions() {
            let tls = format!("tls {{ cert_file: {certificate:?}, key_file: {key:?} }}");
            let server = NatsServer::start_with(version, &tls);
            let url = server.url().replace("nats://127.0.0.1", "tls://localhost");
            let trusting =
                Options::new().set("NATS_URL", &url).set("SSL_CERT_FILE", &certificate.to_string_lossy());
            let ledger = Server::start_with(backend, trusting);
            let _ = story(&ledger).await;
            let trusted = ConnectOptions::new().add_root_certificates(certificate.clone());
            let nats = Nats::with(trusted, &url).await;
            let held = nats.holds_the_log_of(&ledger).await.len();

            ledger.configure(|options| options.unset("SSL_CERT_FILE"));
            ledger.restart();
            let refused = || async { ledger.printed().contains("ertificate").then_some(()) };
            eventually("the certificate is refused", refused).await;
            let _ = status(&ledger.api(), "unavailable").await;
            let _ = story(&ledger).await;
            assert_eq!(nats.messages(NAME).await.len(), held, "it talks to somebody whom it cannot know");

            let open = NatsServer::start_with(version, "");
            let url = open.url().replace("nats://", "tls://");
            let ledger = Server::start_with(backend, Options::new().set("NATS_URL", &url));
            let refused = || async { ledger.printed().contains("cannot connect to NATS").then_some(()) };
            eventually("a server without TLS is refused", refused).await;
            assert!(
                Nats::of(&open).await.jetstream().get_stream(NAME).await.is_err(),
                "it is talked to all the same"
            );
        }
    });
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
        let mut told = status(&api, "ok").await;
        ledger.configure(|options| options.set("NATS_URL", &url("hunter3")));
        ledger.restart();
        told += &status(&api, "unavailable").await;
        told += &ledger.printed();
        told += &api.get("/metrics").await.text();
        assert!(!told.contains("hunter"), "{told}");
    });
}
