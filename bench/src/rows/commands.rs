//! Commands on Postgres: durable, and shown by the read models, when they are answered; on all sides.

use crate::Failure;
use crate::database;
use crate::options::Options;
use crate::ours::Ledger;
use crate::peers::best_shape::BestShape;
use crate::peers::postgres_es::PostgresEs;
use crate::table::{Goal, Runs, Sample, latencies, note, row};

#[derive(Default)]
struct Measured {
    ours: [Runs; 3],
    postgres_es: [Runs; 2],
    best: [Runs; 3],
}

/// One caller, some, many.
const CALLERS: [usize; 3] = [1, 64, 256];

pub(crate) async fn measure(options: &Options) -> Result<(), Failure> {
    database::with("postgres_es", async |theirs| {
        database::with("best", async |best| {
            database::with("ours", async |ours| {
                let mut postgres_es = PostgresEs::start(theirs.url())?;
                postgres_es.seed(options.aggregates)?;
                let best_shape = BestShape::start(best.url(), options.aggregates).await?;
                let ledger = Ledger::open(ours.settings(), options.aggregates).await?;
                for database in [theirs, best, ours] {
                    database.settle().await?;
                }
                let mut measured = Measured::default();
                for _ in 0..options.rounds {
                    round(options, &ledger, &best_shape, &mut postgres_es, &mut measured).await?;
                }
                print(&measured);
                let replayed = Sample::from_iter([postgres_es.replay(options.time)?]);
                note("postgres-es: its own replay into the view, events/s", &replayed.to_string());
                compatibility(&ledger, ours).await?;
                ledger.close().await;
                Ok(())
            })
            .await
        })
        .await
    })
    .await
}

async fn round(
    options: &Options,
    ledger: &Ledger,
    best: &BestShape,
    postgres_es: &mut PostgresEs,
    measured: &mut Measured,
) -> Result<(), Failure> {
    for (index, callers) in CALLERS.into_iter().enumerate() {
        measured.ours[index].push(ledger.change(callers, options.time).await?);
        if let Some(runs) = measured.postgres_es.get_mut(index) {
            runs.push(postgres_es.change(callers, options.time)?);
        }
        measured.best[index].push(best.change(callers, options.time).await?);
    }
    Ok(())
}

fn print(measured: &Measured) {
    let Measured { ours, postgres_es, best } = measured;
    let (view, shape) = ("postgres-es with one view", "the best shape by hand");
    row("commands/s, 64 callers", &ours[1].rate, view, &postgres_es[1].rate, Goal::AtLeast(9.0));
    row("commands/s, 64 callers", &ours[1].rate, shape, &best[1].rate, Goal::AtLeast(0.9));
    row("commands/s, 256 callers", &ours[2].rate, shape, &best[2].rate, Goal::AtLeast(0.9));
    row("one caller, p50 in µs", &ours[0].p50, view, &postgres_es[0].p50, Goal::AtMost(0.7));
    row("one caller, p50 in µs", &ours[0].p50, shape, &best[0].p50, Goal::None);
    for (runs, callers) in ours.iter().zip(CALLERS) {
        latencies(&format!("callers: {callers}"), runs);
    }
}

/// The log can be read by what else is written for `cqrs-es`.
async fn compatibility(ledger: &Ledger, database: &database::Database) -> Result<(), Failure> {
    let read = PostgresEs::start(database.url())?.read_our_log()?;
    let written = ledger.events().await? as f64;
    row(
        "events of our log that postgres-es reads",
        &Sample::from_iter([read]),
        "events in it",
        &Sample::from_iter([written]),
        Goal::AtLeast(1.0),
    );
    Ok(())
}
