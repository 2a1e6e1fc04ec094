//! The CRM surface, `/v1`: an installer's clients, projects, installations, invoices and reports.
//!
//! | file | what |
//! | --- | --- |
//! | `clients.rs` | `/v1/clients` |
//! | `client_body.rs`, `client_view.rs` | what their bodies may say, how they are printed |
//! | `envelope.rs` | successes, lists, and what a refusal says |

mod client_body;
mod client_view;
mod clients;
pub mod envelope;

use crate::app::App;
use crate::fields::camel_case;
use crate::http::ApiError;
use utoipa_axum::router::OpenApiRouter;

/// The surface's routes.
pub fn routes() -> OpenApiRouter<App> {
    let mut routes = OpenApiRouter::default().merge(clients::routes());
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
