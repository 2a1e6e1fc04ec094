//! Which stream a path of the audit means: by UUID, by number, by a unique name. What was deleted is found too: it has
//! left the read models, so where those do not know a number the log is asked.

use crate::app::App;
use crate::http::ApiError;
use crate::http::ids::AnyId;
use serde_json::Value;
use sunledger_commands::history::is_kind;
use sunledger_domain::api_key::ApiKey;
use sunledger_domain::client::Client;
use sunledger_domain::consumer_unit::ConsumerUnit;
use sunledger_domain::installation::Installation;
use sunledger_domain::invoice::{INVOICE_NUMBER, Invoice};
use sunledger_domain::lead::Lead;
use sunledger_domain::overrides::OVERRIDE;
use sunledger_domain::paystub::PAYSTUB;
use sunledger_domain::power_plant::PowerPlant;
use sunledger_domain::project::Project;
use sunledger_domain::quote::Quote;
use sunledger_domain::ticket::Ticket;
use sunledger_domain::transaction::Transaction;
use sunledger_domain::user::User;
use sunledger_domain::webhook_endpoint::WebhookEndpoint;
use sunledger_domain::{TenantId, public_id, record};
use sunledger_store::{LogFilter, RecordedEvent, StoreError, StreamId};
use uuid::Uuid;

const TENANT: &str = "tenant";
/// Events asked for at a time when a number is looked up in the log, which looks at ten times as many; and how often it
/// is asked at most, so that a number that never was does not walk an endless log.
const EVENTS: usize = 100;
const LOOKS: usize = 2_000;

/// The stream of a thing that there is or was.
///
/// # Errors
/// 404 where there is no such kind, or nothing of the kind by that id.
pub(super) async fn resolve(
    app: &App,
    tenant: &TenantId,
    kind: &str,
    id: &str,
) -> Result<StreamId, ApiError> {
    if !is_kind(kind) {
        return Err(ApiError::not_found("kind"));
    }
    let found = match named(app, tenant, kind, id).await? {
        Some(id) => Some(id),
        None => match AnyId::parse(id) {
            Some(AnyId::Uuid(id)) => Some(id),
            Some(AnyId::Number(number)) => numbered(app, tenant, kind, number).await?,
            None => None,
        },
    };
    let found = match found {
        None if has_public_ids(kind) => once_named(app, tenant, kind, id).await?,
        found => found,
    };
    let id = found.ok_or_else(|| ApiError::not_found(kind))?;
    let stream = StreamId { tenant: tenant.clone(), kind: kind.into(), id };
    // Without this, a foreign id would be an empty history.
    if app.log.read_stream(&stream, 0, 1).await?.is_empty() {
        return Err(ApiError::not_found(kind));
    }
    Ok(stream)
}

/// Whether things of a kind are the company's own, and not part of its data.
pub(super) fn is_of_company(kind: &str) -> bool {
    matches!(kind, TENANT | "api_key" | "user")
}

/// By a name that is unique in its kind.
async fn named(app: &App, tenant: &TenantId, kind: &str, id: &str) -> Result<Option<Uuid>, StoreError> {
    if kind == TENANT {
        return Ok((id == tenant.as_str()).then(|| tenant.stream_id()));
    }
    if kind == "invoice" {
        return app.log.name_owner(tenant, INVOICE_NUMBER, id).await;
    }
    if has_public_ids(kind) {
        return app.log.name_owner(tenant, public_id::CUSTOM_ID, &public_id::name(kind, id)).await;
    }
    Ok(None)
}

/// Whether things of a kind can be named by an id of their own.
fn has_public_ids(kind: &str) -> bool {
    record::kind(kind).is_some() || kind == PAYSTUB.name || kind == OVERRIDE.name
}

/// By an id that it was given and gave back when it was deleted: the newest of those that are found.
async fn once_named(app: &App, tenant: &TenantId, kind: &str, id: &str) -> Result<Option<Uuid>, StoreError> {
    let filter = made(kind);
    let (mut after, mut found) = (0, None);
    for _ in 0..LOOKS {
        let page = app.log.read_tenant(tenant, after, EVENTS, &filter).await?;
        let named = |event: &RecordedEvent| {
            let data = crate::entry::data_of(event).ok();
            data.is_some_and(|data| data.get("custom_id").and_then(Value::as_str) == Some(id))
        };
        found = page.events.iter().rfind(|event| named(event)).map(|event| event.id).or(found);
        if page.next <= after {
            break;
        }
        after = page.next;
    }
    Ok(found)
}

