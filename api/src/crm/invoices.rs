//! `/v1/invoices`: list, make, read.

use super::envelope::{Answer, OnCreate, OnList, OnRead, PageAnswer, PageParams, choice};
use super::invoice_body::{self, CLIENT_ID, COMPARED, Draft, NewInvoice};
use super::invoice_view::{InvoiceView, STATUSES};
use super::projects::{self, PROJECT_ID};
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Crm;
use crate::client_actions;
use crate::event_query::instant;
use crate::fields::Fields;
use crate::findings;
use crate::http::{ApiError, PageRequest, QueryParams, Reply, both, ids};
use crate::invoice_actions;
use crate::list::nothing;
use axum::extract::{Path, State};
use http::StatusCode;
use sunledger_commands::{CommandError, Unit};
use sunledger_domain::DomainError;
use sunledger_domain::client::Client;
use sunledger_domain::invoice::{Invoice, InvoiceCommand};
use sunledger_domain::project::Project;
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::CalendarDate;
use sunledger_projections::{Filter, ListQuery};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get))
}

/// What the list of invoices takes beside what every list does.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the query; `list` reads it")]
struct InvoiceParams {
    /// Only this client's: UUID or number.
    #[param(pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")]
    client_id: Option<String>,
    /// Only those in this status: `draft`, `sent`, `paid`, `overdue` or `cancelled`.
    #[param(example = "sent", pattern = "^(draft|sent|paid|overdue|cancelled)$")]
    status: Option<String>,
    /// Only those made at or after this time: RFC 3339, or a date, which begins where the company is.
    #[param(example = "2024-06-01")]
    start_date: Option<String>,
    /// Only those made at or before this time; a date counts to its end.
    #[param(example = "2024-06-30")]
    end_date: Option<String>,
}

/// List invoices
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/invoices", tag = "crm",
    params(PageParams, InvoiceParams),
    responses((status = 200, description = "A page of invoices", body = PageAnswer<InvoiceView>), OnList)
)]
async fn list(State(app): State<App>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let read = both(PageRequest::read(&call.query), filters(&call.query, &call.profile));
    let client = match call.query.get(CLIENT_ID) {
        Some(text) => ids::filter::<Client>(&app, &call.tenant, CLIENT_ID, text).await.map(Some),
        None => Ok(None),
    };
    let ((request, mut filters), client) = both(read, client)?;
    let page = if client == Some(None) {
        nothing()
    } else {
        filters.extend(client.flatten().map(|client| Filter::Is("client_id", client)));
        let (search, paging, limit) = (request.search.clone(), request.paging(), request.limit);
        app.reads.list::<Invoice>(&call.tenant, &ListQuery { filters, search, paging, limit }).await?
    };
    let data = page.rows.iter().map(|view| InvoiceView::new(view.id, &view.state)).collect();
    PageAnswer::reply(&request, &page, data)
}

/// Create an invoice
///
/// Issued, unless its `status` is `draft`. Counts towards the plan's invoices of the month.
#[utoipa::path(
    post, path = "/v1/invoices", tag = "crm",
    request_body = NewInvoice,
    responses((status = 201, description = "The invoice", body = Answer<InvoiceView>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let Draft { client, project, mut invoice } =
        invoice_body::draft(&mut fields, &call.profile, &call.context);
    let client = client_actions::named(&app, &call.tenant, &mut fields, CLIENT_ID, client).await?;
    invoice.project_id = projects::named(&app, &call.tenant, &mut fields, project).await?;
    fields.and_rules(&COMPARED, || invoice_actions::creation(&invoice).map_err(refusal));
    fields.finish()?;
    invoice.client_id = client.unwrap_or_default();
    let id = app.commands.new_id();
    let done = app.commands.unit(&call.context, |unit| {
        let invoice = invoice.clone();
        Box::pin(async move {
            let billable = client_actions::billable(unit, CLIENT_ID, invoice.client_id).await;
            let its = match invoice.project_id {
                Some(project) => is_of(unit, project, invoice.client_id).await,
                None => Ok(()),
            };
            let created = unit.handle::<Invoice>(id, InvoiceCommand::Create(Box::new(invoice))).await;
            findings::both(findings::both(billable, its), created)
        })
    });
    let made = done.await.and_then(|done| done.one::<Invoice>("invoice")).map_err(refusal)?;
    Answer::done(StatusCode::CREATED, &made, InvoiceView::new(made.id, &made.state))
}

/// Get an invoice
///
/// With its items and its payments.
#[utoipa::path(
    get, path = "/v1/invoices/{invoiceId}", tag = "crm",
    params(("invoiceId" = String, Path, description = "UUID or number")),
    responses((status = 200, description = "The invoice", body = Answer<InvoiceView>), OnRead)
)]
async fn get(State(app): State<App>, Path(id): Path<String>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let found = app.reads.get::<Invoice>(&call.tenant, id).await?;
    let view = found.ok_or_else(|| ApiError::not_found("invoice"))?;
    Answer::read(view.version, InvoiceView::new(view.id, &view.state))
}

