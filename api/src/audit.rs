//! `/audit`: the history of one thing, its state as it was, and the tenant's whole log.

use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Audit;
use crate::entry::redacted;
use crate::event_query::{After, AfterParams, EventPage, EventParams, EventQuery, instant, position};
use crate::http::{ApiError, QueryParams, Reply};
use crate::wire::{OnList, OnRead};
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::Value;
use sunledger_commands::history::At;
use sunledger_domain::TenantId;
use sunledger_domain::tenant::Tenant;
use sunledger_store::{LogFilter, RecordedEvent, StreamId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

mod subject;

/// Events of a stream read at a time.
const PAGE: usize = 1_000;
/// Calls of the log that one answer may take, where a filter lets little through.
const LOOKS: usize = 20;

/// Of a sandbox, data thrown away that its log still tells: the last hundred times.
const EPOCHS: u32 = 100;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(log)).routes(routes!(history))
}

/// A thing's history, or its state as it was.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = History)]
enum HistoryBody {
    /// Without `at` and `version`.
    Events(EventPage),
    /// With one of them.
    State(StateBody),
}

/// A state as it was.
#[derive(Serialize, ToSchema)]
#[schema(as = PastState)]
struct StateBody {
    /// The state, without secrets; `null` where the thing had been deleted.
    #[schema(value_type = Option<Object>)]
    data: Value,
    /// The version that it was at.
    #[schema(example = 3)]
    version: i64,
}

/// Which moment.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `moment` reads it")]
struct MomentParams {
    /// The state at this time (RFC 3339, or the first moment of a date) instead of the history.
    #[param(example = "2024-06-15T12:00:00Z")]
    at: Option<String>,
    /// The state at this version instead of the history.
    #[param(minimum = 1)]
    version: Option<i64>,
}

/// The tenant's whole log
///
/// In the order in which it happened; of a sandbox, with what was thrown away the last hundred times. Ask again with the answer's `next` as `after` until it stays the same.
#[utoipa::path(
    get, path = "/audit", tag = "audit",
    params(AfterParams, EventParams),
    responses((status = 200, description = "Events", body = EventPage), OnList)
)]
async fn log(State(app): State<App>, call: Call<Audit>) -> Result<Reply, ApiError> {
    let query = EventQuery::read(&call.query, &call.profile)?;
    let after = match query.after {
        None => 0,
        Some(After::Position(position)) => position,
        Some(After::Now) => app.log.head().await?,
    };
    let tenants = call.profile.kept_under(&call.home, EPOCHS);
    let (events, next) = read(&app, &tenants, after, query.limit, &query.filter).await?;
    Reply::ok(&EventPage::new(&events, next))
}

/// The history of one thing
///
/// Every event, oldest first; or, with `at` or `version`, its state as it was then.
#[utoipa::path(
    get, path = "/audit/{kind}/{id}", tag = "audit",
    params(
        ("kind" = String, Path, description = "`client`, `consumer_unit`, `power_plant`, `project`, `installation`, `production`, `invoice`, `transaction`, `quote`, `ticket`, `lead`, `webhook_endpoint`, `api_key`, `tenant`, `user`, `paystub`, `override`, or the name of a kind of records: `team`, `scpf`..."),
        ("id" = String, Path, description = "UUID, number, or the name that is unique among its kind (an invoice's number)"),
        AfterParams, MomentParams,
    ),
    responses((status = 200, description = "Events, or a state", body = HistoryBody), OnRead)
)]
async fn history(
    State(app): State<App>,
    Path((kind, id)): Path<(String, String)>,
    call: Call<Audit>,
) -> Result<Reply, ApiError> {
    // What is the company's own is kept under its own id, also where it is a sandbox.
    let tenant = if subject::is_of_company(&kind) { &call.home } else { &call.tenant };
    let stream = subject::resolve(&app, tenant, &kind, &id).await?;
    let body = match moment(&call.query, &call.profile)? {
        Some(at) => HistoryBody::State(state(&app, &stream, at).await?),
        None => {
            HistoryBody::Events(events(&app, &stream, &EventQuery::read(&call.query, &call.profile)?).await?)
        }
    };
    Reply::ok(&body)
}

async fn state(app: &App, stream: &StreamId, at: At) -> Result<StateBody, ApiError> {
    let past = app.commands.state_at(stream, at).await?.ok_or_else(|| {
        let message = match at {
            At::Version(version) => format!("There is no version {version} of this {}", stream.kind),
            At::Time(_) => format!("This {} was not there yet at that time", stream.kind),
        };
        ApiError::new(http::StatusCode::NOT_FOUND, message)
    })?;
    Ok(StateBody { data: redacted(past.state), version: past.version })
}

