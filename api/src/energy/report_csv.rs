//! The billing report as CSV (RFC 4180): a line of names, then a line for each invoice, in UTF-8.

use super::report_row::{BillingRow, SentMail};
use crate::wire::{Amount, Number};
use serde::Serialize;
use std::fmt::Write;
use uuid::Uuid;

/// A value in a column.
pub(super) trait Cell {
    /// Writes it. What is null is empty.
    fn write(&self, line: &mut String);
}

/// The line of names.
pub(super) fn header() -> String {
    let mut line = BillingRow::COLUMNS.join(",");
    line.push_str("\r\n");
    line
}

/// The line of an invoice.
pub(super) fn line(row: &BillingRow) -> String {
    let mut line = String::with_capacity(1_024);
    for (index, cell) in row.cells().into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        cell.write(&mut line);
    }
    line.push_str("\r\n");
    line
}

/// A text. Spreadsheets run what looks like a formula: a text that begins like one gets an apostrophe, which they take for
/// "this is text". Names and addresses are typed by strangers.
fn text(text: &str, line: &mut String) {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
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

/// A number, as JSON has it.
fn number(value: &impl Serialize, line: &mut String) {
    // A number always prints.
    line.push_str(&serde_json::to_string(value).unwrap_or_default());
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

impl Cell for Vec<SentMail> {
    /// When they were sent, one after the other.
    fn write(&self, line: &mut String) {
        let dates: Vec<&str> = self.iter().map(SentMail::date).collect();
        text(&dates.join(" "), line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn there_is_a_name_for_every_cell() {
        let header = header();
        assert!(header.starts_with("_id,nomeTipoInstalacao,titularDaConta,"));
        assert!(header.ends_with(",dataPagamento,totalPago\r\n"));
        assert_eq!(header.trim_end().split(',').count(), 53);
    }
}
