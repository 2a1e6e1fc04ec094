//! `/api/v2/categories`: what kinds of income and expenses there are.

use super::records::{RecordView, record_routes, text};
use super::time;
use crate::csv::CsvRow;
use serde::Serialize;
use sunledger_domain::record::{CATEGORY, Record, RecordKind};
use utoipa::ToSchema;
use uuid::Uuid;

record_routes! {
    CategoryView, NewCategory, CategoryChange, "/api/v2/categories", "/api/v2/categories/{id}",
    list "List categories", create "Create a category", get "Get a category", update "Update a category",
    delete "Delete a category"
}

/// A new category.
#[derive(ToSchema)]
#[schema(as = backoffice::NewCategory)]
#[expect(dead_code, reason = "describes the body; the record's kind reads it")]
struct NewCategory {
    /// What it is called.
    #[schema(max_length = 200, example = "General")]
    name: String,
    /// `Income` or `Expense`; of both where there is none.
    #[schema(example = "Income", pattern = "^(Income|Expense)$")]
    r#type: Option<String>,
    /// What it is for.
    #[schema(max_length = 5000, example = "Sales of services")]
    description: Option<String>,
}

/// What changes in a category: what is absent stays, `null` empties.
#[derive(ToSchema)]
#[schema(as = backoffice::CategoryChange)]
#[expect(dead_code, reason = "describes the body; the record's kind reads it")]
struct CategoryChange {
    /// What it is called.
    #[schema(max_length = 200, example = "General", nullable = false)]
    name: Option<String>,
    /// `Income` or `Expense`; of both where there is none.
    #[schema(example = "Income", pattern = "^(Income|Expense)$")]
    r#type: Option<String>,
    /// What it is for.
    #[schema(max_length = 5000, example = "Sales of services")]
    description: Option<String>,
}

/// A category.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Category)]
pub struct CategoryView {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    /// Its id elsewhere.
    uuid: Uuid,
    /// What it is called.
    #[schema(example = "General")]
    name: Option<String>,
    /// `Income` or `Expense`; of both where there is none.
    #[schema(example = "Income")]
    r#type: Option<String>,
    /// What it is for.
    #[schema(example = "Sales of services")]
    description: Option<String>,
    /// When it was made.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    updated_at: String,
}

impl RecordView for CategoryView {
    const KIND: &'static RecordKind = &CATEGORY;
    const FILE: &'static str = "categories";

    fn new(id: Uuid, record: &Record) -> Self {
        Self {
            id: record.number.get(),
            uuid: id,
            name: text(record, "name"),
            r#type: text(record, "type"),
            description: text(record, "description"),
            created_at: time(record.created_at),
            updated_at: time(record.updated_at),
        }
    }
}

impl CsvRow for CategoryView {
    const COLUMNS: &'static [&'static str] =
        &["id", "uuid", "name", "type", "description", "created_at", "updated_at"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_a_column_and_every_field_of_the_kind_is_shown() {
        let view = CategoryView::new(Uuid::nil(), &Record::default());
        crate::csv::assert_columns(&view, &[]);
        assert!(CATEGORY.fields.iter().all(|field| CategoryView::COLUMNS.contains(&field.name)));
    }
}
