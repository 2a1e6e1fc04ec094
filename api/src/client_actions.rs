//! What surfaces do with a client beside reading and writing its fields: bill it, and let go of it.

use crate::app::App;
use crate::auth::{Area, Call};
use crate::fields::Fields;
use crate::findings::{self, nothing_such};
use crate::http::ApiError;
use crate::http::ids::AnyId;
use jiff::Timestamp;
use std::sync::Arc;
use sunledger_commands::{CommandError, Unit};
use sunledger_domain::client::{Client, ClientCommand, ClientStatus};
use sunledger_domain::invoice::Invoice;
use sunledger_domain::{DomainError, TenantId};
use sunledger_projections::Filter;
use uuid::Uuid;

/// What a client is called in refusals.
pub const CLIENT: &str = "client";
/// Statuses of an invoice that keep its client from being deactivated: all in which something may yet be owed.
const UNPAID: [&str; 5] = ["draft", "sent", "viewed", "partially_paid", "overdue"];

/// The statuses of clients that business is done with, for lists.
pub fn in_business() -> Filter {
    Filter::OneOf("status", vec!["active".to_owned(), "pending".to_owned()])
}

/// Deactivates a client that owes nothing.
///
/// # Errors
/// 404 where there is none, or it is inactive already; 409 where it has unpaid invoices.
pub async fn deactivate<A: Area>(app: &App, call: &Call<A>, id: Uuid) -> Result<(), CommandError> {
    let (tenant, at) = (&call.tenant, call.context.now);
    let work = app.commands.unit(&call.context, |unit| {
        let (app, tenant) = (app.clone(), tenant.clone());
        Box::pin(async move {
            active(unit, id).await?;
            let_go(&app, &tenant, id, at, unit).await
        })
    });
    work.await.map(drop)
}

/// Deactivates a client as part of a unit of work; nothing happens to one that is inactive.
///
/// # Errors
/// `NotFound` where there is none; a rule where it has unpaid invoices.
pub async fn let_go(
    app: &App,
    tenant: &TenantId,
    client: Uuid,
    at: Timestamp,
    unit: &mut Unit,
) -> Result<(), CommandError> {
    if unit.get::<Client>(client).await?.status != ClientStatus::Inactive {
        owes_nothing(app, tenant, client, unit).await?;
    }
    unit.handle::<Client>(client, ClientCommand::Deactivate { at }).await
}

/// Makes sure that a client is there and business is done with it, for surfaces to which inactive ones are gone.
///
/// # Errors
/// `NotFound`.
pub async fn active(unit: &mut Unit, id: Uuid) -> Result<Arc<Client>, CommandError> {
    let client = unit.get::<Client>(id).await?;
    match client.status {
        ClientStatus::Inactive => Err(DomainError::NotFound { what: "client" }.into()),
        ClientStatus::Active | ClientStatus::Pending => Ok(client),
    }
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
    // Boxed: futures within futures within a unit of work are more levels than the compiler follows.
    match Box::pin(app.reads.count::<Invoice>(tenant, &filters)).await? {
        0 => {
            unit.quiet("invoice", counted_at);
            Ok(())
        }
        1 => Err(DomainError::rule("this client has an unpaid invoice").into()),
        count => Err(DomainError::rule(format!("this client has {count} unpaid invoices")).into()),
    }
}

/// The id of the client that a body names in `field`; where it is nobody's, that is noted. Of a UUID the command tells,
/// where nothing else is wrong.
///
/// # Errors
/// The store's.
pub async fn named(
    app: &App,
    tenant: &TenantId,
    fields: &mut Fields,
    field: &str,
    id: Option<AnyId>,
) -> Result<Option<Uuid>, ApiError> {
    findings::named::<Client>(app, tenant, fields, (field, CLIENT), id).await
}

/// Makes sure that the client that a body names in `field` is there and active, and still is when the unit is written.
///
/// # Errors
/// `Invalid` where it is not there, a rule where it is inactive.
pub async fn billable(unit: &mut Unit, field: &str, client: Uuid) -> Result<(), CommandError> {
    let found = unit.get::<Client>(client).await.map_err(|error| match error {
        CommandError::Domain(DomainError::NotFound { .. }) => {
            DomainError::invalid(field, nothing_such(CLIENT)).into()
        }
        other => other,
    })?;
    if found.status == ClientStatus::Inactive {
        return Err(DomainError::rule("this client is inactive and can not be billed").into());
    }
    unit.unchanged::<Client>(client).await
}
