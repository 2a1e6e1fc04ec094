//! Other processes on the same log: the test binary again, told by a variable what to be.

use super::{Place, invoice, one, tenant};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use sunledger_store::{AppendError, Backend, Log, StoreError, StoreSettings};

const TASK: &str = "SUNLEDGER_TEST_CHILD";
const PLACE: &str = "SUNLEDGER_TEST_CHILD_PLACE";

/// What another process does.
#[derive(Clone, Copy)]
pub(crate) enum Task {
    /// Opens the log and prints its identity.
    Open,
    /// Creates so many invoices, eight at a time.
    Invoices(usize),
    /// Appends one event.
    One,
    /// Appends invoices until there is no room left, and says how many it was told are there.
    Fill,
    /// Takes the lock `held`, says so, and keeps it until its input ends.
    Lock,
}

impl Task {
    fn name(self) -> String {
        match self {
            Task::Open => "open".into(),
            Task::Invoices(count) => count.to_string(),
            Task::One => "one".into(),
            Task::Fill => "fill".into(),
            Task::Lock => "lock".into(),
        }
    }
}

/// Starts one; its output is piped.
pub(crate) fn start(place: &Place, task: Task) -> Child {
    spawn(Command::new(std::env::current_exe().unwrap()), place, task)
}

/// One whose files may not grow past so many megabytes: writing more fails, as on a full disk.
pub(crate) fn start_small(place: &Place, task: Task, megabytes: usize) -> Child {
    let mut shell = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", megabytes * 2048);
    shell.args(["-c", &script]).arg(std::env::current_exe().unwrap());
    spawn(shell, place, task)
}

fn spawn(mut command: Command, place: &Place, task: Task) -> Child {
    let place = match &place.settings().backend {
        Backend::Sqlite { folder } => folder.to_str().unwrap().to_owned(),
        Backend::Postgres { url } => url.clone(),
    };
    command
        .args(["--exact", "child", "--nocapture", "--quiet"])
        .env(TASK, task.name())
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
        "open" => println!("identity={}", log.identity()),
        "one" => {
            log.append(one(&t, "thing", super::id(), 0)).await.unwrap();
        }
        "fill" => {
            let mut told = 0;
            let error = loop {
                match log.append(invoice(&t)).await {
                    Ok(_) => told += 1,
                    Err(error) => break error,
                }
            };
            let away = |error: &AppendError| matches!(error, AppendError::Store(StoreError::Unavailable(_)));
            assert!(away(&error), "{error:?}");
            // It says the same as long as nothing changes, and what it was told stays readable.
            for _ in 0..3 {
                assert!(away(&log.append(invoice(&t)).await.unwrap_err()));
            }
            assert_eq!(log.head().await.unwrap(), told);
            println!("told={told}");
        }
        "lock" => {
            let lock = log.try_lock("held").await.unwrap();
            println!("locked={}", lock.is_some());
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).unwrap();
        }
        invoices => {
            let count = invoices.parse::<usize>().unwrap();
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
