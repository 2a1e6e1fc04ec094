//! `/api/v2/invoices`: list, make, read, change, delete.

use super::envelope::{Gone, OnChange, OnCreate, OnDelete, OnList, OnRead, Success, SuccessPage, gone};
use super::invoice_body::{self, COMPARED, CUSTOMER_ID, InvoiceChange, NewInvoice};
use super::invoice_view::{InvoiceView, status};
use super::lists::{self, Filters};
use super::read::{between_dates, worded};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::client_actions;
use crate::fields::Fields;
use crate::findings;
use crate::http::{ApiError, Reply, both, ids};
use crate::invoice_actions;
use crate::list::ListParams;
use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::HashMap;
use sunledger_commands::Outcome;
use sunledger_domain::TenantId;
use sunledger_domain::client::Client;
use sunledger_domain::invoice::{Invoice, InvoiceCommand, InvoiceStatus, Settlement};
use sunledger_projections::{Filter, View};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get, update, delete))
}

/// Which invoices.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `filters` reads it")]
struct InvoiceParams {
    /// `Paid`, `Unpaid`, `Partially Paid` or `Cancelled`.
    #[param(example = "Unpaid", pattern = "^(Unpaid|Partially Paid|Paid|Cancelled)$")]
    status: Option<String>,
    /// Only this customer's: number or UUID.
    #[param(
        example = 1,
        pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$"
    )]
    customer_id: Option<String>,
    /// Dated this day or later.
    #[param(format = Date, example = "2024-01-01")]
    date_from: Option<String>,
    /// Dated this day or earlier.
    #[param(format = Date, example = "2024-12-31")]
    date_to: Option<String>,
}

/// List invoices
///
/// Newest first. `Accept: text/csv` gets them all as a file.
#[utoipa::path(
    get, path = "/api/v2/invoices", tag = "backoffice",
    params(ListParams, InvoiceParams),
    responses(
        (
            status = 200, description = "A page of invoices",
            content((SuccessPage<InvoiceView> = "application/json"), (String = "text/csv"))
        ),
        OnList
    )
)]
async fn list(State(app): State<App>, call: Call<Backoffice>) -> Result<Response, ApiError> {
    let filters = filters(&app, &call).await;
    lists::answer(&app, &call, "invoices", filters, printed).await
}

/// Create an invoice
///
/// Issued at once, unless `status` is `draft`. Counts towards the plan's invoices of the month.
#[utoipa::path(
    post, path = "/api/v2/invoices", tag = "backoffice",
    request_body = NewInvoice,
    responses((status = 201, description = "The invoice", body = Success<InvoiceView>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Backoffice>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let (customer, mut draft) = invoice_body::draft(&mut fields, &call.profile, &call.context);
    let customer = client_actions::named(&app, &call.tenant, &mut fields, CUSTOMER_ID, customer).await?;
    fields.and_rules(&COMPARED, || invoice_actions::creation(&draft).map_err(refusal));
    fields.finish()?;
    draft.client_id = customer.unwrap_or_default();
    let id = app.commands.new_id();
    let done = app.commands.unit(&call.context, |unit| {
        let draft = draft.clone();
        Box::pin(async move {
            let billable = client_actions::billable(unit, CUSTOMER_ID, draft.client_id).await;
            let created = unit.handle::<Invoice>(id, InvoiceCommand::Create(Box::new(draft))).await;
            findings::both(billable, created)
        })
    });
    let made = done.await.and_then(|done| done.one::<Invoice>("invoice")).map_err(refusal)?;
    let body = Success::new(shown(&app, &call.tenant, &made).await?);
    Ok(Reply::created(&body)?.version(made.version).replayed(made.replayed))
}

/// Get an invoice
#[utoipa::path(
    get, path = "/api/v2/invoices/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "The invoice", body = Success<InvoiceView>), OnRead)
)]
async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let found = app.reads.get_linked::<Invoice, Client>(&call.tenant, id).await?;
    let (view, client) = found.ok_or_else(|| ApiError::not_found("invoice"))?;
    let body = Success::new(InvoiceView::new(id, &view.state, client.map(|client| client.number.get())));
    Ok(Reply::ok(&body)?.version(view.version))
}

/// Update an invoice
///
/// While it is a draft. `PUT` and `PATCH` alike change what the body names and leave the rest.
#[utoipa::path(
    method(put, patch), path = "/api/v2/invoices/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    request_body = InvoiceChange,
    responses((status = 200, description = "The draft", body = Success<InvoiceView>), OnChange)
)]
async fn update(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let mut fields = Fields::new(call.json()?);
    let (customer, mut patch) = invoice_body::patch(&mut fields, &call.profile, &call.context);
    patch.client_id = client_actions::named(&app, &call.tenant, &mut fields, CUSTOMER_ID, customer).await?;
    let decide = |invoice: &Invoice| invoice_actions::change(invoice, &patch).map_err(refusal);
    findings::rules(&app, &call.tenant, &mut fields, id, &COMPARED, decide).await?;
    fields.finish()?;
    let done = app.commands.unit(&call.context, |unit| {
        let patch = patch.clone();
        Box::pin(async move {
            let billable = match patch.client_id {
                Some(client) => client_actions::billable(unit, CUSTOMER_ID, client).await,
                None => Ok(()),
            };
            let updated = unit.handle::<Invoice>(id, InvoiceCommand::Update(Box::new(patch))).await;
            findings::both(billable, updated)
        })
    });
    let changed = done.await.and_then(|done| done.one::<Invoice>("invoice")).map_err(refusal)?;
    answer(&app, &call.tenant, &changed).await
}

