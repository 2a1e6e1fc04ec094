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

use ours::{Failure, Ledger, Rate, peak_memory};
use std::time::Duration;
use sunledger_store::{Backend, StoreSettings};

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

async fn growth(options: &Options) -> Result<(), Failure> {
    let database = peer::Database::make("growth").await?;
    let folder = tempfile::tempdir_in(".")?;
    let backends = [
        ("Postgres", Backend::Postgres { url: database.url().to_owned() }),
        ("SQLite", Backend::Sqlite { folder: folder.path().to_owned() }),
    ];
    for (name, backend) in backends {
        let ledger = Ledger::open(StoreSettings::new(backend), 2_000).await?;
        let small = ledger.pay(64, options.time).await?;
        let (follow, rebuild) = (ledger.follow().await?, ledger.rebuild().await?);
        let appended = ledger.grow(options.events).await?;
        let caught_up = std::time::Instant::now();
        while ledger.behind().await? > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        println!(
            "| bulk append, {name} | {appended:.0} events/s, read models {:.1} s behind at its end | | |",
            caught_up.elapsed().as_secs_f64()
        );
        let large = ledger.pay(64, options.time).await?;
        row(
            &format!("commands/s at {} events, {name}", options.events),
            large.rate,
            "/s",
            "at 10,000",
            small.rate,
        );
        row(
            &format!("follow at {} events, {name}", options.events),
            ledger.follow().await?,
            "/s",
            "at 10,000",
            follow,
        );
        row(
            &format!("rebuild at {} events, {name}", options.events),
            ledger.rebuild().await?,
            "/s",
            "at 10,000",
            rebuild,
        );
        println!("| peak memory so far, {name} | {} MiB | | |", peak_memory().unwrap_or_default());
        ledger.close().await;
    }
    database.drop_it().await?;
    Ok(())
}
