//! Commands on SQLite, beside single-row durable commits.

use crate::Failure;
use crate::options::{Options, folder};
use crate::ours::Ledger;
use crate::peers::batches;
use crate::table::{Goal, Runs, Sample, latencies, limit, row};
use sunledger_store::{Backend, StoreSettings};

const CALLERS: [usize; 3] = [1, 64, 256];

pub(crate) async fn measure(options: &Options) -> Result<(), Failure> {
    let folder = folder()?;
    let settings = StoreSettings::new(Backend::Sqlite { folder: folder.path().join("ours") });
    let ledger = Ledger::open(settings, options.aggregates).await?;
    let file = folder.path().join("single.db");
    let (mut ours, mut single) = ([Runs::default(), Runs::default(), Runs::default()], Sample::default());
    for _ in 0..options.rounds {
        for (runs, callers) in ours.iter_mut().zip(CALLERS) {
            runs.push(ledger.change(callers, options.time).await?);
        }
        let (file, time) = (file.clone(), options.time);
        single.push(tokio::task::spawn_blocking(move || batches::sqlite(&file, time, 1)).await??);
    }
    ledger.close().await;
    let against = "single-row durable commits";
    row("SQLite: commands/s, 64 callers", &ours[1].rate, against, &single, Goal::AtLeast(2.5));
    row("SQLite: commands/s, 256 callers", &ours[2].rate, against, &single, Goal::AtLeast(3.5));
    for (runs, callers) in ours[1..].iter().zip(&CALLERS[1..]) {
        let p99 = Sample::from_iter([runs.p99.median() / 1000.0]);
        limit(&format!("SQLite: p99, {callers} callers"), &p99, "ms", Goal::AtMost(20.0));
    }
    for (runs, callers) in ours.iter().zip(CALLERS) {
        latencies(&format!("SQLite: callers: {callers}"), runs);
    }
    Ok(())
}
