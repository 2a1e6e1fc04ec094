//! The tenant's id: a short slug that a person can read in a path (`default`, `acme-solar`).

use crate::DomainError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// A tenant's id: 1 to 63 of `a-z`, `0-9`, `-` and `_`, starting with a letter or digit. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(Arc<str>);

impl TenantId {
    /// Longest id.
    pub const MAX: usize = 63;

    /// Checks and takes an id.
    ///
    /// # Errors
    /// `Invalid` on field `tenant` where it is empty, too long or has another character.
    pub fn new(id: &str) -> Result<Self, DomainError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let ok = id.len() <= Self::MAX
            && id.bytes().next().is_some_and(plain)
            && id.bytes().all(|byte| plain(byte) || byte == b'-' || byte == b'_');
        if ok {
            Ok(Self(id.into()))
        } else {
            Err(DomainError::invalid(
                "tenant",
                "must be 1 to 63 of a-z, 0-9, - and _, starting with a letter or digit",
            ))
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of this tenant's own stream (kind `tenant`): derived from the slug, so that nobody has to look it up.
    pub fn stream_id(&self) -> Uuid {
        Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("sunledger:tenant:{}", self.0).as_bytes())
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "TenantId({})", self.0)
    }
}

impl TryFrom<String> for TenantId {
    type Error = DomainError;
    fn try_from(id: String) -> Result<Self, Self::Error> {
        Self::new(&id)
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> Self {
        id.0.as_ref().to_owned()
    }
}
