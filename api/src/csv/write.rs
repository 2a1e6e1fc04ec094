//! Cells and lines.
//!
//! Spreadsheets run what looks like a formula, and names and addresses are typed by strangers: a text that begins like a formula
//! gets an apostrophe, which spreadsheets take for "this is text". Numbers are numbers, also those below 0.

use crate::http::ApiError;
use crate::wire::{Amount, Number};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write;
use uuid::Uuid;

/// What a formula begins with, or what a spreadsheet passes over before it.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// A value in a column.
pub trait Cell {
    /// Writes it. What is null is empty.
    fn write(&self, line: &mut String);
}

/// Something that a list shows, as a line.
pub trait CsvRow: Serialize {
    /// The fields of its JSON that are columns, in their order: all of them, but for what would repeat another resource.
    const COLUMNS: &'static [&'static str];
}

/// The line of names.
pub fn header<T: CsvRow>() -> String {
    let mut line = T::COLUMNS.join(",");
    line.push_str("\r\n");
    line
}

/// The line of one thing.
///
/// # Errors
/// 500 where it cannot be printed.
pub fn line<T: CsvRow>(row: &T) -> Result<String, ApiError> {
    let json = serde_json::to_value(row).map_err(|error| ApiError::internal(format!("printing: {error}")))?;
    let mut line = String::with_capacity(256);
    for (index, column) in T::COLUMNS.iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        if let Some(value) = json.get(column) {
            value.write(&mut line);
        }
    }
    line.push_str("\r\n");
    Ok(line)
}

/// A text as a cell.
pub fn text(text: &str, line: &mut String) {
    let formula = text.starts_with(FORMULA);
    let quoted = text.contains([',', '"', '\r', '\n']);
    if quoted {
        line.push('"');
    }
    if formula {
        line.push('\'');
    }
    for character in text.chars() {
        if character == '"' {
            line.push('"');
        }
        line.push(character);
    }
    if quoted {
        line.push('"');
    }
}

/// A cell's text without the apostrophe that [`text`] gave it: an export that comes back in says what went out.
pub fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(text)
}

/// A number, as JSON has it.
fn number(value: &impl Serialize, line: &mut String) {
    // A number always prints.
    line.push_str(&serde_json::to_string(value).unwrap_or_default());
}

impl Cell for Value {
    fn write(&self, line: &mut String) {
        match self {
            Self::Null => {}
            Self::String(value) => text(value, line),
            Self::Bool(_) | Self::Number(_) => number(self, line),
            Self::Array(_) | Self::Object(_) => text(&self.to_string(), line),
        }
    }
}

impl Cell for String {
    fn write(&self, line: &mut String) {
        text(self, line);
    }
}

impl Cell for &'static str {
    fn write(&self, line: &mut String) {
        text(self, line);
    }
}

impl Cell for Uuid {
    fn write(&self, line: &mut String) {
        // Writing into a String cannot fail.
        let _ = write!(line, "{self}");
    }
}

impl Cell for Number {
    fn write(&self, line: &mut String) {
        number(self, line);
    }
}

impl Cell for Amount {
    fn write(&self, line: &mut String) {
        number(self, line);
    }
}

impl Cell for u8 {
    fn write(&self, line: &mut String) {
        number(self, line);
    }
}

impl Cell for i64 {
    fn write(&self, line: &mut String) {
        number(self, line);
    }
}

impl Cell for bool {
    fn write(&self, line: &mut String) {
        line.push_str(if *self { "true" } else { "false" });
    }
}

impl<T: Cell> Cell for Option<T> {
    fn write(&self, line: &mut String) {
        if let Some(value) = self {
            value.write(line);
        }
    }
}

/// Holds a row's columns to what it prints: every field is a column, but for those that are left out on purpose.
#[cfg(test)]
#[track_caller]
pub(crate) fn assert_columns<T: CsvRow>(row: &T, left_out: &[&str]) {
    let json = serde_json::to_value(row).unwrap();
    let mut printed: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    printed.retain(|name| !left_out.contains(name));
    let mut columns = T::COLUMNS.to_vec();
    printed.sort_unstable();
    columns.sort_unstable();
    assert_eq!(columns, printed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn cell(value: &dyn Cell) -> String {
        let mut line = String::new();
        value.write(&mut line);
        line
    }

    #[test]
    fn texts_are_quoted_where_they_must_be() {
        for (value, printed) in [
            ("Centro", "Centro"),
            ("Rua A, 1", "\"Rua A, 1\""),
            ("o \"Bar\"", "\"o \"\"Bar\"\"\""),
            ("a\nb", "\"a\nb\""),
            ("", ""),
        ] {
            assert_eq!(cell(&value.to_owned()), printed);
        }
    }

    #[test]
    fn no_text_is_a_formula() {
        for value in ["=1+1", "+55", "-1", "@SUM(A1)", "\tx"] {
            assert!(cell(&value.to_owned()).starts_with('\''), "{value}");
        }
        assert_eq!(cell(&"\r=1".to_owned()), "\"'\r=1\"");
        assert_eq!(cell(&"=HYPERLINK(\"x\",\"y\")".to_owned()), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
    }

    #[test]
    fn what_is_null_is_empty_and_numbers_are_numbers() {
        let decimal = |text: &str| text.parse().unwrap();
        assert_eq!(cell(&None::<String>), "");
        assert_eq!(cell(&Number(decimal("-1304.63453616"))), "-1304.63453616");
        assert_eq!(cell(&Some(Number(decimal("20.0")))), "20");
        assert_eq!(cell(&Amount(decimal("1043.7"))), "1043.70");
        assert_eq!((cell(&true), cell(&7_i64)), ("true".into(), "7".into()));
    }

    #[derive(Serialize)]
    struct Sample {
        name: &'static str,
        amount: Amount,
        note: Option<String>,
        items: Value,
    }

    impl CsvRow for Sample {
        const COLUMNS: &'static [&'static str] = &["name", "amount", "note", "items"];
    }

    #[test]
    fn a_row_is_its_fields_in_the_order_of_the_columns() {
        let amount = Amount("-1500".parse().unwrap());
        let row = Sample { name: "=cmd|' /C calc'!A0", amount, note: None, items: json!([{"qty": 1}]) };
        assert_columns(&row, &[]);
        assert_eq!(header::<Sample>(), "name,amount,note,items\r\n");
        assert_eq!(line(&row).unwrap(), "'=cmd|' /C calc'!A0,-1500.00,,\"[{\"\"qty\"\":1}]\"\r\n");
    }

    proptest! {
        #[test]
        fn what_goes_out_comes_back_and_never_begins_like_a_formula(given in "[-=+@'\t\ra-z\",]{0,8}") {
            prop_assume!(!given.starts_with('\''));
            let printed = cell(&given);
            let bare = match printed.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                Some(inner) => inner.replace("\"\"", "\""),
                None => printed,
            };
            prop_assert!(!bare.starts_with(FORMULA));
            prop_assert_eq!(unguarded(&bare), given);
        }
    }
}
