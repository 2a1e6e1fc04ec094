//! `/energy/invoices/{code}/pdf`: a link that downloads the invoice without a key, and what it leads to.
//!
//! The PDF is made when it is downloaded, from the invoice as it is then. An invoice that bills no consumer unit's month is
//! printed as the invoicing surface prints it.

use super::envelope::{OnDownload, OnRead};
use super::invoice_parts::Parts;
use super::invoices::find;
use super::pdf_document::document;
use super::pdf_link::{Link, Links};
use crate::app::App;
use crate::auth::area::Energy;
use crate::auth::{Area, Call};
use crate::http::{ApiError, Reply};
use crate::printing;
use crate::wire::Pdf;
use axum::Extension;
use axum::extract::{Path, State};
use http::HeaderMap;
use serde::Serialize;
use std::iter::once;
use sunledger_documents::{energy_invoice_pdf, invoice_pdf};
use sunledger_domain::invoice::Invoice;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What links lead to. Whoever holds one needs no key.
const FILES: &str = "/energy/files";

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(link))
        .routes(routes!(download))
        .layer(Extension(Links::default()))
}

/// Where an invoice's PDF can be had.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = energy::PdfLink)]
struct LinkView {
    /// It downloads the PDF without a key, for an hour.
    #[schema(example = "https://ledger.example.com/energy/files/AAAAAGXzAbU...")]
    url: String,
}

/// Get a link to an invoice's PDF
///
/// It is good for an hour and needs no key: whoever is given it can download this one invoice.
#[utoipa::path(
    get, path = "/energy/invoices/{code}/pdf", tag = "energy",
    params(("code" = String, Path, description = "Code or number of the invoice")),
    responses((status = 200, description = "The link", body = LinkView), OnRead)
)]
async fn link(
    State(app): State<App>,
    Path(code): Path<String>,
    Extension(links): Extension<Links>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let view = find(&app, &call.tenant, &code).await?;
    let link = Link { tenant: call.tenant.clone(), invoice: view.id };
    let token = links.write(&app.log, &link, call.context.now).await?;
    // No ETag: every link is a new one.
    Reply::ok(&LinkView { url: url(&base(&app, &call), &token) })
}

/// Download a PDF by its link
///
/// The link is the one that `/energy/invoices/{code}/pdf` gave; no key is needed.
#[utoipa::path(
    get, path = "/energy/files/{token}", tag = "energy",
    params(("token" = String, Path, description = "As the link has it")),
    responses(
        (
            status = 200, description = "The PDF", body = Pdf, content_type = "application/pdf",
            headers(("Content-Disposition" = String, description = "`attachment; filename=\"INV-0042.pdf\"`"))
        ),
        OnDownload
    )
)]
async fn download(
    State(app): State<App>,
    Path(token): Path<String>,
    Extension(links): Extension<Links>,
    headers: HeaderMap,
) -> Result<Reply, ApiError> {
    let Link { tenant, invoice } = links.read(&app.log, &token, app.clock.now()).await?;
    let profile = app.keys.profile(&tenant).await?;
    let found = app.reads.get::<Invoice>(&tenant, invoice).await?;
    // What a sandbox has thrown away is not there any more, whoever has a link to it.
    let found = found.filter(|_| profile.data(&tenant.home()) == tenant);
    let view = found.ok_or_else(|| ApiError::not_found("invoice"))?;
    let parts = Parts::of(&app, &tenant, once(&view.state)).await?;
    let client = parts.client(&view.state);
    // What the PDF shows, and nothing else.
    let tag = format!(
        "{}-{}-{}-{}-{}-{}",
        printing::FORM,
        view.version,
        client.map_or(0, |client| client.version),
        parts.unit(&view.state).map_or(0, |unit| unit.version),
        parts.plant(&view.state).map_or(0, |plant| plant.version),
        profile.updated_at.as_microsecond(),
    );
    if printing::has(&headers, &tag) {
        return Ok(printing::known(&tag));
    }
    let bytes = match document(&view.state, &parts, &profile) {
        Some(document) => printing::print(move || energy_invoice_pdf(&document)).await?,
        None => {
            let client = client.map(|client| &client.state);
            let document = printing::document(&view.state, client, &profile);
            printing::print(move || invoice_pdf(&document)).await?
        }
    };
    printing::download(bytes, &tag, view.state.invoice_number.as_str())
}

/// The address of a link.
pub(super) fn url(base: &str, token: &str) -> String {
    format!("{base}{FILES}/{token}")
}

/// Where the caller reaches this server: as the setting says, else as the request did.
pub(super) fn base<A: Area>(app: &App, call: &Call<A>) -> String {
    if let Some(url) = &app.settings.public_url {
        return url.clone();
    }
    let secure = call.header("x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    let scheme = if secure { "https" } else { "http" };
    match call.header("host").filter(|host| is_host(host)) {
        Some(host) => format!("{scheme}://{host}"),
        None => format!("{scheme}://{}", app.settings.listen),
    }
}

/// A name or an address with perhaps a port, and nothing that would end it in a URL.
fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_host_becomes_part_of_a_link() {
        for host in ["localhost:8080", "127.0.0.1", "[::1]:80", "ledger.example.com"] {
            assert!(is_host(host), "{host}");
        }
        for other in ["", "a/b", "user@host", "host?x", "ho st", "host#"] {
            assert!(!is_host(other), "{other}");
        }
    }
}
