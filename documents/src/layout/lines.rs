//! The table of what is billed.

use super::flow::Flow;
use super::table::{self, Cell, Column, Kind, ROW_PADDING};
use super::theme::{BODY, DETAIL};
use crate::locale::Locale;
use crate::text::clean_paragraphs;
use crate::{InvoiceDocument, Line};

/// Places the lines; the last one stays with `tail` points of what follows. Columns of tax appear where there is tax.
pub(super) fn place(flow: &mut Flow, document: &InvoiceDocument, locale: &Locale, tail: f32) {
    let labels = locale.labels();
    let taxed = document.lines.iter().any(|line| !line.tax.is_zero() || !line.tax_rate.is_zero());
    let number = |title| Column { title, kind: Kind::Number };
    let mut columns = vec![
        Column { title: labels.description, kind: Kind::Flexible },
        number(labels.quantity),
        number(labels.unit_price),
    ];
    if taxed {
        columns.extend([number(labels.tax_rate), number(labels.tax)]);
    }
    columns.push(number(labels.amount));
    let currency = &document.currency;
    let mut cells = |line: &Line| -> Vec<Cell> {
        let mut row = vec![description(flow, &line.description)];
        let mut numbers = vec![locale.number(line.quantity), locale.unit_price(line.unit_price, currency)];
        if taxed {
            numbers.extend([locale.percent(line.tax_rate), locale.money(line.tax, currency)]);
        }
        numbers.push(locale.money(line.amount, currency));
        let style = BODY.tabular();
        row.extend(numbers.into_iter().map(|number| vec![(flow.shaper.shape(number, style.setting), style)]));
        row
    };
    let rows: Vec<Vec<Cell>> = document.lines.iter().map(&mut cells).collect();
    if rows.is_empty() {
        // A table without rows would look cut off.
        let dash = vec![(flow.shaper.shape("–".to_owned(), DETAIL.setting), DETAIL)];
        table::place(flow, &columns, &[vec![dash]], ROW_PADDING, tail);
    } else {
        table::place(flow, &columns, &rows, ROW_PADDING, tail);
    }
}

/// The first paragraph names the thing, the others tell more about it.
fn description(flow: &mut Flow, text: &str) -> Cell {
    let paragraphs = clean_paragraphs(text).into_iter().filter(|paragraph| !paragraph.is_empty());
    let styled = paragraphs.enumerate().map(|(index, paragraph)| {
        let style = if index == 0 { BODY } else { DETAIL.sized(8.0) };
        (flow.shaper.shape(paragraph, style.setting), style)
    });
    styled.collect()
}
