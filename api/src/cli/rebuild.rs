//! `sunledger replay` and `sunledger verify`.

use super::Failure;
use super::ledger::Ledger;
use crate::settings::Settings;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use sunledger_projections::{generation, verify};

/// How often progress is told.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Builds the read models anew from the log, beside the live ones, and swaps them.
pub(crate) async fn replay(settings: &Settings) -> Result<(), Failure> {
    let ledger = Ledger::open(settings).await?;
    let progress = Progress::default();
    let rebuilt = generation::rebuild(&ledger.log, &ledger.store, &ledger.codec, &|position| {
        progress.tell("replaying", position);
    })
    .await?;
    println!("generation {} is live, at position {}", rebuilt.generation, rebuilt.position);
    Ok(())
}

/// Checks the log, and that the read models are what it says.
pub(crate) async fn verify(settings: &Settings) -> Result<(), Failure> {
    let ledger = Ledger::open(settings).await?;
    let progress = Progress::default();
    let verified = verify::run(&ledger.log, &ledger.store, &ledger.codec, &|what, position| {
        progress.tell(what, position);
    })
    .await?;
    println!(
        "{} events are sound; {} rows of the read models equal a fresh replay at position {}",
        verified.events, verified.rows, verified.position
    );
    Ok(())
}

/// Tells now and then how far it is.
#[derive(Default)]
struct Progress(Mutex<Option<Instant>>);

impl Progress {
    fn tell(&self, what: &str, position: i64) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.get_or_insert_with(Instant::now).elapsed() >= TOLD_EVERY {
            *told = Some(Instant::now());
            eprintln!("{what}: position {position}");
        }
    }
}
