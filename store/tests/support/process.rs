//! Other processes on the same log: the test binary again, told by a variable what to be.

use super::{Place, invoice, one, tenant};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use sunledger_store::{Backend, Log, StoreSettings};

const TASK: &str = "SUNLEDGER_TEST_CHILD";
const PLACE: &str = "SUNLEDGER_TEST_CHILD_PLACE";

/// What another process does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Task {
    /// Opens the log and prints its identity.
    Open,
    /// Creates so many invoices, eight at a time.
    Invoices(usize),
    /// Appends one event.
    One,
    /// Takes the lock `held`, says so, and keeps it until its input ends.
    Lock,
}

/// Starts one; its output is piped.
pub(crate) fn start(place: &Place, task: Task) -> Child {
    let place = match &place.settings().backend {
        Backend::Sqlite { folder } => folder.to_str().unwrap().to_owned(),
        Backend::Postgres { url } => url.clone(),
    };
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--quiet"])
        .env(TASK, format!("{task:?}"))
        .env(PLACE, place)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits for one that must succeed; what it printed.
pub(crate) fn finish(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The other process' end; does nothing in the process that runs the tests.
pub(crate) async fn run() {
    let (Ok(task), Ok(place)) = (std::env::var(TASK), std::env::var(PLACE)) else { return };
    let backend = if place.starts_with("postgres://") {
        Backend::Postgres { url: place }
    } else {
        Backend::Sqlite { folder: place.into() }
    };
    let log = Log::open(&StoreSettings::new(backend)).await.unwrap();
    let t = tenant("shared");
    match task.as_str() {
        "Open" => println!("identity={}", log.identity()),
        "One" => {
            log.append(one(&t, "thing", super::id(), 0)).await.unwrap();
        }
        "Lock" => {
            let lock = log.try_lock("held").await.unwrap();
            println!("locked={}", lock.is_some());
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).unwrap();
        }
        invoices => {
            let count = invoices.trim_start_matches("Invoices(").trim_end_matches(')').parse::<usize>().unwrap();
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..8 {
                let (log, t) = (log.clone(), t.clone());
                tasks.spawn(async move {
                    for _ in 0..count / 8 {
                        log.append(invoice(&t)).await.unwrap();
                    }
                });
            }
            while let Some(done) = tasks.join_next().await {
                done.unwrap();
            }
        }
    }
    // A runtime that is dropped waits for nothing; the log's own threads do.
    drop(log);
    tokio::time::sleep(Duration::from_millis(1)).await;
}
