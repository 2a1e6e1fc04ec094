//! The billing report as CSV (RFC 4180): a line of names, then a line for each invoice, in UTF-8.

use super::report_row::{BillingRow, SentMail};
use crate::csv::{Cell, text};

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

    #[test]
    fn there_is_a_name_for_every_cell() {
        let header = header();
        assert!(header.starts_with("_id,nomeTipoInstalacao,titularDaConta,"));
        assert!(header.ends_with(",dataPagamento,totalPago\r\n"));
        assert_eq!(header.trim_end().split(',').count(), 53);
    }
}
