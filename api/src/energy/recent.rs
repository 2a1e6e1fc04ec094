//! What changed lately: `/energy/consumer-units/recent` and `/energy/invoices/recent`.
//!
//! Each thing comes once, as it is now, in the order of the last changes, the oldest first, whatever surface they were
//! made on. That is the log's order, so it is read from the log (`Log::changes`), and the things from the read models.
//!
//! Without `limit` and `page` the answer is everything, written while it is read. With them there are pages, and a cursor says
//! where the last one ended: a position in the log. A thing that changes while somebody follows the cursors comes (again)
//! behind the others; none is ever passed over. Who counts pages instead passes over what moved up meanwhile.

use super::consumer_units;
use super::envelope::OnList;
use super::invoice_parts::Parts;
use super::invoice_view::InvoiceView;
use super::recent_query::{Cursor, RecentParams, RecentQuery, RecentUnitParams};
use super::unit_view::UnitView;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Energy;
use crate::http::{ApiError, Reply};
use crate::streamed::{self, Form, Pages, content_type};
use crate::wire::Data;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;
use sunledger_commands::ReadSide;
use sunledger_domain::TenantId;
use sunledger_domain::consumer_unit::ConsumerUnit;
use sunledger_domain::invoice::Invoice;
use sunledger_domain::tenant::Tenant;
use sunledger_projections::{Listed, View};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Things read at a time.
const PAGE: usize = 100;
/// Calls of the log that one page may take, where little of what happened is of this kind.
const LOOKS: usize = 50;

const JSON: &str = "application/json";
const OPENING: &str = "{\"data\":[";
const CLOSING: &str = "]}";
const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(units)).routes(routes!(invoices))
}

/// List recent consumer units
///
/// Those that were registered or changed at or after `startDate` (default: the last 24 hours), as they are now, oldest
/// change first. A bill, a discount or a credit changes a unit too. All of them, or pages where `limit` or `page` is given.
#[utoipa::path(
    get, path = "/energy/consumer-units/recent", tag = "energy",
    params(RecentUnitParams),
    responses((status = 200, description = "The consumer units", body = Data<Vec<UnitView>>), OnList)
)]
async fn units(State(app): State<App>, call: Call<Energy>) -> Result<Response, ApiError> {
    let query = RecentQuery::read(&call.query, &["startDate"], &call.profile, call.context.now)?;
    answer::<ConsumerUnit>(app, &call, query).await
}

/// List recent invoices
///
/// Those that were made or changed at or after `startDate` (else `date`; default: the last 24 hours), as they are now,
/// oldest change first. All of them, or pages where `limit` or `page` is given.
#[utoipa::path(
    get, path = "/energy/invoices/recent", tag = "energy",
    params(RecentParams),
    responses((status = 200, description = "The invoices", body = Data<Vec<InvoiceView>>), OnList)
)]
async fn invoices(State(app): State<App>, call: Call<Energy>) -> Result<Response, ApiError> {
    let query = RecentQuery::read(&call.query, &["startDate", "date"], &call.profile, call.context.now)?;
    answer::<Invoice>(app, &call, query).await
}

/// What has a list of recent changes.
trait Recent: Listed {
    /// Prints things, each as JSON.
    fn print(
        app: &App,
        tenant: &TenantId,
        profile: &Tenant,
        things: &[View<Self>],
    ) -> impl Future<Output = Result<Vec<String>, ApiError>> + Send;
}

impl Recent for ConsumerUnit {
    async fn print(
        app: &App,
        tenant: &TenantId,
        profile: &Tenant,
        things: &[View<Self>],
    ) -> Result<Vec<String>, ApiError> {
        let views = consumer_units::views(app, tenant, things, &profile.time_zone).await?;
        views.iter().map(json).collect()
    }
}

impl Recent for Invoice {
    async fn print(
        app: &App,
        tenant: &TenantId,
        profile: &Tenant,
        things: &[View<Self>],
    ) -> Result<Vec<String>, ApiError> {
        let invoices: Vec<&Self> = things.iter().map(|view| &view.state).collect();
        let parts = Parts::of(app, tenant, invoices.iter().copied()).await?;
        things.iter().map(|view| json(&parts.print(view.id, &view.state, profile, None))).collect()
    }
}

