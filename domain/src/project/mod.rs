//! Installation projects: a solar system that is planned and built for a client. Not the sales projects that commissions
//! are paid for, which are records of their own context (`record/kinds/sales.rs`).
//!
//! | file | what |
//! | --- | --- |
//! | `profile.rs` | its fields, their checks and changes |
//! | `status.rs` | where in its life it is, and where it can go from there |
//! | this one | state, commands, events, rules |

mod profile;
mod status;
#[cfg(test)]
mod tests;

pub use profile::{EstimatedCost, MAX_NAME, MAX_NOTES, ProjectPatch, ProjectProfile, SystemSize};
pub use status::ProjectStatus;

use crate::aggregate::{aggregate, events};
use crate::entity::{Claims, Entity, Given, Number};
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A project.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Project {
    /// Sequential number in its tenant; 0 before the project was made.
    pub number: Number,
    /// Its fields.
    pub profile: ProjectProfile,
    /// Where in its life it is.
    pub status: ProjectStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// True once it was deleted.
    pub deleted: bool,
}

/// What can be asked of a project. That its client is there, and that nothing is installed of it where that matters, is
/// checked by who sends it.
#[derive(Debug, Clone, PartialEq)]
pub enum ProjectCommand {
    /// Make it.
    Create {
        /// Its fields.
        profile: Box<ProjectProfile>,
        /// Where it stands when it is taken over; `planning` for a new one.
        status: ProjectStatus,
        /// Now.
        at: Timestamp,
    },
    /// Change it.
    Update(Box<ProjectPatch>),
    /// Take it out of the books.
    Delete {
        /// Now.
        at: Timestamp,
    },
}

events! {
    /// What happened to a project.
    ProjectEvent {
        /// It was made.
        "project.created" => Created(Box<ProjectCreated>),
        /// Some of its fields changed.
        "project.updated" => Updated(Box<ProjectPatch>),
        /// It went on in its life.
        "project.status_changed" => StatusChanged(ProjectStatusChanged),
        /// It was deleted.
        "project.deleted" => Deleted(ProjectDeleted),
    }
}

/// A project was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectCreated {
    /// Its sequential number.
    pub number: Number,
    /// Its fields.
    pub profile: ProjectProfile,
    /// Where it stands.
    pub status: ProjectStatus,
    /// When.
    pub at: Timestamp,
}

/// A project went on in its life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectStatusChanged {
    /// Where it was.
    pub from: ProjectStatus,
    /// Where it is now.
    pub to: ProjectStatus,
    /// When.
    pub at: Timestamp,
}

/// A project was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectDeleted {
    /// When.
    pub at: Timestamp,
}

aggregate!(Project, "project", ProjectCommand, ProjectEvent);

impl Entity for Project {
    fn exists(&self) -> bool {
        self.number != Number::default() && !self.deleted
    }

    fn claims(&self, event: &ProjectEvent, claims: &mut Claims) {
        if let ProjectEvent::Created(_) = event {
            claims.number("project");
        }
    }

    fn fill(&mut self, field: &str, given: Given) -> bool {
        field == "number" && self.number.fill(given)
    }
}

type Decision = Result<Vec<ProjectEvent>, DomainError>;

impl Project {
    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields, `NotFound` before it was made and after it was deleted, `Rule` for a status that
    /// does not follow the one it has.
    pub fn decide(&self, command: ProjectCommand) -> Decision {
        use ProjectCommand as Command;
        match command {
            Command::Create { .. } if self.number != Number::default() => {
                Err(DomainError::rule("this project exists already"))
            }
            Command::Create { profile, status, at } => {
                let mut errors = FieldErrors::new();
                let profile = profile.checked(&mut errors);
                let created = ProjectCreated { number: Number::PENDING, profile, status, at };
                errors.into_result(vec![ProjectEvent::Created(Box::new(created))])
            }
            _ if !self.exists() => Err(DomainError::NotFound { what: "project" }),
            Command::Update(patch) => self.update(*patch),
            Command::Delete { at } => Ok(vec![ProjectEvent::Deleted(ProjectDeleted { at })]),
        }
    }

    /// Fields and status change together or not at all; the status is an event of its own, since others wait for it.
    fn update(&self, patch: ProjectPatch) -> Decision {
        let (mut errors, at, wanted) = (FieldErrors::new(), patch.at, patch.status);
        let changed = self.profile.changes(patch, &mut errors);
        let mut events = Vec::with_capacity(2);
        if changed != (ProjectPatch { at, ..ProjectPatch::default() }) {
            events.push(ProjectEvent::Updated(Box::new(changed)));
        }
        let mut events = errors.into_result(events)?;
        if let Some(to) = wanted.filter(|to| *to != self.status) {
            self.status.check(to)?;
            let from = self.status;
            events.push(ProjectEvent::StatusChanged(ProjectStatusChanged { from, to, at }));
        }
        Ok(events)
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: ProjectEvent) {
        self.updated_at = event.at();
        match event {
            ProjectEvent::Created(created) => {
                let ProjectCreated { number, profile, status, at } = *created;
                *self = Self { number, profile, status, created_at: at, updated_at: at, deleted: false };
            }
            ProjectEvent::Updated(patch) => self.profile.apply(*patch),
            ProjectEvent::StatusChanged(changed) => self.status = changed.to,
            ProjectEvent::Deleted(_) => self.deleted = true,
        }
    }
}
