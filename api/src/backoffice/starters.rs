//! What a tenant's books start with: an account, a category and a department, each number 1, so that the document's samples
//! work as they are printed.
//!
//! They are made when they are first asked for, which is why tenants from before there was a back office have them too. Their
//! ids follow from the tenant, so that of two servers that make them at once one finds them made, and one that
//! somebody has deleted is not made again.

use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::http::ApiError;
use jiff::Timestamp;
use serde_json::{Map, Value};
use sunledger_commands::{CommandError, Context, ReadSide};
use sunledger_domain::record::{ACCOUNT, CATEGORY, DEPARTMENT, Record, RecordCommand, RecordKind, Unknown};
use sunledger_domain::{DomainError, TenantId};
use uuid::Uuid;

/// Kinds of which there is one from the beginning, and its name.
static STARTERS: [(&RecordKind, &str); 3] =
    [(&ACCOUNT, "Main account"), (&CATEGORY, "General"), (&DEPARTMENT, "Support")];

/// Makes the first record of a kind, where it never was; false where there is none to be found: a read from now on finds it
/// otherwise, also one that did not a moment ago.
///
/// # Errors
/// The store's.
pub(super) async fn ensure(
    app: &App,
    call: &Call<Backoffice>,
    kind: &'static RecordKind,
) -> Result<bool, ApiError> {
    let Some((_, name)) = STARTERS.iter().find(|(known, _)| known.name == kind.name) else {
        return Ok(false);
    };
    let id = id_of(&call.tenant, call.profile.created_at, kind);
    if app.reads.get::<Record>(&call.tenant, id).await?.is_some() {
        return Ok(true);
    }
    let at = call.context.now;
    let fields = Map::from_iter([("name".to_owned(), Value::from(*name))]);
    let fields = kind.check(fields, false, Unknown::Reject).map_err(ApiError::fields)?;
    let command = RecordCommand::Create { custom_id: None, fields, at };
    let context = Context::system(call.tenant.clone(), "first records", at);
    let done = app.commands.unit(&context, |unit| {
        let command = command.clone();
        Box::pin(async move { unit.handle_as::<Record>(kind.name, id, command).await })
    });
    match done.await {
        Ok(_) => Ok(true),
        // It was made before: long ago, and deleted since; or just now, by somebody whose answer need not have come yet.
        Err(CommandError::Domain(DomainError::Rule(_))) => {
            app.projections.wait_for(app.log.head().await?).await?;
            Ok(true)
        }
        Err(error) => Err(error.into()),
    }
}

/// A UUIDv7 of the tenant's beginning, whose random part is none: it follows from tenant and kind.
fn id_of(tenant: &TenantId, since: Timestamp, kind: &RecordKind) -> Uuid {
    let mut rest = [0; 10];
    let derived = Uuid::new_v5(&tenant.stream_id(), kind.name.as_bytes());
    rest.iter_mut().zip(derived.as_bytes()).for_each(|(place, byte)| *place = *byte);
    let millis = u64::try_from(since.as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_are_uuids_of_version_7_and_tell_tenants_and_kinds_apart() {
        let since: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        let of = |tenant: &str, kind| id_of(&TenantId::new(tenant).unwrap(), since, kind);
        let first = of("acme", &ACCOUNT);
        assert_eq!((first.get_version_num(), first), (7, of("acme", &ACCOUNT)));
        assert_ne!(first, of("acme", &CATEGORY));
        assert_ne!(first, of("other", &ACCOUNT));
    }

    #[test]
    fn every_starter_is_a_whole_record() {
        for (kind, name) in STARTERS {
            let fields = Map::from_iter([("name".to_owned(), Value::from(name))]);
            assert!(kind.check(fields, false, Unknown::Reject).is_ok(), "{}", kind.name);
        }
    }
}
