//! How one thing names another that the back office shows by its number.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Another thing of the tenant. Its number never changes, so that who prints this need not look it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Reference {
    /// Its id.
    pub id: Uuid,
    /// Its number, among the tenant's of its kind.
    pub number: i64,
}
