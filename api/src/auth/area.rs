//! The areas that scopes open, as types: a handler's signature says which one it needs.

use sunledger_domain::api_key::{Access, Area as DomainArea, Scope};

/// What a route needs of a key.
pub trait Area: Send + Sync + 'static {
    /// Who answers, as the events' metadata have it.
    const SURFACE: &'static str;

    /// Areas of which one must be open for reading. Empty: any valid key may read.
    const READ: &'static [DomainArea];

    /// Areas of which one must be open for writing.
    const WRITE: &'static [DomainArea] = Self::READ;

    /// Whether people with a session token are let in beside keys. Their routes name the tenant in the path.
    const SESSIONS: bool = false;

    /// Whether the key's scopes open it.
    fn opens(scopes: &[Scope], access: Access) -> bool {
        let areas = match access {
            Access::Read => Self::READ,
            Access::Write => Self::WRITE,
        };
        areas.is_empty()
            || areas.iter().any(|area| scopes.iter().any(|scope| scope.allows(Scope { area: *area, access })))
    }
}

macro_rules! areas {
    ($($(#[$doc:meta])* $name:ident = $surface:literal, $areas:expr;)*) => {
        $($(#[$doc])* #[derive(Debug, Clone, Copy)] pub struct $name;
        impl Area for $name {
            const SURFACE: &'static str = $surface;
            const READ: &'static [DomainArea] = $areas;
        })*
    };
}

areas! {
    /// `/v1`.
    Crm = "crm", &[DomainArea::Crm];
    /// `/api/v1/clients`, `/api/v1/invoices`.
    Invoicing = "invoicing", &[DomainArea::Invoicing];
    /// `/energy`.
    Energy = "energy", &[DomainArea::Energy];
    /// `/api/v2`.
    Backoffice = "backoffice", &[DomainArea::Backoffice];
    /// `/api/v2/webhooks`: part of the back office, and the webhooks' own.
    BackofficeWebhooks = "backoffice", &[DomainArea::Backoffice, DomainArea::Webhooks];
    /// `/webhooks`.
    Webhooks = "webhooks", &[DomainArea::Webhooks];
    /// `/audit`, `/feed`.
    Audit = "audit", &[DomainArea::Audit];
    /// `/keys`.
    Admin = "admin", &[DomainArea::Admin];
}

/// `/v1/reports`: asked for by `POST` where it takes a body, and changes nothing.
#[derive(Debug, Clone, Copy)]
pub struct CrmReports;

impl Area for CrmReports {
    const SURFACE: &'static str = Crm::SURFACE;
    const READ: &'static [DomainArea] = Crm::READ;

    fn opens(scopes: &[Scope], _access: Access) -> bool {
        Crm::opens(scopes, Access::Read)
    }
}

/// `/energy/reports`: asked for by `POST`, and changes nothing.
#[derive(Debug, Clone, Copy)]
pub struct EnergyReports;

impl Area for EnergyReports {
    const SURFACE: &'static str = Energy::SURFACE;
    const READ: &'static [DomainArea] = Energy::READ;

    fn opens(scopes: &[Scope], _access: Access) -> bool {
        Energy::opens(scopes, Access::Read)
    }
}

/// `/api/v1/tenants`: for keys, and for people who signed in.
#[derive(Debug, Clone, Copy)]
pub struct Commissions;

impl Area for Commissions {
    const SURFACE: &'static str = "commissions";
    const READ: &'static [DomainArea] = &[DomainArea::Commissions];
    const SESSIONS: bool = true;
}

/// `/api/v1/tenants/{tenantId}/scpfs/calculate`: asked for by `POST`, and changes nothing unless it is told to; the handler
/// looks at that.
#[derive(Debug, Clone, Copy)]
pub struct CommissionsCalculation;

impl Area for CommissionsCalculation {
    const SURFACE: &'static str = Commissions::SURFACE;
    const READ: &'static [DomainArea] = Commissions::READ;
    const SESSIONS: bool = Commissions::SESSIONS;

    fn opens(scopes: &[Scope], _access: Access) -> bool {
        Commissions::opens(scopes, Access::Read)
    }
}

/// `/tenant`: every key may read its own company's profile; changing it takes `admin:write`.
#[derive(Debug, Clone, Copy)]
pub struct Profile;

impl Area for Profile {
    const SURFACE: &'static str = "admin";
    const READ: &'static [DomainArea] = &[];
    const WRITE: &'static [DomainArea] = &[DomainArea::Admin];
}
