//! `sunledger backup`: a copy that can be gone on with, taken from a server that is writing.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use sunledger_tests::books::shown;
use sunledger_tests::faults::{Figures, pick};
use sunledger_tests::{Api, Backend, Options, Receiver, Server, eventually, run};

const INVOICES: &str = "/api/v1/invoices";

/// Writers who note every invoice that was acknowledged.
struct Writers {
    over: Arc<AtomicBool>,
    made: Arc<Mutex<Vec<Value>>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Writers {
    fn start(api: &Api, client: &str, count: usize) -> Self {
        let (over, made) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let tasks = (0..count)
            .map(|_| {
                let (api, client) = (api.clone(), client.to_owned());
                let (over, made) = (Arc::clone(&over), Arc::clone(&made));
                tokio::spawn(async move {
                    while !over.load(Ordering::Relaxed) {
                        let invoice = api.post(INVOICES, Api::bill(&client, "10.00")).await.data(201);
                        made.lock().unwrap().push(invoice);
                    }
                })
            })
            .collect();
        Self { over, made, tasks }
    }

    fn made(&self) -> Vec<Value> {
        self.made.lock().unwrap().clone()
    }

    async fn progress(&self, more: usize) {
        let goal = self.made().len() + more;
        eventually("more invoices", || async { (self.made().len() >= goal).then_some(()) }).await;
    }

    async fn stop(self) -> usize {
        self.over.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
        self.made.lock().unwrap().len()
    }
}

/// A server on what a backup holds, as an operator restores it.
fn restored(backup: &Path) -> Server {
    let server = Server::prepare(Backend::Sqlite, Options::new());
    std::fs::create_dir_all(server.place().data()).unwrap();
    for file in files(backup) {
        std::fs::copy(backup.join(&file), server.place().data().join(&file)).unwrap();
    }
    server.up();
    server
}

fn files(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// `webhook-id`s of the deliveries that are known to have succeeded.
async fn delivered(api: &Api, endpoint: &str) -> BTreeSet<String> {
    let list = api.get(&format!("/webhooks/{endpoint}/deliveries?state=succeeded&limit=100")).await.data(200);
    let ids = list.as_array().unwrap().iter();
    ids.map(|one| format!("msg_{}", shown(&one["id"]).replace('-', ""))).collect()
}

async fn backed_up(server: &Server, target: &Path) -> String {
    let (server, target) = (server.clone(), target.to_str().unwrap().to_owned());
    tokio::task::spawn_blocking(move || server.cli_ok(&["backup", &target])).await.unwrap()
}

#[test]
fn a_backup_under_load_is_gone_on_with_elsewhere() {
    run(Backend::Sqlite, |server: Server| async move {
        let mut figures = Figures::of("backup under load");
        let api = server.api();
        let receiver = Receiver::start().await;
        let hook = json!({"url": receiver.url(), "events": ["invoice.created"]});
        let endpoint = shown(&api.post("/webhooks", hook).await.data(201)["id"]);
        let client = api.client("Payer").await;
        let writers = Writers::start(&api, &client, 4);
        writers.progress(pick(100, 5_000)).await;
        let finished = eventually("finished deliveries", || async {
            Some(delivered(&api, &endpoint).await).filter(|done| done.len() > 20)
        })
        .await;

        let before = writers.made();
        let target = server.place().folder().join("backups").join("one");
        let since = std::time::Instant::now();
        let _ = backed_up(&server, &target).await;
        figures.add("ms", since.elapsed().as_millis());
        writers.progress(20).await;
        let all = writers.stop().await;
        server.stop();
        assert_eq!(files(&target), BTreeSet::from(["log.db".to_owned(), "webhooks.db".to_owned()]));

        let (heard, later) = (receiver.received().len(), restored(&target));
        let api = later.api();
        let list = api.get(&format!("{INVOICES}?limit=1")).await.json(200);
        let there = usize::try_from(list["total"].as_u64().unwrap()).unwrap();
        assert!((before.len()..all).contains(&there), "{there} of {all}, {} before", before.len());
        for invoice in before.iter().step_by(pick(5, 97)) {
            let read = api.invoice(&shown(&invoice["id"])).await;
            for (field, value) in invoice.as_object().unwrap() {
                assert_eq!(&read[field], value, "{field}");
            }
        }
        let _ = later.cli_ok(&["verify"]);
        let next = api.post(INVOICES, Api::bill(&client, "10.00")).await.data(201);
        assert_eq!(shown(&next["invoiceNumber"]), format!("INV-{:04}", there + 1));

        let last = shown(&next["id"]);
        let received = receiver.wait_for("the new invoice", |all| {
            all.iter().skip(heard).any(|one| shown(&one.json()["data"]["uuid"]) == last)
        });
        let received = received.await;
        for again in received.iter().skip(heard) {
            assert!(!finished.contains(again.id()), "{} was finished before the backup", again.id());
        }
        eventually("nothing is pending", || async {
            let pending = api.get(&format!("/webhooks/{endpoint}/deliveries?state=pending")).await.data(200);
            pending.as_array().unwrap().is_empty().then_some(())
        })
        .await;
        let told: BTreeSet<String> =
            receiver.received().iter().map(|one| shown(&one.json()["data"]["uuid"])).collect();
        let untold: Vec<_> =
            before.iter().map(|one| shown(&one["id"])).filter(|id| !told.contains(id)).collect();
        assert!(untold.is_empty(), "nobody was told of {untold:?}");
        figures.add("invoices in the backup", there);
        figures.add("repeated deliveries", receiver.received().len() - heard - 1);
    });
}

#[test]
fn nothing_is_overwritten_and_nothing_is_made_up() {
    run(Backend::Sqlite, |server: Server| async move {
        let _ = server.api().client("Acme Corp").await;
        server.stop();
        let target = server.place().folder().join("backup");
        let _ = backed_up(&server, &target).await;
        let written = std::fs::metadata(target.join("log.db")).unwrap().modified().unwrap();
        let refused = server.cli(&["backup", target.to_str().unwrap()]);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("not empty"), "{refused:?}");
        assert_eq!(std::fs::metadata(target.join("log.db")).unwrap().modified().unwrap(), written);

        // An empty folder may be there.
        let empty = server.place().folder().join("empty");
        std::fs::create_dir(&empty).unwrap();
        let _ = backed_up(&server, &empty).await;
        assert!(empty.join("log.db").is_file());

        let nothing = server.place().folder().join("nothing");
        server.configure(|options| options.set("SUNLEDGER_DATA", nothing.to_str().unwrap()));
        let refused = server.cli(&["backup", server.place().folder().join("of-nothing").to_str().unwrap()]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("there is no log"), "{refused:?}");
        assert!(!nothing.exists() && !server.place().folder().join("of-nothing").exists());
    });
}

#[test]
fn a_backup_that_fails_leaves_nothing() {
    run(Backend::Sqlite, |server: Server| async move {
        let api = server.api();
        let client = api.client("Acme Corp").await;
        let _ = api.draft(&client, "10.00").await;
        let folder = server.place().folder().join("backups");
        std::fs::create_dir(&folder).unwrap();
        let target = folder.join("one");
        let fails = |server: &Server, target: &Path, why: &str| {
            let failed = server.cli(&["backup", target.to_str().unwrap()]);
            assert_eq!(failed.status.code(), Some(1), "{failed:?}");
            assert!(failed.stdout.is_empty(), "{failed:?}");
            assert!(String::from_utf8_lossy(&failed.stderr).contains(why), "{why}: {failed:?}");
            assert!(files(&folder).is_empty(), "{:?}", files(&folder));
        };

        // No file may grow beyond 64 blocks: the disk is full in the middle of the copy.
        let full = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";
        server.configure(|options| options.under(&["sh", "-c", full]));
        fails(&server, &target, "disk");
        server.configure(|options| options.under(&[]));
        // What the target would lie in is a file.
        fails(&server, &server.place().data().join("log.db").join("one"), "log.db");
        // The log is not sound.
        let log = rusqlite::Connection::open(server.place().data().join("log.db")).unwrap();
        let moved = |by: i64| log.execute("UPDATE head SET position = position + ?1", [by]).unwrap();
        assert_eq!(moved(1), 1);
        fails(&server, &target, "missing");
        assert_eq!(moved(-1), 1);
        let _ = backed_up(&server, &target).await;
        assert_eq!(files(&folder), BTreeSet::from(["one".to_owned()]));
    });
}

#[test]
fn a_database_server_has_its_own_ways() {
    run(Backend::Postgres, |server: Server| async move {
        let refused = server.cli(&["backup", server.place().folder().join("backup").to_str().unwrap()]);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(told.contains("pg_basebackup") && told.contains("pg_dump"), "{told}");
        assert!(!server.place().folder().join("backup").exists());
    });
}
