//! What became of each line of a file.

use crate::http::{ApiError, Surface};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Lines that a report tells one by one: the first that there are, and so many of the wrong ones after them.
const TOLD: usize = 10_000;
const TOLD_WRONG: usize = 1_000;

/// What became of a file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::ImportReport)]
pub(super) struct Report {
    /// Whether nothing was to be made.
    dry_run: bool,
    /// Lines that say something, without the first.
    total: u64,
    /// Things that were made.
    created: u64,
    /// Lines that are right: those that were made, or would have been.
    valid: u64,
    /// Lines that nothing became of.
    failed: u64,
    /// Columns that were not read.
    ignored_columns: Vec<String>,
    /// Each line: the first 10,000, and up to 1,000 wrong ones after them.
    rows: Vec<RowReport>,
    #[serde(skip)]
    wrong_after: usize,
    #[serde(skip)]
    replayed: u64,
}

/// What became of one line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::ImportedRow)]
struct RowReport {
    /// Which one, from 1; the first line, with the names, does not count.
    row: u64,
    /// Where it begins in the file.
    line: u64,
    /// `created`, `valid` (of a dry run) or `failed`.
    #[schema(example = "created")]
    status: &'static str,
    /// The number of what was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    errors: Option<Value>,
}

/// A line's place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    row: u64,
    line: u64,
}

impl Report {
    /// Of a file with these columns that are not read.
    pub(super) fn new(dry_run: bool, ignored_columns: Vec<String>) -> Self {
        Self {
            dry_run,
            total: 0,
            created: 0,
            valid: 0,
            failed: 0,
            ignored_columns,
            rows: Vec::new(),
            wrong_after: 0,
            replayed: 0,
        }
    }

    /// The next line begins there.
    pub(super) fn next_row(&mut self, line: u64) -> Row {
        self.total += 1;
        Row { row: self.total, line }
    }

    /// A line of a dry run is right.
    pub(super) fn valid(&mut self, row: Row) {
        self.valid += 1;
        self.tell(row, "valid", None);
    }

    /// A line became the thing of this number; `replayed` where an earlier request made it.
    pub(super) fn created(&mut self, row: Row, id: i64, replayed: bool) {
        self.valid += 1;
        self.created += 1;
        self.replayed += u64::from(replayed);
        self.tell(row, "created", Some(id));
    }

    /// A line is wrong.
    pub(super) fn failed(&mut self, row: Row, error: &ApiError) {
        self.failed += 1;
        if row.row > TOLD as u64 {
            self.wrong_after += 1;
            if self.wrong_after > TOLD_WRONG {
                return;
            }
        }
        let mut said = Surface::Backoffice.print(error, jiff::Timestamp::UNIX_EPOCH);
        let message = said["message"].as_str().map(str::to_owned);
        let errors = Some(said["errors"].take()).filter(|errors| !errors.is_null());
        let (row, line) = (row.row, row.line);
        self.rows.push(RowReport { row, line, status: "failed", id: None, message, errors });
    }

    /// Lines in the order of the file: wrong ones are told before those that waited for their batch.
    pub(super) fn sort(&mut self) {
        self.rows.sort_by_key(|row| row.row);
    }

    /// Whether all that was made was made by an earlier request.
    pub(super) fn is_replayed(&self) -> bool {
        self.created > 0 && self.replayed == self.created
    }

    fn tell(&mut self, row: Row, status: &'static str, id: Option<i64>) {
        if row.row <= TOLD as u64 {
            let (row, line) = (row.row, row.line);
            self.rows.push(RowReport { row, line, status, id, message: None, errors: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_report_tells_of_every_line_in_the_order_of_the_file() {
        let mut report = Report::new(false, vec!["uuid".to_owned()]);
        let (good, bad, torn) = (report.next_row(2), report.next_row(3), report.next_row(5));
        report.failed(bad, &ApiError::invalid("email", "Invalid email format"));
        report.failed(torn, &ApiError::bad_request("This line is not valid UTF-8"));
        report.created(good, 7, false);
        report.sort();
        assert!(!report.is_replayed());
        let wrong = json!({"email": "Invalid email format"});
        assert_eq!(
            serde_json::to_value(&report).unwrap(),
            json!({
                "dry_run": false, "total": 3, "created": 1, "valid": 1, "failed": 2, "ignored_columns": ["uuid"],
                "rows": [
                    {"row": 1, "line": 2, "status": "created", "id": 7},
                    {"row": 2, "line": 3, "status": "failed", "message": "Validation failed", "errors": wrong},
                    {"row": 3, "line": 5, "status": "failed", "message": "This line is not valid UTF-8"},
                ],
            })
        );
    }

    #[test]
    fn a_long_file_is_told_in_its_beginning_and_its_faults() {
        let mut report = Report::new(true, Vec::new());
        for line in 0..13_000 {
            let row = report.next_row(line + 2);
            if line % 2 == 0 { report.valid(row) } else { report.failed(row, &ApiError::bad_request("x")) }
        }
        assert_eq!((report.total, report.valid, report.failed, report.created), (13_000, 6_500, 6_500, 0));
        assert_eq!(report.rows.len(), TOLD + TOLD_WRONG);
    }
}
