//! What the surfaces do with a client alike: letting go of one, and billing one.

use crate::app::App;
use crate::http::ApiError;
use crate::http::ids::{AnyId, named};
use sunledger_commands::{CommandError, Unit};
use sunledger_domain::client::{Client, ClientCommand, ClientStatus};
use sunledger_domain::invoice::Invoice;
use sunledger_domain::{DomainError, FieldErrors, TenantId};
use sunledger_projections::Filter;
use uuid::Uuid;

/// Statuses of an invoice that keep its client from being deactivated: all in which something may yet be owed.
const UNPAID: [&str; 5] = ["draft", "sent", "viewed", "partially_paid", "overdue"];

/// Deactivates a client, as part of a unit of work; nothing happens to one that is inactive.
///
/// # Errors
/// `Rule` where it has unpaid invoices; else the command's.
pub async fn deactivate(
    app: &App,
    tenant: &TenantId,
    client: Uuid,
    at: jiff::Timestamp,
    unit: &mut Unit,
) -> Result<(), CommandError> {
    if unit.get::<Client>(client).await?.status != ClientStatus::Inactive {
        owes_nothing(app, tenant, client, unit).await?;
    }
    unit.handle::<Client>(client, ClientCommand::Deactivate { at }).await
}

/// Refuses to let go of a client that has unpaid invoices. The count is of the read models; should any invoice change
/// after what they show, the unit runs again. (A new invoice conflicts with the deactivation by itself: it wants its
/// client unchanged.)
async fn owes_nothing(
    app: &App,
    tenant: &TenantId,
    client: Uuid,
    unit: &mut Unit,
) -> Result<(), CommandError> {
    let counted_at = app.reads.position();
    let unpaid = UNPAID.map(str::to_owned).to_vec();
    let filters = [Filter::Is("client_id", client), Filter::OneOf("status", unpaid)];
    match app.reads.count::<Invoice>(tenant, &filters).await? {
        0 => {
            unit.quiet("invoice", counted_at);
            Ok(())
        }
        1 => Err(DomainError::rule("this client has an unpaid invoice").into()),
        count => Err(DomainError::rule(format!("this client has {count} unpaid invoices")).into()),
    }
}

/// The id of the client that a body's `field` names. Whether there is one by a UUID shows when the command runs.
///
/// # Errors
/// 400 where the number is of nobody; else the store's.
pub async fn client_named(
    app: &App,
    tenant: &TenantId,
    field: &str,
    id: Option<AnyId>,
) -> Result<Uuid, ApiError> {
    let found = match id {
        Some(id) => named::<Client>(app, tenant, id).await?,
        None => None,
    };
    found.ok_or_else(|| ApiError::fields(no_such_client(field)))
}

/// Makes sure that the client whom a body's `field` names is there and not inactive, and still is when the unit is written.
///
/// # Errors
/// `Invalid` where there is none, `Rule` where it is inactive.
pub async fn billable(unit: &mut Unit, client: Uuid, field: &str) -> Result<(), CommandError> {
    let found = unit.get::<Client>(client).await.map_err(|error| match error {
        CommandError::Domain(DomainError::NotFound { .. }) => {
            DomainError::Invalid(no_such_client(field)).into()
        }
        other => other,
    })?;
    if found.status == ClientStatus::Inactive {
        return Err(DomainError::rule("this client is inactive and can not be billed").into());
    }
    unit.unchanged::<Client>(client).await
}

fn no_such_client(field: &str) -> FieldErrors {
    FieldErrors::one(field, "there is no such client")
}