/// Delete an invoice
///
/// Only drafts and cancelled ones. Its history stays in the audit.
#[utoipa::path(
    delete, path = "/api/v2/invoices/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "It is gone", body = Gone), OnDelete)
)]
async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let command = InvoiceCommand::Delete { at: call.context.now };
    app.commands.execute::<Invoice>(&call.context, id, command).await.map_err(refusal)?;
    gone()
}

/// The answer to a change of an invoice.
///
/// # Errors
/// The store's.
pub(super) async fn answer(app: &App, tenant: &TenantId, done: &Outcome<Invoice>) -> Result<Reply, ApiError> {
    let body = Success::new(shown(app, tenant, done).await?);
    Ok(Reply::ok(&body)?.version(done.version).replayed(done.replayed))
}

/// An invoice after its command, printed.
///
/// # Errors
/// The store's.
pub(super) async fn shown(
    app: &App,
    tenant: &TenantId,
    done: &Outcome<Invoice>,
) -> Result<InvoiceView, ApiError> {
    let customer = customer_number(app, tenant, done.state.client_id).await?;
    Ok(InvoiceView::new(done.id, &done.state, customer))
}

/// The number that an invoice shows of its client.
///
/// # Errors
/// The store's.
pub(super) async fn customer_number(
    app: &App,
    tenant: &TenantId,
    client: Uuid,
) -> Result<Option<i64>, ApiError> {
    Ok(app.reads.get::<Client>(tenant, client).await?.map(|view| view.number))
}

/// The numbers of some clients, for lists of what is theirs.
///
/// # Errors
/// The store's.
pub(super) async fn customer_numbers(
    app: &App,
    tenant: &TenantId,
    clients: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, i64>, ApiError> {
    let mut ids: Vec<Uuid> = clients.collect();
    ids.sort_unstable();
    ids.dedup();
    let clients = app.reads.get_many::<Client>(tenant, &ids).await?;
    Ok(clients.into_iter().map(|view| (view.id, view.number)).collect())
}

async fn printed(app: App, tenant: TenantId, rows: Vec<View<Invoice>>) -> Result<Vec<InvoiceView>, ApiError> {
    let customers = customer_numbers(&app, &tenant, rows.iter().map(|view| view.state.client_id)).await?;
    let print = |view: &View<Invoice>| {
        InvoiceView::new(view.id, &view.state, customers.get(&view.state.client_id).copied())
    };
    Ok(rows.iter().map(print).collect())
}

async fn filters(app: &App, call: &Call<Backoffice>) -> Filters {
    let dates = between_dates(&call.query, "issue_date", &call.profile.time_zone);
    let customer = match call.query.get(CUSTOMER_ID) {
        None => Ok(None),
        Some(text) => ids::filter::<Client>(app, &call.tenant, CUSTOMER_ID, text).await.map(Some),
    };
    let settled = both(by_status(call.query.get("status")), dates);
    let ((mut filters, dates), customer) = both(settled, customer)?;
    filters.extend(dates);
    Ok(match customer {
        None => Some(filters),
        // The number of nobody.
        Some(None) => None,
        Some(Some(client)) => {
            filters.push(Filter::Is("client_id", client));
            Some(filters)
        }
    })
}

/// The statuses that there may be are named beside how far it is paid: they are what is indexed.
fn by_status(name: Option<&str>) -> Result<Vec<Filter>, ApiError> {
    let Some(name) = name else { return Ok(Vec::new()) };
    let Some(settlement) = Settlement::ALL.into_iter().find(|known| status(*known) == name) else {
        let names = Settlement::ALL.map(status).join(", ");
        return Err(ApiError::invalid("status", format!("must be one of {names}")));
    };
    let statuses = settlement.statuses().iter().map(|status| InvoiceStatus::as_str(*status).to_owned());
    Ok(vec![
        Filter::OneOf("settlement", vec![settlement.as_str().to_owned()]),
        Filter::OneOf("status", statuses.collect()),
    ])
}

/// A refusal with the fields named as this surface names them.
pub(super) fn refusal(error: impl Into<ApiError>) -> ApiError {
    let renamed = error.into().rename_fields(|field| match field.strip_prefix("lines") {
        Some(rest) if rest.is_empty() || rest.starts_with('[') => {
            format!("items{rest}").replace(".unit_price", ".amount").replace(".quantity", ".qty")
        }
        _ => match field {
            "issue_date" => "date".to_owned(),
            "client_id" => CUSTOMER_ID.to_owned(),
            other => other.to_owned(),
        },
    });
    worded(renamed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sunledger_domain::DomainError;

    #[test]
    fn refusals_name_the_fields_of_this_surface() {
        let named = |field: &str| refusal(DomainError::invalid(field, "is wrong")).message.into_owned();
        assert_eq!(named("lines[3].unit_price"), "items[3].amount: is wrong");
        assert_eq!(named("lines[0].quantity"), "items[0].qty: is wrong");
        assert_eq!(named("lines"), "items: is wrong");
        assert_eq!(named("issue_date"), "date: is wrong");
        assert_eq!(named("due_date"), "due_date: is wrong");
        let amount = refusal(DomainError::invalid("amount", "must be above 0"));
        assert_eq!(amount.message, "amount: Amount must be greater than 0");
    }

    #[test]
    fn a_status_is_one_of_the_documents() {
        assert!(by_status(None).unwrap().is_empty());
        let filters = by_status(Some("Partially Paid")).unwrap();
        assert!(matches!(&filters[0], Filter::OneOf("settlement", one) if one == &["partially_paid"]));
        assert!(matches!(&filters[1], Filter::OneOf("status", all) if all == &["partially_paid", "overdue"]));
        let error = by_status(Some("paid")).unwrap_err();
        assert_eq!(error.message, "status: must be one of Unpaid, Partially Paid, Paid, Cancelled");
    }
}
