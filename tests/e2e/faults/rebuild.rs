//! `sunledger replay` under load: readers notice nothing, writers go on, and one that is killed, or whose server is, leaves
//! nothing behind that the next would stumble over.

use serde_json::json;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use sunledger_tests::books::shown;
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::{Backend, Load, Server, Tenant, both_backends, eventually};
use tokio::task::JoinHandle;

const INVOICES: &str = "/api/v1/invoices";

/// Clients of a server that write something and read it back at once, in every way there is.
struct Readers {
    over: Arc<AtomicBool>,
    reads: Arc<AtomicUsize>,
    tasks: Vec<JoinHandle<Duration>>,
}

impl Readers {
    fn start(server: &Server, count: usize) -> Self {
        let (over, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut tasks = Vec::new();
        // Not the writers' tenant, whose invoices are counted in the end.
        let tenant = Tenant::on(server);
        for _ in 0..count {
            tasks.push(tokio::spawn(read(tenant.clone(), Arc::clone(&over), Arc::clone(&reads))));
        }
        Self { over, reads, tasks }
    }

    /// Ends them; how much they read, and the slowest read.
    async fn stop(self) -> (usize, Duration) {
        self.over.store(true, Ordering::Relaxed);
        let mut slowest = Duration::ZERO;
        for task in self.tasks {
            slowest = slowest.max(task.await.expect("a reader found nothing wrong"));
        }
        (self.reads.load(Ordering::Relaxed), slowest)
    }
}

async fn read(api: Tenant, over: Arc<AtomicBool>, reads: Arc<AtomicUsize>) -> Duration {
    let (client, mut slowest, mut drafts) = (api.client("Reader").await, Duration::ZERO, 0);
    while !over.load(Ordering::Relaxed) {
        let draft = api.draft(&client, "10.00").await;
        drafts += 1;
        let _ = api.put(&format!("{INVOICES}/{draft}"), json!({"notes": "edited"})).await.expect(200);
        let mut timed = async |path: String| {
            let started = Instant::now();
            let reply = api.get(&path).await.expect(200);
            slowest = slowest.max(started.elapsed());
            reply.value()
        };
        let one = timed(format!("{INVOICES}/{draft}")).await;
        assert_eq!(one["data"]["notes"], "edited", "an old state after an acknowledged write");
        let list = timed(format!("{INVOICES}?clientId={client}&limit=5")).await;
        assert_eq!(list["total"].as_u64(), Some(drafts), "the client's invoices, counted");
        assert!(list["data"].as_array().is_some_and(|page| !page.is_empty()));
        reads.fetch_add(2, Ordering::Relaxed);
    }
    slowest
}

/// Waits for a child that ends by itself, once it has folded the log.
async fn success(mut child: Child) -> bool {
    let limit = Instant::now() + Duration::from_secs(pick(30, 300));
    loop {
        if let Some(ended) = child.try_wait().expect("its state") {
            return ended.success();
        }
        assert!(Instant::now() < limit, "the command does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The generations that lie beside each other.
fn generations(server: &Server) -> usize {
    let files = std::fs::read_dir(server.place().data()).into_iter().flatten().flatten();
    files
        .filter(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            name.starts_with("read_") && name.ends_with(".db")
        })
        .count()
}

async fn rebuild(servers: &[&Server], figures: &mut Figures) {
    let server = servers[0];
    let load = Load::start(servers, 4).await;
    load.progress(pick(80, 5_000)).await;
    let mut readers = Vec::new();
    for server in servers {
        readers.push(Readers::start(server, 2));
    }
    for round in ["first", "second"] {
        let (before, started) = (load.acknowledged(), Instant::now());
        assert!(success(server.spawn_cli(&["replay"])).await, "{}", server.printed());
        let took = started.elapsed();
        let events = server.api().get("/health/ready").await.value()["readModels"]["position"].as_u64();
        let rate = events.unwrap_or_default() * 1_000 / u64::try_from(took.as_millis()).unwrap().max(1);
        figures.add(&format!("{round} replay ms"), took.as_millis());
        figures.add("events/s", rate);
        figures.add("writes meanwhile", load.acknowledged() - before);
    }
    // Killed wherever it is.
    for millis in pick(vec![60, 160], (1..40).map(|step| step * 50).collect()) {
        let mut child = server.spawn_cli(&["replay"]);
        tokio::time::sleep(Duration::from_millis(millis)).await;
        let _ = child.kill();
        let _ = child.wait();
    }
    load.progress(20).await;
    let mut slowest = Duration::ZERO;
    for readers in readers {
        let (reads, slow) = readers.stop().await;
        assert!(reads > 20, "{reads} reads");
        slowest = slowest.max(slow);
    }
    figures.add("slowest read ms", slowest.as_millis());
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");

    // The server itself is killed while one is built.
    let child = server.spawn_cli(&["replay"]);
    tokio::time::sleep(Duration::from_millis(80)).await;
    server.kill9();
    server.up();
    assert!(success(child).await, "a replay outlives its server");
    load.progress(20).await;
    let outcome = load.stop().await;
    figures.add("longest silence of writers ms", outcome.longest_silence.as_millis());
    let silent = outcome.longest_silence;
    figures.add("invoices", outcome.settle(server).await);
    assert!(silent < Duration::from_secs(10), "{silent:?}");
    if server.backend() == Backend::Sqlite {
        server.restart();
        let client = server.api().client("Last").await;
        assert_eq!(
            shown(&server.api().get(&format!("/api/v1/clients/{client}")).await.data(200)["name"]),
            "Last"
        );
        eventually("what was left behind is cleared away", || async {
            (generations(server) == 1).then_some(())
        })
        .await;
    }
}

both_backends! {
    async fn readers_and_writers_notice_nothing(server: Server) {
        let mut figures = Figures::of(&format!("replay under load on {:?}", server.backend()));
        rebuild(&[&server], &mut figures).await;
    }
}

#[test]
fn nor_do_those_of_two_servers() {
    sunledger_tests::run(Backend::Postgres, |server: Server| async move {
        let mut figures = Figures::of("replay under load with two servers");
        let twin = server.twin();
        rebuild(&[&server, &twin], &mut figures).await;
    });
}
