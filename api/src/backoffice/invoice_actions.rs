//! What is done with an invoice: send, cancel, payments and their reversal, as on the other surfaces.

use super::envelope::{Gone, OnAction, OnDelete, OnRead, Success, gone};
use super::invoice_view::InvoiceView;
use super::invoices::{answer, customer_number, refusal};
use super::lists;
use super::transaction_view::PaymentView;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::http::{ApiError, Reply, ids};
use crate::invoice_actions::{self, CancelBody, PaymentBody, SendBody};
use axum::extract::{Path, State};
use sunledger_domain::invoice::Invoice;
use sunledger_domain::value::CalendarDate;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(send))
        .routes(routes!(cancel))
        .routes(routes!(payments, record))
        .routes(routes!(reverse))
}

/// Send an invoice
///
/// A draft becomes issued. The body may be left out.
#[utoipa::path(
    post, path = "/api/v2/invoices/{id}/send", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    request_body(content = Option<SendBody>),
    responses((status = 200, description = "The invoice", body = Success<InvoiceView>), OnAction)
)]
async fn send(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let done = invoice_actions::send(&app, &call, id).await.map_err(refusal)?;
    answer(&app, &call.tenant, &done).await
}

/// Cancel an invoice
///
/// One of which nothing is paid. The body may be left out.
#[utoipa::path(
    post, path = "/api/v2/invoices/{id}/cancel", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    request_body(content = Option<CancelBody>),
    responses((status = 200, description = "The invoice", body = Success<InvoiceView>), OnAction)
)]
async fn cancel(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let done = invoice_actions::cancel(&app, &call, id).await.map_err(refusal)?;
    answer(&app, &call.tenant, &done).await
}

/// List an invoice's payments
///
/// All of them, in the order they were recorded, the reversed ones too.
#[utoipa::path(
    get, path = "/api/v2/invoices/{id}/payments", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID of the invoice")),
    responses(
        (
            status = 200, description = "The payments",
            content((Success<Vec<PaymentView>> = "application/json"), (String = "text/csv"))
        ),
        OnRead
    )
)]
async fn payments(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let found = app.reads.get::<Invoice>(&call.tenant, id).await?;
    let invoice = found.ok_or_else(|| ApiError::not_found("invoice"))?;
    let customer = customer_number(&app, &call.tenant, invoice.state.client_id).await?;
    let print = |payment| PaymentView::new(payment, id, &invoice.state, customer);
    let data = invoice.state.payments.iter().map(print).collect();
    Ok(lists::whole(&call, "payments", data)?.version(invoice.version))
}

/// Record a payment
///
/// Of an invoice that is issued and not settled, up to its balance.
#[utoipa::path(
    post, path = "/api/v2/invoices/{id}/payments", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID of the invoice")),
    request_body = PaymentBody,
    responses((status = 201, description = "The payment", body = Success<PaymentView>), OnAction)
)]
async fn record(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let done = invoice_actions::record_payment(&app, &call, id, CalendarDate::parse_in).await;
    let done = done.map_err(refusal)?;
    let payment = invoice_actions::last_payment(&done.state)?;
    let customer = customer_number(&app, &call.tenant, done.state.client_id).await?;
    let body = Success::new(PaymentView::new(payment, done.id, &done.state, customer));
    Ok(Reply::created(&body)?.version(done.version).replayed(done.replayed))
}

/// Reverse a payment
///
/// The invoice's status goes back with it. The payment stays in sight, with `reversed_at`.
#[utoipa::path(
    delete, path = "/api/v2/invoices/{id}/payments/{paymentId}", tag = "backoffice",
    params(
        ("id" = String, Path, description = "Number or UUID of the invoice"),
        ("paymentId" = Uuid, Path, description = "The payment's id"),
    ),
    responses((status = 200, description = "It is reversed", body = Gone), OnDelete)
)]
async fn reverse(
    State(app): State<App>,
    Path((id, payment)): Path<(String, String)>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    invoice_actions::reverse_payment(&app, &call, id, &payment).await.map_err(refusal)?;
    gone()
}
