//! Where in its life a project is.

use crate::DomainError;
use serde::{Deserialize, Serialize};

/// Where in its life a project is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectStatus {
    /// Being worked out.
    #[default]
    Planning,
    /// The client wants it.
    Approved,
    /// Being built.
    InProgress,
    /// Built.
    Completed,
    /// Given up.
    Cancelled,
}

impl ProjectStatus {
    /// Every status, in the order of a project's life.
    pub const ALL: [ProjectStatus; 5] =
        [Self::Planning, Self::Approved, Self::InProgress, Self::Completed, Self::Cancelled];

    /// The status in events, read models and the document: `in_progress`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::Approved => "approved",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Where a project can go from here: one step on, or out of it while it is not built.
    fn next(self) -> &'static [ProjectStatus] {
        match self {
            Self::Planning => &[Self::Approved, Self::Cancelled],
            Self::Approved => &[Self::InProgress, Self::Cancelled],
            Self::InProgress => &[Self::Completed, Self::Cancelled],
            Self::Completed | Self::Cancelled => &[],
        }
    }

    /// # Errors
    /// `Rule`, naming both, where a project does not go from here to `to`.
    pub(super) fn check(self, to: Self) -> Result<(), DomainError> {
        if self.next().contains(&to) {
            return Ok(());
        }
        let next: Vec<&str> = self.next().iter().map(|status| status.as_str()).collect();
        let ways = match next.as_slice() {
            [] => "it stays as it is".to_owned(),
            ways => format!("it can become {}", ways.join(" or ")),
        };
        let (from, to) = (self.as_str(), to.as_str());
        Err(DomainError::rule(format!("a project that is {from} can not become {to}: {ways}")))
    }
}
