//! NATS dies, hangs, forgets or remembers too little, under load: commands do not notice it, the stream holds every event
//! of the log once and in order afterwards (of a purged one: its end does), and every webhook came.

use super::{Subscribed, reckoned, subscribed};
use std::sync::Arc;
use std::time::{Duration, Instant};
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::stream::NAME;
use sunledger_tests::{Backend, Load, Nats, NatsServer, Options, Server, Version, both_backends, eventually};

const WRITERS: usize = 8;

/// A server with a stream, under load.
struct Scene {
    nats: Arc<NatsServer>,
    stream: Nats,
    server: Server,
    subscribed: Subscribed,
    figures: Figures,
    load: Load,
    /// The stream was purged: what it still holds stays in front of the whole copy that it gets.
    purged: bool,
    /// A server was harmed, not only NATS: what it had under way may be refused, for the writer to ask again.
    server_harmed: bool,
}

impl Scene {
    async fn set(fault: &str, backend: Backend, version: Version) -> Self {
        let nats = NatsServer::start_with(version, "");
        let server = Server::start_with(backend, Options::new().nats(&nats));
        Self::of(fault, nats, vec![server]).await
    }

    /// Writers over several servers on one log; what is reckoned up in the end is told by the last one.
    async fn of(fault: &str, nats: NatsServer, servers: Vec<Server>) -> Self {
        let last = servers.last().unwrap().clone();
        let figures = Figures::of(&format!("{fault}, NATS {}, {:?}", nats.version(), last.backend()));
        let subscribed = subscribed(&last.api()).await;
        let stream = Nats::of(&nats).await;
        let load = Load::start(&servers.iter().collect::<Vec<_>>(), WRITERS).await;
        load.progress(pick(50, 500)).await;
        let nats = Arc::new(nats);
        Self { nats, stream, server: last, subscribed, figures, load, purged: false, server_harmed: false }
    }

    /// Does something to NATS, while the load goes on.
    async fn nats(&self, change: impl FnOnce(&NatsServer) + Send + 'static) {
        let nats = Arc::clone(&self.nats);
        tokio::task::spawn_blocking(move || change(&nats)).await.unwrap();
    }

    /// What the stream holds, in messages.
    async fn held(&self) -> u64 {
        let stream = self.stream.stream(NAME).await;
        let info = || async { stream.get_info().await.ok() };
        eventually("the stream's state", info).await.state.messages
    }

    /// Waits until the stream holds so many messages.
    async fn holds(&self, messages: u64) {
        eventually("messages in the stream", || async { (self.held().await >= messages).then_some(()) })
            .await;
    }

    /// Everything that the fault must not have harmed. `healed` is when it was over.
    async fn reckon(mut self, healed: Instant) {
        let outcome = self.load.stop().await;
        let only_made = outcome.answers.keys().eq(&[201]);
        assert!(only_made || self.server_harmed, "no command depends on NATS: {:?}", outcome.answers);
        self.figures.add("ms with load until the end", healed.elapsed().as_millis());
        let settled = Instant::now();
        let there = reckoned(&mut self.figures, &outcome, &self.server).await;
        let stream = Nats::of(&self.nats).await;
        let messages = if self.purged {
            stream.comes_to_hold_the_log_of(&self.server).await
        } else {
            stream.holds_the_log_of(&self.server).await
        };
        self.figures.add("messages in the stream", messages.len());
        self.figures.add("reckoned in ms", settled.elapsed().as_millis());
        self.subscribed.all(there).await;
        self.figures.add("MiB at most", self.server.peak_memory());
    }
}

/// Does something to NATS, and measures commands a second before, during and after it.
async fn away(fault: &str, backend: Backend, version: Version, go: fn(&NatsServer), come: fn(&NatsServer)) {
    let mut scene = Scene::set(fault, backend, version).await;
    let stretch = Duration::from_millis(pick(1_500, 30_000));
    let mut rates = Vec::new();
    for (name, change) in [("before", (|_| ()) as fn(&NatsServer)), ("during", go), ("after", come)] {
        scene.nats(change).await;
        let (since, made) = (Instant::now(), scene.load.acknowledged());
        tokio::time::sleep(stretch).await;
        let count = u128::try_from(scene.load.acknowledged() - made).unwrap();
        let rate = count * 1_000 / since.elapsed().as_millis();
        scene.figures.add(&format!("commands/s {name}"), rate);
        rates.push(rate);
    }
    // Other tests share the machine: this catches a wait for NATS, not a percentage.
    assert!(rates[1] * 4 > rates[0], "commands wait for NATS: {rates:?} a second");
    scene.reckon(Instant::now()).await;
}

