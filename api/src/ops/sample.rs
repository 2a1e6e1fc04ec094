//! How the cluster is: what the log and the followers' tables say, whichever server does the work.
//!
//! Health and metrics ask the same few questions of the database, so they share the answers. A [`Sample`] is taken when
//! somebody wants one that is not too old; those who come meanwhile wait for the same one. A database that hangs keeps one
//! task waiting and nobody for longer than their patience.

use crate::app::App;
use std::sync::Arc;
use std::time::{Duration, Instant};
use sunledger_projections::Health;
use sunledger_store::StoreError;
use sunledger_webhooks::Backlog;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The longest that anybody waits for a sample.
pub(crate) const PATIENCE: Duration = Duration::from_millis(1500);
/// After this the questions are given up; the next sample begins anew.
const GIVEN_UP: Duration = Duration::from_secs(6);

/// One look at the cluster.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    taken: Instant,
    /// The read models.
    pub(crate) health: Health,
    /// How far the read models are.
    pub(crate) read_models: Progress,
    /// The webhooks, where their tables can be read.
    pub(crate) webhooks: Option<(Backlog, Progress)>,
    /// When it was taken, microseconds.
    pub(crate) at: i64,
}

/// How far a follower of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The last position that it has handled.
    pub(crate) position: i64,
    /// Events that it has not handled.
    pub(crate) lag: i64,
    /// How long the first of them has been in the log, microseconds; 0 where there is none.
    pub(crate) age: i64,
}

/// Takes samples, one at a time.
#[derive(Default)]
pub struct Sampler {
    latest: Arc<Mutex<Option<Sample>>>,
}

impl Sampler {
    /// A sample that is at most so old; `None` where the log does not answer in time.
    pub(crate) async fn look(&self, app: &App, age: Duration) -> Option<Sample> {
        let until = tokio::time::Instant::now() + PATIENCE;
        let latest = tokio::time::timeout_at(until, self.latest.clone().lock_owned()).await.ok()?;
        if let Some(sample) = latest.as_ref().filter(|sample| sample.taken.elapsed() <= age) {
            return Some(*sample);
        }
        // A task of its own: it ends, and gives the turn back, also where nobody waits for it any more.
        let asking = tokio::spawn(renew(app.clone(), latest));
        tokio::time::timeout_at(until, asking).await.ok()?.ok()?
    }
}

async fn renew(app: App, mut latest: OwnedMutexGuard<Option<Sample>>) -> Option<Sample> {
    let sample = match tokio::time::timeout(GIVEN_UP, take(&app)).await {
        Ok(Ok(sample)) => Some(sample),
        Ok(Err(error)) => {
            tracing::debug!(%error, "the log does not tell how it is");
            None
        }
        Err(_) => None,
    };
    *latest = sample;
    sample
}

async fn take(app: &App) -> Result<Sample, StoreError> {
    let taken = Instant::now();
    let at = app.clock.now().as_microsecond();
    let health = app.projections.health().await?;
    let read_models = progress(app, health.position, health.head, at).await?;
    let webhooks = match app.webhooks.backlog(at).await {
        Ok(backlog) => {
            let progress = progress(app, backlog.position, health.head, at).await?;
            Some((backlog, progress))
        }
        Err(error) => {
            tracing::debug!(%error, "the webhooks' tables do not tell how they are");
            None
        }
    };
    Ok(Sample { taken, health, read_models, webhooks, at })
}

async fn progress(app: &App, position: i64, head: i64, now: i64) -> Result<Progress, StoreError> {
    let lag = head.saturating_sub(position).max(0);
    let first = if lag == 0 { None } else { app.log.read(position, 1).await?.into_iter().next() };
    // A clock that was set back makes nobody early.
    let age = first.map_or(0, |event| now.saturating_sub(event.recorded_at).max(0));
    Ok(Progress { position, lag, age })
}
