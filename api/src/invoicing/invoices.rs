//! `/api/v1/invoices`: list, make, read, change, delete.

use super::invoice_body::{self, CLIENT_ID, COMPARED, InvoiceChange, NewInvoice};
use super::invoice_view::{InvoiceRow, InvoiceView, STATUSES, Status, WrittenInvoiceView};
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Invoicing;
use crate::client_actions;
use crate::fields::Fields;
use crate::findings;
use crate::http::{ApiError, PageRequest, QueryParams, Reply, ids};
use crate::invoice_actions;
use crate::list::{ListBody, ListParams, nothing};
use crate::wire::{Data, OnChange, OnCreate, OnDelete, OnList, OnRead};
use axum::extract::{Path, State};
use std::collections::HashMap;
use sunledger_domain::TenantId;
use sunledger_domain::client::Client;
use sunledger_domain::invoice::{Invoice, InvoiceCommand};
use sunledger_projections::{Filter, ListQuery, View};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get, update, delete))
}

/// What the list of invoices takes beside what every list does.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the query; `filters` reads it")]
struct InvoiceParams {
    /// Only this client's: UUID or number.
    #[param(pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")]
    client_id: Option<String>,
    /// Only those in this status.
    #[param(inline, example = "SENT")]
    status: Option<Status>,
}

/// List invoices
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/invoices", tag = "invoicing",
    params(ListParams, InvoiceParams),
    responses((status = 200, description = "A page of invoices", body = ListBody<InvoiceRow>), OnList)
)]
async fn list(State(app): State<App>, call: Call<Invoicing>) -> Result<Reply, ApiError> {
    let request = PageRequest::read(&call.query)?;
    let page = match filters(&app, &call.tenant, &call.query).await? {
        None => nothing(),
        Some(filters) => {
            let (search, paging, limit) = (request.search.clone(), request.paging(), request.limit);
            app.reads.list::<Invoice>(&call.tenant, &ListQuery { filters, search, paging, limit }).await?
        }
    };
    let clients = clients_of(&app, &call.tenant, &page.rows).await?;
    let print =
        |view: &View<Invoice>| InvoiceRow::new(view.id, &view.state, clients.get(&view.state.client_id));
    let data = page.rows.iter().map(print).collect();
    ListBody::reply(&request, &page, data)
}

/// Create an invoice
///
/// As a draft. Counts towards the plan's invoices of the month.
#[utoipa::path(
    post, path = "/api/v1/invoices", tag = "invoicing",
    request_body = NewInvoice,
    responses((status = 201, description = "The draft", body = Data<WrittenInvoiceView>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Invoicing>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let (client, mut draft) = invoice_body::draft(&mut fields, &call.profile, &call.context);
    let client = client_actions::named(&app, &call.tenant, &mut fields, CLIENT_ID, client).await?;
    fields.and_rules(&COMPARED, || invoice_actions::creation(&draft).map_err(refusal));
    fields.finish()?;
    draft.client_id = client.unwrap_or_default();
    let id = app.commands.new_id();
    let done = app.commands.unit(&call.context, |unit| {
        let draft = draft.clone();
        Box::pin(async move {
            let billable = client_actions::billable(unit, CLIENT_ID, draft.client_id).await;
            let created = unit.handle::<Invoice>(id, InvoiceCommand::Create(Box::new(draft))).await;
            findings::both(billable, created)
        })
    });
    let made = done.await.and_then(|done| done.one::<Invoice>("invoice")).map_err(refusal)?;
    let body = Data { data: WrittenInvoiceView::new(made.id, &made.state) };
    Ok(Reply::created(&body)?.version(made.version).replayed(made.replayed))
}

/// Get an invoice
///
/// With its line items, its payments and its client.
#[utoipa::path(
    get, path = "/api/v1/invoices/{id}", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number")),
    responses((status = 200, description = "The invoice", body = Data<InvoiceView>), OnRead)
)]
async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let found = app.reads.get_linked::<Invoice, Client>(&call.tenant, id).await?;
    let (view, client) = found.ok_or_else(|| ApiError::not_found("invoice"))?;
    print(view.id, &view.state, view.version, client.as_ref())
}

