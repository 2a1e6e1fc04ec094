//! A NATS server with JetStream, on a folder and port of its own.

use crate::process::{Process, free_port};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The versions that the program is tested with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The one that the machine has (Debian 12: 2.9): `SUNLEDGER_TEST_NATS`, else `nats-server` on the path.
    Installed,
    /// The newest one: `SUNLEDGER_TEST_NATS_NEWEST`, else where `scripts/test` keeps it.
    Newest,
}

impl Version {
    /// The program, where there is one.
    #[must_use]
    pub fn program(self) -> Option<PathBuf> {
        match self {
            Self::Installed => named("SUNLEDGER_TEST_NATS").or_else(on_path),
            Self::Newest => named("SUNLEDGER_TEST_NATS_NEWEST").or_else(kept),
        }
    }

    /// The program, for a test that needs this version and is skipped without: it says so then.
    #[must_use]
    pub fn or_skip(self) -> Option<Self> {
        if self.program().is_none() {
            eprintln!("SKIPPED: there is no nats-server of version {self:?}; scripts/test fetches it");
            return None;
        }
        Some(self)
    }
}

fn named(variable: &str) -> Option<PathBuf> {
    let given = PathBuf::from(std::env::var_os(variable).filter(|path| !path.is_empty())?);
    assert!(given.is_file(), "{variable} names {}, which is no file", given.display());
    Some(given)
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian puts it where only root's path leads.
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join("nats-server")).find(|program| program.is_file())
}

fn kept() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let target = test.ancestors().find(|folder| folder.join("tools").is_dir())?;
    Some(target.join("tools/nats-server")).filter(|program| program.is_file())
}

/// The server, running or not. Dropped, it and its data are gone.
#[derive(Debug)]
pub struct NatsServer {
    program: PathBuf,
    port: u16,
    process: Process,
}

/// What its folder held at some time.
#[derive(Debug)]
pub struct Copy(tempfile::TempDir);

impl NatsServer {
    /// Starts the installed one.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(Version::Installed, "")
    }

    /// Starts one of a version, with lines of its own in the configuration file (`max_payload: 8MB`).
    ///
    /// # Panics
    /// When there is none, or it does not start.
    #[must_use]
    pub fn start_with(version: Version, configuration: &str) -> Self {
        let server = Self::prepare(version, configuration);
        server.up();
        server
    }

    /// The same, not yet running: there is an address, and nobody listens.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn prepare(version: Version, configuration: &str) -> Self {
        let program = version.program().unwrap_or_else(|| {
            panic!(
                "no nats-server ({version:?}) found: install it (Debian: apt-get install nats-server; the newest: \
                 scripts/test fetches it), or name it by SUNLEDGER_TEST_NATS and SUNLEDGER_TEST_NATS_NEWEST"
            )
        });
        let server = Self { program, port: free_port(), process: Process::new("sunledger-test-nats-") };
        let (port, name, store) = (server.port, server.name(), server.store());
        let text = format!(
            "listen: \"127.0.0.1:{port}\"\nserver_name: {name:?}\njetstream {{ store_dir: {store:?} }}\n{configuration}\n"
        );
        std::fs::write(server.configuration(), text).expect("a configuration file");
        server
    }

    /// Starts three that know of each other and keep their streams together.
    ///
    /// # Panics
    /// When there is none of this version, or one does not start.
    #[must_use]
    pub fn cluster(version: Version) -> [Self; 3] {
        let ports = [free_port(), free_port(), free_port()];
        let routes = ports.map(|port| format!("\"nats://127.0.0.1:{port}\"")).join(", ");
        let servers = ports.map(|port| {
            let part = format!("cluster {{ name: test, listen: \"127.0.0.1:{port}\", routes: [{routes}] }}");
            Self::prepare(version, &part)
        });
        for server in &servers {
            server.up();
        }
        servers
    }

    /// Starts it (again), on the same port and folder.
    ///
    /// # Panics
    /// When it does not start.
    pub fn up(&self) {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(self.configuration());
        self.process.start(&mut command, || greeting(self.port).map(drop));
    }

    /// Ends it as a power cut would.
    pub fn kill9(&self) {
        self.process.kill9();
    }

    /// Ends it as an operator would.
    ///
    /// # Panics
    /// When it does not run or does not end.
    pub fn stop(&self) {
        self.process.end_by("TERM");
    }

    /// Stops it where it stands: connections are taken, and nothing answers.
    ///
    /// # Panics
    /// When it does not run.
    pub fn pause(&self) {
        self.process.pause();
    }

    /// Lets it go on.
    ///
    /// # Panics
    /// When it does not run.
    pub fn resume(&self) {
        self.process.resume();
    }

    /// Its address, for `NATS_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// What it is called in a cluster.
    #[must_use]
    pub fn name(&self) -> String {
        format!("test-{}", self.port)
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// What it calls itself, as `2.9.10`.
    ///
    /// # Panics
    /// When it cannot be asked.
    #[must_use]
    pub fn version(&self) -> String {
        let printed = Command::new(&self.program).arg("--version").output().expect("nats-server runs").stdout;
        let printed = String::from_utf8_lossy(&printed).into_owned();
        printed.trim().rsplit(['v', ' ']).next().unwrap_or_default().to_owned()
    }

    /// Copies its folder aside, as a backup of the machine would.
    ///
    /// # Panics
    /// When it cannot be copied.
    #[must_use]
    pub fn copy(&self) -> Copy {
        let aside = tempfile::Builder::new().prefix("sunledger-test-nats-copy-").tempdir().expect("a folder");
        copy_folder(&self.store(), &aside.path().join("store"));
        Copy(aside)
    }

    /// Puts a copy in the place of its folder.
    ///
    /// # Panics
    /// When it runs, or when the copy cannot be put there.
    pub fn put_back(&self, copy: &Copy) {
        assert!(!self.process.is_up(), "a folder is put back under a server that is down");
        std::fs::remove_dir_all(self.store()).expect("its folder");
        copy_folder(&copy.0.path().join("store"), &self.store());
    }

    /// Loses its folder, as a machine does that is set up anew.
    ///
    /// # Panics
    /// When it runs.
    pub fn wipe(&self) {
        assert!(!self.process.is_up(), "a folder is taken from a server that is down");
        std::fs::remove_dir_all(self.store()).expect("its folder");
    }

    /// The end of what it has printed.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    fn store(&self) -> PathBuf {
        self.process.folder().join("store")
    }

    fn configuration(&self) -> PathBuf {
        self.process.folder().join("nats.conf")
    }
}

/// The line by which a server that is ready greets.
fn greeting(port: u16) -> Result<String, String> {
    let said = |error: std::io::Error| error.to_string();
    let socket = TcpStream::connect(("127.0.0.1", port)).map_err(said)?;
    socket.set_read_timeout(Some(Duration::from_secs(5))).map_err(said)?;
    let mut line = String::new();
    BufReader::new(socket).read_line(&mut line).map_err(said)?;
    if line.starts_with("INFO ") { Ok(line) } else { Err(format!("greeted by {line:?}")) }
}

fn copy_folder(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp runs");
    assert!(copied.success(), "cp -a {} {}", from.display(), to.display());
}
