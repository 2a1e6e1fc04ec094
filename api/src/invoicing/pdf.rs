//! An invoice as a PDF, made when it is asked for, from the invoice as it is now and in the tenant's locale.

use super::invoices::find;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Invoicing;
use crate::http::{ApiError, Reply};
use crate::printing;
use crate::wire::{OnRead, Pdf};
use axum::extract::{Path, State};
use sunledger_documents::invoice_pdf;
use sunledger_domain::client::Client;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(pdf))
}

/// Download an invoice
///
/// As a PDF in the tenant's locale, with a Pix code for what is left to pay of an invoice in reais where the company has a
/// Pix key.
#[utoipa::path(
    get, path = "/api/v1/invoices/{id}/pdf", tag = "invoicing",
    params(("id" = String, Path, description = "UUID or number")),
    responses(
        (
            status = 200, description = "The PDF", body = Pdf, content_type = "application/pdf",
            headers(("Content-Disposition" = String, description = "`attachment; filename=\"INV-0042.pdf\"`"))
        ),
        OnRead
    )
)]
async fn pdf(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Invoicing>,
) -> Result<Reply, ApiError> {
    let view = find(&app, &call.tenant, &id).await?;
    let client = app.reads.get::<Client>(&call.tenant, view.state.client_id).await?;
    // It shows these three and nothing else.
    let client_version = client.as_ref().map_or(0, |client| client.version);
    let profile_version = call.profile.updated_at.as_microsecond();
    let tag = format!("{}-{}-{client_version}-{profile_version}", printing::FORM, view.version);
    if call.has(&tag) {
        return Ok(printing::known(&tag));
    }
    let client = client.as_ref().map(|client| &client.state);
    let document = printing::document(&view.state, client, &call.profile);
    let bytes = printing::print(move || invoice_pdf(&document)).await?;
    printing::download(bytes, &tag, view.state.invoice_number.as_str())
}
