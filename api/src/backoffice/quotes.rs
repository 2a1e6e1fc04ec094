//! `/api/v2/quotes`: list, make, read, change, delete; and the invoice that one becomes.

use super::customers;
use super::envelope::{
    Gone, OnAction, OnChange, OnCreate, OnDelete, OnList, OnRead, Success, SuccessPage, gone,
};
use super::invoice_body::{CUSTOMER_ID, NewItem, item};
use super::invoices::{refusal, shown};
use super::lists::{self, Filters};
use super::quote_view::{ConvertedQuote, QuoteView, name};
use super::references::{References, id as id_field};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::client_actions;
use crate::fields::{Fields, lines, one_of, parsed};
use crate::http::{ApiError, Reply, both, ids};
use crate::list::ListParams;
use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::HashMap;
use sunledger_commands::{CommandError, Outcome};
use sunledger_domain::client::Client;
use sunledger_domain::invoice::{Invoice, InvoiceCommand, InvoiceDraft, LineDraft, MAX_LINES};
use sunledger_domain::quote::{Quote, QuoteCommand, QuoteDraft, QuotePatch, QuoteStatus};
use sunledger_domain::value::{CalendarDate, Change, Competence};
use sunledger_domain::{DomainError, TenantId};
use sunledger_projections::{Filter, View};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Longest notes, in characters.
const MAX_NOTES: usize = 5_000;
/// Days until an invoice that was a quote is due, where nobody says otherwise.
const DAYS_TO_PAY: i32 = 30;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(convert))
}

/// A new quote.
#[derive(ToSchema)]
#[schema(as = backoffice::NewQuote)]
#[expect(dead_code, reason = "describes the body; `create` reads it")]
struct NewQuote {
    /// The customer's number or UUID.
    #[schema(example = 1, minimum = 1)]
    customer_id: i64,
    /// Until when the offer stands; it may be past.
    #[schema(format = Date, example = "2024-02-15")]
    valid_until: String,
    /// What is offered.
    #[schema(min_items = 1, max_items = 1000)]
    items: Vec<NewItem>,
    /// A word to the customer.
    #[schema(max_length = 5000)]
    notes: Option<String>,
}

/// What changes in a quote: what is absent stays, `null` empties. Items are replaced all at once.
#[derive(ToSchema)]
#[schema(as = backoffice::QuoteChange)]
#[expect(dead_code, reason = "describes the body; `update` reads it")]
struct QuoteChange {
    /// Another customer.
    #[schema(example = 1, nullable = false, minimum = 1)]
    customer_id: Option<i64>,
    /// Another last day.
    #[schema(format = Date, example = "2024-03-15", nullable = false)]
    valid_until: Option<String>,
    /// Other items.
    #[schema(min_items = 1, max_items = 1000, nullable = false)]
    items: Option<Vec<NewItem>>,
    /// Other notes.
    #[schema(max_length = 5000)]
    notes: Option<String>,
}

/// How the invoice is made; all of it may be left out, and the body too.
#[derive(ToSchema)]
#[schema(as = backoffice::ConvertQuote)]
#[expect(dead_code, reason = "describes the body; `convert` reads it")]
struct ConvertBody {
    /// The date that the invoice bears; today where there is none.
    #[schema(format = Date)]
    date: Option<String>,
    /// Until when it is to be paid; 30 days after its date where there is none.
    #[schema(format = Date)]
    due_date: Option<String>,
    /// `draft` where it is not to be issued yet; else it is.
    #[schema(example = "draft", pattern = "^(draft|sent|Unpaid)$")]
    status: Option<String>,
}

/// Which quotes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `filters` reads it")]
struct QuoteParams {
    /// `Open` or `Converted`.
    #[param(example = "Open", pattern = "^(Open|Converted)$")]
    status: Option<String>,
    /// Only this customer's: number or UUID.
    #[param(
        example = 1,
        pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$"
    )]
    customer_id: Option<String>,
}

/// List quotes
///
/// Newest first. `Accept: text/csv` gets them all as a file.
#[utoipa::path(
    get, path = "/api/v2/quotes", tag = "backoffice",
    params(ListParams, QuoteParams),
    responses(
        (
            status = 200, description = "A page of quotes",
            content((SuccessPage<QuoteView> = "application/json"), (String = "text/csv"))
        ),
        OnList
    )
)]
async fn list(State(app): State<App>, call: Call<Backoffice>) -> Result<Response, ApiError> {
    let filters = filters(&app, &call).await;
    lists::answer(&app, &call, "quotes", filters, printed).await
}

