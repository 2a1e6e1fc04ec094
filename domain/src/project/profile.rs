//! The fields of a project, as the CRM document has them.

use crate::FieldErrors;
use crate::checks::{optional_text, text_change};
use crate::project::ProjectStatus;
use crate::value::bounded::bounded_decimal;
use crate::value::{CalendarDate, Change, text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest name, in characters.
pub const MAX_NAME: usize = 200;
/// Longest notes, in characters.
pub const MAX_NOTES: usize = 5_000;

bounded_decimal! {
    /// The size of a solar system in kW: above 0, at most 10^6, with at most 6 decimals.
    SystemSize, "must be a number of kW above 0, at most 1000000, with at most 6 decimals",
    |value| value > rust_decimal::Decimal::ZERO && value <= rust_decimal::Decimal::from(1_000_000_u32)
}

bounded_decimal! {
    /// What a project is expected to cost, in the company's currency: 0 to 10^12, with at most 6 decimals.
    EstimatedCost, "must be an amount from 0 to 1000000000000 with at most 6 decimals",
    |value| !value.is_sign_negative() && value <= rust_decimal::Decimal::from(1_000_000_000_000_u64)
}

/// The fields of a project.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ProjectProfile {
    /// For whom it is.
    pub client_id: Uuid,
    /// What it is called; 1 to 200 characters.
    pub name: String,
    /// Size of the system, kW.
    pub system_size: SystemSize,
    /// What it is expected to cost, in the company's currency.
    pub estimated_cost: EstimatedCost,
    /// The day on which it is to begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date: Option<CalendarDate>,
    /// What people wrote about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// What changes in a project. As an event it holds only what really changed, and no status.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ProjectPatch {
    /// Another client. That nothing is installed yet is checked by who sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Uuid>,
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another size, kW.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_size: Option<SystemSize>,
    /// Another expected cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_cost: Option<EstimatedCost>,
    /// The day on which it is to begin.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub start_date: Change<CalendarDate>,
    /// Notes.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub notes: Change<String>,
    /// The status that it is to have: an event of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ProjectStatus>,
    /// When.
    pub at: Timestamp,
}

impl ProjectProfile {
    /// The same fields in the form they are kept; wrong ones are noted.
    pub(super) fn checked(self, errors: &mut FieldErrors) -> Self {
        let name = check_name(&self.name, errors);
        let notes = optional_text("notes", self.notes, MAX_NOTES, text::text, errors);
        // What a type's default is, nobody gave.
        let system_size = errors.check("system_size", SystemSize::new(self.system_size.get()));
        Self { name, notes, system_size: system_size.unwrap_or_default(), ..self }
    }

    /// What of `patch` is a change of these fields; wrong ones are noted.
    pub(super) fn changes(&self, patch: ProjectPatch, errors: &mut FieldErrors) -> ProjectPatch {
        let name = patch.name.map(|name| check_name(&name, errors));
        let notes = text_change("notes", patch.notes, MAX_NOTES, text::text, errors);
        ProjectPatch {
            client_id: patch.client_id.filter(|client| *client != self.client_id),
            name: name.filter(|name| *name != self.name),
            system_size: patch.system_size.filter(|size| *size != self.system_size),
            estimated_cost: patch.estimated_cost.filter(|cost| *cost != self.estimated_cost),
            start_date: patch.start_date.against(&self.start_date),
            notes: notes.against(&self.notes),
            status: None,
            at: patch.at,
        }
    }

    /// Carries changes out.
    pub(super) fn apply(&mut self, patch: ProjectPatch) {
        self.client_id = patch.client_id.unwrap_or(self.client_id);
        if let Some(name) = patch.name {
            self.name = name;
        }
        self.system_size = patch.system_size.unwrap_or(self.system_size);
        self.estimated_cost = patch.estimated_cost.unwrap_or(self.estimated_cost);
        patch.start_date.apply(&mut self.start_date);
        patch.notes.apply(&mut self.notes);
    }
}

fn check_name(name: &str, errors: &mut FieldErrors) -> String {
    errors.check("name", text::required_line(name, MAX_NAME)).unwrap_or_default()
}
