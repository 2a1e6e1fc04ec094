//! A Postgres for the tests: the one that `SUNLEDGER_TEST_POSTGRES` names (a superuser's URL), or a private cluster
//! that is made once per test process and stopped and deleted when the process ends, however it ends.

use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio_postgres::{Client, NoTls};

/// A database of one test's own.
pub(crate) struct Database {
    pub(crate) url: String,
    name: String,
}

static DATABASES: AtomicU64 = AtomicU64::new(0);

impl Database {
    pub(crate) async fn make() -> Self {
        let server = server();
        let name = format!("test_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
        connect(server).await.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        Self { url: format!("{base}/{name}"), name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // In a thread: a drop cannot wait for the runtime that it stands in.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { connect(server()).await.batch_execute(&sql).await })
        });
        dropped.join().unwrap().unwrap();
    }
}

pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn server() -> &'static str {
    static SERVER: OnceLock<String> = OnceLock::new();
    SERVER.get_or_init(|| std::env::var("SUNLEDGER_TEST_POSTGRES").unwrap_or_else(|_| Cluster::start().url()))
}

/// A cluster of this process' own.
pub(crate) struct Cluster {
    pub(crate) port: u16,
    pub(crate) folder: PathBuf,
    bin: PathBuf,
    tls: bool,
}

impl Cluster {
    /// Starts one, and leaves it to a shell that stops it once this process' end of a pipe is closed.
    pub(crate) fn start() -> Self {
        Self::start_as(false)
    }

    /// One that encrypts: `localhost`, signed by the `ca.crt` in its data folder.
    pub(crate) fn start_with_tls() -> Self {
        Self::start_as(true)
    }

    fn start_as(tls: bool) -> Self {
        let bin = bin();
        let folder =
            std::env::temp_dir().join(format!("sunledger-pg-{}-{}", std::process::id(), free_port()));
        std::fs::create_dir_all(&folder).unwrap();
        let port = free_port();
        let cluster = Self { port, folder, bin, tls };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&cluster.folder));
        }
        run(cluster
            .command("initdb")
            .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D"])
            .arg(cluster.data()));
        if tls {
            for (name, text) in [
                ("ca.crt", include_str!("tls/ca.crt")),
                ("server.crt", include_str!("tls/server.crt")),
                ("server.key", include_str!("tls/server.key")),
            ] {
                let file = cluster.data().join(name);
                std::fs::write(&file, text).unwrap();
                run(Command::new("chmod").arg("600").arg(&file));
                if is_root() {
                    run(Command::new("chown").arg("postgres").arg(&file));
                }
            }
        }
        cluster.boot();
        cluster
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts the server (again).
    pub(crate) fn boot(&self) {
        let script = "\"$@\" & server=$!; read -r _; kill -INT $server; wait $server; rm -rf \"$0\"";
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).arg(&self.folder);
        if is_root() {
            shell.args(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        }
        shell.arg(self.bin.join("postgres")).arg("-D").arg(self.data());
        for setting in [
            format!("port={}", self.port),
            "listen_addresses=127.0.0.1".into(),
            "unix_socket_directories=".into(),
            "max_connections=400".into(),
            "fsync=off".into(),
            "log_min_messages=fatal".into(),
            format!("ssl={}", if self.tls { "on" } else { "off" }),
        ] {
            shell.args(["-c", &setting]);
        }
        let log = std::fs::File::create(self.folder.join("log")).unwrap();
        let child = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        // Its input stays open as long as this process lives.
        std::mem::forget(child);
        self.wait(true);
    }

    /// Stops the server as a power cut would.
    pub(crate) fn kill(&self) {
        run(self.command("pg_ctl").args(["stop", "-m", "immediate", "-s", "-D"]).arg(self.data()));
        self.wait(false);
    }

    fn wait(&self, up: bool) {
        let since = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() != up || (up && !self.ready()) {
            if since.elapsed() > Duration::from_secs(30) {
                let mut log = String::new();
                let _ = std::fs::File::open(self.folder.join("log")).unwrap().read_to_string(&mut log);
                panic!("Postgres: {log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn ready(&self) -> bool {
        let port = self.port.to_string();
        let mut command = Command::new(self.bin.join("pg_isready"));
        command.args(["-q", "-h", "127.0.0.1", "-p", &port]).status().unwrap().success()
    }

    fn command(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        if !is_root() {
            return Command::new(program);
        }
        // Postgres refuses to run as root.
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
            .arg(program)
            .current_dir("/");
        command
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.starts_with(b"0\n")
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// The newest Postgres of the machine.
fn bin() -> PathBuf {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    found.sort();
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| Path::new(folder).join("initdb").exists())
    };
    let bin = found.pop().map(|(_, bin)| bin).or_else(on_path);
    bin.expect("no Postgres: install it, or set SUNLEDGER_TEST_POSTGRES to a superuser's URL")
}
