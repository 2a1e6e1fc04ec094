//! A superuser's way into the cluster of the tests: the one that `SUNLEDGER_TEST_POSTGRES` names, else a private
//! one, started once in a test process and gone with it; and clusters that one test may do harm to.

use crate::process::{Process, free_port};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tokio_postgres::{Client, NoTls};

/// How long a statement of the superuser may take.
const LIMIT: Duration = Duration::from_secs(60);

/// What every cluster of the tests is started with. fsync is off: what tests end is a process, never the machine.
const SETTINGS: [(&str, &str); 7] = [
    ("listen_addresses", "127.0.0.1"),
    ("unix_socket_directories", ""),
    ("fsync", "off"),
    ("max_connections", "400"),
    ("shared_buffers", "64MB"),
    ("log_min_messages", "fatal"),
    // In its own folder: what lies elsewhere stays there when it is killed.
    ("dynamic_shared_memory_type", "mmap"),
];

/// The cluster.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    own: Option<Own>,
}

/// One that this process has started.
#[derive(Debug)]
struct Own {
    bin: PathBuf,
    owner: Option<(u32, u32)>,
    port: u16,
    settings: Vec<String>,
    process: Process,
}

impl Cluster {
    /// The one of this process.
    ///
    /// # Panics
    /// When there is none and none can be started.
    pub fn get() -> &'static Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        CLUSTER.get_or_init(|| match std::env::var("SUNLEDGER_TEST_POSTGRES") {
            Ok(url) if !url.is_empty() => Self { url, own: None },
            _ => Self::private(&[]),
        })
    }

    /// Starts one of a test's own, with settings beside or instead of the usual ones, which may be stopped, paused and
    /// started again.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn private(settings: &[(&str, &str)]) -> Self {
        Self::private_with(settings, &[])
    }

    /// The same, with files (name and text) in its data folder.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn private_with(settings: &[(&str, &str)], files: &[(&str, &str)]) -> Self {
        let process = Process::new("sunledger-test-pg-");
        let owner = owner_of(process.folder());
        let settings =
            SETTINGS.iter().chain(settings).map(|(name, value)| format!("{name}={value}")).collect();
        let own = Own { bin: binaries(), owner, port: free_port(), settings, process };
        own.initialize();
        for (name, text) in files {
            own.write(name, text);
        }
        let cluster =
            Self { url: format!("postgres://postgres@127.0.0.1:{}/postgres", own.port), own: Some(own) };
        cluster.up();
        cluster
    }

    /// Starts it (again), on the same port and folder.
    ///
    /// # Panics
    /// When it does not start, or is not this process' own.
    pub fn up(&self) {
        let own = self.own();
        own.process.start(&mut own.command(), || in_runtime(&self.url, "SELECT 1"));
    }

    /// Stops it as `pg_ctl -m immediate` does: without a checkpoint, so that it has to recover.
    ///
    /// # Panics
    /// When it does not run, or is not this process' own.
    pub fn stop_immediately(&self) {
        self.own().process.end_by("QUIT");
    }

    /// Stops it as `pg_ctl -m fast` does.
    ///
    /// # Panics
    /// When it does not run, or is not this process' own.
    pub fn stop(&self) {
        self.own().process.end_by("INT");
    }

    /// Ends all its processes at once, as a power cut would.
    ///
    /// # Panics
    /// When it is not this process' own.
    pub fn kill9(&self) {
        self.own().process.kill9();
    }

    /// Stops all its processes where they stand: connections are taken, and nothing answers.
    ///
    /// # Panics
    /// When it does not run, or is not this process' own.
    pub fn pause(&self) {
        self.own().process.pause();
    }

    /// Lets them go on.
    ///
    /// # Panics
    /// When it does not run, or is not this process' own.
    pub fn resume(&self) {
        self.own().process.resume();
    }

    /// Where it listens.
    ///
    /// # Panics
    /// When it is not this process' own.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.own().port
    }

    /// Its data folder.
    ///
    /// # Panics
    /// When it is not this process' own.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.own().data()
    }

    /// The address of one of its databases.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url_of(&self.url, database)
    }

    /// Makes a database of one test's own.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn database(&self) -> Database {
        self.database_like("template0")
    }

    /// The same, with what is in another one, to which nobody may be connected.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn database_like(&self, template: &str) -> Database {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let (process, made) = (std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        // A process of the same id may have left one behind, in a cluster that lives longer than the tests.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_micros();
        let name = format!("sunledger_test_{process}_{now}_{made}");
        self.execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Database { cluster: self.url.clone(), name }
    }

    /// Runs one statement as the superuser.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn execute(&self, statement: &str) {
        let done = in_runtime(&self.url, statement);
        assert!(done.is_ok(), "{statement}: {done:?}");
    }

    /// Runs one statement whose failure is of no interest, since the test is over.
    pub fn execute_quietly(&self, statement: &str) {
        let _ = in_runtime(&self.url, statement);
    }

    /// Runs one statement as the superuser in the database at `url`.
    ///
    /// # Errors
    /// What the database said.
    pub fn try_on(&self, url: &str, statement: &str) -> Result<(), String> {
        in_runtime(url, statement)
    }

    fn own(&self) -> &Own {
        self.own.as_ref().expect("a cluster that this process has started: Cluster::private")
    }
}