/// Create a quote
#[utoipa::path(
    post, path = "/api/v2/quotes", tag = "backoffice",
    request_body = NewQuote,
    responses((status = 201, description = "The quote", body = Success<QuoteView>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Backoffice>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let customer = fields.required(CUSTOMER_ID, id_field);
    let valid_until = fields.required("valid_until", |value| date(&call, value));
    let lines_of_it = fields.objects("items", MAX_LINES, item);
    let notes = fields.optional("notes", lines(MAX_NOTES));
    let references = References { app: &app, call: &call };
    let client = references.customer(&mut fields, CUSTOMER_ID, customer).await?;
    fields.finish()?;
    let draft = QuoteDraft {
        client: client.unwrap_or_default(),
        currency: call.profile.currency,
        valid_until,
        lines: lines_of_it,
        notes,
        at: call.context.now,
    };
    let id = app.commands.new_id();
    let done = app.commands.unit(&call.context, |unit| {
        let draft = draft.clone();
        Box::pin(async move {
            let client = draft.client.id;
            unit.handle::<Quote>(id, QuoteCommand::Create(Box::new(draft))).await?;
            client_actions::billable(unit, CUSTOMER_ID, client).await
        })
    });
    let made = done.await.and_then(|done| done.one::<Quote>("quote")).map_err(refusal)?;
    let body = Success::new(QuoteView::new(made.id, &made.state, None));
    Ok(Reply::created(&body)?.version(made.version).replayed(made.replayed))
}

/// Get a quote
#[utoipa::path(
    get, path = "/api/v2/quotes/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "The quote", body = Success<QuoteView>), OnRead)
)]
async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Quote>(&app, &call.tenant, &id).await?;
    let found = app.reads.get::<Quote>(&call.tenant, id).await?;
    let view = found.ok_or_else(|| ApiError::not_found("quote"))?;
    let invoice = invoice_number(&app, &call.tenant, view.state.invoice_id).await?;
    Ok(Reply::ok(&Success::new(QuoteView::new(id, &view.state, invoice)))?.version(view.version))
}

/// Update a quote
///
/// Until it is an invoice. `PUT` and `PATCH` alike change what the body names and leave the rest.
#[utoipa::path(
    method(put, patch), path = "/api/v2/quotes/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    request_body = QuoteChange,
    responses((status = 200, description = "The quote", body = Success<QuoteView>), OnChange)
)]
async fn update(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Quote>(&app, &call.tenant, &id).await?;
    let mut fields = Fields::new(call.json()?);
    let customer = fields.replacement(CUSTOMER_ID, ids::any_id);
    let valid_until = fields.replacement("valid_until", |value| date(&call, value));
    let lines_of_it = fields.objects_replacement("items", MAX_LINES, item);
    let notes: Change<String> = fields.change("notes", lines(MAX_NOTES));
    let references = References { app: &app, call: &call };
    let client = references.customer(&mut fields, CUSTOMER_ID, customer).await?;
    fields.finish()?;
    let patch = QuotePatch { client, valid_until, lines: lines_of_it, notes, at: call.context.now };
    let done = app.commands.unit(&call.context, |unit| {
        let patch = patch.clone();
        Box::pin(async move {
            let client = patch.client;
            unit.handle::<Quote>(id, QuoteCommand::Update(Box::new(patch))).await?;
            match client {
                Some(client) => client_actions::billable(unit, CUSTOMER_ID, client.id).await,
                None => Ok(()),
            }
        })
    });
    let changed = match done.await.and_then(|done| done.one::<Quote>("quote")) {
        Ok(changed) => changed,
        Err(error) => return Err(standing(&app, &call.tenant, error).await),
    };
    let body = Success::new(QuoteView::new(changed.id, &changed.state, None));
    Ok(Reply::ok(&body)?.version(changed.version))
}

/// Delete a quote
///
/// Until it is an invoice. Its history stays in the audit.
#[utoipa::path(
    delete, path = "/api/v2/quotes/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "It is gone", body = Gone), OnDelete)
)]
async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Quote>(&app, &call.tenant, &id).await?;
    let command = QuoteCommand::Delete { at: call.context.now };
    match app.commands.execute::<Quote>(&call.context, id, command).await {
        Ok(_) => gone(),
        Err(error) => Err(standing(&app, &call.tenant, error).await),
    }
}