/// The events that make something of a kind.
fn made(kind: &str) -> LogFilter {
    let verb = match kind {
        "webhook_endpoint" | "consumer_unit" | "power_plant" => "registered",
        _ => "created",
    };
    LogFilter {
        kind: Some(kind.to_owned()),
        event_type: Some(format!("{kind}.{verb}")),
        ..LogFilter::default()
    }
}

/// By its number.
async fn numbered(app: &App, tenant: &TenantId, kind: &str, number: i64) -> Result<Option<Uuid>, StoreError> {
    let reads = &app.reads;
    let shown = match kind {
        // A day of an installation has no number.
        TENANT | "production" => return Ok(None),
        "client" => reads.id_of::<Client>(tenant, number).await?,
        "consumer_unit" => reads.id_of::<ConsumerUnit>(tenant, number).await?,
        "power_plant" => reads.id_of::<PowerPlant>(tenant, number).await?,
        "project" => reads.id_of::<Project>(tenant, number).await?,
        "installation" => reads.id_of::<Installation>(tenant, number).await?,
        "invoice" => reads.id_of::<Invoice>(tenant, number).await?,
        "api_key" => reads.id_of::<ApiKey>(tenant, number).await?,
        "user" => reads.id_of::<User>(tenant, number).await?,
        "webhook_endpoint" => reads.id_of::<WebhookEndpoint>(tenant, number).await?,
        "transaction" => reads.id_of::<Transaction>(tenant, number).await?,
        "quote" => reads.id_of::<Quote>(tenant, number).await?,
        "ticket" => reads.id_of::<Ticket>(tenant, number).await?,
        "lead" => reads.id_of::<Lead>(tenant, number).await?,
        other => match record::kind(other) {
            Some(kind) => reads.record(tenant, kind, number).await?.map(|view| view.id),
            None => None,
        },
    };
    match shown {
        Some(id) => Ok(Some(id)),
        None => search(app, tenant, kind, number).await,
    }
}

/// Looks a number up in the log. Numbers are given in the order of the log, so halving the distance finds it.
async fn search(app: &App, tenant: &TenantId, kind: &str, number: i64) -> Result<Option<Uuid>, StoreError> {
    let filter = made(kind);
    // The event that gave the number is after `low`, and not after `high`.
    let (mut low, mut high) = (0, app.log.head().await?);
    let mut looks = LOOKS;
    while low < high && looks > 0 {
        let middle = low + (high - low) / 2;
        match first(app, tenant, middle, high, &filter, &mut looks).await? {
            Some(event) if number_of(&event) < Some(number) => low = event.position,
            Some(event) if number_of(&event) == Some(number) => return Ok(Some(event.id)),
            _ if middle == low => return Ok(None),
            _ => high = middle,
        }
    }
    Ok(None)
}

/// The first matching event after a position, and up to another.
async fn first(
    app: &App,
    tenant: &TenantId,
    after: i64,
    until: i64,
    filter: &LogFilter,
    looks: &mut usize,
) -> Result<Option<RecordedEvent>, StoreError> {
    let mut after = after;
    while after < until && *looks > 0 {
        *looks -= 1;
        let page = app.log.read_tenant(tenant, after, EVENTS, filter).await?;
        if let Some(event) = page.events.into_iter().next() {
            return Ok(Some(event).filter(|event| event.position <= until));
        }
        if page.next <= after {
            break;
        }
        after = page.next;
    }
    Ok(None)
}

/// The number that an event gave: by itself, or in the id that was made of it.
fn number_of(event: &RecordedEvent) -> Option<i64> {
    let data = crate::entry::data_of(event).ok()?;
    let code = || data.get("code").and_then(Value::as_str).map(public_id::number_in);
    data.get("number").and_then(Value::as_i64).or_else(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_is_read_out_of_the_event_that_gave_it() {
        let event =
            crate::entry::tests::event("client", "client.created", json!({"number": 17, "name": "Ana"}));
        assert_eq!(number_of(&event), Some(17));
        let event = crate::entry::tests::event("team", "team.created", json!({"code": "team:000017"}));
        assert_eq!(number_of(&event), Some(17));
        let event = crate::entry::tests::event("client", "client.deactivated", json!({}));
        assert_eq!(number_of(&event), None);
    }
}
