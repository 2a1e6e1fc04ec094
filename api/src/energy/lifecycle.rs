//! What is done with an invoice: send, cancel, payments and their reversal, as on the other surfaces.

use super::envelope::{OnAction, OnDelete};
use super::invoice_view::{InvoiceView, PaymentView};
use super::invoices::full;
use super::{refusal, times};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Energy;
use crate::http::{ApiError, Reply, ids};
use crate::invoice_actions::{self, CancelBody, PaymentBody, SendBody};
use axum::extract::{Path, State};
use http::StatusCode;
use sunledger_domain::invoice::Invoice;
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
/// A draft becomes issued. Energy invoices are issued as they are made. The body may be left out.
#[utoipa::path(
    post, path = "/energy/invoices/{code}/send", tag = "energy",
    params(("code" = String, Path, description = "Code or number of the invoice")),
    request_body(content = Option<SendBody>),
    responses((status = 200, description = "The invoice", body = InvoiceView), OnAction)
)]
async fn send(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &code).await?;
    let done = invoice_actions::send(&app, &call, id).await.map_err(refusal)?;
    full(&app, &call, StatusCode::OK, &done).await
}

/// Cancel an invoice
///
/// One of which nothing is paid. The month of its consumer unit is free with it: its discounts, charges and credits are as
/// if it had not been billed, and another bill can be handed in. The body may be left out.
#[utoipa::path(
    post, path = "/energy/invoices/{code}/cancel", tag = "energy",
    params(("code" = String, Path, description = "Code or number of the invoice")),
    request_body(content = Option<CancelBody>),
    responses((status = 200, description = "The invoice", body = InvoiceView), OnAction)
)]
async fn cancel(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &code).await?;
    let done = invoice_actions::cancel(&app, &call, id).await.map_err(refusal)?;
    full(&app, &call, StatusCode::OK, &done).await
}

/// Record a payment
///
/// Of an invoice that is issued and not settled, up to its balance.
#[utoipa::path(
    post, path = "/energy/invoices/{code}/payments", tag = "energy",
    params(("code" = String, Path, description = "Code or number of the invoice")),
    request_body = PaymentBody,
    responses((status = 201, description = "The payment", body = PaymentView), OnAction)
)]
async fn record(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &code).await?;
    let done = invoice_actions::record_payment(&app, &call, id, times::day).await.map_err(refusal)?;
    let body = PaymentView::recorded(invoice_actions::last_payment(&done.state)?, done.id, &done.state);
    Ok(Reply::created(&body)?.version(done.version).replayed(done.replayed))
}

/// Reverse a payment
///
/// The invoice's status goes back with it. The payment stays in sight, with `reversedAt`.
#[utoipa::path(
    delete, path = "/energy/invoices/{code}/payments/{paymentId}", tag = "energy",
    params(
        ("code" = String, Path, description = "Code or number of the invoice"),
        ("paymentId" = Uuid, Path, description = "The payment's id"),
    ),
    responses((status = 204, description = "It is reversed"), OnDelete)
)]
async fn reverse(
    State(app): State<App>,
    Path((code, payment)): Path<(String, String)>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &code).await?;
    invoice_actions::reverse_payment(&app, &call, id, &payment).await.map_err(refusal)?;
    Ok(Reply::no_content())
}
