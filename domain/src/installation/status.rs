//! Where in its life an installation is.

use crate::DomainError;
use serde::{Deserialize, Serialize};

/// Where in its life an installation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstallationStatus {
    /// To be built.
    #[default]
    Scheduled,
    /// Being built.
    InProgress,
    /// Built, and producing.
    Completed,
    /// Built, and being looked after.
    Maintenance,
}

impl InstallationStatus {
    /// Every status, in the order of an installation's life.
    pub const ALL: [InstallationStatus; 4] =
        [Self::Scheduled, Self::InProgress, Self::Completed, Self::Maintenance];

    /// Those in which it is active: it is built.
    pub const ACTIVE: [InstallationStatus; 2] = [Self::Completed, Self::Maintenance];

    /// The status in events, read models and the document: `in_progress`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Maintenance => "maintenance",
        }
    }

    /// Where an installation can go from here: anywhere while it is not built, for a small one is built in one visit and
    /// a visit can be put off; in and out of maintenance afterwards, since what is built is not built again.
    fn next(self) -> &'static [InstallationStatus] {
        match self {
            Self::Scheduled => &[Self::InProgress, Self::Completed, Self::Maintenance],
            Self::InProgress => &[Self::Scheduled, Self::Completed, Self::Maintenance],
            Self::Completed => &[Self::Maintenance],
            Self::Maintenance => &[Self::Completed],
        }
    }

    /// # Errors
    /// `Rule`, naming both, where an installation does not go from here to `to`.
    pub(super) fn check(self, to: Self) -> Result<(), DomainError> {
        if self.next().contains(&to) {
            return Ok(());
        }
        let ways: Vec<&str> = self.next().iter().map(|status| status.as_str()).collect();
        let (from, ways, to) = (self.as_str(), ways.join(" or "), to.as_str());
        Err(DomainError::rule(format!(
            "an installation that is {from} can not become {to}: it can become {ways}"
        )))
    }
}
