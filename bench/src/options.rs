//! What can be asked of the benchmark.

use crate::Failure;
use std::path::PathBuf;
use std::time::Duration;

/// What it prints when asked for help.
pub(crate) const HELP: &str = "\
Sunledger beside its peers, in one run on one machine: a table of ratios.

usage: cargo run --release -p bench -- [options]

  --only NAME      one part alone (may be given several times), of:
                   commands   executor on Postgres: postgres-es with one view, and the best shape written by hand
                   sqlite     executor on SQLite: single-row durable commits
                   bulk       bulk append on both: raw batches of 200
                   relay      log to JetStream: a bare pipelined publisher
                   rebuild    read models from the log: a raw set-based projection
                   requests   POST and GET over HTTP: bare handlers
                   lists      page 1 and page 10,000 by cursor, with filter and search
                   search     clients searched as people type, on both backends
                   webhooks   deliveries to 10 endpoints: a bare client
                   energy     utilities' bills posted one by one, and the billing report of them
                   readings   what installations produce, a day at a time and one by one, and the report of a year
                   memory     the server after its start
                   growth     a short log and a long one
  --seconds N      length of one measurement                        (3; whole figures want 60)
  --rounds N       measurements of each contender, taking turns     (3)
  --aggregates N   invoices that the executor works on              (20000)
  --invoices N     invoices in the lists                            (200000; the target is for 1000000)
  --clients N      clients that are searched                        (100000; the target is for 1000000)
  --bills N        bills that are posted                            (10000)
  --readings N     readings that a fleet sends                      (350000; a tenth of a year is 3504000)
  --events N       events of the long log                           (500000; the target is for 10000000)

It needs a Postgres whose superuser it may be, with fsync on: SUNLEDGER_BENCH_POSTGRES=postgres://postgres@127.0.0.1:5432/postgres.
Databases are made for the run and dropped after it. SQLite's files go to a folder of their own under the current one.
The server is built first, unless SUNLEDGER_BIN names one. relay also needs a nats-server: the one named by SUNLEDGER_BENCH_NATS or on the path.
";

/// What was asked for.
pub(crate) struct Options {
    /// Length of one measurement.
    pub(crate) time: Duration,
    /// Measurements of each contender.
    pub(crate) rounds: usize,
    /// Invoices that the executor works on.
    pub(crate) aggregates: usize,
    /// Invoices in the lists.
    pub(crate) invoices: usize,
    /// Clients that are searched.
    pub(crate) clients: u64,
    /// Bills that are posted.
    pub(crate) bills: u64,
    /// Readings that a fleet sends.
    pub(crate) readings: u64,
    /// Events of the long log.
    pub(crate) events: i64,
    only: Vec<String>,
}

impl Options {
    /// Reads the command line; `None` where help was asked for.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, Failure> {
        let mut options = Self {
            time: Duration::from_secs(3),
            rounds: 3,
            aggregates: 20_000,
            invoices: 200_000,
            clients: 100_000,
            bills: 10_000,
            readings: 350_000,
            events: 500_000,
            only: Vec::new(),
        };
        while let Some(word) = words.next() {
            if matches!(word.as_str(), "--help" | "-h" | "help") {
                return Ok(None);
            }
            let value = words.next().ok_or_else(|| format!("{word} needs a value; see --help"))?;
            match word.as_str() {
                "--seconds" => options.time = Duration::from_secs_f64(value.parse()?),
                "--rounds" => options.rounds = value.parse::<usize>()?.max(1),
                "--aggregates" => options.aggregates = value.parse()?,
                "--invoices" => options.invoices = value.parse()?,
                "--clients" => options.clients = value.parse::<u64>()?.max(1),
                "--bills" => options.bills = value.parse::<u64>()?.max(1),
                "--readings" => options.readings = value.parse::<u64>()?.max(1),
                "--events" => options.events = value.parse()?,
                "--only" => options.only.push(value),
                _ => return Err(format!("unknown argument {word}; see --help").into()),
            }
        }
        Ok(Some(options))
    }

    /// Whether this part is wanted.
    pub(crate) fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }

    /// The first name asked for that no part has.
    pub(crate) fn unknown<'a>(&'a self, parts: &[&str]) -> Option<&'a str> {
        self.only.iter().map(String::as_str).find(|only| !parts.contains(only))
    }
}

/// A folder for files of the run, on the disk that the run is started from; `tmp` may be memory.
pub(crate) fn folder() -> Result<tempfile::TempDir, Failure> {
    Ok(tempfile::Builder::new().prefix(".tmp-bench-").tempdir_in(std::env::current_dir()?)?)
}

/// The server's binary: the one named, or the one built now.
pub(crate) fn server_binary() -> Result<PathBuf, Failure> {
    if let Some(named) = std::env::var_os("SUNLEDGER_BIN") {
        return Ok(named.into());
    }
    let built = std::process::Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "-p", "sunledger", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .status()?;
    let beside = std::env::current_exe()?.with_file_name("sunledger");
    if built.success() && beside.exists() {
        Ok(beside)
    } else {
        Err("the server could not be built: name one by SUNLEDGER_BIN".into())
    }
}
