//! `/api/v2/accounts`: where the company's money is.

use super::records::{RecordView, record_routes, text};
use super::time;
use crate::csv::CsvRow;
use serde::Serialize;
use sunledger_domain::record::{ACCOUNT, Record, RecordKind};
use utoipa::ToSchema;
use uuid::Uuid;

record_routes! {
    AccountView, NewAccount, AccountChange, "/api/v2/accounts", "/api/v2/accounts/{id}",
    list "List accounts", create "Create an account", get "Get an account", update "Update an account",
    delete "Delete an account"
}

/// A new account.
#[derive(ToSchema)]
#[schema(as = backoffice::NewAccount)]
#[expect(dead_code, reason = "describes the body; the record's kind reads it")]
struct NewAccount {
    /// What it is called.
    #[schema(max_length = 200, example = "Main account")]
    name: String,
    /// Its number at the bank.
    #[schema(max_length = 200, example = "0001-9")]
    account_number: Option<String>,
    /// What it is for.
    #[schema(max_length = 5000, example = "Current account")]
    description: Option<String>,
}

/// What changes in an account: what is absent stays, `null` empties.
#[derive(ToSchema)]
#[schema(as = backoffice::AccountChange)]
#[expect(dead_code, reason = "describes the body; the record's kind reads it")]
struct AccountChange {
    /// What it is called.
    #[schema(max_length = 200, example = "Main account", nullable = false)]
    name: Option<String>,
    /// Its number at the bank.
    #[schema(max_length = 200, example = "0001-9")]
    account_number: Option<String>,
    /// What it is for.
    #[schema(max_length = 5000, example = "Current account")]
    description: Option<String>,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Account)]
pub struct AccountView {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    /// Its id elsewhere.
    uuid: Uuid,
    /// What it is called.
    #[schema(example = "Main account")]
    name: Option<String>,
    /// Its number at the bank.
    #[schema(example = "0001-9")]
    account_number: Option<String>,
    /// What it is for.
    #[schema(example = "Current account")]
    description: Option<String>,
    /// When it was made.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    updated_at: String,
}

impl RecordView for AccountView {
    const KIND: &'static RecordKind = &ACCOUNT;
    const FILE: &'static str = "accounts";

    fn new(id: Uuid, record: &Record) -> Self {
        Self {
            id: record.number.get(),
            uuid: id,
            name: text(record, "name"),
            account_number: text(record, "account_number"),
            description: text(record, "description"),
            created_at: time(record.created_at),
            updated_at: time(record.updated_at),
        }
    }
}

impl CsvRow for AccountView {
    const COLUMNS: &'static [&'static str] =
        &["id", "uuid", "name", "account_number", "description", "created_at", "updated_at"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_a_column_and_every_field_of_the_kind_is_shown() {
        let view = AccountView::new(Uuid::nil(), &Record::default());
        crate::csv::assert_columns(&view, &[]);
        assert!(ACCOUNT.fields.iter().all(|field| AccountView::COLUMNS.contains(&field.name)));
    }
}
