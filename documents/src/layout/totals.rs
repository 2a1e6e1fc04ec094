//! The sums, kept together, their amounts under those of the lines.

use super::block::{Align, Block};
use super::flow::Flow;
use super::theme::{ACCENT, BODY, DETAIL, GRAND, HAIRLINE, HAIRLINE_WIDTH, STRONG, Style};
use crate::InvoiceDocument;
use crate::locale::Locale;
use crate::page::{Area, Color};
use crate::text::clean_line;
use rust_decimal::Decimal;

const ROW_GAP: f32 = 4.0;
const SPACE_ABOVE: f32 = 11.0;
/// Share of the text's width.
const WIDTH: f32 = 0.46;
/// From a rule to the text below it.
const RULE_SPACE: f32 = 5.0;

/// What stands above a row.
#[derive(Clone, Copy)]
struct Rule {
    thickness: f32,
    color: Color,
}

const LIGHT_RULE: Rule = Rule { thickness: HAIRLINE_WIDTH, color: HAIRLINE };
const HEAVY_RULE: Rule = Rule { thickness: 1.0, color: ACCENT };

struct Row {
    label: Block,
    value: Block,
    value_width: f32,
    rule: Option<Rule>,
}

impl Row {
    fn text_height(&self) -> f32 {
        self.label.height().max(self.value.height())
    }

    fn above(&self) -> f32 {
        self.rule.map_or(0.0, |rule| rule.thickness + RULE_SPACE)
    }

    fn height(&self) -> f32 {
        self.above() + self.text_height() + ROW_GAP
    }
}

/// The sums, measured and not yet placed.
pub(super) struct Totals {
    rows: Vec<Row>,
    width: f32,
    space_above: f32,
}

/// What is to be paid, has been, and is left.
pub(super) struct Sums {
    pub(super) total: Decimal,
    pub(super) paid: Decimal,
    pub(super) balance_due: Decimal,
}

impl Totals {
    /// No row yet.
    pub(super) fn new(width: f32, space_above: f32) -> Self {
        Self { rows: Vec::new(), width, space_above }
    }

    pub(super) fn prepare(flow: &mut Flow, document: &InvoiceDocument, locale: &Locale) -> Self {
        let labels = locale.labels();
        let money = |amount| locale.money(amount, &document.currency);
        let mut totals = Self::new(flow.width() * WIDTH, SPACE_ABOVE);
        totals.row(flow, labels.subtotal, &money(document.subtotal), DETAIL, None);
        if !document.discount.is_zero() {
            totals.row(flow, labels.discount, &money(-document.discount), DETAIL, None);
        }
        if document.taxes.is_empty() && !document.tax_total.is_zero() {
            totals.row(flow, labels.tax, &money(document.tax_total), DETAIL, None);
        }
        for tax in &document.taxes {
            let label = format!("{} {}", labels.tax, locale.percent(tax.rate));
            totals.row(flow, &label, &money(tax.amount), DETAIL, None);
        }
        let sums = Sums { total: document.total, paid: document.paid, balance_due: document.balance_due };
        totals.sums(flow, &sums, &document.currency, locale);
        totals
    }

    /// The total, and what is left of it where something has been paid.
    pub(super) fn sums(&mut self, flow: &mut Flow, sums: &Sums, currency: &str, locale: &Locale) {
        let labels = locale.labels();
        let money = |amount| locale.money(amount, currency);
        if sums.paid.is_zero() && sums.balance_due == sums.total {
            self.row(flow, labels.total, &money(sums.total), GRAND, Some(HEAVY_RULE));
        } else {
            self.row(flow, labels.total, &money(sums.total), STRONG, Some(LIGHT_RULE));
            self.row(flow, labels.paid, &money(-sums.paid), DETAIL, None);
            self.row(flow, labels.balance_due, &money(sums.balance_due), GRAND, Some(HEAVY_RULE));
        }
    }

    fn row(&mut self, flow: &mut Flow, label: &str, value: &str, style: Style, rule: Option<Rule>) {
        let value_style = if style.setting.bold { style.tabular() } else { BODY.tabular() };
        let shaped = flow.shaper.shape(clean_line(value), value_style.setting);
        // An amount takes what it needs and leaves the label at least a third.
        let value_width = (shaped.width as f32 * style.size + 0.1).min(self.width * 0.66);
        let mut value_block = Block::new(value_width, Align::Right);
        value_block.fitted(&mut flow.shaper, value, value_style, 5.5);
        let mut label_block = Block::new(self.width - value_width - 8.0, Align::Left);
        label_block.words(&mut flow.shaper, label, style);
        self.rows.push(Row { label: label_block, value: value_block, value_width, rule });
    }

    /// With the space above.
    pub(super) fn height(&self) -> f32 {
        self.space_above + self.rows.iter().map(Row::height).sum::<f32>()
    }

    pub(super) fn place(&self, flow: &mut Flow) {
        flow.ensure(self.height());
        flow.space(self.space_above);
        let x = flow.right() - self.width;
        for row in &self.rows {
            // Only the taxes of very many rates are taller than a page.
            flow.ensure(row.height());
            if let Some(Rule { thickness, color }) = row.rule {
                let area = Area { x, y: flow.y, width: self.width, height: thickness };
                flow.fill(area, 0.0, color);
            }
            let y = flow.y + row.above();
            let middle = |block: &Block| y + (row.text_height() - block.height()) / 2.0;
            row.label.draw_next(&mut flow.canvas, x, middle(&row.label));
            let value_x = x + self.width - row.value_width;
            row.value.draw_next(&mut flow.canvas, value_x, middle(&row.value));
            flow.y += row.height();
        }
    }
}
