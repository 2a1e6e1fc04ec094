//! Bulk appends of 200 events each, as an import or meter readings make them, while the read models follow; beside raw
//! batches of 200.

use crate::Failure;
use crate::database;
use crate::options::{Options, folder};
use crate::ours::{Ledger, Until};
use crate::peers::batches;
use crate::table::{Goal, Sample, note, row};
use sunledger_store::{Backend, StoreSettings};

const AGAINST: &str = "raw batches of 200";

pub(crate) async fn measure(options: &Options) -> Result<(), Failure> {
    postgres(options).await?;
    sqlite(options).await
}

async fn postgres(options: &Options) -> Result<(), Failure> {
    database::with("bulk", async |ours| {
        database::with("raw", async |raw| {
            let ledger = Ledger::open(ours.settings(), 10).await?;
            let mut rates = Sample::default();
            let (mut theirs, mut behind) = (Sample::default(), Sample::default());
            for _ in 0..options.rounds {
                append(&ledger, options, &mut rates, &mut behind).await?;
                theirs.push(batches::postgres(raw.url(), options.time).await?);
            }
            print("Postgres", &rates, &theirs, &behind);
            ledger.close().await;
            Ok(())
        })
        .await
    })
    .await
}

async fn sqlite(options: &Options) -> Result<(), Failure> {
    let folder = folder()?;
    let settings = StoreSettings::new(Backend::Sqlite { folder: folder.path().join("ours") });
    let ledger = Ledger::open(settings, 10).await?;
    let mut rates = Sample::default();
    let (mut theirs, mut behind) = (Sample::default(), Sample::default());
    for _ in 0..options.rounds {
        append(&ledger, options, &mut rates, &mut behind).await?;
        let (file, time) = (folder.path().join("raw.db"), options.time);
        let rate = tokio::task::spawn_blocking(move || batches::sqlite_batches(&file, time)).await??;
        theirs.push(rate);
    }
    print("SQLite", &rates, &theirs, &behind);
    ledger.close().await;
    Ok(())
}

async fn append(
    ledger: &Ledger,
    options: &Options,
    rates: &mut Sample,
    behind: &mut Sample,
) -> Result<(), Failure> {
    rates.push(ledger.append_in_bulk(Until::Elapsed(options.time)).await?);
    behind.push(ledger.caught_up().await?.as_secs_f64());
    Ok(())
}

fn print(backend: &str, ours: &Sample, raw: &Sample, behind: &Sample) {
    row(&format!("{backend}: bulk append, events/s"), ours, AGAINST, raw, Goal::AtLeast(0.5));
    note(&format!("{backend}: seconds that the read models are behind at its end"), &behind.to_string());
}
