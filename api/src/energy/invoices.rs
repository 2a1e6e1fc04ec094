//! `/energy/invoices`: list and read. They are made of consumer units' bills (`bills.rs`); those of the other surfaces
//! are shown too.

use super::envelope::{OnList, OnRead, PageBody, PageParams};
use super::invoice_parts::Parts;
use super::invoice_view::InvoiceView;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Energy;
use crate::http::ids::{AnyId, resolve};
use crate::http::{ApiError, PageRequest, QueryParams, Reply, both};
use crate::list::nothing;
use axum::extract::{Path, State};
use http::StatusCode;
use std::iter::once;
use sunledger_commands::{CommandError, Outcome};
use sunledger_domain::consumer_unit::{ConsumerUnit, account_name};
use sunledger_domain::invoice::Invoice;
use sunledger_domain::value::Competence;
use sunledger_domain::{DomainError, TenantId};
use sunledger_projections::{Filter, ListQuery, Paging, View};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const ACCOUNT: &str = "numeroDoCliente";
const COMPETENCE: &str = "dataCompetencia";

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(get))
}

/// What the list of invoices takes beside what every list does.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the query; `filters` reads it")]
struct InvoiceParams {
    /// Only those of the consumer units with this number at the utility, with or without its dots and dashes; or of the
    /// one with this code.
    #[param(example = "123456789")]
    numero_do_cliente: Option<String>,
    /// Only those of this month, MM/YYYY.
    #[param(example = "12/2023", pattern = "^(0[1-9]|1[0-2])[/-](19|20|21)[0-9]{2}$")]
    data_competencia: Option<String>,
}

/// List invoices
///
/// Newest first.
#[utoipa::path(
    get, path = "/energy/invoices", tag = "energy",
    params(PageParams, InvoiceParams),
    responses((status = 200, description = "A page of invoices", body = PageBody<InvoiceView>), OnList)
)]
async fn list(State(app): State<App>, call: Call<Energy>) -> Result<Reply, ApiError> {
    let filters = filters(&app, &call.tenant, &call.query).await;
    let (request, filters) = both(PageRequest::read(&call.query), filters)?;
    let page = match filters {
        None => nothing(),
        Some(filters) => {
            let (search, paging, limit) = (request.search.clone(), request.paging(), request.limit);
            app.reads.list::<Invoice>(&call.tenant, &ListQuery { filters, search, paging, limit }).await?
        }
    };
    let parts = Parts::of(&app, &call.tenant, page.rows.iter().map(|view| &view.state)).await?;
    let print = |view: &View<Invoice>| parts.print(view.id, &view.state, &call.profile, None);
    let data = page.rows.iter().map(print).collect();
    PageBody::reply(&request, &page, data)
}

/// Get an invoice
///
/// With its payments, and the QR code of its Pix code as an image.
#[utoipa::path(
    get, path = "/energy/invoices/{code}", tag = "energy",
    params(("code" = String, Path, description = "Code or number")),
    responses((status = 200, description = "The invoice", body = InvoiceView), OnRead)
)]
async fn get(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let view = find(&app, &call.tenant, &code).await?;
    let parts = Parts::of(&app, &call.tenant, once(&view.state)).await?;
    let body = parts.print(view.id, &view.state, &call.profile, None).with_image();
    Ok(Reply::ok(&body)?.version(view.version))
}

/// The invoice that a path names.
pub(super) async fn find(app: &App, tenant: &TenantId, code: &str) -> Result<View<Invoice>, ApiError> {
    let id = resolve::<Invoice>(app, tenant, code).await?;
    app.reads.get::<Invoice>(tenant, id).await?.ok_or_else(|| ApiError::not_found("invoice"))
}

/// The answer that shows an invoice in full, after something was done with it.
pub(super) async fn full(
    app: &App,
    call: &Call<Energy>,
    status: StatusCode,
    done: &Outcome<Invoice>,
) -> Result<Reply, ApiError> {
    let parts = Parts::of(app, &call.tenant, once(&*done.state)).await?;
    let body = parts.print(done.id, &done.state, &call.profile, None).with_image();
    Ok(Reply::json(status, &body)?.version(done.version).replayed(done.replayed))
}

/// A refusal. An invoice that stands against what was asked for is named by its number and its code: the consumer unit
/// that refused knows only its id.
pub(super) async fn refused(app: &App, tenant: &TenantId, error: CommandError) -> ApiError {
    let CommandError::Domain(DomainError::InvoiceStands { refusal, invoice_id }) = &error else {
        return error.into();
    };
    match app.commands.recall::<Invoice>(tenant, *invoice_id).await {
        Ok(Some(invoice)) => {
            let number = invoice.state.invoice_number.as_str();
            ApiError::conflict(format!("{refusal} (invoice {number}, code {invoice_id})"))
        }
        // What it is called is not worth another answer than the refusal.
        Ok(None) | Err(_) => error.into(),
    }
}

/// The filters that a query asks for; `None` where nothing can match them.
async fn filters(app: &App, tenant: &TenantId, query: &QueryParams) -> Result<Option<Vec<Filter>>, ApiError> {
    let mut filters = Vec::new();
    if let Some(text) = query.get(COMPETENCE) {
        let competence = Competence::parse(text).map_err(|message| ApiError::invalid(COMPETENCE, message))?;
        filters.push(Filter::OneOf("competence", vec![competence.iso()]));
    }
    if let Some(text) = query.get(ACCOUNT) {
        let units = units(app, tenant, text).await?;
        if units.is_empty() {
            return Ok(None);
        }
        filters.push(Filter::OneOf("unit_id", units));
    }
    Ok(Some(filters))
}

/// The consumer units that a filter names: by the code of one, or by the number at the utility, which several may have.
async fn units(app: &App, tenant: &TenantId, text: &str) -> Result<Vec<String>, ApiError> {
    if let Some(AnyId::Uuid(code)) = AnyId::parse(text) {
        return Ok(vec![code.to_string()]);
    }
    let filters = vec![Filter::OneOf("account", vec![account_name(text)])];
    let mut query = ListQuery { filters, search: None, paging: Paging::Offset(0), limit: 100 };
    let mut units = Vec::new();
    loop {
        let page = app.reads.list::<ConsumerUnit>(tenant, &query).await?;
        units.extend(page.rows.iter().map(|unit| unit.id.to_string()));
        match page.next_cursor {
            Some(cursor) => query.paging = Paging::Cursor(cursor),
            None => return Ok(units),
        }
    }
}
