//! Payments of an invoice.

use super::invoice_view::{PaymentView, RecordedPaymentView};
use super::invoices::find;
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Invoicing;
use crate::http::{ApiError, Reply, ids};
use crate::invoice_actions::{self, PaymentBody};
use crate::wire::{Data, OnAction, OnDelete, OnRead};
use axum::extract::{Path, State};
use sunledger_domain::invoice::Invoice;
use sunledger_domain::value::CalendarDate;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, record)).routes(routes!(reverse))
}

/// List an invoice's payments
///
/// All of them, in the order they were recorded, the reversed ones too.
#[utoipa::path(
    get, path = "/api/v1/invoices/{id}/payments", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number of the invoice")),
    responses((status = 200, description = "The payments", body = Data<Vec<PaymentView>>), OnRead)
)]
async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let view = find(&app, &call.tenant, &id).await?;
    let data: Vec<PaymentView> = view.state.payments.iter().map(PaymentView::new).collect();
    Ok(Reply::ok(&Data { data })?.version(view.version))
}

/// Record a payment
///
/// Of a sent, viewed, partially paid or overdue invoice, up to its balance.
#[utoipa::path(
    post, path = "/api/v1/invoices/{id}/payments", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number of the invoice")),
    request_body = PaymentBody,
    responses((status = 201, description = "The payment", body = Data<RecordedPaymentView>), OnAction)
)]
async fn record(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let done =
        invoice_actions::record_payment(&app, &call, id, CalendarDate::parse_in).await.map_err(refusal)?;
    let payment = invoice_actions::last_payment(&done.state)?;
    let body = Data { data: RecordedPaymentView::new(payment, done.id, &done.state) };
    Ok(Reply::created(&body)?.version(done.version).replayed(done.replayed))
}

/// Reverse a payment
///
/// The invoice's status goes back with it. The payment stays in sight, with `reversedAt`.
#[utoipa::path(
    delete, path = "/api/v1/invoices/{id}/payments/{paymentId}", tag = "invoicing",
    params(
        ("id" = String, Path, description = "UUID or number of the invoice"),
        ("paymentId" = Uuid, Path, description = "The payment's id"),
    ),
    responses((status = 204, description = "It is reversed"), OnDelete)
)]
async fn reverse(
    State(app): State<App>,
    Path((id, payment)): Path<(String, String)>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    invoice_actions::reverse_payment(&app, &call, id, &payment).await.map_err(refusal)?;
    Ok(Reply::no_content())
}
