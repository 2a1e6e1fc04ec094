//! A running program: start, kill, restart, and its command line beside it.

use crate::backend::{Backend, Place};
use crate::binary;
use crate::client::Api;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};
use sunledger_test_servers::{Cluster, NatsServer, Reaper, clear_after, signal};

/// The key that every server of the tests is first started with: all scopes, tenant `default`.
pub const KEY: &str = "test-key-of-the-default-tenant-0123456789";

/// Settings of most tests: nothing that slows them, everything else as it comes.
const SETTINGS: [(&str, &str); 5] = [
    ("SUNLEDGER_LISTEN", "127.0.0.1:0"),
    ("SUNLEDGER_API_KEY", KEY),
    ("SUNLEDGER_RATE_LIMIT", "off"),
    ("SUNLEDGER_WEBHOOK_ALLOW_PRIVATE", "true"),
    ("SUNLEDGER_WEBHOOK_RETRY_BASE_MS", "2"),
];

/// How much of what it prints is kept.
const KEPT: usize = 64 * 1024;

/// Settings beside or instead of the usual ones.
#[derive(Debug, Clone, Default)]
pub struct Options {
    settings: Vec<(String, Option<String>)>,
    under: Vec<String>,
    serve: Vec<String>,
}

impl Options {
    /// The usual settings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one set differently.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.into(), Some(value.into())));
        self
    }

    /// With one left to its default.
    #[must_use]
    pub fn unset(mut self, name: &str) -> Self {
        self.settings.push((name.into(), None));
        self
    }

    /// With a stream beside the log.
    #[must_use]
    pub fn nats(self, server: &NatsServer) -> Self {
        self.set("NATS_URL", &server.url())
    }

    /// With more said behind `serve`.
    #[must_use]
    pub fn serving(mut self, arguments: &[&str]) -> Self {
        self.serve = arguments.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// With the program run by another one (`prlimit --nofile=256`), which must become it.
    #[must_use]
    pub fn under(mut self, program: &[&str]) -> Self {
        self.under = program.iter().map(|&word| word.to_owned()).collect();
        self
    }
}

/// A server, running or not, and its data. Clones are the same server; the last one ends it and removes the data.
#[derive(Debug, Clone)]
pub struct Server(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    backend: Backend,
    // The order matters at the end: the process first, the reaper next, the place last.
    running: Mutex<Option<Running>>,
    reaper: Reaper,
    place: Arc<Place>,
    options: Mutex<Options>,
    printed: Arc<Mutex<String>>,
}

#[derive(Debug)]
struct Running {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts one on fresh storage.
    #[must_use]
    pub fn start(backend: Backend) -> Self {
        Self::start_with(backend, Options::new())
    }

    /// Starts one on fresh storage with settings of its own.
    #[must_use]
    pub fn start_with(backend: Backend, options: Options) -> Self {
        let server = Self::prepare_at(Place::ready(backend), options);
        server.up();
        server
    }

    /// Starts one on a fresh database in a cluster of the test's own.
    #[must_use]
    pub fn start_on(cluster: &Cluster, options: Options) -> Self {
        let server = Self::prepare_at(Place::on(cluster), options);
        server.up();
        server
    }

    /// Fresh storage and settings, nothing running yet.
    #[must_use]
    pub fn prepare(backend: Backend, options: Options) -> Self {
        Self::prepare_at(Place::new(backend), options)
    }

    /// Storage that the test has made, nothing running yet.
    #[must_use]
    pub fn prepare_at(place: Place, options: Options) -> Self {
        let backend = if place.database_url().is_some() { Backend::Postgres } else { Backend::Sqlite };
        let place = Arc::new(place);
        let reaper = Reaper::of(Some(place.folder()));
        let printed = Arc::default();
        let options = Mutex::new(options);
        Self(Arc::new(Inner { backend, place, reaper, options, running: Mutex::new(None), printed }))
    }

    /// Starts another one on the same data.
    ///
    /// # Panics
    /// When another test failed while it held the settings.
    #[must_use]
    pub fn twin(&self) -> Self {
        let options = Mutex::new(self.0.options.lock().expect("the options").clone());
        let (backend, place, running) = (self.0.backend, Arc::clone(&self.0.place), Mutex::new(None));
        let (reaper, printed) = (Reaper::of(None), Arc::default());
        let twin = Self(Arc::new(Inner { backend, place, reaper, options, running, printed }));
        twin.up();
        twin
    }

