//! What happens because time passes: an invoice that waits for its payment becomes overdue once its due date is past
//! in the tenant's time zone, and a sandbox's data are thrown away as its day ends.
//!
//! One process of a cluster does it, the holder of a lock. It looks every few seconds, so that what is due is marked soon
//! after midnight, wherever that is. At any moment the world has three dates at most: a look is one query for each of them,
//! however many tenants there are. The decision is the invoice's own and does nothing where it has been made already, so
//! being down over midnight, or two servers for a moment, makes no event too few or too many.

use crate::sandbox;
use futures_util::stream::{self, StreamExt};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use sunledger_commands::{CommandError, Commands, Context};
use sunledger_domain::invoice::{Invoice, InvoiceCommand};
use sunledger_domain::tenant::TenantCommand;
use sunledger_domain::value::{CalendarDate, TimeZoneName};
use sunledger_projections::{FallenDue, Reads};
use sunledger_store::{Lock, StoreError};
use tokio::sync::watch;

/// How often due dates are looked at.
const EVERY: Duration = Duration::from_secs(5);
/// Invoices taken at a time, and how many of them are marked beside each other.
const PAGE: u64 = 500;
const TOGETHER: usize = 16;

/// What the scheduler of this process did, for metrics.
#[derive(Debug, Default)]
pub struct Stats {
    active: AtomicBool,
    last_run: AtomicI64,
    marked: AtomicU64,
}

impl Stats {
    /// Whether this process is the one that looks at due dates.
    pub fn active(&self) -> bool {
        self.active.load(Relaxed)
    }

    /// When this process last looked at all of them, seconds since the Unix epoch; none before the first time.
    pub fn last_run(&self) -> Option<i64> {
        Some(self.last_run.load(Relaxed)).filter(|at| *at != 0)
    }

    /// Invoices that this process marked overdue.
    pub fn marked(&self) -> u64 {
        self.marked.load(Relaxed)
    }
}

/// Runs until `stop` is true.
pub async fn run(commands: Commands, reads: Reads, mut stop: watch::Receiver<bool>, stats: Arc<Stats>) {
    let mut lock: Option<Lock> = None;
    while !*stop.borrow() {
        let looked = async {
            if !lock.as_ref().is_some_and(Lock::is_held) {
                lock = commands.log().try_lock("scheduler").await?;
            }
            stats.active.store(lock.is_some(), Relaxed);
            match &lock {
                Some(lock) => {
                    Look { commands: &commands, reads: &reads, lock, stop: &stop, stats: &stats }.run().await
                }
                None => Ok(()),
            }
        };
        if let Err(error) = looked.await {
            tracing::warn!(%error, "due dates could not be looked at; trying again");
        }
        let _ = tokio::time::timeout(EVERY, stop.changed()).await;
    }
}

/// One look at the due dates of all tenants.
struct Look<'l> {
    commands: &'l Commands,
    reads: &'l Reads,
    lock: &'l Lock,
    stop: &'l watch::Receiver<bool>,
    stats: &'l Stats,
}

impl Look<'_> {
    async fn run(&self) -> Result<(), CommandError> {
        let mut days: BTreeMap<CalendarDate, Vec<String>> = BTreeMap::new();
        let now = self.commands.clock().now();
        for zone in self.reads.time_zones().await? {
            let known = TimeZoneName::parse(&zone).or_else(|_| TimeZoneName::parse("UTC"));
            let Ok(known) = known else { continue };
            days.entry(known.today(now)).or_default().push(zone);
        }
        for (today, zones) in days {
            let mut last: Option<FallenDue> = None;
            while !*self.stop.borrow() && self.lock.is_held() {
                let due = self.reads.fallen_due(&today.to_string(), &zones, last.as_ref(), PAGE).await?;
                last = due.last().cloned();
                if last.is_none() {
                    break;
                }
                self.mark(today, due).await?;
            }
        }
        self.reset_sandboxes().await?;
        self.stats.last_run.store(now.as_second(), Relaxed);
        Ok(())
    }

    /// Whether it is time is decided by the sandbox itself, so that to ask twice does nothing.
    async fn reset_sandboxes(&self) -> Result<(), CommandError> {
        let mut after = String::new();
        while !*self.stop.borrow() && self.lock.is_held() {
            let page = self.reads.sandboxes(&after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            last.as_str().clone_into(&mut after);
            let now = self.commands.clock().now();
            for (home, sandbox) in page.into_iter().filter(|(_, sandbox)| sandbox.next_reset() <= now) {
                let mut context = Context::system(home, "scheduler", now);
                context.request_id = Arc::from(format!("reset-{}", sandbox.time_zone.today(now)));
                match sandbox::reset(self.commands, &context, TenantCommand::ResetDaily { at: now }).await {
                    Ok(_) => {
                        tracing::info!(tenant = %context.tenant, resets = sandbox.resets + 1, "a sandbox was reset")
                    }
                    Err(CommandError::Store(error @ (StoreError::Damaged(_) | StoreError::Failed(_)))) => {
                        tracing::warn!(tenant = %context.tenant, %error, "a sandbox could not be reset");
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    async fn mark(&self, today: CalendarDate, due: Vec<FallenDue>) -> Result<(), CommandError> {
        let marking = due.into_iter().map(|due| self.mark_one(today, due));
        let mut marking = stream::iter(marking).buffer_unordered(TOGETHER);
        let mut failed = None;
        while let Some(done) = marking.next().await {
            failed = done.err().or(failed);
        }
        failed.map_or(Ok(()), Err)
    }

    /// Only what concerns everybody is an error: data of one tenant that cannot be read stop nobody else's, and show as
    /// parked events already.
    async fn mark_one(&self, today: CalendarDate, due: FallenDue) -> Result<(), CommandError> {
        let FallenDue { tenant, id, .. } = due;
        let now = self.commands.clock().now();
        let mut context = Context::system(tenant.clone(), "scheduler", now);
        context.request_id = Arc::from(format!("overdue-{today}"));
        match self
            .commands
            .execute::<Invoice>(&context, id, InvoiceCommand::MarkOverdue { today, at: now })
            .await
        {
            Ok(_) => {
                self.stats.marked.fetch_add(1, Relaxed);
                Ok(())
            }
            // Deleted or changed under our eyes: not ours any more.
            Err(CommandError::Domain(_)) => Ok(()),
            Err(CommandError::Store(error @ (StoreError::Damaged(_) | StoreError::Failed(_)))) => {
                tracing::debug!(%tenant, invoice = %id, %error, "an invoice could not be marked overdue");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
