//! Columns of a result, with their types.

use std::sync::Arc;
use sunledger_store::{Param, Row, StoreError};
use uuid::Uuid;

/// Reads a row from left to right.
pub(crate) struct Columns {
    rest: std::vec::IntoIter<Param>,
}

impl From<Row> for Columns {
    fn from(row: Row) -> Self {
        Self { rest: row.0.into_iter() }
    }
}

impl Columns {
    fn next(&mut self) -> Param {
        self.rest.next().unwrap_or(Param::Null)
    }

    /// An integer.
    pub(crate) fn int(&mut self) -> Result<i64, StoreError> {
        self.int_or_null()?.ok_or_else(|| wrong("an integer", &Param::Null))
    }

    /// An integer, or NULL.
    pub(crate) fn int_or_null(&mut self) -> Result<Option<i64>, StoreError> {
        match self.next() {
            Param::Int(value) => Ok(Some(value)),
            Param::Null => Ok(None),
            other => Err(wrong("an integer", &other)),
        }
    }

    /// A boolean; SQLite has 0 and 1.
    pub(crate) fn bool(&mut self) -> Result<bool, StoreError> {
        match self.next() {
            Param::Bool(value) => Ok(value),
            Param::Int(value) => Ok(value != 0),
            other => Err(wrong("a boolean", &other)),
        }
    }

    /// A text.
    pub(crate) fn text(&mut self) -> Result<Arc<str>, StoreError> {
        self.text_or_null()?.ok_or_else(|| wrong("a text", &Param::Null))
    }

    /// A text, or NULL.
    pub(crate) fn text_or_null(&mut self) -> Result<Option<Arc<str>>, StoreError> {
        match self.next() {
            Param::Text(value) => Ok(Some(value)),
            Param::Null => Ok(None),
            other => Err(wrong("a text", &other)),
        }
    }

    /// A UUID; SQLite has 16 bytes.
    pub(crate) fn uuid(&mut self) -> Result<Uuid, StoreError> {
        self.uuid_or_null()?.ok_or_else(|| wrong("a UUID", &Param::Null))
    }

    /// A UUID, or NULL.
    pub(crate) fn uuid_or_null(&mut self) -> Result<Option<Uuid>, StoreError> {
        match self.next() {
            Param::Uuid(value) => Ok(Some(value)),
            Param::Bytes(bytes) => {
                Uuid::from_slice(&bytes).map(Some).map_err(|_| wrong("a UUID", &Param::Bytes(Vec::new())))
            }
            Param::Null => Ok(None),
            other => Err(wrong("a UUID", &other)),
        }
    }
}

/// Says what kind of thing was found, never the thing: it may be a secret.
fn wrong(expected: &str, found: &Param) -> StoreError {
    let found = match found {
        Param::Null => "NULL",
        Param::Bool(_) => "a boolean",
        Param::Int(_) => "an integer",
        Param::Text(_) => "a text",
        Param::Bytes(_) => "bytes",
        Param::Uuid(_) => "a UUID",
        _ => "an array",
    };
    StoreError::Damaged(format!("webhooks: a column holds {found} instead of {expected}"))
}
