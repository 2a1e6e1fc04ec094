//! A superuser's way into the cluster of the tests: the one that `SUNLEDGER_TEST_POSTGRES` names, else a private
//! one, started once in a test process and gone with it.

use crate::reaper::Reaper;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tokio_postgres::NoTls;

/// The cluster.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    // Both end with the test process: nothing is ever called on them.
    _private: Option<(std::process::Child, Reaper)>,
}

impl Cluster {
    /// The one of this process.
    ///
    /// # Panics
    /// When there is none and none can be started.
    pub fn get() -> &'static Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        CLUSTER.get_or_init(|| match std::env::var("SUNLEDGER_TEST_POSTGRES") {
            Ok(url) if !url.is_empty() => Self { url, _private: None },
            _ => Self::start(),
        })
    }

    /// The address of one of its databases.
    ///
    /// # Panics
    /// When the cluster's own address has no database in it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let (address, query) = self.url.split_once('?').map_or((&*self.url, None), |(a, q)| (a, Some(q)));
        let (server, _) = address.rsplit_once('/').expect("postgres://user@host:port/database");
        query.map_or_else(|| format!("{server}/{database}"), |query| format!("{server}/{database}?{query}"))
    }

    /// Runs one statement as the superuser.
    ///
    /// # Panics
    /// When it fails.
    pub fn execute(&self, statement: &str) {
        let done = in_runtime(&self.url, statement);
        assert!(done.is_ok(), "{statement}: {done:?}");
    }

    /// Runs one statement as the superuser in the database at `url`.
    ///
    /// # Errors
    /// What the database said.
    pub fn try_on(&self, url: &str, statement: &str) -> Result<(), String> {
        in_runtime(url, statement)
    }

    /// Runs one statement whose failure is of no interest, since the test is over.
    pub fn execute_quietly(&self, statement: &str) {
        let _ = in_runtime(&self.url, statement);
    }

    fn start() -> Self {
        let bin = binaries();
        let folder =
            tempfile::Builder::new().prefix("sunledger-test-pg-").tempdir().expect("a folder").keep();
        let reaper = Reaper::of(Some(&folder));
        let owner = owner_of(&folder);
        let data = folder.join("data");
        let mut initdb = as_owner(owner, &bin.join("initdb"));
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--no-locale",
            "-D",
        ]);
        let made = initdb.arg(&data).output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));

        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        let log = std::fs::File::create(folder.join("log")).expect("a log file");
        let server = as_owner(owner, &bin.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
            .args(["-c", "fsync=off", "-c", "max_connections=400", "-c", "shared_buffers=64MB"])
            .arg("-p")
            .arg(port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
            .expect("postgres starts");
        reaper.watch(Some(server.id()));
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let cluster = Self { url, _private: Some((server, reaper)) };
        let started = Instant::now();
        while let Err(problem) = in_runtime(&cluster.url, "SELECT 1") {
            let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(started.elapsed() < Duration::from_secs(30), "postgres: {problem}\n{}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
        cluster
    }
}

/// On a thread of its own, since the caller may be inside a runtime or be dropped by one.
fn in_runtime(url: &str, statement: &str) -> Result<(), String> {
    let work = || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(url, NoTls).await.map_err(|e| e.to_string())?;
            let driver = tokio::spawn(connection);
            let done = client.batch_execute(statement).await.map_err(|e| format!("{e:?}"));
            drop(client);
            let _ = driver.await;
            done
        })
    };
    std::thread::scope(|scope| scope.spawn(work).join().expect("the statement's thread"))
}

fn binaries() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = installed.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
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
