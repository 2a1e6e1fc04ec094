//! The invoicing surface: `/api/v1/clients` and `/api/v1/invoices`.
//!
//! | file | what |
//! | --- | --- |
//! | `clients.rs` | `/api/v1/clients` |
//! | `invoices.rs` | `/api/v1/invoices`: list, make, read, change, delete |
//! | `lifecycle.rs` | send, view, cancel |
//! | `payments.rs` | payments of an invoice |
//! | `pdf.rs` | the invoice as a PDF |
//! | `client_body.rs`, `invoice_body.rs` | what their bodies may say, and how it becomes a command |
//! | `client_view.rs`, `invoice_view.rs` | how they are printed |

mod client_body;
mod client_view;
mod clients;
mod invoice_body;
mod invoice_view;
mod invoices;
mod lifecycle;
mod payments;
mod pdf;

use crate::app::App;
use crate::fields::camel_case;
use crate::http::ApiError;
use utoipa_axum::router::OpenApiRouter;

/// The surface's routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(clients::routes())
        .merge(invoices::routes())
        .merge(lifecycle::routes())
        .merge(payments::routes())
        .merge(pdf::routes())
}

/// A refusal with the fields named as this surface names them.
fn refusal(error: impl Into<ApiError>) -> ApiError {
    error.into().rename_fields(|field| {
        let field = camel_case(field);
        match field.strip_prefix("lines") {
            Some(rest) if rest.is_empty() || rest.starts_with('[') => format!("lineItems{rest}"),
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
        assert_eq!(named("lines[3].unit_price"), "lineItems[3].unitPrice: is wrong");
        assert_eq!(named("lines"), "lineItems: is wrong");
        assert_eq!(named("due_date"), "dueDate: is wrong");
    }
}
