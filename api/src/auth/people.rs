//! Where people with a session token are let in beside API keys, and what their roles open there. The table of roles is the
//! domain's ([`Role`]); this says which part of the back office a path belongs to.

use super::Caller;
use crate::http::ApiError;
use sunledger_domain::api_key::Access;
use sunledger_domain::user::{Part, Role};

/// Whether people who signed in may come to a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum People {
    /// Keys alone.
    No,
    /// Those of the tenant that the path names, by the scopes of their role.
    OfNamedTenant,
    /// By what their role opens of the back office.
    ByPart,
}

/// The part of the back office that a path belongs to. What is not told here is for administrators alone.
fn part_of(path: &str) -> Part {
    let resource = path.strip_prefix("/api/v2/").and_then(|rest| rest.split('/').next());
    match resource.unwrap_or_default() {
        "customers" | "batch" => Part::Customers,
        "invoices" | "transactions" | "products" | "quotes" | "accounts" | "categories" | "reports" => {
            Part::Books
        }
        "tickets" | "leads" | "departments" => Part::Desk,
        _ => Part::Administration,
    }
}

/// Lets a person do what the role opens.
///
/// # Errors
/// 403.
pub(super) fn check(caller: &Caller, role: Role, path: &str, access: Access) -> Result<(), ApiError> {
    if role.access_to(part_of(path)) >= Some(access) {
        return Ok(());
    }
    let what = match access {
        Access::Read => "see",
        Access::Write => "change",
    };
    Err(ApiError::forbidden(format!("{}, as {}, may not {what} this", caller.name, role.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_belongs_to_a_part() {
        for (path, part) in [
            ("/api/v2/customers", Part::Customers),
            ("/api/v2/customers/7", Part::Customers),
            ("/api/v2/batch/customers", Part::Customers),
            ("/api/v2/invoices/7/payments", Part::Books),
            ("/api/v2/reports/financial", Part::Books),
            ("/api/v2/quotes/7/convert", Part::Books),
            ("/api/v2/tickets/7/replies", Part::Desk),
            ("/api/v2/leads/7/convert", Part::Desk),
            ("/api/v2/users", Part::Administration),
            ("/api/v2/webhooks/7/test", Part::Administration),
            ("/api/v2/sandbox/reset", Part::Administration),
            ("/api/v2/invoicesx", Part::Administration),
            ("/api/v2/", Part::Administration),
            ("/api/v2", Part::Administration),
        ] {
            assert_eq!(part_of(path), part, "{path}");
        }
    }
}
