//! What a user may do. The one table, for every surface that knows users.

use crate::api_key::{Access, Area, Scope};
use serde::{Deserialize, Serialize};

/// A user's role.
///
/// | area | administrator | accountant | support | viewer |
/// | --- | --- | --- | --- | --- |
/// | crm | write | read | write | read |
/// | energy | write | write | read | read |
/// | backoffice | write | write | read | read |
/// | invoicing | write | write | read | read |
/// | commissions | write | write | read | read |
/// | audit | write | read | - | - |
/// | webhooks | write | - | - | - |
/// | admin | write | - | - | - |
///
/// On the back office itself, where people sign in too, each part has its own line ([`Part`]):
///
/// | part | administrator | accountant | support | viewer |
/// | --- | --- | --- | --- | --- |
/// | customers | write | write | write | read |
/// | books | write | write | read | read |
/// | desk | write | read | write | read |
/// | administration | write | - | - | - |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Administrator,
    /// The books: invoices, payments, commissions.
    Accountant,
    /// Customers and what they ask for; looks at the books.
    Support,
    /// Looks, and changes nothing.
    #[default]
    Viewer,
}

/// A part of the back office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Customers.
    Customers,
    /// Invoices, transactions, quotes, what is sold, accounts and categories, reports.
    Books,
    /// What customers and those who may become some ask for: tickets and leads.
    Desk,
    /// People, webhooks, and whatever is none of the others.
    Administration,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 4] = [Self::Administrator, Self::Accountant, Self::Support, Self::Viewer];

    /// The role's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Accountant => "accountant",
            Self::Support => "support",
            Self::Viewer => "viewer",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// A field message.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or("must be one of: administrator, accountant, support, viewer")
    }

    /// What it may do in an area; nothing where there is none.
    pub fn access(self, area: Area) -> Option<Access> {
        match (self, area) {
            (Self::Administrator, _) => Some(Access::Write),
            (Self::Accountant, Area::Energy | Area::Backoffice | Area::Invoicing | Area::Commissions) => {
                Some(Access::Write)
            }
            (Self::Accountant, Area::Crm | Area::Audit) => Some(Access::Read),
            (Self::Support, Area::Crm) => Some(Access::Write),
            (Self::Support | Self::Viewer, area) if is_business(area) => Some(Access::Read),
            (Self::Accountant | Self::Support | Self::Viewer, _) => None,
        }
    }

    /// What it may do in a part of the back office; nothing where there is none.
    pub fn access_to(self, part: Part) -> Option<Access> {
        match (self, part) {
            (Self::Administrator, _)
            | (Self::Accountant, Part::Customers | Part::Books)
            | (Self::Support, Part::Customers | Part::Desk) => Some(Access::Write),
            (_, Part::Administration) => None,
            (Self::Accountant, Part::Desk)
            | (Self::Support, Part::Books)
            | (Self::Viewer, Part::Customers | Part::Books | Part::Desk) => Some(Access::Read),
        }
    }

    /// The scopes of a key that could do just that.
    pub fn scopes(self) -> Vec<Scope> {
        let scope = |area| Some(Scope { area, access: self.access(area)? });
        Area::ALL.into_iter().filter_map(scope).collect()
    }
}

/// The company's business, as opposed to how it uses this program.
fn is_business(area: Area) -> bool {
    match area {
        Area::Crm | Area::Energy | Area::Backoffice | Area::Invoicing | Area::Commissions => true,
        Area::Audit | Area::Webhooks | Area::Admin => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(role: Role) -> Vec<String> {
        role.scopes().iter().map(Scope::to_string).collect()
    }

    #[test]
    fn each_role_opens_what_the_table_says() {
        assert!(Scope::all().all(|scope| Role::Administrator.scopes().iter().any(|one| one.allows(scope))));
        assert_eq!(
            scopes(Role::Accountant),
            [
                "crm:read",
                "energy:write",
                "backoffice:write",
                "invoicing:write",
                "commissions:write",
                "audit:read"
            ]
        );
        assert_eq!(
            scopes(Role::Support),
            ["crm:write", "energy:read", "backoffice:read", "invoicing:read", "commissions:read"]
        );
        assert_eq!(
            scopes(Role::Viewer),
            ["crm:read", "energy:read", "backoffice:read", "invoicing:read", "commissions:read"]
        );
    }

    #[test]
    fn each_role_opens_its_parts_of_the_back_office() {
        let parts = [Part::Customers, Part::Books, Part::Desk, Part::Administration];
        let opens = |role: Role| parts.map(|part| role.access_to(part).map_or("-", Access::as_str));
        assert_eq!(opens(Role::Administrator), ["write"; 4]);
        assert_eq!(opens(Role::Accountant), ["write", "write", "read", "-"]);
        assert_eq!(opens(Role::Support), ["write", "read", "write", "-"]);
        assert_eq!(opens(Role::Viewer), ["read", "read", "read", "-"]);
    }

    #[test]
    fn a_role_is_read_as_it_is_written() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Ok(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{}\"", role.as_str()));
        }
        for wrong in ["", "Administrator", "admin", "viewer "] {
            assert!(Role::parse(wrong).is_err(), "{wrong}");
        }
    }
}
