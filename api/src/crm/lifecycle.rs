//! What is done with an invoice: send, cancel, payments and their reversal, as on the other surfaces.

use super::envelope::{Answer, OnAction, OnDelete};
use super::invoice_view::{InvoiceView, RecordedPaymentView};
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Crm;
use crate::http::{ApiError, Reply, ids};
use crate::invoice_actions::{self, CancelBody, PaymentBody, SendBody};
use axum::extract::{Path, State};
use http::StatusCode;
use sunledger_domain::invoice::Invoice;
use sunledger_domain::value::CalendarDate;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(send))
        .routes(routes!(cancel))
        .routes(routes!(record))
        .routes(routes!(reverse))
}

/// Send an invoice
///
/// A draft becomes issued. The body may be left out.
#[utoipa::path(
    post, path = "/v1/invoices/{invoiceId}/send", tag = "crm",
    params(("invoiceId" = String, Path, description = "UUID or number of the invoice")),
    request_body(content = Option<SendBody>),
    responses((status = 200, description = "The invoice", body = Answer<InvoiceView>), OnAction)
)]
async fn send(State(app): State<App>, Path(id): Path<String>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let done = invoice_actions::send(&app, &call, id).await.map_err(refusal)?;
    Answer::done(StatusCode::OK, &done, InvoiceView::new(id, &done.state))
}

/// Cancel an invoice
///
/// One of which nothing is paid. The body may be left out.
#[utoipa::path(
    post, path = "/v1/invoices/{invoiceId}/cancel", tag = "crm",
    params(("invoiceId" = String, Path, description = "UUID or number of the invoice")),
    request_body(content = Option<CancelBody>),
    responses((status = 200, description = "The invoice", body = Answer<InvoiceView>), OnAction)
)]
async fn cancel(State(app): State<App>, Path(id): Path<String>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let done = invoice_actions::cancel(&app, &call, id).await.map_err(refusal)?;
    Answer::done(StatusCode::OK, &done, InvoiceView::new(id, &done.state))
}

/// Record a payment
///
/// Of an invoice that is issued and not settled, up to its balance.
#[utoipa::path(
    post, path = "/v1/invoices/{invoiceId}/payments", tag = "crm",
    params(("invoiceId" = String, Path, description = "UUID or number of the invoice")),
    request_body = PaymentBody,
    responses((status = 201, description = "The payment", body = Answer<RecordedPaymentView>), OnAction)
)]
async fn record(State(app): State<App>, Path(id): Path<String>, call: Call<Crm>) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let done =
        invoice_actions::record_payment(&app, &call, id, CalendarDate::parse_in).await.map_err(refusal)?;
    let payment = invoice_actions::last_payment(&done.state)?;
    Answer::done(StatusCode::CREATED, &done, RecordedPaymentView::new(payment, id, &done.state))
}

/// Reverse a payment
///
/// The invoice's status goes back with it. The payment stays in sight, with `reversedAt`.
#[utoipa::path(
    delete, path = "/v1/invoices/{invoiceId}/payments/{paymentId}", tag = "crm",
    params(
        ("invoiceId" = String, Path, description = "UUID or number of the invoice"),
        ("paymentId" = Uuid, Path, description = "The payment's id"),
    ),
    responses((status = 200, description = "The invoice", body = Answer<InvoiceView>), OnDelete)
)]
async fn reverse(
    State(app): State<App>,
    Path((id, payment)): Path<(String, String)>,
    call: Call<Crm>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let done = invoice_actions::reverse_payment(&app, &call, id, &payment).await.map_err(refusal)?;
    Answer::done(StatusCode::OK, &done, InvoiceView::new(id, &done.state))
}
