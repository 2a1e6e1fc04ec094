//! Installations: a project's panels and their inverter, from the day they are planned to the years in which they produce.
//! What they produce is told apart (`production/`), since it is a thousand times as much.
//!
//! | file | what |
//! | --- | --- |
//! | `status.rs` | where in its life it is, and where it can go from there |
//! | `details.rs` | what is known of a panel or of the inverter |
//! | this one | state, commands, events, rules |

mod details;
mod status;
#[cfg(test)]
mod tests;

pub use details::Details;
pub use status::InstallationStatus;

use crate::DomainError;
use crate::aggregate::{aggregate, events};
use crate::entity::{Claims, Entity, Given, Number};
use crate::value::Change;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Panels of an installation at most.
pub const MAX_PANELS: usize = 1_000;

/// An installation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Installation {
    /// Sequential number in its tenant; 0 before the installation was made.
    pub number: Number,
    /// What it is part of.
    pub project_id: Uuid,
    /// The project's client.
    pub client_id: Uuid,
    /// Where in its life it is.
    pub status: InstallationStatus,
    /// Its panels.
    pub panels: Vec<Details>,
    /// Its inverter.
    pub inverter: Option<Details>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A new installation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InstallationDraft {
    /// What it is part of; that it is there is checked by who sends this.
    pub project_id: Uuid,
    /// The project's client.
    pub client_id: Uuid,
    /// Where it stands when it is taken over; `scheduled` for a new one.
    pub status: InstallationStatus,
    /// Its panels.
    pub panels: Vec<Details>,
    /// Its inverter.
    pub inverter: Option<Details>,
    /// Now.
    pub at: Timestamp,
}

/// Another project, and its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The project; that it is there is checked by who sends this.
    pub project_id: Uuid,
    /// The project's client.
    pub client_id: Uuid,
}

/// What changes in an installation. As an event it holds only what really changed, and no status.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct InstallationPatch {
    /// It becomes part of another project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Its panels, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panels: Option<Vec<Details>>,
    /// Its inverter, as a whole.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub inverter: Change<Details>,
    /// The status that it is to have: an event of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<InstallationStatus>,
    /// When.
    pub at: Timestamp,
}

/// What can be asked of an installation.
#[derive(Debug, Clone, PartialEq)]
pub enum InstallationCommand {
    /// Make it.
    Create(Box<InstallationDraft>),
    /// Change it.
    Update(Box<InstallationPatch>),
}

events! {
    /// What happened to an installation.
    InstallationEvent {
        /// It was made.
        "installation.created" => Created(Box<InstallationCreated>),
        /// Some of its fields changed.
        "installation.updated" => Updated(Box<InstallationPatch>),
        /// It went on in its life.
        "installation.status_changed" => StatusChanged(InstallationStatusChanged),
    }
}

/// An installation was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstallationCreated {
    // First, before what the caller may have put into the details: the log gives it where it first finds it pending.
    /// Its sequential number.
    pub number: Number,
    /// What it is part of.
    pub project_id: Uuid,
    /// The project's client.
    pub client_id: Uuid,
    /// Where it stands.
    pub status: InstallationStatus,
    /// Its panels.
    pub panels: Vec<Details>,
    /// Its inverter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inverter: Option<Details>,
    /// When.
    pub at: Timestamp,
}

/// An installation went on in its life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstallationStatusChanged {
    /// Where it was.
    pub from: InstallationStatus,
    /// Where it is now.
    pub to: InstallationStatus,
    /// When.
    pub at: Timestamp,
}

aggregate!(Installation, "installation", InstallationCommand, InstallationEvent);

impl Entity for Installation {
    fn exists(&self) -> bool {
        self.number != Number::default()
    }

    fn claims(&self, event: &InstallationEvent, claims: &mut Claims) {
        if let InstallationEvent::Created(_) = event {
            claims.number("installation");
        }
    }

    fn fill(&mut self, field: &str, given: Given) -> bool {
        field == "number" && self.number.fill(given)
    }
}

type Decision = Result<Vec<InstallationEvent>, DomainError>;

impl Installation {
    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields, `NotFound` before it was made, `Rule` for a status that does not follow the one it
    /// has.
    pub fn decide(&self, command: InstallationCommand) -> Decision {
        use InstallationCommand as Command;
        match command {
            Command::Create(_) if self.exists() => Err(DomainError::rule("this installation exists already")),
            Command::Create(draft) => create(*draft),
            _ if !self.exists() => Err(DomainError::NotFound { what: "installation" }),
            Command::Update(patch) => self.update(*patch),
        }
    }

    fn update(&self, patch: InstallationPatch) -> Decision {
        let (at, wanted) = (patch.at, patch.status);
        if let Some(panels) = &patch.panels {
            check_panels(panels)?;
        }
        let place = Place { project_id: self.project_id, client_id: self.client_id };
        let changed = InstallationPatch {
            place: patch.place.filter(|other| *other != place),
            panels: patch.panels.filter(|panels| *panels != self.panels),
            inverter: patch.inverter.against(&self.inverter),
            status: None,
            at,
        };
        let mut events = Vec::with_capacity(2);
        if changed != (InstallationPatch { at, ..InstallationPatch::default() }) {
            events.push(InstallationEvent::Updated(Box::new(changed)));
        }
        if let Some(to) = wanted.filter(|to| *to != self.status) {
            self.status.check(to)?;
            let from = self.status;
            events.push(InstallationEvent::StatusChanged(InstallationStatusChanged { from, to, at }));
        }
        Ok(events)
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: InstallationEvent) {
        self.updated_at = event.at();
        match event {
            InstallationEvent::Created(created) => {
                let InstallationCreated { number, project_id, client_id, status, panels, inverter, at } =
                    *created;
                *self = Self {
                    number,
                    project_id,
                    client_id,
                    status,
                    panels,
                    inverter,
                    created_at: at,
                    updated_at: at,
                };
            }
            InstallationEvent::Updated(patch) => {
                let InstallationPatch { place, panels, inverter, .. } = *patch;
                if let Some(Place { project_id, client_id }) = place {
                    (self.project_id, self.client_id) = (project_id, client_id);
                }
                if let Some(panels) = panels {
                    self.panels = panels;
                }
                inverter.apply(&mut self.inverter);
            }
            InstallationEvent::StatusChanged(changed) => self.status = changed.to,
        }
    }
}

fn create(draft: InstallationDraft) -> Decision {
    check_panels(&draft.panels)?;
    let created = InstallationCreated {
        number: Number::PENDING,
        project_id: draft.project_id,
        client_id: draft.client_id,
        status: draft.status,
        panels: draft.panels,
        inverter: draft.inverter,
        at: draft.at,
    };
    Ok(vec![InstallationEvent::Created(Box::new(created))])
}

fn check_panels(panels: &[Details]) -> Result<(), DomainError> {
    if panels.len() > MAX_PANELS {
        return Err(DomainError::invalid("panels", format!("must have at most {MAX_PANELS} entries")));
    }
    Ok(())
}
