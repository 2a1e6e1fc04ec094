//! `/api/v2/transactions`: list, record, read, correct, delete. One that names an invoice is a payment of it: both are written
//! together and go together, whichever of them is taken back, on whatever surface.

use super::envelope::{Gone, OnChange, OnCreate, OnDelete, OnList, OnRead, Success, SuccessPage, gone};
use super::lists::{self, Filters, each};
use super::read::{between_dates, worded};
use super::references::{self, References};
use super::transaction_body::{self, TYPES, TransactionBody, TransactionChange};
use super::transaction_view::TransactionView;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::fields::Fields;
use crate::http::{ApiError, Reply, both, ids};
use crate::list::ListParams;
use axum::extract::{Path, State};
use axum::response::Response;
use sunledger_commands::Outcome;
use sunledger_domain::invoice::{Invoice, InvoiceCommand, NewPayment};
use sunledger_domain::record::ACCOUNT;
use sunledger_domain::transaction::{NewTransaction, Transaction, TransactionCommand};
use sunledger_domain::value::CalendarDate;
use sunledger_projections::{Filter, View};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get, update, delete))
}

/// Which transactions.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `filters` reads it")]
struct TransactionParams {
    /// `Income` or `Expense`.
    #[param(example = "Income", pattern = "^(Income|Expense)$")]
    r#type: Option<String>,
    /// Only those of this account: number or UUID.
    #[param(
        example = 1,
        pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$"
    )]
    account_id: Option<String>,
    /// Of this day or later.
    #[param(format = Date, example = "2024-01-01")]
    date_from: Option<String>,
    /// Of this day or earlier.
    #[param(format = Date, example = "2024-12-31")]
    date_to: Option<String>,
}

/// List transactions
///
/// Newest first. `Accept: text/csv` gets them all as a file.
#[utoipa::path(
    get, path = "/api/v2/transactions", tag = "backoffice",
    params(ListParams, TransactionParams),
    responses(
        (
            status = 200, description = "A page of transactions",
            content((SuccessPage<TransactionView> = "application/json"), (String = "text/csv"))
        ),
        OnList
    )
)]
async fn list(State(app): State<App>, call: Call<Backoffice>) -> Result<Response, ApiError> {
    let filters = filters(&app, &call).await;
    let print = each(|view: &View<Transaction>| TransactionView::new(view.id, &view.state));
    lists::answer(&app, &call, "transactions", filters, print).await
}

/// Record a transaction
///
/// With `invoice_id`, an `Income` is a payment of that invoice, by the rules of payments.
#[utoipa::path(
    post, path = "/api/v2/transactions", tag = "backoffice",
    request_body = TransactionBody,
    responses((status = 201, description = "The transaction", body = Success<TransactionView>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Backoffice>) -> Result<Reply, ApiError> {
    let references = References { app: &app, call: &call };
    let new = transaction_body::new(Fields::new(call.json()?), &references).await?;
    let (id, today) = (app.commands.new_id(), call.today());
    let done = app.commands.unit(&call.context, |unit| {
        let new = new.clone();
        Box::pin(async move {
            let command = TransactionCommand::Create(Box::new(new.clone()));
            unit.handle::<Transaction>(id, command).await?;
            transaction_body::all_stand(unit, Some(new.account), new.category).await?;
            match new.invoice {
                Some(invoice) => unit.handle::<Invoice>(invoice.id, payment(id, &new, today)).await,
                None => Ok(()),
            }
        })
    });
    let made = done.await.and_then(|done| done.one::<Transaction>("transaction")).map_err(refusal)?;
    Ok(Reply::created(&body(&made))?.version(made.version).replayed(made.replayed))
}

/// Get a transaction
#[utoipa::path(
    get, path = "/api/v2/transactions/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "The transaction", body = Success<TransactionView>), OnRead)
)]
async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Transaction>(&app, &call.tenant, &id).await?;
    let found = app.reads.get::<Transaction>(&call.tenant, id).await?;
    let view = found.ok_or_else(|| ApiError::not_found("transaction"))?;
    Ok(Reply::ok(&Success::new(TransactionView::new(id, &view.state)))?.version(view.version))
}