impl Own {
    fn data(&self) -> PathBuf {
        self.process.folder().join("data")
    }

    fn initialize(&self) {
        let mut initdb = as_owner(self.owner, &self.bin.join("initdb"));
        initdb.args(["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale"]);
        let made = initdb.arg("-D").arg(self.data()).output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    }

    /// A file as Postgres wants its keys: its own, and readable by nobody else.
    fn write(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        let file = self.data().join(name);
        std::fs::write(&file, text).expect("a file in the data folder");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("chmod");
        if let Some((user, group)) = self.owner {
            std::os::unix::fs::chown(&file, Some(user), Some(group)).expect("chown");
        }
    }

    fn command(&self) -> Command {
        let mut command = as_owner(self.owner, &self.bin.join("postgres"));
        command.arg("-D").arg(self.data()).arg("-p").arg(self.port.to_string());
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        command
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // As `pg_ctl -m immediate` does. Killed, it would leave its shared memory to the system, for good.
        self.process.give_back("QUIT");
    }
}

/// A database of one test's own, dropped with it.
#[derive(Debug)]
pub struct Database {
    cluster: String,
    name: String,
}

impl Database {
    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        url_of(&self.cluster, &self.name)
    }

    /// Its name in the cluster.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Fails only where the whole cluster is down, and that one is gone with its test.
        let _ = in_runtime(&self.cluster, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// A connection to the database at `url`.
///
/// # Panics
/// When there is none to be had, or outside of a runtime.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}

fn url_of(cluster: &str, database: &str) -> String {
    let (address, query) =
        cluster.split_once('?').map_or((cluster, ""), |(address, _)| (address, &cluster[address.len()..]));
    let (server, _) = address.rsplit_once('/').expect("postgres://user@host:port/database");
    format!("{server}/{database}{query}")
}

/// On a thread of its own, since the caller may be inside a runtime or be dropped by one.
fn in_runtime(url: &str, statement: &str) -> Result<(), String> {
    let work = || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        let done = runtime.block_on(async { tokio::time::timeout(LIMIT, run(url, statement)).await });
        done.unwrap_or_else(|_| Err(format!("no answer within {} s", LIMIT.as_secs())))
    };
    std::thread::scope(|scope| scope.spawn(work).join().expect("the statement's thread"))
}

async fn run(url: &str, statement: &str) -> Result<(), String> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(|e| format!("{e:?}"))?;
    let driver = tokio::spawn(connection);
    let done = client.batch_execute(statement).await.map_err(|e| format!("{e:?}"));
    drop(client);
    let _ = driver.await;
    done
}

/// Where the newest Postgres of the machine is.
fn binaries() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |entry: &std::fs::DirEntry| entry.file_name().to_str()?.parse::<u32>().ok();
    let mut versions: Vec<_> =
        installed.filter_map(|entry| Some((version(&entry)?, entry.path().join("bin")))).collect();
    versions.sort();
    let mut folders: Vec<PathBuf> = versions.into_iter().rev().map(|(_, folder)| folder).collect();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .expect(
            "no Postgres found: install it (Debian: apt-get install postgresql), or name a cluster by \
         SUNLEDGER_TEST_POSTGRES=postgres://superuser@host:port/postgres",
        )
}

/// Postgres refuses to run as root: the folder goes to the user `postgres` then, whose ids are returned.
fn owner_of(folder: &Path) -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    let mine = folder.metadata().expect("the new folder");
    if mine.uid() != 0 {
        return None;
    }
    let id = |flag: &str| -> u32 {
        let found = Command::new("id").args([flag, "postgres"]).output().expect("id runs").stdout;
        String::from_utf8_lossy(&found).trim().parse().expect("a user `postgres`, to run the cluster as")
    };
    let owner = (id("-u"), id("-g"));
    std::os::unix::fs::chown(folder, Some(owner.0), Some(owner.1)).expect("chown");
    Some(owner)
}

fn as_owner(owner: Option<(u32, u32)>, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}
