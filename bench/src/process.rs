//! The other processes of a run: the server, peers and receivers. They end with their value here.

use crate::Failure;
use crate::http;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The API key of the servers of a run.
pub(crate) const KEY: &str = "benchmark-key-0123456789abcdef0123456789";
/// How long a process may take to be ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// A child that is killed when it is not needed any more.
pub(crate) struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Starts a program.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Failure> {
        let program = command.get_program().to_string_lossy().into_owned();
        Ok(Self(command.spawn().map_err(|error| format!("{program} does not start: {error}"))?))
    }

    /// Memory it has in use (`VmRSS`), or had in use at most (`VmHWM`), MiB.
    fn memory(&self, field: &str) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let words = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        let kib: f64 =
            words.and_then(|words| words.split_whitespace().next()).ok_or("no such memory")?.parse()?;
        Ok(kib / 1024.0)
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }
}

/// A port that is free now.
pub(crate) fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Sunledger, serving.
pub(crate) struct Server {
    process: Process,
    /// Where.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts one on a Postgres (or, without, on files in `folder`) and waits until it serves.
    pub(crate) async fn start(
        binary: &Path,
        database: Option<&str>,
        folder: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let mut command = Command::new(binary);
        command.arg("serve").current_dir(folder).stdout(Stdio::null()).stderr(Stdio::inherit());
        for name in ["DATABASE_URL", "NATS_URL"] {
            command.env_remove(name);
        }
        command
            .env("SUNLEDGER_LISTEN", address.to_string())
            .env("SUNLEDGER_DATA", folder.join("data"))
            .env("SUNLEDGER_API_KEY", KEY)
            .env("SUNLEDGER_RATE_LIMIT", "off")
            .env("SUNLEDGER_LOG", "error")
            .envs(database.map(|url| ("DATABASE_URL", url)))
            .envs(settings.iter().copied());
        let mut process = Process::start(&mut command)?;
        let began = Instant::now();
        loop {
            match http::call(address, &http::request("GET", "/health/ready", "", "")).await {
                Ok(answer) if answer.status == 200 => return Ok(Self { process, address }),
                _ if process.has_ended() => return Err("the server ended instead of serving".into()),
                _ if began.elapsed() > PATIENCE => return Err("the server is not ready".into()),
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// Memory it has in use, MiB.
    pub(crate) fn memory(&self) -> Result<f64, Failure> {
        self.process.memory("VmRSS")
    }

    /// The most memory it ever had in use, MiB.
    pub(crate) fn peak_memory(&self) -> Result<f64, Failure> {
        self.process.memory("VmHWM")
    }
}

/// A peer of this program's own, in a process of its own: `bench peer NAME ...` says on stdout where it listens.
pub(crate) struct Peer {
    _process: Process,
    /// Where.
    pub(crate) address: SocketAddr,
}

impl Peer {
    /// Starts it.
    pub(crate) fn start(words: &[&str]) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("peer")
            .args(words)
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()?;
        let out = child.stdout.take();
        let process = Process(child);
        let mut line = String::new();
        BufReader::new(out.ok_or("no stdout")?).read_line(&mut line)?;
        let address = line.trim().parse().map_err(|_| format!("the peer {words:?} did not start"))?;
        Ok(Self { _process: process, address })
    }
}

/// A process that takes orders on stdin and answers each with a line.
pub(crate) struct Clerk {
    process: Process,
    out: BufReader<std::process::ChildStdout>,
}

impl Clerk {
    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Failure> {
        let mut process = Process::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let out = process.0.stdout.take().ok_or("no stdout")?;
        Ok(Self { process, out: BufReader::new(out) })
    }

    /// Gives an order and waits for the figures.
    pub(crate) fn ask(&mut self, order: &str) -> Result<Vec<f64>, Failure> {
        let orders = self.process.0.stdin.as_mut().ok_or("no stdin")?;
        writeln!(orders, "{order}")?;
        let mut line = String::new();
        if self.out.read_line(&mut line)? == 0 {
            return Err(format!("no answer to {order:?}").into());
        }
        line.split_whitespace()
            .map(|word| word.parse().map_err(|_| format!("{order}: {line}").into()))
            .collect()
    }
}
