//! The areas that scopes open, as types: a handler's signature says which one it needs.

use super::People;
use sunledger_domain::api_key::{Access, Area as DomainArea, Scope};

/// What a route needs of a key.
pub trait Area: Send + Sync + 'static {
    /// Who answers, as the events' metadata have it.
    const SURFACE: &'static str;

    /// Areas of which one must be open for reading. Empty: any valid key may read.
    const READ: &'static [DomainArea];

    /// Areas of which one must be open for writing.
    const WRITE: &'static [DomainArea] = Self::READ;

    /// Whether people with a session token are let in beside keys.
    const PEOPLE: People = People::No;

    /// Whether this belongs to the company itself: it stays when a sandbox's data are thrown away.
    const OF_COMPANY: bool = false;

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
    /// `/webhooks`.
    Webhooks = "webhooks", &[DomainArea::Webhooks];
    /// `/audit`, `/feed`.
    Audit = "audit", &[DomainArea::Audit];
}

/// `/api/v2`: for keys, and for people who signed in, by their roles.
#[derive(Debug, Clone, Copy)]
pub struct Backoffice;

impl Area for Backoffice {
    const SURFACE: &'static str = "backoffice";
    const READ: &'static [DomainArea] = &[DomainArea::Backoffice];
    const PEOPLE: People = People::ByPart;
}

/// `/api/v2/webhooks`: part of the back office, and the webhooks' own.
#[derive(Debug, Clone, Copy)]
pub struct BackofficeWebhooks;

impl Area for BackofficeWebhooks {
    const SURFACE: &'static str = Backoffice::SURFACE;
    const READ: &'static [DomainArea] = &[DomainArea::Backoffice, DomainArea::Webhooks];
    const PEOPLE: People = Backoffice::PEOPLE;
}

/// `/api/v2/users`, `/api/v2/sandbox`: the company's own, on the back office.
#[derive(Debug, Clone, Copy)]
pub struct BackofficeCompany;

impl Area for BackofficeCompany {
    const SURFACE: &'static str = Backoffice::SURFACE;
    const READ: &'static [DomainArea] = Backoffice::READ;
    const PEOPLE: People = Backoffice::PEOPLE;
    const OF_COMPANY: bool = true;
}

/// `/keys`.
#[derive(Debug, Clone, Copy)]
pub struct Admin;

impl Area for Admin {
    const SURFACE: &'static str = "admin";
    const READ: &'static [DomainArea] = &[DomainArea::Admin];
    const OF_COMPANY: bool = true;
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
    const PEOPLE: People = People::OfNamedTenant;
}

/// `/api/v1/tenants/{tenantId}/scpfs/calculate`: asked for by `POST`, and changes nothing unless it is told to; the handler
/// looks at that.
#[derive(Debug, Clone, Copy)]
pub struct CommissionsCalculation;

impl Area for CommissionsCalculation {
    const SURFACE: &'static str = Commissions::SURFACE;
    const READ: &'static [DomainArea] = Commissions::READ;
    const PEOPLE: People = Commissions::PEOPLE;

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
    const OF_COMPANY: bool = true;
}