/// Convert a quote to an invoice
///
/// Once. The invoice is issued, with the quote's items, and counts towards the plan's invoices of the month. The quote stays as it
/// is from then on.
#[utoipa::path(
    post, path = "/api/v2/quotes/{id}/convert", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    request_body = Option<ConvertBody>,
    responses((status = 201, description = "The invoice", body = Success<ConvertedQuote>), OnAction)
)]
async fn convert(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Quote>(&app, &call.tenant, &id).await?;
    let mut fields = Fields::new(call.json_or_empty()?);
    let issue_date = fields.optional("date", |value| date(&call, value)).unwrap_or(call.today());
    let due_date = fields.optional("due_date", |value| date(&call, value));
    let issue = one_of(&[("draft", false), ("sent", true), ("Unpaid", true)]);
    let draft = InvoiceDraft {
        client_id: Uuid::nil(),
        project_id: None,
        invoice_number: None,
        series: call.profile.invoice_series.clone(),
        currency: call.profile.currency,
        issue_date,
        due_date: due_date.unwrap_or(issue_date.plus_days(DAYS_TO_PAY)),
        lines: Vec::new(),
        discount: None,
        notes: None,
        terms: None,
        issue: fields.optional("status", issue).unwrap_or(true),
        plan: Some(call.profile.plan.invoice_slot(Competence::of(call.today()))),
        today: call.today(),
        at: call.context.now,
    };
    fields.finish()?;
    let (invoice_id, at) = (app.commands.new_id(), call.context.now);
    let done = app.commands.unit(&call.context, |unit| {
        let draft = draft.clone();
        Box::pin(async move {
            let quote = unit.get::<Quote>(id).await?;
            unit.handle::<Quote>(id, QuoteCommand::Convert { invoice_id, at }).await?;
            client_actions::billable(unit, CUSTOMER_ID, quote.client.id).await?;
            let create = InvoiceCommand::Create(Box::new(filled(draft, &quote)));
            unit.handle::<Invoice>(invoice_id, create).await
        })
    });
    let done = match done.await {
        Ok(done) => done,
        Err(error) => return Err(standing(&app, &call.tenant, error).await),
    };
    let (invoice, quote) = (done.one::<Invoice>("invoice")?, done.one::<Quote>("quote")?);
    let body = Success::new(converted(&app, &call.tenant, &invoice, &quote.state).await?);
    Ok(Reply::created(&body)?.version(invoice.version).replayed(invoice.replayed))
}

/// The draft of an invoice with what the quote says of it.
fn filled(draft: InvoiceDraft, quote: &Quote) -> InvoiceDraft {
    InvoiceDraft {
        client_id: quote.client.id,
        currency: quote.currency,
        lines: quote.lines.iter().map(LineDraft::from).collect(),
        notes: quote.notes.clone(),
        ..draft
    }
}

async fn converted(
    app: &App,
    tenant: &TenantId,
    invoice: &Outcome<Invoice>,
    quote: &Quote,
) -> Result<ConvertedQuote, ApiError> {
    let view = shown(app, tenant, invoice).await?;
    Ok(ConvertedQuote { invoice: view, invoice_id: invoice.state.number.get(), quote_id: quote.number.get() })
}

fn date(call: &Call<Backoffice>, value: serde_json::Value) -> Result<CalendarDate, String> {
    parsed(|text| CalendarDate::parse_in(text, &call.profile.time_zone))(value)
}

/// A refusal; where an invoice stands against it, by that invoice's number.
async fn standing(app: &App, tenant: &TenantId, error: CommandError) -> ApiError {
    let CommandError::Domain(DomainError::InvoiceStands { refusal: said, invoice_id }) = &error else {
        return refusal(error);
    };
    match app.reads.get::<Invoice>(tenant, *invoice_id).await {
        Ok(Some(invoice)) => ApiError::conflict(format!("{said} (invoice {})", invoice.number)),
        Ok(None) => ApiError::conflict(said.clone()),
        Err(error) => error.into(),
    }
}

async fn invoice_number(
    app: &App,
    tenant: &TenantId,
    invoice: Option<Uuid>,
) -> Result<Option<i64>, ApiError> {
    match invoice {
        Some(id) => Ok(app.reads.get::<Invoice>(tenant, id).await?.map(|view| view.number)),
        None => Ok(None),
    }
}

async fn printed(app: App, tenant: TenantId, rows: Vec<View<Quote>>) -> Result<Vec<QuoteView>, ApiError> {
    let ids: Vec<Uuid> = rows.iter().filter_map(|view| view.state.invoice_id).collect();
    let invoices = app.reads.get_many::<Invoice>(&tenant, &ids).await?;
    let numbers: HashMap<Uuid, i64> = invoices.into_iter().map(|view| (view.id, view.number)).collect();
    let number = |quote: &Quote| quote.invoice_id.and_then(|id| numbers.get(&id).copied());
    Ok(rows.iter().map(|view| QuoteView::new(view.id, &view.state, number(&view.state))).collect())
}

async fn filters(app: &App, call: &Call<Backoffice>) -> Filters {
    let customer = match call.query.get(CUSTOMER_ID) {
        None => Ok(None),
        Some(text) => {
            let found = ids::filter::<Client>(app, &call.tenant, CUSTOMER_ID, text).await;
            found.map(Some).map_err(customers::refusal)
        }
    };
    let (mut filters, customer) = both(by_status(call.query.get("status")), customer)?;
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

fn by_status(text: Option<&str>) -> Result<Vec<Filter>, ApiError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let known = QuoteStatus::ALL.into_iter().find(|status| name(*status) == text);
    let status = known.ok_or_else(|| ApiError::invalid("status", "must be one of Open, Converted"))?;
    Ok(vec![Filter::OneOf("status", vec![status.as_str().to_owned()])])
}
