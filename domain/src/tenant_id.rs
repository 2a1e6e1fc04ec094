//! The tenant's id: a short slug that a person can read in a path (`default`, `acme-solar`).
//!
//! A sandbox's data lie under ids of their own, one for each time that they were thrown away (`acme~1`, `acme~2`): another id
//! is another tenant to all that keeps data, so nothing of an earlier one is visible in a later one. What belongs to the
//! company itself (its profile, keys, people) is under the id that it was made with, its *home*.

use crate::DomainError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// A tenant's id: 1 to 63 of `a-z`, `0-9`, `-` and `_`, starting with a letter or digit. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(Arc<str>);

/// Between a sandbox's id and its epoch. No id that anybody gives has it, and it sorts behind all of their letters.
const EPOCH: char = '~';

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

    /// Takes an id as data are kept under it: a tenant's, or a sandbox's of some epoch.
    ///
    /// # Errors
    /// As [`TenantId::new`].
    pub fn stored(id: &str) -> Result<Self, DomainError> {
        let Some((home, epoch)) = id.split_once(EPOCH) else { return Self::new(id) };
        let home = Self::new(home)?;
        // Printed again, since `+1` and `01` would be other names of the same.
        match epoch.parse().map(|epoch| home.epoch(epoch)) {
            Ok(found) if found.as_str() == id => Ok(found),
            _ => Self::new(id),
        }
    }

    /// Under what the data of a sandbox are kept in an epoch.
    #[must_use]
    pub fn epoch(&self, epoch: u32) -> Self {
        Self(format!("{}{EPOCH}{epoch}", self.home_str()).into())
    }

    /// Whose data these are: the id without its epoch.
    #[must_use]
    pub fn home(&self) -> Self {
        if self.0.contains(EPOCH) { Self(self.home_str().into()) } else { self.clone() }
    }

    /// The same as text: what anybody outside gets to see.
    pub fn home_str(&self) -> &str {
        self.0.split_once(EPOCH).map_or(&*self.0, |(home, _)| home)
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
        Self::stored(&id)
    }
}

/// The id as text, shared and not copied.
impl From<&TenantId> for Arc<str> {
    fn from(id: &TenantId) -> Self {
        id.0.clone()
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> Self {
        id.0.as_ref().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_another_id_of_the_same_home() {
        let home = TenantId::new("acme").unwrap();
        let third = home.epoch(3);
        assert_eq!((third.as_str(), third.home_str(), third.home()), ("acme~3", "acme", home.clone()));
        assert_eq!(third.epoch(4).as_str(), "acme~4");
        assert_eq!(home.home(), home);
        assert_eq!(TenantId::stored("acme~3").unwrap(), third);
        assert_eq!(TenantId::stored("acme").unwrap(), home);
        assert_ne!(third.stream_id(), home.stream_id());
        let text = serde_json::to_string(&third).unwrap();
        assert_eq!(serde_json::from_str::<TenantId>(&text).unwrap(), third);
    }

    #[test]
    fn nobody_can_give_an_id_with_an_epoch() {
        assert!(TenantId::new("acme~1").is_err());
        for wrong in ["~1", "acme~", "acme~+1", "acme~01", "acme~1~2", "acme~x", "acme~4294967296", "ac.me~1"]
        {
            assert!(TenantId::stored(wrong).is_err(), "{wrong}");
        }
        assert!(TenantId::stored(&format!("{}~{}", "a".repeat(TenantId::MAX), u32::MAX)).is_ok());
    }
}
