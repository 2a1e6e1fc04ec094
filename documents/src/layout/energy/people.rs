//! Who sends it, who pays it, where the energy was used, and the month's readings and energy.

use super::super::block::{Align, Block};
use super::super::columns;
use super::super::flow::Flow;
use super::super::parties::party;
use super::super::theme::{BODY, DETAIL, LABEL, NAME, Style};
use super::{SECTION, words};
use crate::locale::Locale;
use crate::text::clean_line;
use crate::{EnergyInvoiceDocument, EnergyUnit};
use jiff::civil::Date;
use rust_decimal::Decimal;

const GAP: f32 = 20.0;
/// Share of the width that the consumer unit has: it says most.
const UNIT: f32 = 0.38;
const LINE: Style = DETAIL.sized(8.2);

/// Places three columns of names and addresses, and the figures below them.
pub(super) fn place(flow: &mut Flow, document: &EnergyInvoiceDocument, locale: &Locale) {
    let labels = locale.labels();
    let unit_width = flow.width() * UNIT;
    let width = (flow.width() - unit_width - 2.0 * GAP) / 2.0;
    let blocks = [
        (party(flow, words::ISSUER, &document.issuer.party, labels, LINE, width), width),
        (party(flow, words::CLIENT, &document.client, labels, LINE, width), width),
        (unit(flow, &document.unit, unit_width), unit_width),
    ];
    let mut columns = Vec::with_capacity(blocks.len());
    let mut x = flow.left();
    // One of whom nothing is known leaves its place to the next: the label is a block's first line.
    for (block, width) in blocks.into_iter().filter(|(block, _)| block.lines().len() > 1) {
        columns.push((block, x));
        x += width + GAP;
    }
    if !columns.is_empty() {
        columns::place(flow, &columns);
        flow.space(SECTION - 3.0);
    }
    place_figures(flow, document, locale);
}

fn unit(flow: &mut Flow, unit: &EnergyUnit, width: f32) -> Block {
    let mut block = Block::new(width, Align::Left);
    let shaper = &mut flow.shaper;
    block.line(shaper, words::UNIT, LABEL).gap(3.0).words(shaper, &unit.number, NAME).gap(1.5);
    block.line(shaper, &unit.name, LINE);
    let labelled = [
        (words::HOLDER, &unit.holder),
        (words::INSTALLATION, &unit.installation),
        (words::PLANT, &unit.plant),
    ];
    for (label, value) in labelled {
        let value = clean_line(value);
        if !value.is_empty() {
            block.line(shaper, &format!("{label}: {value}"), LINE);
        }
    }
    for line in &unit.address {
        block.paragraphs(shaper, line, LINE);
    }
    block
}

/// Label and value of what is known, four in a row between two thin lines.
fn place_figures(flow: &mut Flow, document: &EnergyInvoiceDocument, locale: &Locale) {
    let day = |date: Option<Date>| date.map(|date| locale.date(date));
    let kwh = |energy: Option<Decimal>| energy.map(|energy| format!("{}\u{a0}kWh", locale.number(energy)));
    let energy = &document.energy;
    let figures = [
        (locale.labels().issued, day(Some(document.issue_date))),
        (words::PREVIOUS_READING, day(document.previous_reading)),
        (words::CURRENT_READING, day(document.current_reading)),
        (words::NEXT_READING, day(document.next_reading)),
        (words::CONSUMED, kwh(energy.consumed)),
        (words::CREDITS_USED, kwh(energy.credits_used)),
        (words::CREDITS_OFFSET, kwh(energy.credits_offset)),
        (words::CREDIT_BALANCE, kwh(energy.credit_balance)),
    ];
    let known: Vec<_> = figures.into_iter().filter_map(|(label, value)| Some((label, value?))).collect();
    let y = flow.y;
    flow.hairline(y);
    flow.y += 7.0;
    for row in known.chunks(4) {
        let spans = columns::spans(flow.left(), flow.width(), 4, 14.0);
        let cells: Vec<(Block, f32)> = row
            .iter()
            .zip(spans)
            .map(|((label, value), (x, width))| {
                let mut block = Block::new(width, Align::Left);
                block.line(&mut flow.shaper, label, LABEL);
                block.fitted_or_broken(&mut flow.shaper, value, BODY.tabular(), 5.5);
                (block, x)
            })
            .collect();
        columns::place(flow, &cells);
        flow.space(4.0);
    }
    flow.y += 3.0;
    let y = flow.y;
    flow.hairline(y);
}
