//! What to pay, until when, and the code to pay it with; or the stamp that nothing is to be paid.

use super::super::block::{Align, Block, Nodes};
use super::super::flow::Flow;
use super::super::theme::{self, CODE, HEADLINE, LABEL, STRONG, Style, TINT};
use super::super::{columns, qr};
use super::{BRL, SECTION, words};
use crate::locale::Locale;
use crate::page::{Area, Color, Modules};
use crate::text::clean_line;
use crate::{EnergyInvoiceDocument, Status};
use std::rc::Rc;

const PADDING: f32 = 11.0;
const GAP: f32 = 8.0;
/// Share of the text's width that the amount has; the days beside it have the rest.
const AMOUNT_SHARE: f32 = 0.48;
/// From the foot of the amount's line to that of the days', so that both stand on one line.
const RISE: f32 = 4.2;
const AMOUNT: Style = HEADLINE.sized(25.0);
const DAY: Style = STRONG.sized(11.0).tabular();
const STAMP_WIDTH: f32 = 134.0;
const DAYS_GAP: f32 = 12.0;
/// From the code's paper to the words below it.
const CAPTION_GAP: f32 = 3.0;
const STAMP_BORDER: f32 = 2.0;
const STAMP_PADDING: f32 = 11.0;

/// Places the card.
pub(super) fn place(flow: &mut Flow, document: &EnergyInvoiceDocument, locale: &Locale) {
    let owed = !matches!(document.status, Status::Paid | Status::Cancelled);
    let pix = document.pix.as_deref().map(clean_line).filter(|code| owed && !code.is_empty());
    let modules = pix.as_deref().and_then(Modules::encode).map(Rc::new);
    let stamp = stamp(flow, document, locale);
    let right_width = match (&modules, &stamp) {
        (Some(_), _) => qr::SIDE + PADDING,
        (None, Some(_)) => STAMP_WIDTH + PADDING,
        (None, None) => 0.0,
    };
    let width = flow.width() - 2.0 * PADDING - right_width;
    let x = flow.left() + PADDING;

    let amount_width = width * AMOUNT_SHARE;
    let mut amount = Block::new(amount_width, Align::Left);
    let (label, value) =
        if owed { (words::TO_PAY, document.balance_due) } else { (locale.labels().total, document.total) };
    amount.line(&mut flow.shaper, label, LABEL);
    amount.fitted(&mut flow.shaper, &locale.money(value, BRL), AMOUNT, 8.0);
    let days_x = x + amount_width + DAYS_GAP;
    let days = days(flow, document, locale, days_x, width - amount_width - DAYS_GAP);
    let mut code = Block::new(width, Align::Left);
    if let Some(pix) = &pix {
        code.line(&mut flow.shaper, locale.labels().pix_code, LABEL).code(&mut flow.shaper, pix, CODE);
    }
    let mut caption = Block::new(qr::SIDE, Align::Center);
    caption.line(&mut flow.shaper, locale.labels().pix, LABEL);

    let top_height = amount.height().max(columns::tallest(&days) + RISE);
    let mut text_height = top_height;
    if !code.lines().is_empty() {
        text_height += GAP + code.height();
    }
    let right_height = match (&modules, &stamp) {
        (Some(_), _) => qr::SIDE + CAPTION_GAP + caption.height(),
        (None, Some(stamp)) => stamp.height(),
        (None, None) => 0.0,
    };
    let height = text_height.max(right_height) + 2.0 * PADDING;
    if height > flow.body_height() {
        flow.flow_next(&amount, x);
        columns::place(flow, &days);
        flow.flow_next(&code, x);
        flow.space(SECTION);
        return;
    }
    flow.ensure(height);
    let card = Area { x: flow.left(), y: flow.y, width: flow.width(), height };
    flow.fill(card, 6.0, TINT);
    let mut y = card.y + (height - text_height) / 2.0;
    amount.draw_next(&mut flow.canvas, x, y);
    for (block, x) in &days {
        block.draw_next(&mut flow.canvas, *x, y + top_height - RISE - block.height());
    }
    y += top_height + GAP;
    code.draw_next(&mut flow.canvas, x, y);
    let right = flow.right() - PADDING;
    let middle = card.y + (height - right_height) / 2.0;
    match (modules, stamp) {
        (Some(modules), _) => {
            let x = right - qr::SIDE;
            qr::draw(flow, modules, x, middle, locale.labels().pix);
            // The picture says the same to a screen reader.
            caption.draw(&mut flow.canvas, x, middle + qr::SIDE + CAPTION_GAP, &Nodes::default());
        }
        (None, Some(stamp)) => stamp.draw(flow, right - STAMP_WIDTH, middle),
        (None, None) => {}
    }
    flow.y = card.y + height;
    flow.space(SECTION);
}

