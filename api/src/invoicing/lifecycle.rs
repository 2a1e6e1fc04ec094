//! What is done with an invoice: send, view, cancel.

use super::invoice_view::InvoiceView;
use super::invoices::full;
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Invoicing;
use crate::http::{ApiError, Reply, ids};
use crate::invoice_actions::{self, CancelBody, SendBody};
use crate::wire::{Data, OnAction};
use axum::extract::{Path, State};
use sunledger_commands::Outcome;
use sunledger_domain::invoice::{Invoice, InvoiceCommand};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(send)).routes(routes!(view)).routes(routes!(cancel))
}

/// Send an invoice
///
/// A draft becomes issued: it can be paid and no longer be changed. The body may be left out.
#[utoipa::path(
    post, path = "/api/v1/invoices/{id}/send", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number")),
    request_body(content = Option<SendBody>),
    responses((status = 200, description = "The invoice", body = Data<InvoiceView>), OnAction)
)]
async fn send(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let done = invoice_actions::send(&app, &call, id).await.map_err(refusal)?;
    show(&app, &call, &done).await
}

/// Note that the client has seen an invoice
///
/// A sent invoice becomes viewed; any other stays as it is.
#[utoipa::path(
    post, path = "/api/v1/invoices/{id}/view", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number")),
    responses((status = 200, description = "The invoice", body = Data<InvoiceView>), OnAction)
)]
async fn view(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    call.json_or_empty()?;
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let command = InvoiceCommand::MarkViewed { at: call.context.now };
    let done = app.commands.execute::<Invoice>(&call.context, id, command).await.map_err(refusal)?;
    show(&app, &call, &done).await
}

/// Cancel an invoice
///
/// One of which nothing is paid. An energy invoice frees the month of its consumer unit with it. The body may be left out.
#[utoipa::path(
    post, path = "/api/v1/invoices/{id}/cancel", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number")),
    request_body(content = Option<CancelBody>),
    responses((status = 200, description = "The invoice", body = Data<InvoiceView>), OnAction)
)]
async fn cancel(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(&app, &call.tenant, &id).await?;
    let done = invoice_actions::cancel(&app, &call, id).await.map_err(refusal)?;
    show(&app, &call, &done).await
}

async fn show(app: &App, call: &Call<Invoicing>, done: &Outcome<Invoice>) -> Result<Reply, ApiError> {
    Ok(full(app, &call.tenant, done.id, &done.state, done.version).await?.replayed(done.replayed))
}
