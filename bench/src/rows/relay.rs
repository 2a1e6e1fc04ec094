//! The relay: a server whose log is full finds an empty NATS, and fills it; beside a bare publisher of messages as long.

use crate::Failure;
use crate::database;
use crate::http;
use crate::options::{Options, folder, server_binary};
use crate::peers::publisher;
use crate::process::{Process, Server, free_port};
use crate::rows::lists::Template;
use crate::table::{Goal, Sample, row};
use serde_json::Value;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Events of the log, for each second that a measurement should take.
const EVENTS_A_SECOND: u64 = 50_000;
const PATIENCE: Duration = Duration::from_secs(60);
/// How often NATS is asked what it has: at 200 times a second it spends a tenth of the machine on answering.
const LOOK: Duration = Duration::from_millis(50);

pub(crate) async fn measure(options: &Options) -> Result<(), Failure> {
    let binary = server_binary()?;
    database::with("relay", async |database| {
        let folder = folder()?;
        let port = free_port()?;
        let url = format!("nats://127.0.0.1:{port}");
        let settings = [("NATS_URL", url.as_str())];
        let server = Server::start(&binary, Some(database.url()), folder.path(), &settings).await?;
        let template = Template::make(server.address, database.settings(), 1).await?;
        template.append((options.time.as_secs_f64() * EVENTS_A_SECOND as f64) as u64).await?;
        template.shown(server.address).await?;
        let head = template.head().await?;
        let (mut ours, mut theirs) = (Sample::default(), Sample::default());
        for round in 0..options.rounds {
            let nats = Nats::start(port, &folder.path().join(format!("nats-{round}")))?;
            let (rate, bytes) = nats.filled(head).await?;
            ours.push(rate);
            theirs.push(publisher::run(&url, bytes, options.time).await?);
        }
        row("relay to JetStream, messages/s", &ours, "a bare publisher", &theirs, Goal::AtLeast(0.7));
        Ok(())
    })
    .await
}

/// A NATS server with nothing in it.
struct Nats {
    _process: Process,
    monitor: SocketAddr,
}

impl Nats {
    fn start(port: u16, folder: &Path) -> Result<Self, Failure> {
        let program =
            std::env::var_os("SUNLEDGER_BENCH_NATS").unwrap_or_else(|| OsString::from("nats-server"));
        let monitor = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let mut command = Command::new(program);
        // Debian keeps it where only administrators look.
        command
            .env("PATH", format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap_or_default()));
        command.args([
            "-a",
            "127.0.0.1",
            "-js",
            "-p",
            &port.to_string(),
            "-m",
            &monitor.port().to_string(),
            "-sd",
        ]);
        command.arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Process::start(&mut command)
            .map_err(|error| format!("no NATS: {error}; install it, or name it by SUNLEDGER_BENCH_NATS"))?;
        Ok(Self { _process: process, monitor })
    }

    /// Waits for the log's copy: messages a second from the first one seen to the last, and bytes of a message.
    async fn filled(&self, messages: u64) -> Result<(f64, usize), Failure> {
        let began = Instant::now();
        let mut first = None;
        loop {
            let (stored, bytes) = self.stored().await.unwrap_or_default();
            let (since, before) = match stored {
                0 => (Instant::now(), 0),
                _ => *first.get_or_insert((Instant::now(), stored)),
            };
            if stored >= messages {
                let rate = (stored - before) as f64 / since.elapsed().as_secs_f64();
                return Ok((rate, usize::try_from(bytes / stored)?));
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("{stored} of {messages} messages are in the stream, and no more").into());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Messages and bytes in JetStream.
    async fn stored(&self) -> Result<(u64, u64), Failure> {
        let figures = http::call(self.monitor, &http::request("GET", "/jsz", "", "")).await?.json()?;
        let figure = |name: &str| figures.get(name).and_then(Value::as_u64).unwrap_or_default();
        Ok((figure("messages"), figure("bytes")))
    }
}
