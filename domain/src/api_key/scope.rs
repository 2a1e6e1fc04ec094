//! Scopes: an area of the API, to read or to write.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A part of the API that a key can be let into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Area {
    /// The CRM surface.
    Crm,
    /// The energy surface.
    Energy,
    /// The back office surface.
    Backoffice,
    /// The invoicing surface.
    Invoicing,
    /// The commissions surface.
    Commissions,
    /// History and the live feed.
    Audit,
    /// Webhook endpoints.
    Webhooks,
    /// The tenant's profile and its keys.
    Admin,
}

impl Area {
    /// Every area.
    pub const ALL: [Area; 8] = [
        Self::Crm,
        Self::Energy,
        Self::Backoffice,
        Self::Invoicing,
        Self::Commissions,
        Self::Audit,
        Self::Webhooks,
        Self::Admin,
    ];

    /// The area's name in a scope.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crm => "crm",
            Self::Energy => "energy",
            Self::Backoffice => "backoffice",
            Self::Invoicing => "invoicing",
            Self::Commissions => "commissions",
            Self::Audit => "audit",
            Self::Webhooks => "webhooks",
            Self::Admin => "admin",
        }
    }
}

/// What may be done in an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    /// Look.
    Read,
    /// Look and change.
    Write,
}

impl Access {
    /// `read` or `write`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// An area and what may be done in it; written `crm:read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// Where.
    pub area: Area,
    /// What.
    pub access: Access,
}

impl Scope {
    /// Looking at an area.
    pub const fn read(area: Area) -> Self {
        Self { area, access: Access::Read }
    }

    /// Changing an area.
    pub const fn write(area: Area) -> Self {
        Self { area, access: Access::Write }
    }

    /// Every scope there is.
    pub fn all() -> impl Iterator<Item = Scope> {
        Area::ALL.into_iter().flat_map(|area| [Self::read(area), Self::write(area)])
    }

    /// Reads `crm:read`.
    ///
    /// # Errors
    /// A field message where there is no such scope.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        Self::all()
            .find(|scope| text.split_once(':') == Some((scope.area.as_str(), scope.access.as_str())))
            .ok_or("must be an area (crm, energy, backoffice, invoicing, commissions, audit, webhooks, admin) and :read or :write")
    }

    /// True where holding this scope is enough for `required`: the same area, and writing includes reading.
    pub fn allows(self, required: Scope) -> bool {
        self.area == required.area && self.access >= required.access
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.area.as_str(), self.access.as_str())
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
