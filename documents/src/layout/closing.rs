//! What follows the sums: how to pay, what has been paid, notes and terms.

use super::block::{Align, Block};
use super::flow::Flow;
use super::qr;
use super::table::{self, Cell, Column, Kind, ROW_PADDING};
use super::theme::{BODY, CODE, DETAIL, GUTTER, LABEL, SECTION, STRONG, TINT};
use crate::locale::Locale;
use crate::page::{Area, Modules, Role};
use crate::text::clean_line;
use crate::{InvoiceDocument, Payment};
use std::rc::Rc;

const PADDING: f32 = 14.0;

/// How close the parts of a section stand.
#[derive(Clone, Copy)]
pub(super) struct Spacing {
    /// Above the section.
    pub(super) section: f32,
    /// Above and below the text of a table's row.
    pub(super) row: f32,
}

/// Places all sections that have something to say.
pub(super) fn place(flow: &mut Flow, document: &InvoiceDocument, locale: &Locale) {
    let labels = locale.labels();
    place_payment(flow, document, locale);
    let spacing = Spacing { section: SECTION, row: ROW_PADDING };
    place_payments(flow, &document.payments, &document.currency, locale, spacing);
    place_texts(flow, &[(labels.notes, &document.notes), (labels.terms, &document.terms)]);
}

/// Free texts under their headings; empty ones are left out.
pub(super) fn place_texts(flow: &mut Flow, texts: &[(&str, &String)]) {
    let texts = texts.iter().copied().filter(|(_, text)| !clean_line(text).is_empty()).collect::<Vec<_>>();
    if !place_side_by_side(flow, &texts) {
        for (title, text) in texts {
            place_text(flow, title, text);
        }
    }
}

/// A card with the payment details and the Pix code, on one page where it fits on one.
fn place_payment(flow: &mut Flow, document: &InvoiceDocument, locale: &Locale) {
    let labels = locale.labels();
    let pix = document.pix.as_deref().map(clean_line).filter(|code| !code.is_empty());
    let modules = pix.as_deref().and_then(Modules::encode).map(Rc::new);
    let qr_width = if modules.is_some() { qr::SIDE + PADDING } else { 0.0 };
    let mut block = Block::new(flow.width() - 2.0 * PADDING - qr_width, Align::Left);
    let shaper = &mut flow.shaper;
    for line in &document.payment_details {
        block.paragraphs(shaper, line, BODY);
    }
    if let Some(code) = &pix {
        block.gap(7.0).line(shaper, labels.pix_code, LABEL).gap(1.0).code(shaper, code, CODE);
    }
    if block.lines().is_empty() {
        return;
    }
    let word = if modules.is_some() { labels.pix } else { labels.payment };
    let mut heading = Block::new(flow.width() - 2.0 * PADDING - qr_width, Align::Left);
    heading.line(&mut flow.shaper, word, STRONG.sized(10.0)).gap(5.0);
    let text_height = heading.height() + block.height();
    let qr_height = if modules.is_some() { qr::SIDE } else { 0.0 };
    let height = text_height.max(qr_height) + 2.0 * PADDING;

    flow.space(SECTION);
    let title = heading.nodes(&mut flow.canvas, None, Role::Heading(2));
    let x = flow.left() + PADDING;
    if height > flow.body_height() {
        flow.ensure(heading.height() + 3.0 * BODY.size * BODY.leading);
        flow.flow(&heading, x, &title);
        flow.flow_next(&block, x);
        return;
    }
    flow.ensure(height);
    let card = Area { x: flow.left(), y: flow.y, width: flow.width(), height };
    flow.fill(card, 6.0, TINT);
    let y = flow.y + (height - text_height) / 2.0;
    let text_x = x + qr_width;
    heading.draw(&mut flow.canvas, text_x, y, &title);
    block.draw_next(&mut flow.canvas, text_x, y + heading.height());
    if let Some(modules) = modules {
        let y = flow.y + (height - qr::SIDE) / 2.0;
        qr::draw(flow, modules, x, y, labels.pix);
    }
    flow.y += height;
}

/// What has been paid, in the order given.
pub(super) fn place_payments(
    flow: &mut Flow,
    payments: &[Payment],
    currency: &str,
    locale: &Locale,
    spacing: Spacing,
) {
    if payments.is_empty() {
        return;
    }
    let labels = locale.labels();
    let columns = [
        Column { title: labels.date, kind: Kind::Label },
        Column { title: labels.method, kind: Kind::Flexible },
        Column { title: labels.amount, kind: Kind::Number },
    ];
    let style = BODY.tabular();
    let rows: Vec<Vec<Cell>> = payments
        .iter()
        .map(|payment| {
            let amount = locale.money(payment.amount, currency);
            let method = Some(clean_line(&payment.method)).filter(|method| !method.is_empty());
            let method = method.unwrap_or_else(|| "–".to_owned());
            let texts = [(locale.date(payment.date), style), (method, BODY), (amount, style)];
            texts.map(|(text, style)| vec![(flow.shaper.shape(text, style.setting), style)]).into()
        })
        .collect();
    // The table's header and a first row of two lines.
    heading(flow, labels.payments, spacing.section, 36.0 + 3.0 * spacing.row);
    table::place(flow, &columns, &rows, spacing.row, 0.0);
}

/// Two short texts share the width. Gives whether they did.
fn place_side_by_side(flow: &mut Flow, texts: &[(&str, &String)]) -> bool {
    let [_, _] = texts else { return false };
    let width = (flow.width() - GUTTER) / 2.0;
    let mut blocks = Vec::with_capacity(texts.len());
    for (title, text) in texts {
        let mut heading = Block::new(width, Align::Left);
        heading.line(&mut flow.shaper, title, STRONG).gap(4.0);
        let mut block = Block::new(width, Align::Start);
        block.paragraphs(&mut flow.shaper, text, DETAIL);
        blocks.push((heading, block));
    }
    let height = blocks.iter().map(|(heading, block)| heading.height() + block.height()).fold(0.0, f32::max);
    if height > flow.body_height() / 4.0 {
        return false;
    }
    flow.space(SECTION);
    flow.ensure(height);
    let mut x = flow.left();
    for (heading, block) in &blocks {
        let title = heading.nodes(&mut flow.canvas, None, Role::Heading(2));
        heading.draw(&mut flow.canvas, x, flow.y, &title);
        block.draw_next(&mut flow.canvas, x, flow.y + heading.height());
        x += width + GUTTER;
    }
    flow.y += height;
    true
}

fn place_text(flow: &mut Flow, title: &str, text: &str) {
    let mut block = Block::new(flow.width(), Align::Start);
    block.paragraphs(&mut flow.shaper, text, DETAIL);
    let first_lines = block.height().min(3.0 * DETAIL.size * DETAIL.leading);
    heading(flow, title, SECTION, first_lines);
    let x = flow.left();
    flow.flow_next(&block, x);
}

/// A section's heading, `space` below what stands above it, on one page with `with` points of what follows.
pub(super) fn heading(flow: &mut Flow, title: &str, space: f32, with: f32) {
    let mut block = Block::new(flow.width(), Align::Left);
    block.line(&mut flow.shaper, title, STRONG).gap(4.0);
    flow.space(space);
    flow.ensure(block.height() + with);
    let title = block.nodes(&mut flow.canvas, None, Role::Heading(2));
    let x = flow.left();
    block.draw(&mut flow.canvas, x, flow.y, &title);
    flow.y += block.height();
}