/// Due date and month side by side.
fn days(
    flow: &mut Flow,
    document: &EnergyInvoiceDocument,
    locale: &Locale,
    left: f32,
    width: f32,
) -> Vec<(Block, f32)> {
    let labels = locale.labels();
    let late =
        if document.status == Status::Overdue { DAY.colored(theme::badge(Status::Overdue).1) } else { DAY };
    let mut cells = Vec::new();
    cells.extend(document.due_date.map(|due| (labels.due, locale.date(due), late)));
    cells.push((words::COMPETENCE, document.competence.clone(), DAY));
    cells.retain(|(_, value, _)| !clean_line(value).is_empty());
    let mut x = left;
    let mut blocks = Vec::with_capacity(cells.len());
    for (index, (label, value, style)) in cells.iter().enumerate() {
        // The day takes what it needs: the month's name is the longer one.
        let needed = flow.shaper.shape(clean_line(value), style.setting).width as f32 * style.size + 0.1;
        let is_last = index.saturating_add(1) == cells.len();
        let width = if is_last { left + width - x } else { needed.clamp(width / 3.0, width / 2.0) };
        let mut block = Block::new(width, Align::Left);
        block.line(&mut flow.shaper, label, LABEL);
        block.fitted_or_broken(&mut flow.shaper, value, *style, 8.0);
        blocks.push((block, x));
        x += width + DAYS_GAP;
    }
    blocks
}

/// A word in a frame, and the day under it.
struct Stamp {
    text: Block,
    color: Color,
    background: Color,
}

fn stamp(flow: &mut Flow, document: &EnergyInvoiceDocument, locale: &Locale) -> Option<Stamp> {
    let word = match document.status {
        Status::Paid => words::PAID,
        Status::Cancelled => words::CANCELLED,
        _ => return None,
    };
    let (background, color) = theme::badge(document.status);
    let mut text = Block::new(STAMP_WIDTH - 2.0 * STAMP_PADDING, Align::Center);
    text.fitted(&mut flow.shaper, word, STRONG.sized(19.0).colored(color), 8.0);
    let last = document.payments.last().filter(|_| document.status == Status::Paid);
    if let Some(payment) = last {
        text.line(&mut flow.shaper, &locale.date(payment.date), STRONG.sized(9.0).colored(color));
    }
    Some(Stamp { text, color, background })
}

impl Stamp {
    fn height(&self) -> f32 {
        self.text.height() + 2.0 * STAMP_PADDING
    }

    fn draw(&self, flow: &mut Flow, x: f32, y: f32) {
        let frame = |inset: f32| Area {
            x: x + inset,
            y: y + inset,
            width: STAMP_WIDTH - 2.0 * inset,
            height: self.height() - 2.0 * inset,
        };
        flow.fill(frame(0.0), 8.0, self.color);
        flow.fill(frame(STAMP_BORDER), 6.5, self.background);
        self.text.draw_next(&mut flow.canvas, x + STAMP_PADDING, y + STAMP_PADDING);
    }
}
