//! The back office surface: `/api/v2`.
//!
//! | file | what |
//! | --- | --- |
//! | `customers.rs`, `customer_body.rs`, `customer_view.rs` | customers: the clients of the other surfaces |
//! | `batch.rs`, `import/` | many customers at once; customers and products out of a file |
//! | `users.rs`, `sandbox.rs` | people who may sign in; beginning anew, in a sandbox |
//! | `invoices.rs`, `invoice_body.rs`, `invoice_view.rs` | invoices |
//! | `invoice_actions.rs`, `transaction_view.rs` | send, cancel, and an invoice's payments |
//! | `transactions.rs`, `transaction_body.rs` | income and expenses; those that are payments of invoices |
//! | `quotes.rs`, `quote_view.rs` | quotes, and the invoices that they become |
//! | `tickets.rs`, `ticket_view.rs` | what customers ask support for |
//! | `leads.rs`, `lead_view.rs` | people who may become customers |
//! | `products.rs`, `accounts.rs`, `categories.rs`, `departments.rs` | what only holds checked fields: what can be done with it is in `records.rs` |
//! | `starters.rs` | the account, the category and the department that a tenant starts with |
//! | `reports.rs` | the financial summary |
//! | `references.rs` | what bodies and queries name by number |
//! | `envelope.rs` | the bodies around all of them, and what refusals there are |
//! | `lists.rs` | how every list answers: pages, or all of it as CSV |
//! | `read.rs` | fields and parameters that several resources have |
//!
//! Webhooks carry what is printed here; `/api/v2/webhooks` itself is in `webhook_routes`.

pub mod accounts;
mod batch;
pub mod categories;
mod customer_body;
pub mod customer_view;
mod customers;
pub mod departments;
pub mod envelope;
mod import;
mod invoice_actions;
mod invoice_body;
pub mod invoice_view;
mod invoices;
pub mod lead_view;
mod leads;
pub mod lists;
pub mod products;
pub mod quote_view;
mod quotes;
mod read;
pub mod records;
mod references;
mod reports;
mod sandbox;
mod starters;
pub mod ticket_view;
mod tickets;
mod transaction_body;
pub mod transaction_view;
mod transactions;
mod users;

use crate::app::App;
use jiff::Timestamp;
use utoipa_axum::router::OpenApiRouter;

/// The surface's routes, one line a resource.
pub fn routes() -> OpenApiRouter<App> {
    let mut routes = OpenApiRouter::default()
        .merge(customers::routes())
        .merge(batch::routes())
        .merge(import::routes())
        .merge(invoices::routes())
        .merge(invoice_actions::routes())
        .merge(transactions::routes())
        .merge(products::routes())
        .merge(accounts::routes())
        .merge(categories::routes())
        .merge(departments::routes())
        .merge(quotes::routes())
        .merge(tickets::routes())
        .merge(leads::routes())
        .merge(reports::routes())
        .merge(users::routes())
        .merge(sandbox::routes());
    let components = routes.get_openapi_mut().components.get_or_insert_with(Default::default);
    components.schemas.extend([envelope::error_schema()]);
    routes
}

/// An instant as this surface prints it: whole seconds, `2024-01-15T10:00:00Z`.
pub fn time(at: Timestamp) -> String {
    // Rounded down, so that a time printed is never later than the time meant.
    let seconds = at.as_second() - i64::from(at.subsec_nanosecond() < 0);
    Timestamp::from_second(seconds).unwrap_or(at).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_seconds() {
        assert_eq!(time("2024-01-15T10:00:00.999Z".parse().unwrap()), "2024-01-15T10:00:00Z");
        assert_eq!(time("1969-12-31T23:59:59.5Z".parse().unwrap()), "1969-12-31T23:59:59Z");
    }
}
