//! All read models, made again from the log; beside one table by hand. The events of one invoice stand side by side, as an
//! import leaves them, or far apart, as business does.

use crate::Failure;
use crate::database;
use crate::options::Options;
use crate::ours::{Ledger, rebuild};
use crate::peers::projection;
use crate::table::{Goal, Sample, row};

pub(crate) async fn measure(options: &Options) -> Result<(), Failure> {
    for in_turn in [true, false] {
        compare(options, in_turn).await?;
    }
    Ok(())
}

async fn compare(options: &Options, in_turn: bool) -> Result<(), Failure> {
    database::with("rebuild", async |database| {
        let invoices = options.aggregates;
        let mut ledger = Ledger::open(database.settings(), if in_turn { 0 } else { invoices }).await?;
        if in_turn {
            ledger.seed_in_turn(invoices).await?;
        }
        // Who projects would take the new generation over when it next looks for one: a moment, and no work.
        ledger.close().await;
        database.settle().await?;
        let (mut ours, mut theirs) = (Sample::default(), Sample::default());
        for _ in 0..options.rounds {
            ours.push(rebuild(&database.settings()).await?);
            theirs.push(projection::run(database.url()).await?);
        }
        let order = if in_turn { "invoices in turn" } else { "one invoice after the other" };
        row(
            &format!("rebuild of all read models, {order}, events/s"),
            &ours,
            "raw set-based projection",
            &theirs,
            Goal::AtLeast(0.5),
        );
        Ok(())
    })
    .await
}