async fn events(app: &App, stream: &StreamId, query: &EventQuery) -> Result<EventPage, ApiError> {
    let after = match query.after {
        None => 0,
        Some(After::Position(position)) => position,
        Some(After::Now) => app.log.head().await?,
    };
    let (mut found, mut version) = (Vec::new(), 0);
    loop {
        let page = app.log.read_stream(stream, version, PAGE).await?;
        let full = page.len() == PAGE;
        version = page.last().map_or(version, |event| event.version);
        found.extend(page.into_iter().filter(|event| event.position > after));
        if !full || found.len() >= query.limit {
            break;
        }
    }
    if found.is_empty() && version == 0 {
        return Err(ApiError::not_found(&stream.kind));
    }
    found.truncate(query.limit);
    let next = found.last().map_or(after, |event| event.position);
    Ok(EventPage::new(&found, next))
}

/// The moment that a query asks for; `None` for the history.
fn moment(query: &QueryParams, profile: &Tenant) -> Result<Option<At>, ApiError> {
    match (query.get("at"), query.get("version")) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(ApiError::invalid("version", "can not be given together with at")),
        (Some(text), None) => match instant(text, profile) {
            // Times are printed in milliseconds: one that was read in an answer means the whole of its millisecond.
            Some(at) if at % 1_000 == 0 => Ok(Some(At::Time(at.saturating_add(999)))),
            Some(at) => Ok(Some(At::Time(at))),
            None => Err(ApiError::invalid("at", "must be an RFC 3339 time, or a date")),
        },
        (None, Some(text)) => match position(text).filter(|version| *version > 0) {
            Some(version) => Ok(Some(At::Version(version))),
            None => Err(ApiError::invalid("version", "must be a whole number from 1")),
        },
    }
}

/// Up to `limit` events of several tenants after a position, and from where to go on.
pub async fn read(
    app: &App,
    tenants: &[TenantId],
    after: i64,
    limit: usize,
    filter: &LogFilter,
) -> Result<(Vec<RecordedEvent>, i64), ApiError> {
    if let [tenant] = tenants {
        let (events, next, _) = read_one(app, tenant, after, limit, filter).await?;
        return Ok((events, next));
    }
    // Up to where all of them were read: what comes while they are read one after the other is for the next time.
    let (mut events, mut until, mut all) = (Vec::new(), app.log.head().await?, true);
    for tenant in tenants {
        let (found, next, whole) = read_one(app, tenant, after, limit, filter).await?;
        events.extend(found);
        if !whole {
            (until, all) = (until.min(next), false);
        }
    }
    events.retain(|event| event.position <= until);
    events.sort_by_key(|event| event.position);
    let more = events.len() > limit;
    events.truncate(limit);
    let next = match events.last() {
        Some(last) if more || all => last.position,
        Some(_) => until,
        None if all => after,
        None => until,
    };
    Ok((events, next))
}

/// Up to `limit` events after a position, from where to go on, and whether that was all. The log looks at a bounded part of itself at a time,
/// so that a filter which matches nothing is asked several times.
async fn read_one(
    app: &App,
    tenant: &TenantId,
    after: i64,
    limit: usize,
    filter: &LogFilter,
) -> Result<(Vec<RecordedEvent>, i64, bool), ApiError> {
    let (mut events, mut next, mut whole) = (Vec::new(), after, false);
    for _ in 0..LOOKS {
        let page = app.log.read_tenant(tenant, next, limit - events.len(), filter).await?;
        let stuck = page.next <= next;
        events.extend(page.events);
        next = page.next.max(next);
        whole = stuck;
        if stuck || events.len() >= limit {
            break;
        }
    }
    Ok((events, next, whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> Result<Option<At>, String> {
        moment(&QueryParams::parse(Some(query)).unwrap(), &Tenant::default())
            .map_err(|error| error.message.into_owned())
    }

    #[test]
    fn a_moment_is_a_time_or_a_version() {
        assert_eq!(ask(""), Ok(None));
        assert_eq!(ask("version=3"), Ok(Some(At::Version(3))));
        assert_eq!(ask("at=2024-06-15T12:00:00.123456Z"), Ok(Some(At::Time(1_718_452_800_123_456))));
        assert!(ask("at=2024-06-15&version=3").unwrap_err().starts_with("version: "));
        assert!(ask("at=yesterday").unwrap_err().starts_with("at: "));
        for wrong in ["version=0", "version=-1", "version=x", "version=1.0"] {
            assert!(ask(wrong).unwrap_err().starts_with("version: "), "{wrong}");
        }
    }

    #[test]
    fn a_time_that_was_printed_means_its_whole_millisecond() {
        assert_eq!(ask("at=2024-06-15T12:00:00.123Z"), Ok(Some(At::Time(1_718_452_800_123_999))));
    }
}
