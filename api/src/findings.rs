//! What is wrong with a body beside its form: what it refers to is not there, or a rule forbids what it says. The command
//! tells both, but a body that can not be read makes no command: then they are looked for here, so that a caller learns of
//! all its mistakes at once.

use crate::app::App;
use crate::fields::Fields;
use crate::http::ApiError;
use crate::http::ids::{self, AnyId};
use sunledger_commands::CommandError;
use sunledger_domain::{DomainError, TenantId};
use sunledger_projections::Listed;
use uuid::Uuid;

/// What a body's field names, if it names anything; where there is nothing of that name, it is noted, with `what` for the
/// kind as a reader would call it. A UUID is only looked up where something is wrong already: else the command that uses
/// it tells.
///
/// # Errors
/// The store's.
pub async fn named<A: Listed>(
    app: &App,
    tenant: &TenantId,
    fields: &mut Fields,
    (field, what): (&str, &str),
    id: Option<AnyId>,
) -> Result<Option<Uuid>, ApiError> {
    let Some(id) = id else { return Ok(None) };
    let mut found = ids::named::<A>(app, tenant, id).await?;
    if let Some(id) = found
        && fields.are_wrong()
        && app.reads.get::<A>(tenant, id).await?.is_none()
    {
        found = None;
    }
    if found.is_none() {
        fields.refuse(field, nothing_such(what));
    }
    Ok(found)
}

/// What is said of a field that names nothing.
pub fn nothing_such(what: &str) -> String {
    format!("there is no such {what}")
}

/// Notes what the rules say of a change of something, where its body is wrong already: see [`Fields::and_rules`].
///
/// # Errors
/// The store's.
pub async fn rules<A: Listed, T>(
    app: &App,
    tenant: &TenantId,
    fields: &mut Fields,
    id: Uuid,
    compared: &[(&str, &[&str])],
    decide: impl FnOnce(&A) -> Result<T, ApiError>,
) -> Result<(), ApiError> {
    if fields.are_wrong()
        && let Some(view) = app.reads.get::<A>(tenant, id).await?
    {
        fields.and_rules(compared, || decide(&view.state));
    }
    Ok(())
}

/// What two steps of a unit of work find, or all fields that either finds wrong.
///
/// # Errors
/// Theirs.
pub fn both(first: Result<(), CommandError>, second: Result<(), CommandError>) -> Result<(), CommandError> {
    match (first, second) {
        (
            Err(CommandError::Domain(DomainError::Invalid(mut wrong))),
            Err(CommandError::Domain(DomainError::Invalid(more))),
        ) => {
            wrong.merge("", more);
            Err(DomainError::Invalid(wrong).into())
        }
        (first, second) => first.and(second),
    }
}
