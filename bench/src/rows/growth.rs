//! The same commands on a short log and on a long one, in two stores side by side; both on fresh invoices.

use crate::Failure;
use crate::database::{self, Database};
use crate::options::{Options, folder};
use crate::ours::{Ledger, Until, rebuild_alone};
use crate::table::{Goal, Runs, grouped, note, row};
use std::path::Path;
use std::process::Command;
use sunledger_store::{Backend, StoreSettings};

const CALLERS: usize = 64;
/// With five events each, 10,000 events.
const INVOICES: usize = 2_000;

pub(crate) async fn measure(options: &Options) -> Result<(), Failure> {
    database::with("short", async |short| {
        database::with("long", async |long| {
            let stores = [short.settings(), long.settings()];
            compare(options, "Postgres", stores, long.url(), &[short, long]).await
        })
        .await
    })
    .await?;
    let folder = folder()?;
    let files = |name: &str| StoreSettings::new(Backend::Sqlite { folder: folder.path().join(name) });
    let place = folder.path().join("long").display().to_string();
    compare(options, "SQLite", [files("short"), files("long")], &place, &[]).await
}

async fn compare(
    options: &Options,
    backend: &str,
    [short, long]: [StoreSettings; 2],
    place: &str,
    databases: &[&Database],
) -> Result<(), Failure> {
    let mut grown = Ledger::open(long, 10).await?;
    grown.append_in_bulk(Until::Events(options.events)).await?;
    grown.caught_up().await?;
    grown.seed(INVOICES).await?;
    let small = Ledger::open(short, INVOICES).await?;
    // What the database still has to do for a long log just written, it would do beside the long log's commands alone.
    for database in databases {
        database.settle().await?;
    }
    settle_files()?;
    let (mut on_long, mut on_short) = (Runs::default(), Runs::default());
    for _ in 0..options.rounds {
        on_short.push(small.change(CALLERS, options.time).await?);
        on_long.push(grown.change(CALLERS, options.time).await?);
    }
    let events = grouped(options.events as f64);
    row(
        &format!("{backend}: commands/s, 64 callers, {events} events"),
        &on_long.rate,
        "a log of 10,000 events",
        &on_short.rate,
        Goal::AtLeast(0.9),
    );
    let (rate, memory) = rebuild_alone(backend, place)?;
    note(
        &format!("{backend}: rebuild of {events} events"),
        &format!("{} events/s, at most {memory} MiB", grouped(rate)),
    );
    small.close().await;
    grown.close().await;
    Ok(())
}

/// Returns once what was written to files is on the disk.
fn settle_files() -> Result<(), Failure> {
    match Command::new("sync").status()?.success() {
        true => Ok(()),
        false => Err("sync failed".into()),
    }
}

/// The backend of `place`, as [`rebuild_alone`] names it.
pub(crate) fn backend_at(name: &str, place: &str) -> Backend {
    match name {
        "Postgres" => Backend::Postgres { url: place.to_owned() },
        _ => Backend::Sqlite { folder: Path::new(place).to_owned() },
    }
}
