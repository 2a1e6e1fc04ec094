//! Comma-separated values (RFC 4180), in UTF-8: lists on their way to a spreadsheet, and files on their way in.
//!
//! | file | what |
//! | --- | --- |
//! | `write.rs` | cells and lines, safe to be opened by a spreadsheet |
//! | `read.rs` | a body as records, read as it comes |
//!
//! **How a list of a surface becomes CSV.** Its view says which of its fields are columns, in their order:
//!
//! ```text
//! impl CsvRow for ProductView {
//!     const COLUMNS: &'static [&'static str] = &["id", "name", "price"];
//! }
//! ```
//!
//! and a test holds it to what it prints: `csv::assert_columns(&ProductView::new(..), &[])`. What is no text, number or truth (a list
//! of items) stands in its cell as JSON. On the back office that is all: its lists answer through `backoffice/lists.rs`, which
//! writes pages for whoever wants JSON and streams all rows to whoever wants CSV.

mod read;
mod write;

pub use read::{Record, Records};
#[cfg(test)]
pub(crate) use write::assert_columns;
pub use write::{Cell, CsvRow, header, line, text, unguarded};

use crate::auth::{Area, Call};

/// The media type.
pub const MIME: &str = "text/csv";

/// Whether an answer is wanted as CSV: `Accept` names it, and JSON not before it.
pub fn wanted<A: Area>(call: &Call<A>) -> bool {
    call.prefers(&["application/json", MIME]) == Some(MIME)
}