/// Makes sure that a project is there and the client's, and still is when the unit is written.
async fn is_of(unit: &mut Unit, project: Uuid, client: Uuid) -> Result<(), CommandError> {
    let found = unit.get::<Project>(project).await.map_err(|error| match error {
        CommandError::Domain(DomainError::NotFound { .. }) => projects::nothing_such().into(),
        other => other,
    })?;
    if found.profile.client_id != client {
        return Err(DomainError::invalid(PROJECT_ID, "is a project of another client").into());
    }
    unit.unchanged::<Project>(project).await
}

/// The filters that a query asks for, but for the client.
fn filters(query: &QueryParams, profile: &Tenant) -> Result<Vec<Filter>, ApiError> {
    let (status, (start, end)) = both(
        choice(query, "status", &STATUSES.map(|(name, _)| name)),
        both(moment(query, profile, "startDate", false), moment(query, profile, "endDate", true)),
    )?;
    if start.zip(end).is_some_and(|(start, end)| start > end) {
        return Err(ApiError::invalid("endDate", "must not be before startDate"));
    }
    let meant = STATUSES.iter().filter(|(name, _)| Some(*name) == status);
    let mut filters: Vec<Filter> = meant
        .map(|(_, meant)| {
            Filter::OneOf("status", meant.iter().map(|status| status.as_str().to_owned()).collect())
        })
        .collect();
    filters.extend(start.map(|start| Filter::From("created_at", start)));
    filters.extend(end.map(|end| Filter::Until("created_at", end)));
    Ok(filters)
}

/// A moment that a parameter names, in microseconds: of a date its first one, or its last where it ends a range. Times are
/// printed in milliseconds: one that was read in an answer means the whole of its millisecond, where it ends a range.
fn moment(query: &QueryParams, profile: &Tenant, name: &str, ends: bool) -> Result<Option<i64>, ApiError> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let start = instant(text, profile).ok_or_else(|| {
        ApiError::invalid(name, "must be a date (YYYY-MM-DD), or a time with its offset (ISO 8601)")
    })?;
    Ok(Some(match CalendarDate::parse(text.trim()) {
        Ok(day) if ends => profile.time_zone.start_of(day.plus_days(1)).as_microsecond() - 1,
        Err(_) if ends && start % 1_000 == 0 => start.saturating_add(999),
        Ok(_) | Err(_) => start,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Vec<Filter>, String> {
        filters(&QueryParams::parse(Some(query)).unwrap(), &Tenant::default())
            .map_err(|error| error.message.into_owned())
    }

    fn bounds(query: &str) -> Vec<i64> {
        let bound = |filter: &Filter| match filter {
            Filter::From(_, at) | Filter::Until(_, at) => Some(*at),
            _ => None,
        };
        read(query).unwrap().iter().filter_map(bound).collect()
    }

    fn micros(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn a_range_of_days_is_by_the_companys_clock_and_has_its_last_day_in_it() {
        assert_eq!(
            bounds("startDate=2024-06-01&endDate=2024-06-01"),
            [micros("2024-06-01T03:00:00Z"), micros("2024-06-02T03:00:00Z") - 1]
        );
        assert_eq!(
            bounds("startDate=2024-06-01T12:00:00.123Z&endDate=2024-06-01T09:00:00.123-03:00"),
            [micros("2024-06-01T12:00:00.123Z"), micros("2024-06-01T12:00:00.123999Z")]
        );
    }

    #[test]
    fn what_is_wrong_is_named_at_once() {
        let error = read("status=late&startDate=yesterday&endDate=2024-13-01").unwrap_err();
        for name in ["status: must be one of draft, sent, paid", "startDate: ", "endDate: "] {
            assert!(error.contains(name), "{error}");
        }
        assert!(read("startDate=2024-06-02&endDate=2024-06-01").unwrap_err().starts_with("endDate: "));
    }
}
