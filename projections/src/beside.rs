//! The read side of a program beside whoever serves, as the command line is: it projects nothing itself, and what it wrote
//! shows when it says that it is done.

use crate::generation::{FORM, Generation, projector_lock, read_pointer};
use crate::live::Live;
use futures_util::future::BoxFuture;
use std::time::Duration;
use sunledger_commands::ReadSide;
use sunledger_commands::read_side::HandOver;
use sunledger_store::{Log, StoreError, StoreSettings};
use tokio::time::Instant;

/// How long a write is waited for. It is in the log whatever comes, and shows as soon as somebody projects again.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the checkpoint is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Waits for the server that projects. Where none does there is nobody to wait for.
pub struct Beside {
    log: Log,
    settings: StoreSettings,
}

impl Beside {
    /// Beside whoever serves this log.
    pub fn new(log: Log, settings: StoreSettings) -> Self {
        Self { log, settings }
    }

    async fn shown(&self, position: i64) -> Result<(), StoreError> {
        let seen = Instant::now();
        let Some((pointer, _)) = read_pointer(&self.log).await? else { return Ok(()) };
        let generation = Generation::open(&self.settings, pointer.live).await?;
        let live = Live::new(self.log.clone(), self.settings.clone(), generation, seen);
        while live.known().checkpoint().await? < position
            && self.log.try_lock(&projector_lock(FORM)).await?.is_none()
            && seen.elapsed() < PATIENCE
        {
            tokio::time::sleep(LOOK).await;
            live.look().await?;
        }
        Ok(())
    }
}

impl ReadSide for Beside {
    fn hand_over(&self, _hand_over: HandOver) {}

    fn wait_for(&self, position: i64) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            if let Err(error) = self.shown(position).await {
                tracing::debug!(%error, position, "waiting for whoever projects");
            }
            Ok(())
        })
    }
}
