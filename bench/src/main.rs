//! Sunledger's write path beside its peers, in one run on one machine: every line is a ratio.
//!
//! `cargo run --release -p bench` needs a Postgres whose superuser it may be: `SUNLEDGER_BENCH_POSTGRES`
//! (`postgres://postgres@127.0.0.1:5432/postgres`), with `fsync` on. Databases are made for the run and dropped after it.
//!
//! | argument | meaning | default |
//! | --- | --- | --- |
//! | `--seconds N` | length of each measurement | 10 |
//! | `--invoices N` | invoices under load, 5 events each | 20000 |
//! | `--events N` | size of the log for growth and rebuild | 1000000 |
//! | `--only PART` | `postgres`, `sqlite` or `growth` | all |

#![allow(clippy::float_arithmetic, reason = "rates and ratios, not money")]

mod ours;
mod peer;
mod sqlite;
mod work;

use ours::{Failure, Ledger, Rate, rebuild_alone, rebuild_here};
use std::time::Duration;
use sunledger_store::{Backend, StoreSettings};

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Options {
    time: Duration,
    invoices: usize,
    events: i64,
    only: Option<String>,
}

fn options() -> Result<Options, Failure> {
    let mut options =
        Options { time: Duration::from_secs(10), invoices: 20_000, events: 1_000_000, only: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        match word.as_str() {
            "--seconds" => options.time = Duration::from_secs(value.parse()?),
            "--invoices" => options.invoices = value.parse()?,
            "--events" => options.events = value.parse()?,
            "--only" => options.only = Some(value),
            _ => return Err(format!("unknown argument {word}").into()),
        }
    }
    Ok(options)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().collect();
    if let [_, flag, backend, place] = words.as_slice()
        && flag == "--rebuild"
    {
        return rebuild_here(StoreSettings::new(backend_at(backend, place))).await;
    }
    let options = options()?;
    let wanted = |part: &str| options.only.as_deref().is_none_or(|only| only == part);
    println!("| what | Sunledger | beside it | ratio |\n| --- | --- | --- | --- |");
    if wanted("postgres") {
        postgres(&options).await?;
    }
    if wanted("sqlite") {
        sqlite(&options).await?;
    }
    if wanted("growth") {
        growth(&options).await?;
    }
    Ok(())
}

fn row(what: &str, ours: f64, unit: &str, beside: &str, theirs: f64) {
    println!("| {what} | {ours:.0} {unit} | {beside} {theirs:.0} {unit} | {:.2} |", ours / theirs);
}

fn figures(what: &str, rate: Rate) {
    println!("| {what} | {:.0}/s, p50 {} µs, p99 {} µs | | |", rate.rate, rate.p50, rate.p99);
}

async fn postgres(options: &Options) -> Result<(), Failure> {
    let peer_database = peer::Database::make("peer").await?;
    let theirs = peer::run(peer_database.url(), options.time, options.invoices)?;
    peer_database.drop_it().await?;

    let database = peer::Database::make("ours").await?;
    let backend = Backend::Postgres { url: database.url().to_owned() };
    let ledger = Ledger::open(StoreSettings::new(backend), options.invoices).await?;
    // On histories of 5 events, as the peer's replay.
    let rebuilt = ledger.rebuild().await?;
    database.settle().await?;
    let one = ledger.pay(1, options.time).await?;
    let many = ledger.pay(64, options.time).await?;
    let crowd = ledger.pay(256, options.time).await?;
    let read = peer::read_our_log(database.url())?;
    row("events that postgres-es reads in our log", read, "", "in it", ledger.events().await?);
    ledger.close().await;
    database.drop_it().await?;
    row("commands/s, 64 callers, Postgres", many.rate, "/s", "postgres-es with one view", theirs.many.rate);
    row(
        "p50, one caller, Postgres",
        f64::from(one.p50),
        "µs",
        "postgres-es with one view",
        f64::from(theirs.one.p50),
    );
    row("rebuild, events/s, Postgres", rebuilt, "/s", "postgres-es' generic replay", theirs.replay);
    figures("64 callers, Postgres", many);
    figures("256 callers, Postgres", crowd);
    figures("one caller, Postgres", one);
    Ok(())
}

async fn sqlite(options: &Options) -> Result<(), Failure> {
    let folder = tempfile::tempdir_in(".")?;
    let single = sqlite::single_rows(&folder.path().join("single.db"), options.time)?;
    let settings = StoreSettings::new(Backend::Sqlite { folder: folder.path().join("ours") });
    let ledger = Ledger::open(settings, options.invoices).await?;
    let rebuilt = ledger.rebuild().await?;
    let one = ledger.pay(1, options.time).await?;
    let many = ledger.pay(64, options.time).await?;
    let crowd = ledger.pay(256, options.time).await?;
    ledger.close().await;
    row("commands/s, 64 callers, SQLite", many.rate, "/s", "single-row commits", single);
    row("commands/s, 256 callers, SQLite", crowd.rate, "/s", "single-row commits", single);
    figures("one caller, SQLite", one);
    figures("64 callers, SQLite", many);
    figures("256 callers, SQLite", crowd);
    println!("| rebuild, SQLite | {rebuilt:.0} events/s | | |");
    Ok(())
}

fn backend_at(name: &str, place: &str) -> Backend {
    match name {
        "Postgres" => Backend::Postgres { url: place.to_owned() },
        _ => Backend::Sqlite { folder: place.into() },
    }
}

async fn growth(options: &Options) -> Result<(), Failure> {
    let database = peer::Database::make("growth").await?;
    let folder = tempfile::tempdir_in(".")?;
    let files = folder.path().display().to_string();
    for (name, place) in [("Postgres", database.url()), ("SQLite", &files)] {
        let mut ledger =
            Ledger::open(StoreSettings::new(backend_at(name, place)), options.invoices / 4).await?;
        let (follow, rebuild) = (ledger.follow().await?, ledger.rebuild().await?);
        let small = ledger.pay(64, options.time).await?;
        let appended = ledger.grow(options.events).await?;
        let ended = std::time::Instant::now();
        while ledger.behind().await? > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let behind = ended.elapsed().as_secs_f64();
        println!(
            "| bulk append, {name} | {appended:.0} events/s; read models {behind:.1} s behind at its end | | |"
        );
        // Invoices as fresh as those of the first measurement: only the log has grown.
        ledger.seed(options.invoices / 4).await?;
        let events = options.events;
        let large = ledger.pay(64, options.time).await?;
        row(
            &format!("commands/s at {events} events, {name}"),
            large.rate,
            "/s",
            "with a small log",
            small.rate,
        );
        row(&format!("follow {events} events, {name}"), ledger.follow().await?, "/s", "a small log", follow);
        let (rate, memory) = rebuild_alone(name, place)?;
        row(&format!("rebuild of {events} events, {name}"), rate, "/s", "of a small log", rebuild);
        println!("| peak memory of that rebuild, {name} | {memory} MiB | | |");
        ledger.close().await;
    }
    database.drop_it().await?;
    Ok(())
}
