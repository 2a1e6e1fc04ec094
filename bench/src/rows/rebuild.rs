//! All read models, made again from the log; beside one table by hand.

use crate::Failure;
use crate::database;
use crate::options::Options;
use crate::ours::Ledger;
use crate::peers::projection;
use crate::table::{Goal, Sample, row};

pub(crate) async fn measure(options: &Options) -> Result<(), Failure> {
    database::with("rebuild", async |database| {
        let ledger = Ledger::open(database.settings(), options.aggregates).await?;
        database.settle().await?;
        let (mut ours, mut theirs) = (Sample::default(), Sample::default());
        for _ in 0..options.rounds {
            ours.push(ledger.rebuild().await?);
            theirs.push(projection::run(database.url()).await?);
        }
        ledger.close().await;
        row(
            "rebuild of all read models, events/s",
            &ours,
            "raw set-based projection",
            &theirs,
            Goal::AtLeast(0.5),
        );
        Ok(())
    })
    .await
}
