//! What bodies and queries of this surface refer to by number: customers, invoices, accounts, categories, departments. A
//! reference to nothing is a wrong field like any other, and named with the others.

use super::starters;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::fields::Fields;
use crate::findings::nothing_such;
use crate::http::ApiError;
use crate::http::ids::{AnyId, any_id};
use serde_json::Value;
use sunledger_commands::{CommandError, Unit};
use sunledger_domain::DomainError;
use sunledger_domain::client::{Client, ClientStatus};
use sunledger_domain::invoice::Invoice;
use sunledger_domain::record::{Record, RecordKind};
use sunledger_domain::reference::Reference;
use sunledger_projections::{Listed, View};
use uuid::Uuid;

/// An id in a field of a body, to be looked up once all fields are read.
///
/// # Errors
/// A field message.
pub(super) fn id(value: Value) -> Result<Option<AnyId>, String> {
    any_id(value).map(Some)
}

/// Looks up what a request refers to.
pub(super) struct References<'a> {
    pub(super) app: &'a App,
    pub(super) call: &'a Call<Backoffice>,
}

impl References<'_> {
    /// The customer that a field names. One that is deleted is nobody here.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn customer(
        &self,
        fields: &mut Fields,
        name: &str,
        id: Option<AnyId>,
    ) -> Result<Option<Reference>, ApiError> {
        let found = self.view::<Client>(id).await?;
        let found = found.filter(|view| view.state.status != ClientStatus::Inactive);
        Ok(noted(fields, name, "customer", id, found.as_ref().map(reference)))
    }

    /// The invoice that a field names.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn invoice(
        &self,
        fields: &mut Fields,
        name: &str,
        id: Option<AnyId>,
    ) -> Result<Option<View<Invoice>>, ApiError> {
        let found = self.view::<Invoice>(id).await?;
        Ok(noted(fields, name, "invoice", id, found))
    }

    /// The record of a kind that a field names.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn record(
        &self,
        fields: &mut Fields,
        name: &str,
        kind: &'static RecordKind,
        id: Option<AnyId>,
    ) -> Result<Option<Reference>, ApiError> {
        let found = match id {
            Some(id) => find(self.app, self.call, kind, id).await?,
            None => None,
        };
        Ok(noted(fields, name, kind.what, id, found.as_ref().map(reference)))
    }

    async fn view<A: Listed>(&self, id: Option<AnyId>) -> Result<Option<View<A>>, ApiError> {
        let tenant = &self.call.tenant;
        let id = match id {
            Some(AnyId::Uuid(id)) => Some(id),
            Some(AnyId::Number(number)) => self.app.reads.id_of::<A>(tenant, number).await?,
            None => None,
        };
        match id {
            Some(id) => Ok(self.app.reads.get::<A>(tenant, id).await?),
            None => Ok(None),
        }
    }
}

fn reference<A>(view: &View<A>) -> Reference {
    Reference { id: view.id, number: view.number }
}

/// What was found; where nothing was, although something was named, that is noted.
fn noted<T>(fields: &mut Fields, name: &str, what: &str, id: Option<AnyId>, found: Option<T>) -> Option<T> {
    if id.is_some() && found.is_none() {
        fields.refuse(name, nothing_such(what));
    }
    found
}

/// The record of a kind by its id, of those that a tenant starts with too.
///
/// # Errors
/// The store's.
pub(super) async fn find(
    app: &App,
    call: &Call<Backoffice>,
    kind: &'static RecordKind,
    id: AnyId,
) -> Result<Option<View<Record>>, ApiError> {
    match id {
        AnyId::Uuid(id) => {
            let found = app.reads.get::<Record>(&call.tenant, id).await?;
            Ok(found.filter(|view| view.state.kind == kind.name))
        }
        AnyId::Number(number) => {
            let found = app.reads.record(&call.tenant, kind, number).await?;
            if found.is_some() || !starters::ensure(app, call, kind).await? {
                return Ok(found);
            }
            Ok(app.reads.record(&call.tenant, kind, number).await?)
        }
    }
}

/// A record in a filter: `None` where it is the number of nothing.
///
/// # Errors
/// 400 naming the parameter where it is malformed.
pub(super) async fn filter(
    app: &App,
    call: &Call<Backoffice>,
    name: &str,
    kind: &'static RecordKind,
    text: &str,
) -> Result<Option<Uuid>, ApiError> {
    let id = AnyId::parse(text).ok_or_else(|| ApiError::invalid(name, "must be a UUID or a number"))?;
    Ok(find(app, call, kind, id).await?.map(|view| view.id))
}

/// Makes sure that a record that a field names is there, and still is when the unit is written.
///
/// # Errors
/// `Invalid` where it is not there.
pub(super) async fn stands(
    unit: &mut Unit,
    name: &str,
    kind: &'static RecordKind,
    reference: Reference,
) -> Result<(), CommandError> {
    if unit.find::<Record>(kind.name, reference.id).await?.is_none() {
        return Err(DomainError::invalid(name, nothing_such(kind.what)).into());
    }
    unit.unchanged_as::<Record>(kind.name, reference.id).await
}