fn json(value: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|error| ApiError::internal(format!("printing: {error}")))
}

async fn answer<A: Recent>(app: App, call: &Call<Energy>, query: RecentQuery) -> Result<Response, ApiError> {
    let mut changes = Changes::<A>::new(app, call, &query).await?;
    let Some(limit) = query.limit else {
        let form = Form { opening: OPENING.to_owned(), between: ",", closing: CLOSING };
        return streamed::answer(changes, form, vec![content_type(JSON)]).await;
    };
    let mut skip = query.skip;
    while skip > 0 {
        let Some(things) = changes.things(skip.min(PAGE)).await? else { break };
        skip -= things.len();
    }
    let mut rows = Vec::new();
    for _ in 0..LOOKS {
        let Some(page) = changes.page(limit - rows.len()).await? else { break };
        rows.extend(page);
        if rows.len() >= limit && changes.more {
            break;
        }
    }
    let body = format!("{OPENING}{}{CLOSING}", rows.join(","));
    let reply = Reply::bytes(StatusCode::OK, HeaderValue::from_static(JSON), body);
    let next = changes.cursor().map(|cursor| HeaderValue::try_from(cursor.to_string()));
    Ok(match next {
        Some(Ok(value)) => reply.header(NEXT_CURSOR, value).into_response(),
        _ => reply.into_response(),
    })
}

/// Changes being read.
struct Changes<A> {
    app: App,
    tenant: TenantId,
    profile: Arc<Tenant>,
    /// Everything up to here was read.
    after: i64,
    /// The end of the log when the reading began.
    until: i64,
    /// Whether something is known to come after that.
    more: bool,
    kind: PhantomData<fn() -> A>,
}

impl<A: Recent> Changes<A> {
    async fn new(app: App, call: &Call<Energy>, query: &RecentQuery) -> Result<Self, ApiError> {
        let until = app.log.head().await?;
        // What the log tells of must be there to be printed, also where another server wrote it.
        app.projections.wait_for(until).await?;
        let after = match query.after {
            Some(position) => position,
            None => app.log.position_before(&call.tenant, query.from, until).await?,
        };
        Ok(Self {
            tenant: call.tenant.clone(),
            profile: call.profile.clone(),
            after,
            until,
            more: false,
            kind: PhantomData,
            app,
        })
    }

    /// The next things, printed, `limit` at most; `None` at the end.
    async fn page(&mut self, limit: usize) -> Result<Option<Vec<String>>, ApiError> {
        let Some(things) = self.things(limit).await? else { return Ok(None) };
        if things.is_empty() {
            return Ok(Some(Vec::new()));
        }
        Ok(Some(A::print(&self.app, &self.tenant, &self.profile, &things).await?))
    }

    /// The next things, `limit` at most, which may be none; `None` at the end.
    async fn things(&mut self, limit: usize) -> Result<Option<Vec<View<A>>>, ApiError> {
        if self.after >= self.until {
            return Ok(None);
        }
        // The one after them tells whether there is more: a cursor that leads nowhere is not given.
        let Self { app, tenant, after, until, .. } = &*self;
        let page = app.log.changes(tenant, A::TYPE, *after, *until, limit + 1).await?;
        let more = page.changed.get(limit);
        self.more = more.is_some();
        self.after = more.map_or(page.next, |more| more.position - 1);
        let ids: Vec<Uuid> = page.changed.iter().take(limit).map(|changed| changed.id).collect();
        let found = self.app.reads.get_many::<A>(&self.tenant, &ids).await?;
        let mut found: HashMap<Uuid, View<A>> = found.into_iter().map(|view| (view.id, view)).collect();
        // What is not found was deleted.
        Ok(Some(ids.iter().filter_map(|id| found.remove(id)).collect()))
    }

    /// Where the next page begins, if there is one.
    fn cursor(&self) -> Option<Cursor> {
        (self.after < self.until).then_some(Cursor { position: self.after })
    }
}

impl<A: Recent> Pages for Changes<A> {
    async fn next(&mut self) -> Result<Option<Vec<String>>, ApiError> {
        self.page(PAGE).await
    }
}