    /// The one that the tests of this process share while any of them runs.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn shared(backend: Backend) -> Self {
        static SHARED: [Mutex<Weak<Inner>>; 2] = [Mutex::new(Weak::new()), Mutex::new(Weak::new())];
        let mut held = match SHARED[backend as usize].lock() {
            Ok(held) => held,
            // Another test failed while it started one: this one tries for itself.
            Err(poisoned) => poisoned.into_inner(),
        };
        if let Some(inner) = held.upgrade() {
            return Self(inner);
        }
        let server = Self::start(backend);
        *held = Arc::downgrade(&server.0);
        server
    }

    /// Its storage.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.0.backend
    }

    /// Where its data lie.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.0.place
    }

    /// Where it listens, while it runs.
    #[must_use]
    pub fn listening(&self) -> Option<SocketAddr> {
        self.0.running.lock().ok()?.as_ref().map(|running| running.address)
    }

    /// Where it listens.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.listening().expect("the server runs")
    }

    /// A client with the key of the first start.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(self, Some(KEY))
    }

    /// Changes settings for the next start.
    ///
    /// # Panics
    /// When another test failed while it held them.
    pub fn configure(&self, change: impl FnOnce(Options) -> Options) {
        let mut options = self.0.options.lock().expect("the options");
        *options = change(std::mem::take(&mut *options));
    }

    /// Starts it, and waits until it listens.
    ///
    /// # Panics
    /// When it does not listen within half a minute, or two where it has more to do first: with what it printed.
    pub fn up(&self) {
        let more = !self.0.options.lock().expect("the options").serve.is_empty();
        let patience = Duration::from_secs(if more { 120 } else { 30 });
        let mut process = self
            .command(&["serve"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("sunledger starts");
        self.0.reaper.watch(Some(process.id()));
        let (told, lines) = channel();
        keep(process.stderr.take().expect("piped"), Arc::clone(&self.0.printed), |_| ());
        keep(process.stdout.take().expect("piped"), Arc::clone(&self.0.printed), move |line| {
            // Nobody listens once the address is known.
            let _ = told.send(line.to_owned());
        });
        let started = Instant::now();
        let address = loop {
            match lines.recv_timeout(patience.saturating_sub(started.elapsed())) {
                Ok(line) => {
                    if let Some(found) = line.strip_prefix("listening on http://") {
                        break found.trim().trim_end_matches('/').parse().expect("an address and port");
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    panic!("no `listening on` line in {patience:?}:\n{}", self.printed())
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let ended = process.wait();
                    // Both ends are read by threads: what it said last may still be on its way.
                    std::thread::sleep(Duration::from_millis(100));
                    panic!("sunledger ended at start ({ended:?}):\n{}", self.printed());
                }
            }
        };
        *self.0.running.lock().expect("the process") = Some(Running { process, address });
    }

    /// Ends it as a power cut would.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill9(&self) {
        let mut running = self.0.running.lock().expect("the process").take().expect("the server runs");
        running.process.kill().expect("SIGKILL");
        running.process.wait().expect("it ends");
        clear_after(running.process.id());
        self.0.reaper.watch(None);
    }

    /// Its process.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.0.running.lock().expect("the process").as_ref().expect("the server runs").process.id()
    }

    /// The most memory that it has held so far, in MiB.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn peak_memory(&self) -> u64 {
        self.told_memory("VmHWM:")
    }

    /// The memory that it holds, in MiB.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn memory(&self) -> u64 {
        self.told_memory("VmRSS:")
    }

    fn told_memory(&self, figure: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("its state");
        let line = status.lines().find_map(|line| line.strip_prefix(figure)).expect("a figure of its memory");
        let kibibytes = line.trim().trim_end_matches("kB").trim();
        kibibytes.parse::<u64>().expect("a figure in kB") / 1024
    }

    /// Stops it where it stands, as a virtual machine is stopped, until [`Server::resume`].
    ///
    /// # Panics
    /// When it does not run.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    ///
    /// # Panics
    /// When it does not run.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Sends `signal` ("TERM").
    ///
    /// # Panics
    /// When it does not run.
    pub fn signal(&self, name: &str) {
        let pid = self.pid();
        assert!(signal(pid, name), "kill -s {name} {pid}");
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it still runs after `limit`.
    #[must_use]
    pub fn ended(&self, limit: Duration) -> ExitStatus {
        let started = Instant::now();
        let status = loop {
            // Not held while waiting: its clients ask where it listens.
            let mut held = self.0.running.lock().expect("the process");
            if let Some(status) =
                held.as_mut().expect("the server runs").process.try_wait().expect("its state")
            {
                *held = None;
                break status;
            }
            drop(held);
            assert!(started.elapsed() < limit, "still running after {limit:?}:\n{}", self.printed());
            std::thread::sleep(Duration::from_millis(10));
        };
        self.0.reaper.watch(None);
        status
    }

    /// Ends it as an operator would.
    ///
    /// # Panics
    /// When it does not end cleanly.
    pub fn stop(&self) {
        self.signal("TERM");
        let status = self.ended(Duration::from_secs(20));
        assert!(status.success(), "SIGTERM ended it with {status}:\n{}", self.printed());
    }

    /// Ends it and starts it again on the same data.
    pub fn restart(&self) {
        self.stop();
        self.up();
    }

    /// Starts the program without waiting for anything: the caller ends it.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn spawn_serve(&self) -> Child {
        let mut command = self.command(&["serve"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let process = command.spawn().expect("sunledger starts");
        self.0.reaper.watch(Some(process.id()));
        process
    }

    /// Starts a command of the program on the same data: the caller ends it, or waits for it.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn spawn_cli(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("sunledger starts")
    }

    /// Runs a command of the program on the same data and returns what came of it.
    ///
    /// # Panics
    /// When the program cannot be run at all.
    #[must_use]
    pub fn cli(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().expect("sunledger runs")
    }

    /// The same, for a command that must succeed: what it printed on stdout.
    ///
    /// # Panics
    /// When it fails: with what it said.
    #[must_use]
    #[track_caller]
    pub fn cli_ok(&self, arguments: &[&str]) -> String {
        let output = self.cli(arguments);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let failed =
            || format!("sunledger {}: {}\n{}", arguments.join(" "), output.status, text(&output.stderr));
        assert!(output.status.success(), "{}", failed());
        text(&output.stdout)
    }

    /// The end of what it printed, on both streams.
    ///
    /// # Panics
    /// When a reading thread failed.
    #[must_use]
    pub fn printed(&self) -> String {
        self.0.printed.lock().expect("what it printed").clone()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let options = self.0.options.lock().expect("the options").clone();
        let mut words = options.under.iter().map(std::ffi::OsStr::new).chain([binary::path().as_os_str()]);
        let mut command = Command::new(words.next().expect("the program"));
        command.args(words).args(arguments).current_dir(self.0.place.folder());
        if arguments == ["serve"] {
            command.args(&options.serve);
        }
        // Settings of whoever runs the tests would lead a server away from its own place.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("SUNLEDGER_") || ["DATABASE_URL", "NATS_URL"].contains(&&*text) {
                command.env_remove(&name);
            }
        }
        command.envs(SETTINGS).env("SUNLEDGER_DATA", self.0.place.data());
        if let Some(url) = self.0.place.database_url() {
            command.env("DATABASE_URL", url);
        }
        for (name, value) in &options.settings {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Ok(running) = self.running.get_mut()
            && let Some(mut running) = running.take()
        {
            // Either fails only where it has ended already.
            let _ = running.process.kill();
            let _ = running.process.wait();
            clear_after(running.process.id());
        }
        self.reaper.watch(None);
        if std::thread::panicking()
            && let Ok(printed) = self.printed.lock()
        {
            eprintln!("--- what the {:?} server printed last ---\n{printed}---", self.backend);
        }
    }
}

/// Reads a stream to its end on a thread of its own, so that the server never waits for a reader.
fn keep(stream: impl Read + Send + 'static, kept: Arc<Mutex<String>>, tell: impl Fn(&str) + Send + 'static) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            tell(&line);
            if let Ok(mut kept) = kept.lock() {
                kept.push_str(&line);
                kept.push('\n');
                if kept.len() > KEPT {
                    let cut = kept.ceil_char_boundary(kept.len() - KEPT / 2);
                    kept.drain(..cut);
                }
            }
        }
    });
}
