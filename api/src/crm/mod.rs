//! The CRM surface, `/v1`: an installer's clients, projects, installations, invoices and reports.
//!
//! | file | what |
//! | --- | --- |
//! | `clients.rs` | `/v1/clients` |
//! | `client_body.rs`, `client_view.rs` | what their bodies may say, how they are printed |
//! | `timeline.rs` | everything that happened to a client and to all that is its own |
//! | `client_summary.rs` | what a client comes to |
//! | `projects.rs`, `project_body.rs`, `project_view.rs` | `/v1/projects`, what its bodies may say, how one is printed |
//! | `installations.rs`, `installation_body.rs`, `installation_view.rs` | `/v1/installations`, the same |
//! | `readings.rs`, `readings_body.rs` | what an installation produced comes in |
//! | `production_report.rs`, `production_csv.rs`, `production_pdf.rs` | the report of it, as JSON, CSV and PDF |
//! | `invoices.rs`, `lifecycle.rs` | `/v1/invoices`: list, make, read; send, cancel, payments |
//! | `invoice_body.rs`, `invoice_view.rs` | what their bodies may say, how they are printed |
//! | `envelope.rs` | successes, lists, and what a refusal says |

mod client_body;
mod client_summary;
mod client_view;
mod clients;
pub mod envelope;
mod installation_body;
mod installation_view;
mod installations;
mod invoice_body;
mod invoice_view;
mod invoices;
mod lifecycle;
mod production_csv;
mod production_pdf;
mod production_report;
mod project_body;
mod project_view;
mod projects;
mod readings;
mod readings_body;
mod timeline;

use crate::app::App;
use crate::fields::camel_case;
use crate::http::ApiError;
use utoipa_axum::router::OpenApiRouter;

/// The surface's routes.
pub fn routes() -> OpenApiRouter<App> {
    let mut routes = OpenApiRouter::default()
        .merge(clients::routes())
        .merge(timeline::routes())
        .merge(projects::routes())
        .merge(installations::routes())
        .merge(readings::routes())
        .merge(invoices::routes())
        .merge(lifecycle::routes())
        .merge(production_report::routes())
        .merge(client_summary::routes());
    let components = routes.get_openapi_mut().components.get_or_insert_with(Default::default);
    components.schemas.extend([envelope::error_schema()]);
    routes
}

/// A refusal with the fields named as this surface names them.
fn refusal(error: impl Into<ApiError>) -> ApiError {
    error.into().rename_fields(|field| {
        let field = camel_case(field);
        match field.strip_prefix("lines") {
            Some(rest) if rest.is_empty() || rest.starts_with('[') => format!("items{rest}"),
            _ => field,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sunledger_domain::DomainError;

    #[test]
    fn refusals_name_the_fields_of_this_surface() {
        let named = |field: &str| refusal(DomainError::invalid(field, "is wrong")).message.into_owned();
        assert_eq!(named("lines[3].unit_price"), "items[3].unitPrice: is wrong");
        assert_eq!(named("lines"), "items: is wrong");
        assert_eq!(named("tax_id"), "taxId: is wrong");
        assert_eq!(named("address.zip"), "address.zip: is wrong");
    }
}
