//! A clock that jumps: a day ahead and back, a day behind and back, an hour behind as where summer time ends on a machine
//! that keeps local time. The order of the log is its own; what depends on time must not wait for it or forget by it.

use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use sunledger_tests::books::shown;
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::{Answer, Api, Backend, Load, Options, Receiver, Server, both_backends, eventually};

const INVOICES: &str = "/api/v1/invoices";

/// A clock between the system and the server, in a file that the server's library reads at every look.
pub(crate) struct FakeClock(PathBuf);

impl FakeClock {
    /// Starts a server under one that is right.
    pub(crate) fn start(backend: Backend) -> (Server, Self) {
        let server = Server::prepare(backend, Options::new());
        let clock = Self(server.place().folder().join("clock"));
        clock.set("+0");
        server.configure(|options| {
            options
                .set("LD_PRELOAD", &library())
                .set("FAKETIME_TIMESTAMP_FILE", &clock.0.display().to_string())
                .set("FAKETIME_NO_CACHE", "1")
                .set("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .set("DONT_FAKE_MONOTONIC", "1")
        });
        server.up();
        (server, clock)
    }

    /// Makes it wrong by so much ("+1d").
    pub(crate) fn set(&self, offset: &str) {
        let next = self.0.with_extension("next");
        std::fs::write(&next, format!("{offset}\n")).unwrap();
        std::fs::rename(&next, &self.0).unwrap();
    }
}

/// The library that stands before the system's clock.
fn library() -> String {
    let debian =
        ["x86_64", "aarch64"].map(|arch| format!("/usr/lib/{arch}-linux-gnu/faketime/libfaketimeMT.so.1"));
    let named = std::env::var("SUNLEDGER_TEST_FAKETIME").ok().filter(|path| !path.is_empty());
    named.into_iter().chain(debian).find(|path| Path::new(path).is_file()).expect(
        "no libfaketime: install it (Debian: apt-get install libfaketime), or name libfaketimeMT by SUNLEDGER_TEST_FAKETIME",
    )
}

/// Makes a draft under an Idempotency-Key; its id, and whether that was an answer of before.
async fn draft_under(api: &Api, key: &str, client: &str) -> (String, bool) {
    let call = api.call("POST", INVOICES).header("idempotency-key", key).json(&Api::bill(client, "10.00"));
    let reply = call.send().await;
    let replayed = reply.find("idempotent-replayed") == Some("true");
    (shown(&reply.data(201)["id"]), replayed)
}

/// The invoice's notes as the audit says that they are now, by the right clock.
async fn notes_now(api: &Api, invoice: &str) -> String {
    let at = (jiff::Timestamp::now() + Duration::from_secs(1)).to_string();
    shown(&api.get(&format!("/audit/invoice/{invoice}?at={at}")).await.data(200)["notes"])
}

both_backends! {
    async fn nothing_waits_for_a_clock_or_is_forgotten_by_it(backend: Backend) {
        let mut figures = Figures::of(&format!("clock jumps on {backend:?}"));
        let (server, clock) = FakeClock::start(backend);
        let api = server.api();
        let client = api.client("Acme Corp").await;
        let well = Arc::new(AtomicBool::new(true));
        let is_well = Arc::clone(&well);
        let receiver = Receiver::scripted(move |_| Answer::Status(if is_well.load(Ordering::Relaxed) { 204 } else { 500 })).await;
        let _ = api.post("/webhooks", json!({"url": receiver.url(), "events": ["client.created"]})).await.expect(201);
        let load = Load::start(&[&server], 4).await;
        let pause = Duration::from_millis(pick(300, 20_000));

        for (round, offset) in ["+1d", "-1d", "-1h", "+40d"].into_iter().enumerate() {
            let edited = api.draft(&client, "10.00").await;
            let (before, _) = draft_under(&api, &format!("before{round}"), &client).await;
            load.progress(10).await;

            clock.set(offset);
            well.store(false, Ordering::Relaxed);
            assert_eq!(draft_under(&api, &format!("before{round}"), &client).await, (before.clone(), true), "{offset}");
            let (during, _) = draft_under(&api, &format!("during{round}"), &client).await;
            let _ = api.put(&format!("{INVOICES}/{edited}"), json!({"notes": "during"})).await.expect(200);
            let tried = receiver.received().len();
            let made = api.client("During").await;
            let _ = receiver.wait_for("an attempt by the wrong clock", |all| all.len() > tried).await;
            tokio::time::sleep(pause).await;
            load.progress(10).await;

            clock.set("+0");
            well.store(true, Ordering::Relaxed);
            let back = Instant::now();
            let _ = receiver.wait_for("the delivery that failed by the wrong clock", |all| {
                all.iter().any(|one| one.accepted && one.json()["data"]["uuid"] == json!(made))
            }).await;
            figures.add(&format!("{offset}: webhook ms after the clock came back"), back.elapsed().as_millis());
            assert_eq!(draft_under(&api, &format!("during{round}"), &client).await, (during, true), "{offset}");
            assert_eq!(draft_under(&api, &format!("before{round}"), &client).await, (before, true), "{offset}");
            let _ = api.put(&format!("{INVOICES}/{edited}"), json!({"notes": "after"})).await.expect(200);
            assert_eq!(notes_now(&api, &edited).await, "after", "{offset}: the audit of now shows what is");
            load.progress(10).await;
        }

        let outcome = load.stop().await;
        figures.add("acknowledged", outcome.acknowledged);
        figures.add("longest silence ms", outcome.longest_silence.as_millis());
        assert!(outcome.longest_silence < Duration::from_secs(5), "{:?}", outcome.longest_silence);
        assert_eq!(outcome.answers.keys().copied().collect::<Vec<_>>(), [201], "{:?}", outcome.answers);
        let mut after = 0;
        loop {
            let page = api.get(&format!("/audit?after={after}")).await.json(200);
            let events = page["data"].as_array().unwrap();
            let Some(last) = events.last() else { break };
            assert!(events.windows(2).all(|two| two[0]["position"].as_i64() < two[1]["position"].as_i64()));
            after = last["position"].as_i64().unwrap();
        }
    }

    async fn a_clock_set_right_while_nothing_ran_holds_no_delivery_up(backend: Backend) {
        let (server, clock) = FakeClock::start(backend);
        clock.set("+1d");
        let well = Arc::new(AtomicBool::new(false));
        let is_well = Arc::clone(&well);
        let receiver = Receiver::scripted(move |_| Answer::Status(if is_well.load(Ordering::Relaxed) { 204 } else { 500 })).await;
        let api = server.api();
        let _ = api.post("/webhooks", json!({"url": receiver.url(), "events": ["client.created"]})).await.expect(201);
        let _ = api.client("One").await;
        let _ = receiver.wait_for("an attempt", |all| all.len() > 1).await;
        server.stop();
        clock.set("+0");
        well.store(true, Ordering::Relaxed);
        server.up();
        let _ = receiver.accepted(1).await;
        let ready = eventually("it is ready", || async {
            let reply = server.api().get("/health/ready").await;
            (reply.status == 200).then_some(reply)
        }).await;
        assert_eq!(ready.value()["readModels"]["parked"], 0);
    }
}
