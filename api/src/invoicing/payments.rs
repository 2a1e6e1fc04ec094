//! Payments of an invoice.

use super::invoice_view::{PaymentView, RecordedPaymentView};
use super::invoices::find;
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Invoicing;
use crate::fields::{Fields, line, number, parsed};
use crate::http::{ApiError, Reply, ids};
use crate::wire::{Data, OnAction, OnDelete, OnRead};
use axum::extract::{Path, State};
use rust_decimal::Decimal;
use sunledger_domain::invoice::{Invoice, InvoiceCommand, NewPayment};
use sunledger_domain::value::CalendarDate;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Longest method and reference, in characters.
const MAX_METHOD: usize = 60;
const MAX_REFERENCE: usize = 200;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, record)).routes(routes!(reverse))
}

/// Money that came in.
#[derive(ToSchema)]
#[schema(as = invoicing::NewPayment)]
#[expect(dead_code, reason = "describes the body; `new_payment` reads it")]
struct PaymentBody {
    /// How much, in the invoice's currency: above 0, at most its balance.
    #[schema(example = 1500.00)]
    amount: f64,
    /// The day it came in; today where there is none.
    #[schema(format = Date, example = "2024-06-15")]
    date: Option<String>,
    /// How.
    #[schema(max_length = 60, example = "pix")]
    method: Option<String>,
    /// What the bank calls it.
    #[schema(max_length = 200)]
    reference: Option<String>,
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
    let mut fields = Fields::new(call.json()?);
    let payment = new_payment(&mut fields, &call, app.commands.new_id());
    fields.finish()?;
    let command = InvoiceCommand::RecordPayment(Box::new(payment));
    let done = app.commands.execute::<Invoice>(&call.context, id, command).await.map_err(refusal)?;
    // The last payment is this one, also where the answer is given again: the state is the one right after it.
    let payment = done.state.payments.last().ok_or_else(|| ApiError::internal("a payment left no trace"))?;
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
    let payment_id = Uuid::try_parse(&payment).map_err(|_| ApiError::not_found("payment"))?;
    let command = InvoiceCommand::ReversePayment { payment_id, today: call.today(), at: call.context.now };
    app.commands.execute::<Invoice>(&call.context, id, command).await.map_err(refusal)?;
    Ok(Reply::no_content())
}

fn new_payment(fields: &mut Fields, call: &Call<Invoicing>, payment_id: Uuid) -> NewPayment {
    let today = call.today();
    let date = |value| parsed(|text| CalendarDate::parse_in(text, &call.profile.time_zone))(value);
    NewPayment {
        payment_id,
        amount: fields.required("amount", number(Ok::<Decimal, String>)),
        date: fields.optional("date", date).unwrap_or(today),
        method: fields.optional("method", line(MAX_METHOD)),
        reference: fields.optional("reference", line(MAX_REFERENCE)),
        today,
        at: call.context.now,
    }
}
