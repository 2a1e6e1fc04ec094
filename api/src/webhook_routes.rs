//! Webhook endpoints and their deliveries, at `/webhooks` and at `/api/v2/webhooks`: the same routes, printed each in the
//! manner of its place (`mounted.rs`). Here is what they do.

mod mounted;
mod requests;
#[cfg(test)]
mod tests;
mod views;

use crate::app::App;
use crate::auth::{Area, Call};
use crate::fields::{Fields, lines};
use crate::http::{ApiError, Reply, ids};
use requests::{MAX_REASON, PAGE};
use sunledger_commands::Outcome;
use sunledger_domain::webhook_endpoint::{
    Redelivery, WebhookEndpoint, WebhookEndpointCommand, WebhookSecret,
};
use sunledger_projections::View;
use sunledger_webhooks::{Delivery, DeliveryDetail};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// How long the old secret signs beside a new one.
const OVERLAP: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// The routes of both places.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .nest("/webhooks", mounted::plain::routes())
        .nest("/api/v2/webhooks", mounted::backoffice::routes())
}

type Done = Result<Outcome<WebhookEndpoint>, ApiError>;

async fn register<A: Area>(app: &App, call: &Call<A>) -> Done {
    let command = requests::register(&mut Fields::new(call.json()?), call.context.now, new_secret()?)?;
    Ok(app.commands.execute::<WebhookEndpoint>(&call.context, app.commands.new_id(), command).await?)
}

async fn update<A: Area>(app: &App, call: &Call<A>, id: &str) -> Done {
    let id = ids::resolve::<WebhookEndpoint>(app, &call.tenant, id).await?;
    let command = requests::update(&mut Fields::new(call.json()?), call.context.now)?;
    Ok(app.commands.execute::<WebhookEndpoint>(&call.context, id, command).await?)
}

async fn delete<A: Area>(app: &App, call: &Call<A>, id: &str) -> Done {
    act(app, call, id, WebhookEndpointCommand::Delete { at: call.context.now }).await
}

async fn rotate<A: Area>(app: &App, call: &Call<A>, id: &str) -> Done {
    call.json_or_empty()?;
    let at = call.context.now;
    let keep_old_until = at.checked_add(OVERLAP).ok();
    act(app, call, id, WebhookEndpointCommand::RotateSecret { secret: new_secret()?, keep_old_until, at })
        .await
}

async fn test<A: Area>(app: &App, call: &Call<A>, id: &str) -> Done {
    call.json_or_empty()?;
    act(app, call, id, WebhookEndpointCommand::Test { at: call.context.now }).await
}

async fn enable<A: Area>(app: &App, call: &Call<A>, id: &str) -> Done {
    call.json_or_empty()?;
    act(app, call, id, WebhookEndpointCommand::Enable { at: call.context.now }).await
}

async fn disable<A: Area>(app: &App, call: &Call<A>, id: &str) -> Done {
    let mut fields = Fields::new(call.json_or_empty()?);
    let reason = fields.optional("reason", lines(MAX_REASON));
    fields.finish()?;
    act(app, call, id, WebhookEndpointCommand::Disable { reason, at: call.context.now }).await
}

async fn redeliver_range<A: Area>(app: &App, call: &Call<A>, id: &str) -> Done {
    let selection = requests::range(&mut Fields::new(call.json()?), &call.profile)?;
    act(app, call, id, WebhookEndpointCommand::Redeliver { selection, at: call.context.now }).await
}

async fn redeliver<A: Area>(app: &App, call: &Call<A>, id: &str, delivery: &str) -> Done {
    call.json_or_empty()?;
    let found = delivery_of(app, call, id, delivery).await?;
    let selection = Redelivery::Delivery(found.delivery.id);
    act(app, call, id, WebhookEndpointCommand::Redeliver { selection, at: call.context.now }).await
}

async fn act<A: Area>(app: &App, call: &Call<A>, id: &str, command: WebhookEndpointCommand) -> Done {
    let id = ids::resolve::<WebhookEndpoint>(app, &call.tenant, id).await?;
    Ok(app.commands.execute::<WebhookEndpoint>(&call.context, id, command).await?)
}

async fn find<A: Area>(app: &App, call: &Call<A>, id: &str) -> Result<View<WebhookEndpoint>, ApiError> {
    let id = ids::resolve::<WebhookEndpoint>(app, &call.tenant, id).await?;
    let found = app.reads.get::<WebhookEndpoint>(&call.tenant, id).await?;
    found.ok_or_else(|| ApiError::not_found("webhook endpoint"))
}

/// A page of an endpoint's deliveries, and the cursor of the next one.
async fn deliveries<A: Area>(
    app: &App,
    call: &Call<A>,
    id: &str,
) -> Result<(Vec<Delivery>, Option<Uuid>), ApiError> {
    let endpoint = find(app, call, id).await?;
    let wanted = requests::deliveries(&call.query)?;
    // One more than asked for tells whether there is a next page.
    let reader = app.webhooks.deliveries();
    let mut found =
        reader.list(&call.tenant, endpoint.id, wanted.state, wanted.before, wanted.limit + 1).await?;
    let more = found.len() > wanted.limit;
    found.truncate(wanted.limit.min(PAGE));
    let next = found.last().filter(|_| more).map(|delivery| delivery.id);
    Ok((found, next))
}

/// A delivery of this very endpoint.
async fn delivery_of<A: Area>(
    app: &App,
    call: &Call<A>,
    id: &str,
    delivery: &str,
) -> Result<DeliveryDetail, ApiError> {
    let endpoint = find(app, call, id).await?;
    let delivery = Uuid::try_parse(delivery).map_err(|_| ApiError::not_found("delivery"))?;
    let found = app.webhooks.deliveries().get(&call.tenant, delivery).await?;
    found
        .filter(|found| found.delivery.endpoint_id == endpoint.id)
        .ok_or_else(|| ApiError::not_found("delivery"))
}

fn new_secret() -> Result<WebhookSecret, ApiError> {
    let mut key = [0u8; 32];
    getrandom::fill(&mut key).map_err(|error| ApiError::internal(format!("random numbers: {error}")))?;
    WebhookSecret::from_bytes(&key).map_err(ApiError::internal)
}
