//! `/api/v2/departments`: who answers tickets.

use super::records::{RecordView, record_routes, text};
use super::time;
use crate::csv::CsvRow;
use serde::Serialize;
use sunledger_domain::record::{DEPARTMENT, Record, RecordKind};
use utoipa::ToSchema;
use uuid::Uuid;

record_routes! {
    DepartmentView, NewDepartment, DepartmentChange, "/api/v2/departments", "/api/v2/departments/{id}",
    list "List departments", create "Create a department", get "Get a department", update "Update a department",
    delete "Delete a department"
}

/// A new department.
#[derive(ToSchema)]
#[schema(as = backoffice::NewDepartment)]
#[expect(dead_code, reason = "describes the body; the record's kind reads it")]
struct NewDepartment {
    /// What it is called.
    #[schema(max_length = 200, example = "Support")]
    name: String,
    /// Where it gets its mail.
    #[schema(format = Email, example = "support@example.com")]
    email: Option<String>,
    /// What it is for.
    #[schema(max_length = 5000, example = "First level")]
    description: Option<String>,
}

/// What changes in a department: what is absent stays, `null` empties.
#[derive(ToSchema)]
#[schema(as = backoffice::DepartmentChange)]
#[expect(dead_code, reason = "describes the body; the record's kind reads it")]
struct DepartmentChange {
    /// What it is called.
    #[schema(max_length = 200, example = "Support", nullable = false)]
    name: Option<String>,
    /// Where it gets its mail.
    #[schema(format = Email, example = "support@example.com")]
    email: Option<String>,
    /// What it is for.
    #[schema(max_length = 5000, example = "First level")]
    description: Option<String>,
}

/// A department.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Department)]
pub struct DepartmentView {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    /// Its id elsewhere.
    uuid: Uuid,
    /// What it is called.
    #[schema(example = "Support")]
    name: Option<String>,
    /// Where it gets its mail.
    #[schema(example = "support@example.com")]
    email: Option<String>,
    /// What it is for.
    #[schema(example = "First level")]
    description: Option<String>,
    /// When it was made.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    updated_at: String,
}

impl RecordView for DepartmentView {
    const KIND: &'static RecordKind = &DEPARTMENT;
    const FILE: &'static str = "departments";

    fn new(id: Uuid, record: &Record) -> Self {
        Self {
            id: record.number.get(),
            uuid: id,
            name: text(record, "name"),
            email: text(record, "email"),
            description: text(record, "description"),
            created_at: time(record.created_at),
            updated_at: time(record.updated_at),
        }
    }
}

impl CsvRow for DepartmentView {
    const COLUMNS: &'static [&'static str] =
        &["id", "uuid", "name", "email", "description", "created_at", "updated_at"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_a_column_and_every_field_of_the_kind_is_shown() {
        let view = DepartmentView::new(Uuid::nil(), &Record::default());
        crate::csv::assert_columns(&view, &[]);
        assert!(DEPARTMENT.fields.iter().all(|field| DepartmentView::COLUMNS.contains(&field.name)));
    }
}
