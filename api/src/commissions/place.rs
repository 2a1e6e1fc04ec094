//! Where in a path a request is: whose overrides, which override's details.

use super::kept::find;
use super::resources::{OVERRIDES, Resource};
use crate::app::App;
use crate::auth::area::Commissions;
use crate::auth::{Area, Call};
use crate::http::ApiError;
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use std::convert::Infallible;
use std::sync::Arc;
use sunledger_domain::overrides::Override;
use uuid::Uuid;

/// What a path's parameters say, but for the tenant, which is the caller's.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Who asks.
    pub(super) caller: Arc<str>,
    /// Whose overrides.
    pub(super) manager_id: Option<String>,
    /// Which override's details.
    pub(super) override_id: Option<Uuid>,
}

impl Place {
    /// The place of a tenant's own things.
    pub(super) fn of_caller<A: Area>(call: &Call<A>) -> Self {
        Self { caller: call.context.actor.id.clone(), manager_id: None, override_id: None }
    }

    /// Where a request to a resource is.
    ///
    /// # Errors
    /// 404 where the override whose details are asked for is not there, or another manager's.
    pub(super) async fn of(
        resource: &Resource,
        app: &App,
        call: &Call<Commissions>,
        params: &Params,
    ) -> Result<Self, ApiError> {
        let manager_id = params.get("managerId").map(str::to_owned);
        let mut place = Self { manager_id, ..Self::of_caller(call) };
        // Of an override itself it is the resource's own id.
        if let Some(id) = params.get(OVERRIDES.id).filter(|_| resource.id != OVERRIDES.id) {
            place.override_id = Some(find::<Override>(&OVERRIDES, app, &call.tenant, &place, id).await?.id);
        }
        Ok(place)
    }
}

/// The parameters of a path. A path that is no text has none: whom it is refused to, the [`Call`] says.
pub(super) struct Params(Option<RawPathParams>);

impl Params {
    /// A parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter().flat_map(RawPathParams::iter);
        all.find(|(other, _)| *other == name).map(|(_, value)| value)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(RawPathParams::from_request_parts(parts, state).await.ok()))
    }
}
