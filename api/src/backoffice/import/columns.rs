//! The first line of a file, and the cells of the others as fields.

use crate::csv::{Record, unguarded};
use crate::http::ApiError;
use serde_json::{Map, Number, Value};
use sunledger_domain::FieldErrors;

/// A column that is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name, which is the field's.
    pub(super) name: &'static str,
    /// A file without it is none.
    pub(super) required: bool,
    /// Its cells are numbers.
    pub(super) number: bool,
}

/// The columns of a file.
#[derive(Debug)]
pub(super) struct Columns {
    /// By place: what is read there.
    places: Vec<Option<&'static Column>>,
    passed_over: Vec<String>,
}

impl Columns {
    /// Reads the first line.
    ///
    /// # Errors
    /// 400 naming the columns that are missing, or there twice.
    pub(super) fn read(first: Record, known: &'static [Column]) -> Result<Self, ApiError> {
        let names = first.cells.map_err(|wrong| ApiError::bad_request(format!("The first line {wrong}")))?;
        let mut wrong = FieldErrors::new();
        let mut columns = Self { places: Vec::with_capacity(names.len()), passed_over: Vec::new() };
        for name in names {
            let name = name.trim();
            let column = known.iter().find(|column| column.name.eq_ignore_ascii_case(name));
            match column {
                Some(column) if columns.places.contains(&Some(column)) => {
                    wrong.add(column.name, "is the name of two columns");
                }
                None if !name.is_empty() => columns.passed_over.push(name.chars().take(100).collect()),
                _ => {}
            }
            columns.places.push(column);
        }
        for column in known.iter().filter(|column| column.required) {
            if !columns.places.contains(&Some(column)) {
                wrong.add(column.name, "is no column of the first line");
            }
        }
        if wrong.is_empty() { Ok(columns) } else { Err(ApiError::fields(wrong)) }
    }

    /// The names of the columns that are not read.
    pub(super) fn passed_over(&self) -> Vec<String> {
        self.passed_over.clone()
    }

    /// A line's cells, by the names of their columns. Empty ones are left out.
    ///
    /// # Errors
    /// 400 where it is no line of this file.
    pub(super) fn fields(&self, record: Record) -> Result<Map<String, Value>, ApiError> {
        let cells = record.cells.map_err(|wrong| ApiError::bad_request(format!("This line {wrong}")))?;
        if cells.iter().skip(self.places.len()).any(|cell| !cell.trim().is_empty()) {
            let columns = self.places.len();
            return Err(ApiError::bad_request(format!(
                "This line has more cells than the {columns} columns"
            )));
        }
        let mut fields = Map::new();
        for (cell, column) in cells.iter().zip(&self.places) {
            let Some(column) = column else { continue };
            let text = unguarded(cell.trim_matches(' '));
            if !text.trim().is_empty() {
                fields.insert(column.name.to_owned(), value(text, column.number));
            }
        }
        Ok(fields)
    }
}

/// What is no number stays a text: whoever reads the field says what it must be.
fn value(text: &str, number: bool) -> Value {
    let number = if number { text.trim().parse::<Number>().ok() } else { None };
    number.map_or_else(|| Value::from(text), Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    static KNOWN: [Column; 3] = [
        Column { name: "name", required: true, number: false },
        Column { name: "price", required: true, number: true },
        Column { name: "type", required: false, number: false },
    ];

    fn record(cells: &[&str]) -> Record {
        Record { line: 1, cells: Ok(cells.iter().map(|cell| (*cell).to_owned()).collect()) }
    }

    #[test]
    fn the_first_line_names_the_columns_in_any_order() {
        let columns = Columns::read(record(&["id", " Price", "NAME", ""]), &KNOWN).unwrap();
        assert_eq!(columns.passed_over(), ["id"]);
        let fields = columns.fields(record(&["7", " 99.90 ", "'=Panel", ""])).unwrap();
        // As it was written: a literal of the macro would be the number without its last digit.
        let read: Value = serde_json::from_str(r#"{"name": "=Panel", "price": 99.90}"#).unwrap();
        assert_eq!(Value::Object(fields), read);
        let short = columns.fields(record(&["7"])).unwrap();
        assert!(short.is_empty());
        let long = columns.fields(record(&["", "1", "A", "", "B"])).unwrap_err();
        assert_eq!(long.message, "This line has more cells than the 4 columns");
    }

    #[test]
    fn columns_that_are_missing_or_there_twice_are_named() {
        let wrong = Columns::read(record(&["name", "type", "Name"]), &KNOWN).unwrap_err();
        assert_eq!(wrong.message, "name: is the name of two columns; price: is no column of the first line");
        let none = Record { line: 1, cells: Err("is not valid UTF-8") };
        assert_eq!(Columns::read(none, &KNOWN).unwrap_err().message, "The first line is not valid UTF-8");
    }

    #[test]
    fn what_is_no_number_is_left_for_the_field_to_refuse() {
        let columns = Columns::read(record(&["name", "price"]), &KNOWN).unwrap();
        for text in ["abc", "1,5", "1.2.3", "NaN", "0x1", "R$ 5"] {
            let fields = columns.fields(record(&["A", text])).unwrap();
            assert_eq!(fields["price"], json!(text), "{text}");
        }
        let exact = columns.fields(record(&["A", "0.1000000000000000055"])).unwrap();
        assert_eq!(exact["price"].to_string(), "0.1000000000000000055");
    }
}
