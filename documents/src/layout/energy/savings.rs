//! What the plan saved, beside the consumption of the last months.

use super::super::block::{Align, Block};
use super::super::flow::Flow;
use super::super::theme::{DETAIL, GOOD, GOOD_TINT, GUTTER, HEADLINE, LABEL, STRONG};
use super::{BRL, SECTION, chart, words};
use crate::locale::Locale;
use crate::page::Area;
use crate::{EnergyInvoiceDocument, EnergySavings};

const PADDING: f32 = 10.0;
/// Share of the width that the card has beside the chart.
const CARD: f32 = 0.34;

/// Places the card and the chart side by side; one that has nothing to say leaves the width to the other.
pub(super) fn place(flow: &mut Flow, document: &EnergyInvoiceDocument, locale: &Locale) {
    let card_width = if document.savings.is_some() { flow.width() * CARD } else { 0.0 };
    let card = document.savings.as_ref().map(|savings| card(flow, savings, locale, card_width));
    let height = card.as_ref().map_or(0.0, |card| card.height() + 2.0 * PADDING).max(chart::HEIGHT);
    // A sum of 29 digits is set smaller, not longer: this always fits a page.
    flow.space(SECTION);
    flow.ensure(height);
    let top = flow.y;
    let mut chart_x = flow.left();
    if let Some(card) = card {
        flow.fill(Area { x: flow.left(), y: top, width: card_width, height }, 6.0, GOOD_TINT);
        let x = flow.left() + PADDING;
        card.draw_next(&mut flow.canvas, x, top + PADDING);
        chart_x += card_width + GUTTER;
    }
    let area = Area { x: chart_x, y: top, width: flow.right() - chart_x, height };
    chart::draw(flow, &document.history, locale, area);
    flow.y = top + height;
}

fn card(flow: &mut Flow, savings: &EnergySavings, locale: &Locale, width: f32) -> Block {
    let money = |amount| locale.money(amount, BRL);
    let mut block = Block::new(width - 2.0 * PADDING, Align::Left);
    let shaper = &mut flow.shaper;
    block.line(shaper, words::SAVINGS, STRONG.colored(GOOD)).gap(4.0);
    let this_month = match savings.percent {
        Some(percent) => format!("{} ({})", words::SAVED_THIS_MONTH, locale.percent(percent)),
        None => words::SAVED_THIS_MONTH.to_owned(),
    };
    block.fitted_or_broken(shaper, &this_month, LABEL, 4.0);
    block.fitted(shaper, &money(savings.month), HEADLINE.colored(GOOD), 4.0).gap(2.0);
    block.line(shaper, words::SAVED_TO_DATE, LABEL);
    block.fitted(shaper, &money(savings.to_date), STRONG.sized(11.0).tabular(), 4.0).gap(4.0);
    for (label, amount) in
        [(words::WITHOUT_PLAN, savings.without_plan), (words::WITH_PLAN, savings.with_plan)]
    {
        block.fitted(shaper, &format!("{label}: {}", money(amount)), DETAIL.sized(8.0).tabular(), 4.0);
    }
    block
}