both_backends! {
    async fn commands_go_on_at_full_speed_while_nats_is_down(backend: Backend) {
        away("NATS down", backend, Version::Installed, NatsServer::kill9, NatsServer::up).await;
    }

    async fn commands_go_on_at_full_speed_while_nats_hangs(backend: Backend) {
        away("NATS hangs", backend, Version::Installed, NatsServer::pause, NatsServer::resume).await;
    }

    async fn a_purged_stream_is_filled_again(backend: Backend) {
        let mut scene = Scene::set("stream purged", backend, Version::Installed).await;
        for _ in 0..pick(1, 5) {
            scene.holds(50).await;
            scene.stream.stream(NAME).await.purge().await.unwrap();
            scene.purged = true;
            scene.load.progress(pick(50, 500)).await;
        }
        scene.reckon(Instant::now()).await;
    }

    async fn a_deleted_stream_is_made_and_filled_again(backend: Backend) {
        let scene = Scene::set("stream deleted", backend, Version::Installed).await;
        for _ in 0..pick(1, 5) {
            scene.holds(50).await;
            scene.stream.jetstream().delete_stream(NAME).await.unwrap();
            scene.load.progress(pick(50, 500)).await;
        }
        scene.reckon(Instant::now()).await;
    }
}

/// One fault on the newest NATS, where there is one.
fn newest(fault: impl AsyncFnOnce(Version)) {
    let Some(version) = Version::Newest.or_skip() else { return };
    sunledger_tests::run(Backend::Postgres, |_: Backend| fault(version));
}

async fn killed(backend: Backend, version: Version) {
    let scene = Scene::set("NATS killed -9", backend, version).await;
    for _ in 0..pick(3, 20) {
        scene.nats(NatsServer::kill9).await;
        scene.load.progress(20).await;
        scene.nats(NatsServer::up).await;
        scene.load.progress(pick(30, 300)).await;
    }
    scene.reckon(Instant::now()).await;
}

async fn restored(backend: Backend, version: Version) {
    let scene = Scene::set("NATS' folder restored from an old copy", backend, version).await;
    scene.holds(50).await;
    scene.nats.stop();
    let copy = scene.nats.copy();
    scene.nats(NatsServer::up).await;
    scene.load.progress(pick(50, 2_000)).await;
    scene.holds(100).await;
    scene
        .nats(move |nats| {
            nats.kill9();
            nats.put_back(&copy);
            nats.up();
        })
        .await;
    scene.load.progress(pick(20, 200)).await;
    scene.reckon(Instant::now()).await;
}

async fn wiped(backend: Backend, version: Version) {
    let scene = Scene::set("NATS' folder lost", backend, version).await;
    scene.holds(50).await;
    scene
        .nats(|nats| {
            nats.kill9();
            nats.wipe();
            nats.up();
        })
        .await;
    scene.load.progress(pick(20, 200)).await;
    scene.reckon(Instant::now()).await;
}

both_backends! {
    async fn a_killed_nats_server_loses_and_repeats_nothing(backend: Backend) {
        killed(backend, Version::Installed).await;
    }

    async fn a_folder_restored_from_an_old_copy_is_filled_up(backend: Backend) {
        restored(backend, Version::Installed).await;
    }

    async fn a_folder_that_is_lost_is_filled_again(backend: Backend) {
        wiped(backend, Version::Installed).await;
    }
}

#[test]
fn a_killed_nats_server_of_the_newest_version_loses_and_repeats_nothing() {
    newest(|version| killed(Backend::Postgres, version));
}

#[test]
fn a_folder_of_the_newest_version_restored_from_an_old_copy_is_filled_up() {
    newest(|version| restored(Backend::Postgres, version));
}

/// Two servers on one log, of which the first feeds the stream.
async fn two(fault: &str) -> (Scene, Server) {
    let nats = NatsServer::start();
    let first = Server::start_with(Backend::Postgres, Options::new().nats(&nats));
    let _ = Nats::of(&nats).await.stream(NAME).await;
    let second = first.twin();
    let scene = Scene::of(fault, nats, vec![first.clone(), second]).await;
    (Scene { server_harmed: true, ..scene }, first)
}

#[test]
fn the_server_that_feeds_the_stream_is_killed_and_the_other_goes_on() {
    sunledger_tests::run(Backend::Postgres, |_: Backend| async {
        let (mut scene, first) = two("the server that feeds the stream killed -9").await;
        scene.holds(50).await;
        first.kill9();
        let (killed, held) = (Instant::now(), scene.held().await);
        scene.load.progress(50).await;
        scene.holds(held + 50).await;
        scene.figures.add("the stream goes on after ms", killed.elapsed().as_millis());
        scene.reckon(Instant::now()).await;
    });
}

#[test]
fn the_server_that_feeds_the_stream_is_paused_and_comes_back_to_find_another() {
    sunledger_tests::run(Backend::Postgres, |_: Backend| async {
        let (mut scene, first) = two("the server that feeds the stream paused").await;
        for _ in 0..pick(1, 5) {
            scene.holds(50).await;
            first.pause();
            let (paused, held) = (Instant::now(), scene.held().await);
            scene.holds(held + 50).await;
            scene.figures.add("the stream goes on after ms", paused.elapsed().as_millis());
            first.resume();
            scene.load.progress(pick(50, 500)).await;
        }
        scene.reckon(Instant::now()).await;
    });
}
