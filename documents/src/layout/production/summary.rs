//! Whose installation it is, and what it came to.

use super::super::block::{Align, Block};
use super::super::columns;
use super::super::flow::Flow;
use super::super::parties::party;
use super::super::theme::{BODY, DETAIL, HEADLINE, LABEL, NAME, STRONG, Style, TINT};
use super::{SECTION, kwh, total};
use crate::ProductionDocument;
use crate::locale::Locale;
use crate::page::Area;
use crate::text::clean_line;
use rust_decimal::Decimal;

const GAP: f32 = 20.0;
const PADDING: f32 = 12.0;
const LINE: Style = DETAIL.sized(8.2);
const TOTAL: Style = HEADLINE.sized(24.0);
const FIGURE: Style = STRONG.sized(11.0).tabular();
/// Set smaller than this, nobody reads it.
const LEAST_SIZE: f32 = 5.0;
/// Share of the card that the sum has; the other figures have the rest.
const TOTAL_SHARE: f32 = 0.4;

/// Places the names and the card with the figures.
pub(super) fn place(flow: &mut Flow, document: &ProductionDocument, locale: &Locale) {
    place_people(flow, document, locale);
    place_figures(flow, document, locale);
}

fn place_people(flow: &mut Flow, document: &ProductionDocument, locale: &Locale) {
    let (labels, words) = (locale.labels(), locale.production());
    let width = (flow.width() - 2.0 * GAP) / 3.0;
    let blocks = [
        party(flow, words.issuer, &document.issuer.party, labels, LINE, width),
        party(flow, words.client, &document.client, labels, LINE, width),
        installation(flow, document, locale, width),
    ];
    let mut columns = Vec::with_capacity(blocks.len());
    let mut x = flow.left();
    // One of whom nothing is known leaves its place to the next: the label is a block's first line.
    for block in blocks.into_iter().filter(|block| block.lines().len() > 1) {
        columns.push((block, x));
        x += width + GAP;
    }
    if !columns.is_empty() {
        columns::place(flow, &columns);
        flow.space(SECTION);
    }
}

fn installation(flow: &mut Flow, document: &ProductionDocument, locale: &Locale, width: f32) -> Block {
    let words = locale.production();
    let mut block = Block::new(width, Align::Left);
    let shaper = &mut flow.shaper;
    block
        .line(shaper, words.installation, LABEL)
        .gap(3.0)
        .words(shaper, &document.installation, NAME)
        .gap(1.5);
    let project = clean_line(&document.project);
    if !project.is_empty() {
        block.line(shaper, &format!("{}: {project}", words.project), LINE);
    }
    block
}

fn place_figures(flow: &mut Flow, document: &ProductionDocument, locale: &Locale) {
    let words = locale.production();
    let (sum, days) = (total(&document.days), document.days.len());
    let width = flow.width() - 2.0 * PADDING;
    let x = flow.left() + PADDING;
    let mut big = Block::new(width * TOTAL_SHARE - GAP, Align::Left);
    big.line(&mut flow.shaper, words.total, LABEL);
    big.fitted(&mut flow.shaper, &kwh(sum, locale), TOTAL, LEAST_SIZE);
    let average = sum.checked_div(Decimal::from(days));
    let best = document.days.iter().max_by_key(|day| day.kwh);
    let figures = [
        (words.average, average.map(|average| kwh(average.round_dp(2), locale)), None),
        (words.best_day, best.map(|best| kwh(best.kwh, locale)), best.map(|best| locale.date(best.day))),
        (words.days, Some(days.to_string()), None),
    ];
    let rest = width * (1.0 - TOTAL_SHARE);
    let spans = columns::spans(x + width * TOTAL_SHARE, rest, figures.len(), 10.0);
    let mut blocks = vec![(big, x)];
    for ((label, value, note), (x, width)) in figures.into_iter().zip(spans) {
        let mut block = Block::new(width, Align::Left);
        block.fitted_or_broken(&mut flow.shaper, label, LABEL, LEAST_SIZE);
        let value = value.unwrap_or_else(|| "–".to_owned());
        block.fitted(&mut flow.shaper, &value, FIGURE, LEAST_SIZE);
        if let Some(note) = note {
            block.fitted(&mut flow.shaper, &note, BODY.sized(8.0), LEAST_SIZE);
        }
        blocks.push((block, x));
    }
    // Figures of at most 29 digits: this always fits a page.
    let height = columns::tallest(&blocks) + 2.0 * PADDING;
    flow.ensure(height);
    let card = Area { x: flow.left(), y: flow.y, width: flow.width(), height };
    flow.fill(card, 6.0, TINT);
    for (block, x) in &blocks {
        block.draw_next(&mut flow.canvas, *x, card.y + PADDING);
    }
    flow.y = card.y + height;
    flow.space(SECTION);
}
