//! The five things that can be done with every resource.

use super::envelope::Success;
use super::kept::{Kept, find};
use super::place::{Params, Place};
use super::resources::Resource;
use super::view::{IdBody, printed};
use super::{body, list_query};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Commissions;
use crate::http::{ApiError, Reply};
use http::{HeaderName, HeaderValue, StatusCode};
use sunledger_commands::{CommandError, Outcome};
use sunledger_domain::overrides::Override;
use sunledger_domain::{DomainError, public_id};
use uuid::Uuid;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// A request to a resource.
pub(super) struct Asked<'a> {
    pub(super) resource: &'static Resource,
    pub(super) app: &'a App,
    pub(super) params: &'a Params,
    pub(super) call: &'a Call<Commissions>,
}

impl Asked<'_> {
    async fn place(&self) -> Result<Place, ApiError> {
        Place::of(self.resource, self.app, self.call, self.params).await
    }

    /// The id in the path.
    fn id(&self) -> &str {
        self.params.get(self.resource.id).unwrap_or_default()
    }

    fn success<T>(&self, message: &'static str, data: T) -> Success<T> {
        Success::new(message, data, self.call.context.now)
    }
}

pub(super) async fn list<A: Kept>(asked: Asked<'_>) -> Result<Reply, ApiError> {
    let (resource, tenant) = (asked.resource, &asked.call.tenant);
    let place = Box::pin(asked.place()).await?;
    let query = list_query::read::<A>(resource, &place, &asked.call.query)?;
    let page = Box::pin(asked.app.reads.list::<A>(tenant, &query)).await?;
    let rows = page.rows.iter().map(|view| printed(resource, tenant, &view.state));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let reply = Reply::ok(&asked.success(resource.words.listed, rows))?.next_cursor(page.next_cursor);
    Ok(reply.header(TOTAL, HeaderValue::from(page.total)))
}

pub(super) async fn get<A: Kept>(asked: Asked<'_>) -> Result<Reply, ApiError> {
    let (resource, tenant) = (asked.resource, &asked.call.tenant);
    let place = Box::pin(asked.place()).await?;
    let found = Box::pin(find::<A>(resource, asked.app, tenant, &place, asked.id())).await?;
    let data = printed(resource, tenant, &found.state)?;
    Ok(Reply::ok(&asked.success(resource.words.found, data))?.version(found.version))
}

pub(super) async fn create<A: Kept>(asked: Asked<'_>) -> Result<Reply, ApiError>
where
    A::Command: Clone + Send + Sync,
{
    let (resource, call) = (asked.resource, asked.call);
    let place = Box::pin(asked.place()).await?;
    let body = body::whole(resource.kind, call.json()?, &call.tenant, &place)?;
    let named = body.custom_id.clone();
    let command = A::create(body.custom_id, body.fields, &place, call.context.now)?;
    let id = asked.app.commands.new_id();
    let made = Box::pin(carry_out::<A>(&asked, id, place.override_id, command)).await;
    let made = made.map_err(|error| refusal(resource, named.as_deref(), error))?;
    let data = IdBody { id: made.state.shown() };
    let reply = Reply::json(StatusCode::CREATED, &asked.success(resource.words.created, data))?;
    Ok(reply.version(made.version).replayed(made.replayed))
}

pub(super) async fn update<A: Kept>(asked: Asked<'_>) -> Result<Reply, ApiError>
where
    A::Command: Clone + Send + Sync,
{
    let (resource, call) = (asked.resource, asked.call);
    let place = Box::pin(asked.place()).await?;
    let found = Box::pin(find::<A>(resource, asked.app, &call.tenant, &place, asked.id())).await?;
    let fields = body::part(resource.kind, call.json()?, &call.tenant, &place)?;
    let command = A::update(fields, &place, call.context.now)?;
    let changed = Box::pin(carry_out::<A>(&asked, found.id, place.override_id, command)).await;
    let changed = changed.map_err(|error| refusal(resource, None, error))?;
    let data = IdBody { id: changed.state.shown() };
    Ok(Reply::ok(&asked.success(resource.words.updated, data))?.version(changed.version))
}

pub(super) async fn delete<A: Kept>(asked: Asked<'_>) -> Result<Reply, ApiError>
where
    A::Command: Clone + Send + Sync,
{
    let (resource, call) = (asked.resource, asked.call);
    let place = Box::pin(asked.place()).await?;
    let found = Box::pin(find::<A>(resource, asked.app, &call.tenant, &place, asked.id())).await?;
    let command = A::delete(resource.kind, &place, call.context.now);
    let deleted = Box::pin(carry_out::<A>(&asked, found.id, place.override_id, command)).await;
    deleted.map_err(|error| refusal(resource, None, error))?;
    Reply::ok(&asked.success(resource.words.deleted, IdBody { id: found.state.shown() }))
}

/// Carries a command out, while the override that it is under is there.
async fn carry_out<A: Kept>(
    asked: &Asked<'_>,
    id: Uuid,
    under: Option<Uuid>,
    command: A::Command,
) -> Result<Outcome<A>, CommandError>
where
    A::Command: Clone + Send + Sync,
{
    let kind = asked.resource.kind.name;
    let done = asked.app.commands.unit(&asked.call.context, |unit| {
        let command = command.clone();
        Box::pin(async move {
            if let Some(under) = under {
                unit.get::<Override>(under).await?;
                unit.unchanged::<Override>(under).await?;
            }
            unit.handle_as::<A>(kind, id, command).await
        })
    });
    Box::pin(done).await?.one::<A>(kind)
}

/// A refusal in this surface's words. `named`: the id that a new one was to have.
pub(super) fn refusal(resource: &Resource, named: Option<&str>, error: CommandError) -> ApiError {
    if let (Some(id), CommandError::Domain(DomainError::Rule(message))) = (named, &error)
        && message.contains(&public_id::name(resource.kind.name, id))
    {
        return ApiError::conflict(format!("{} with id {id} already exists", resource.words.one));
    }
    ApiError::from(error).rename_fields(|field| match field {
        public_id::CUSTOM_ID => "id".to_owned(),
        other => other.to_owned(),
    })
}