/// Update an invoice
///
/// While it is a draft. `PUT` and `PATCH` alike change what the body names and leave the rest.
#[utoipa::path(
    method(put, patch), path = "/api/v1/invoices/{id}", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number")),
    request_body = InvoiceChange,
    responses((status = 200, description = "The draft", body = Data<WrittenInvoiceView>), OnChange)
)]
async fn update(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let mut fields = Fields::new(call.json()?);
    let (client, mut patch) = invoice_body::patch(&mut fields, &call.profile, &call.context);
    patch.client_id = client_actions::named(&app, &call.tenant, &mut fields, CLIENT_ID, client).await?;
    let decide = |invoice: &Invoice| invoice_actions::change(invoice, &patch).map_err(refusal);
    findings::rules(&app, &call.tenant, &mut fields, id, &COMPARED, decide).await?;
    fields.finish()?;
    let done = app.commands.unit(&call.context, |unit| {
        let patch = patch.clone();
        Box::pin(async move {
            let billable = match patch.client_id {
                Some(client) => client_actions::billable(unit, CLIENT_ID, client).await,
                None => Ok(()),
            };
            let updated = unit.handle::<Invoice>(id, InvoiceCommand::Update(Box::new(patch))).await;
            findings::both(billable, updated)
        })
    });
    let changed = done.await.and_then(|done| done.one::<Invoice>("invoice")).map_err(refusal)?;
    let body = Data { data: WrittenInvoiceView::new(changed.id, &changed.state) };
    Ok(Reply::ok(&body)?.version(changed.version))
}

/// Delete an invoice
///
/// Only drafts and cancelled ones. Its history stays in the audit.
#[utoipa::path(
    delete, path = "/api/v1/invoices/{id}", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number")),
    responses((status = 204, description = "It is gone"), OnDelete)
)]
async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let command = InvoiceCommand::Delete { at: call.context.now };
    app.commands.execute::<Invoice>(&call.context, id, command).await.map_err(refusal)?;
    Ok(Reply::no_content())
}

/// The invoice that a path names.
pub(super) async fn find(app: &App, tenant: &TenantId, id: &str) -> Result<View<Invoice>, ApiError> {
    let id = ids::resolve::<Invoice>(app, tenant, id).await?;
    app.reads.get::<Invoice>(tenant, id).await?.ok_or_else(|| ApiError::not_found("invoice"))
}

/// The answer that shows an invoice in full.
pub(super) async fn full(
    app: &App,
    tenant: &TenantId,
    id: Uuid,
    invoice: &Invoice,
    version: i64,
) -> Result<Reply, ApiError> {
    let client = app.reads.get::<Client>(tenant, invoice.client_id).await?;
    print(id, invoice, version, client.as_ref().map(|view| &view.state))
}

fn print(id: Uuid, invoice: &Invoice, version: i64, client: Option<&Client>) -> Result<Reply, ApiError> {
    let data = InvoiceView::new(id, invoice, client);
    Ok(Reply::ok(&Data { data })?.version(version))
}

/// The filters that a query asks for; `None` where nothing can match them.
async fn filters(app: &App, tenant: &TenantId, query: &QueryParams) -> Result<Option<Vec<Filter>>, ApiError> {
    let mut filters = Vec::new();
    if let Some(name) = query.get("status") {
        let Some((_, status)) = STATUSES.iter().find(|(known, _)| *known == name) else {
            let names = STATUSES.map(|(name, _)| name).join(", ");
            return Err(ApiError::invalid("status", format!("must be one of {names}")));
        };
        filters.push(Filter::OneOf("status", vec![status.as_str().to_owned()]));
    }
    if let Some(text) = query.get(CLIENT_ID) {
        let Some(client) = ids::filter::<Client>(app, tenant, CLIENT_ID, text).await? else {
            return Ok(None);
        };
        filters.push(Filter::Is("client_id", client));
    }
    Ok(Some(filters))
}

async fn clients_of(
    app: &App,
    tenant: &TenantId,
    invoices: &[View<Invoice>],
) -> Result<HashMap<Uuid, Client>, ApiError> {
    let mut ids: Vec<Uuid> = invoices.iter().map(|view| view.state.client_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let clients = app.reads.get_many::<Client>(tenant, &ids).await?;
    Ok(clients.into_iter().map(|view| (view.id, view.state)).collect())
}