/// Update a transaction
///
/// `PUT` and `PATCH` alike change what the body names and leave the rest. Of a payment of an invoice, type, amount and date stay.
#[utoipa::path(
    method(put, patch), path = "/api/v2/transactions/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    request_body = TransactionChange,
    responses((status = 200, description = "The transaction", body = Success<TransactionView>), OnChange)
)]
async fn update(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Transaction>(&app, &call.tenant, &id).await?;
    let references = References { app: &app, call: &call };
    let changes = transaction_body::patch(Fields::new(call.json()?), &references, id).await?;
    let done = app.commands.unit(&call.context, |unit| {
        let changes = changes.clone();
        Box::pin(async move {
            changes.check_invoice(&*unit.get::<Transaction>(id).await?)?;
            let (account, category) = (changes.patch.account, changes.patch.category.value().copied());
            let command = TransactionCommand::Update(Box::new(changes.patch));
            unit.handle::<Transaction>(id, command).await?;
            transaction_body::all_stand(unit, account, category).await
        })
    });
    let changed = done.await.and_then(|done| done.one::<Transaction>("transaction")).map_err(refusal)?;
    Ok(Reply::ok(&body(&changed))?.version(changed.version))
}

/// Delete a transaction
///
/// Where it is a payment of an invoice, that payment is taken back with it. Its history stays in the audit.
#[utoipa::path(
    delete, path = "/api/v2/transactions/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "It is gone", body = Gone), OnDelete)
)]
async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Transaction>(&app, &call.tenant, &id).await?;
    let (today, at) = (call.today(), call.context.now);
    let done = app.commands.unit(&call.context, |unit| {
        Box::pin(async move {
            let transaction = unit.get::<Transaction>(id).await?;
            unit.handle::<Transaction>(id, TransactionCommand::Delete { at }).await?;
            match transaction.invoice {
                Some(invoice) => {
                    let back = InvoiceCommand::ReversePayment { payment_id: id, today, at };
                    unit.handle::<Invoice>(invoice.id, back).await
                }
                None => Ok(()),
            }
        })
    });
    done.await?;
    gone()
}

/// The payment that a transaction is; it has the transaction's id.
fn payment(id: Uuid, new: &NewTransaction, today: CalendarDate) -> InvoiceCommand {
    InvoiceCommand::RecordPayment(Box::new(NewPayment {
        payment_id: id,
        amount: new.booking.amount,
        date: new.booking.date,
        method: None,
        reference: None,
        today,
        at: new.at,
    }))
}

fn body(done: &Outcome<Transaction>) -> Success<TransactionView> {
    Success::new(TransactionView::new(done.id, &done.state))
}

fn refusal(error: impl Into<ApiError>) -> ApiError {
    worded(error.into())
}

async fn filters(app: &App, call: &Call<Backoffice>) -> Filters {
    let dates = between_dates(&call.query, "date", &call.profile.time_zone);
    let account = match call.query.get("account_id") {
        None => Ok(None),
        Some(text) => references::filter(app, call, "account_id", &ACCOUNT, text).await.map(Some),
    };
    let ((mut filters, dates), account) = both(both(by_type(call.query.get("type")), dates), account)?;
    filters.extend(dates);
    Ok(match account {
        None => Some(filters),
        // The number of no account.
        Some(None) => None,
        Some(Some(id)) => {
            filters.push(Filter::Is("account_id", id));
            Some(filters)
        }
    })
}

fn by_type(name: Option<&str>) -> Result<Vec<Filter>, ApiError> {
    let Some(name) = name else { return Ok(Vec::new()) };
    let known = TYPES.iter().find(|(known, _)| *known == name);
    let (_, direction) = known.ok_or_else(|| ApiError::invalid("type", "must be one of Income, Expense"))?;
    Ok(vec![Filter::OneOf("direction", vec![direction.as_str().to_owned()])])
}
