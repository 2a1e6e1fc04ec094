//! The energy surface, `/energy`: a manager of solar credits. Its document prints no paths and no envelopes: bodies
//! are plain.
//!
//! | file | what |
//! | --- | --- |
//! | `clients.rs` | `/energy/clients` |
//! | `consumer_units.rs` | `/energy/consumer-units`: list, register, read, change |
//! | `plant_shares.rs` | a unit's share of its power plant, kept with the unit |
//! | `power_plants.rs` | `/energy/power-plants` |
//! | `bills.rs`, `bill_body.rs` | the utility's bill of a month goes in, the energy invoice comes out |
//! | `invoices.rs`, `lifecycle.rs` | `/energy/invoices`: list, read; send, cancel, payments |
//! | `invoice_view.rs`, `invoice_parts.rs` | how an invoice is printed, and what is read for that |
//! | `explain.rs`, `explain_events.rs` | how an invoice's figures came about, and which events told what went in |
//! | `pdf.rs`, `pdf_link.rs`, `pdf_document.rs` | the PDF: its link, how links are signed, what is printed |
//! | `discounts.rs`, `charges.rs`, `adjustments.rs` | what is taken off a month's invoice and put on it |
//! | `recent.rs`, `recent_query.rs` | consumer units and invoices that changed lately |
//! | `report.rs`, `report_row.rs`, `report_csv.rs` | the billing report: which invoices, a row of it, as CSV |
//! | `generations.rs` | what a power plant generated, handed out to its units |
//! | `client_body.rs`, `unit_body.rs`, `plant_body.rs` | what their bodies may say, and how it becomes a command |
//! | `narrowed.rs` | where a body that makes a thing differs from one that changes it, as described |
//! | `client_view.rs`, `unit_view.rs`, `plant_view.rs` | how they are printed |
//! | `envelope.rs` | lists, and what a refusal says |
//! | `times.rs` | times as this surface prints them |

mod adjustments;
mod bill_body;
mod bills;
mod charges;
mod client_body;
mod client_view;
mod clients;
mod consumer_units;
mod discounts;
pub mod envelope;
mod explain;
mod explain_events;
mod generations;
mod invoice_parts;
mod invoice_view;
mod invoices;
mod lifecycle;
mod narrowed;
mod pdf;
mod pdf_document;
mod pdf_link;
mod plant_body;
mod plant_shares;
mod plant_view;
mod power_plants;
mod recent;
mod recent_query;
mod report;
mod report_csv;
mod report_row;
pub(crate) mod times;
mod unit_body;
mod unit_view;

pub(crate) use bills::hand_in_all;

use crate::app::App;
use crate::fields::camel_case;
use crate::http::ApiError;
use utoipa_axum::router::OpenApiRouter;

/// The surface's routes.
pub fn routes() -> OpenApiRouter<App> {
    let mut routes = OpenApiRouter::default()
        .merge(clients::routes())
        .merge(consumer_units::routes())
        .merge(power_plants::routes())
        .merge(recent::routes())
        .merge(report::routes())
        .merge(generations::routes())
        .merge(bills::routes())
        .merge(invoices::routes())
        .merge(explain::routes())
        .merge(lifecycle::routes())
        .merge(pdf::routes())
        .merge(discounts::routes())
        .merge(charges::routes());
    let components = routes.get_openapi_mut().components.get_or_insert_with(Default::default);
    components.schemas.extend([envelope::error_schema()]);
    routes
}

/// A refusal with the fields named as this surface names them.
fn refusal(error: impl Into<ApiError>) -> ApiError {
    error.into().rename_fields(|field| {
        match field {
            "client_id" => "clientCode",
            "power_plant_id" => "powerPlantCode",
            "tax_id" => "cpfCnpj",
            "installation_type" => "instalationType",
            "responsible" => "responsable",
            "create_invoice_automatically" => "createInvoiceSunneAutomatically",
            "energy" => "energyKwh",
            other => return camel_case(other),
        }
        .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sunledger_domain::DomainError;

    #[test]
    fn refusals_name_the_fields_of_this_surface() {
        let named = |field: &str| refusal(DomainError::invalid(field, "is wrong")).message.into_owned();
        assert_eq!(named("tax_id"), "cpfCnpj: is wrong");
        assert_eq!(named("client_id"), "clientCode: is wrong");
        assert_eq!(named("installation_type"), "instalationType: is wrong");
        assert_eq!(named("name_account_owner"), "nameAccountOwner: is wrong");
        assert_eq!(named("address.zip"), "address.zip: is wrong");
    }
}
