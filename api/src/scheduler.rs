//! What happens because time passes: an invoice that waits for its payment becomes overdue once its due date is past
//! in the tenant's time zone.
//!
//! One process of a cluster does it, the holder of a lock. The decision is the invoice's own and does nothing where it
//! has been made already, so being down over midnight, or two servers for a moment, makes no event too few or too many.

use std::sync::Arc;
use std::time::Duration;
use sunledger_commands::{CommandError, Commands, Context};
use sunledger_domain::TenantId;
use sunledger_domain::invoice::{Invoice, InvoiceCommand};
use sunledger_domain::tenant::Tenant;
use sunledger_projections::Reads;
use sunledger_store::Lock;
use tokio::sync::watch;

/// How often due dates are looked at.
const EVERY: Duration = Duration::from_secs(30);
/// Tenants and invoices taken at a time.
const PAGE: u64 = 500;

/// Runs until `stop` is true.
pub async fn run(commands: Commands, reads: Reads, mut stop: watch::Receiver<bool>) {
    let mut lock: Option<Lock> = None;
    while !*stop.borrow() {
        if let Err(error) = tick(&commands, &reads, &mut lock).await {
            tracing::warn!(%error, "due dates could not be looked at; trying again");
        }
        let _ = tokio::time::timeout(EVERY, stop.changed()).await;
    }
}

async fn tick(commands: &Commands, reads: &Reads, lock: &mut Option<Lock>) -> Result<(), CommandError> {
    if !lock.as_ref().is_some_and(Lock::is_held) {
        *lock = commands.log().try_lock("scheduler").await?;
    }
    if lock.is_none() {
        return Ok(());
    }
    let mut after = String::new();
    loop {
        let tenants = reads.tenants(&after, PAGE).await?;
        let Some(last) = tenants.last() else { return Ok(()) };
        after = last.as_str().to_owned();
        for tenant in &tenants {
            mark_overdue(commands, reads, tenant).await?;
        }
    }
}

/// Marks a tenant's invoices that are past their due date; returns how many.
async fn mark_overdue(commands: &Commands, reads: &Reads, tenant: &TenantId) -> Result<usize, CommandError> {
    let now = commands.clock().now();
    let Some(profile) = reads.get::<Tenant>(tenant, tenant.stream_id()).await? else { return Ok(0) };
    let today = profile.state.time_zone.today(now);
    let mut marked = 0;
    loop {
        let due = reads.fallen_due(tenant, &today.to_string(), PAGE).await?;
        if due.is_empty() {
            return Ok(marked);
        }
        for id in due {
            let mut context = Context::system(tenant.clone(), "scheduler", now);
            context.request_id = Arc::from(format!("overdue-{today}"));
            match commands
                .execute::<Invoice>(&context, id, InvoiceCommand::MarkOverdue { today, at: now })
                .await
            {
                Ok(_) => marked += 1,
                // Deleted or changed under our eyes: not ours any more.
                Err(CommandError::Domain(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
