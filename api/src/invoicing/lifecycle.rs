//! What is done with an invoice: send, view, cancel.

use super::invoice_view::InvoiceView;
use super::invoices::full;
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Invoicing;
use crate::fields::{Fields, boolean, lines};
use crate::http::{ApiError, Reply, ids};
use crate::wire::{Data, OnAction};
use axum::extract::{Path, State};
use sunledger_domain::invoice::{Invoice, InvoiceCommand};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Longest reason of a cancellation, in characters.
const MAX_REASON: usize = 500;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(send)).routes(routes!(view)).routes(routes!(cancel))
}

/// How an invoice is sent.
#[derive(ToSchema)]
#[schema(as = invoicing::Send, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `send` reads it")]
struct Send {
    /// Whether it goes out by e-mail.
    #[schema(default = false)]
    via_email: Option<bool>,
}

/// Why an invoice is cancelled.
#[derive(ToSchema)]
#[schema(as = invoicing::Cancel)]
#[expect(dead_code, reason = "describes the body; `cancel` reads it")]
struct Cancel {
    /// Why.
    #[schema(max_length = 500, example = "Issued twice")]
    reason: Option<String>,
}

/// Send an invoice
///
/// A draft becomes issued: it can be paid and no longer be changed. The body may be left out.
#[utoipa::path(
    post, path = "/api/v1/invoices/{id}/send", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number")),
    request_body(content = Option<Send>),
    responses((status = 200, description = "The invoice", body = Data<InvoiceView>), OnAction)
)]
async fn send(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json_or_empty()?);
    let via_email = fields.optional("viaEmail", boolean).unwrap_or_default();
    fields.finish()?;
    act(&app, &call, &id, InvoiceCommand::Send { via_email, today: call.today(), at: call.context.now }).await
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
    act(&app, &call, &id, InvoiceCommand::MarkViewed { at: call.context.now }).await
}

/// Cancel an invoice
///
/// One of which nothing is paid. The body may be left out.
#[utoipa::path(
    post, path = "/api/v1/invoices/{id}/cancel", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number")),
    request_body(content = Option<Cancel>),
    responses((status = 200, description = "The invoice", body = Data<InvoiceView>), OnAction)
)]
async fn cancel(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json_or_empty()?);
    let reason = fields.optional("reason", lines(MAX_REASON));
    fields.finish()?;
    act(&app, &call, &id, InvoiceCommand::Cancel { reason, at: call.context.now }).await
}

async fn act(
    app: &App,
    call: &Call<Invoicing>,
    id: &str,
    command: InvoiceCommand,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Invoice>(app, &call.tenant, id).await?;
    let done = app.commands.execute::<Invoice>(&call.context, id, command).await.map_err(refusal)?;
    Ok(full(app, &call.tenant, done.id, &done.state, done.version).await?.replayed(done.replayed))
}
