//! A server's process: ended, paused and started again on the same port and folder.

use crate::reaper::Reaper;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long a server may take to start or to end.
const LIMIT: Duration = Duration::from_secs(60);
/// How long one may take to end that nobody needs any more.
const SOON: Duration = Duration::from_secs(10);

/// A port that nobody listens on, and that the system gives to no outgoing connection: a server that is down for a
/// while finds it free again.
///
/// # Panics
/// When none is free.
#[must_use]
pub fn free_port() -> u16 {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let calls = CALLS.fetch_add(1, Ordering::Relaxed);
    // Test processes run side by side: each starts to look elsewhere.
    let start = std::process::id().wrapping_mul(7_919).wrapping_add(calls.wrapping_mul(104_729));
    (0..1_000_u32)
        .map(|step| 12_000 + u16::try_from(start.wrapping_add(step) % 20_000).expect("below 20,000"))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

/// Sends `signal` ("TERM") to a process; false when there is none.
///
/// # Panics
/// When no shell can be started.
pub fn signal(pid: u32, signal: &str) -> bool {
    // The shell's own `kill`: the program is missing on small systems.
    let sent = Command::new("sh")
        .args(["-c", "kill -s \"$0\" \"$1\" 2>/dev/null", signal])
        .arg(pid.to_string())
        .status();
    sent.expect("sh runs").success()
}

/// Clears away what a process has left that was killed: libfaketime keeps two files in memory for each process under it,
/// and they stay there.
pub fn clear_after(process: u32) {
    for name in ["faketime_shm_", "sem.faketime_sem_"] {
        // Most servers have none.
        let _ = std::fs::remove_file(format!("/dev/shm/{name}{process}"));
    }
}

/// A folder and the process that works in it, running or not. Dropped, both are gone.
#[derive(Debug)]
pub(crate) struct Process {
    folder: PathBuf,
    child: Mutex<Option<Child>>,
    reaper: Reaper,
}

impl Process {
    /// A folder, and nothing running yet.
    pub(crate) fn new(prefix: &str) -> Self {
        let folder = tempfile::Builder::new().prefix(prefix).tempdir().expect("a temporary folder").keep();
        Self { child: Mutex::new(None), reaper: Reaper::of(Some(&folder)), folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts it, and waits until it is ready.
    pub(crate) fn start(&self, command: &mut Command, ready: impl Fn() -> Result<(), String>) {
        let mut held = self.child.lock().expect("the process");
        assert!(held.is_none(), "{command:?} runs already");
        let log =
            std::fs::File::options().create(true).append(true).open(self.log_file()).expect("a log file");
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log file"))
            .stderr(log)
            .process_group(0);
        let started = Instant::now();
        loop {
            let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
            self.reaper.watch(Some(child.id()));
            let problem = loop {
                if let Some(status) = child.try_wait().expect("its state") {
                    break status.to_string();
                }
                match ready() {
                    Ok(()) => {
                        *held = Some(child);
                        return;
                    }
                    Err(problem) if started.elapsed() > LIMIT => {
                        let _ = child.kill();
                        break problem;
                    }
                    Err(_) => std::thread::sleep(Duration::from_millis(20)),
                }
            };
            // What a killed one has left (its children, its port) may take a moment to be gone.
            assert!(started.elapsed() < LIMIT / 6, "{command:?}: {problem}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.child.lock().expect("the process").is_some()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.lock().expect("the process").as_ref().expect("the server runs").id()
    }

    /// Sends a signal after which it ends.
    pub(crate) fn end_by(&self, name: &str) {
        let mut child = self.child.lock().expect("the process").take().expect("the server runs");
        assert!(signal(child.id(), name), "kill -s {name} {}", child.id());
        let since = Instant::now();
        while child.try_wait().expect("its state").is_none() {
            assert!(since.elapsed() < LIMIT, "still running after SIG{name}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        self.reaper.watch(None);
    }

    /// Stops it where it stands, with its children, until [`Process::resume`].
    pub(crate) fn pause(&self) {
        let pid = self.pid();
        assert!(signal(pid, "STOP"), "kill -s STOP {pid}");
        for child in children(pid) {
            // One that is gone meanwhile needs no stop.
            let _ = signal(child, "STOP");
            self.reaper.watch_also(child);
        }
    }

    pub(crate) fn resume(&self) {
        let pid = self.pid();
        for child in children(pid) {
            let _ = signal(child, "CONT");
        }
        assert!(signal(pid, "CONT"), "kill -s CONT {pid}");
        self.reaper.watch(Some(pid));
    }

    /// Ends it and its children at once, as a power cut would.
    pub(crate) fn kill9(&self) {
        let Some(mut process) = self.child.lock().expect("the process").take() else { return };
        let children = children(process.id());
        process.kill().expect("SIGKILL");
        for child in children {
            let _ = signal(child, "KILL");
        }
        process.wait().expect("it ends");
        self.reaper.watch(None);
    }

    /// Ends it, running or paused, by a signal at which it gives back what the system keeps for it beside its memory; by force
    /// where it does not end soon.
    pub(crate) fn give_back(&self, name: &str) {
        let Ok(mut held) = self.child.lock() else { return };
        let Some(mut process) = held.take() else { return };
        let _ = signal(process.id(), name);
        for paused in children(process.id()).into_iter().chain([process.id()]) {
            let _ = signal(paused, "CONT");
        }
        let since = Instant::now();
        while since.elapsed() < SOON {
            if process.try_wait().is_ok_and(|ended| ended.is_some()) {
                self.reaper.watch(None);
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        *held = Some(process);
        drop(held);
        self.kill9();
    }

    /// The end of what it has printed.
    pub(crate) fn log(&self) -> String {
        let log = std::fs::read(self.log_file()).unwrap_or_default();
        String::from_utf8_lossy(&log[log.len().saturating_sub(8_192)..]).into_owned()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("log")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.child.get_mut().is_ok_and(|child| child.is_some()) {
            self.kill9();
        }
        // The reaper removes the folder.
    }
}

/// The processes that `parent` has started, where the system tells.
fn children(parent: u32) -> Vec<u32> {
    let parent = parent.to_string();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        // "pid (name) state parent ...": the name may contain anything.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        after_name.split_whitespace().nth(1) == Some(&*parent)
    })
    .collect()
}
