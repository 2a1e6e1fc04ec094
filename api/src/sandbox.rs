//! Throwing a sandbox's data away. Nothing leaves the log: the sandbox goes on under another id
//! ([`sunledger_domain::TenantId`]), under which there is nothing yet, and so all that keeps data, numbers and names by tenant
//! has none of it, at once, in the one transaction that appends the event.

use sunledger_commands::{CommandError, Commands, Context, Outcome};
use sunledger_domain::tenant::{Tenant, TenantCommand};

/// Carries out a command that may reset a sandbox. `context` is of its home.
///
/// # Errors
/// `Rule` where it is no sandbox; the store's.
pub async fn reset(
    commands: &Commands,
    context: &Context,
    command: TenantCommand,
) -> Result<Outcome<Tenant>, CommandError> {
    commands.execute::<Tenant>(context, context.tenant.stream_id(), command).await
}
