//! How the amount came about: a line a step, the sums, what was paid of them, and what is paid elsewhere.

use super::super::block::{Align, Block};
use super::super::closing;
use super::super::columns;
use super::super::flow::Flow;
use super::super::table::{self, Cell, Column, Kind};
use super::super::theme::{BODY, CODE, DETAIL, LABEL, STRONG};
use super::super::totals::{Sums, Totals};
use super::{BRL, ROW_PADDING, SECTION, words};
use crate::locale::Locale;
use crate::text::clean_line;
use crate::{EnergyInvoiceDocument, EnergyStep, Payment, UtilityBill};
use rust_decimal::{Decimal, RoundingStrategy};

/// Share of the width that the sums have; what stands beside them has the rest.
const SUMS: f32 = 0.46;
/// Above what stands beside the sums.
const NOTE_SPACE: f32 = 9.0;
/// More payments than have room in this height get a table of their own.
const MOST_BESIDE: f32 = 80.0;
const GAP: f32 = 14.0;

/// Places table, sums and the utility's bill; and the payments, where they are few. Gives whether they were.
pub(super) fn place(flow: &mut Flow, document: &EnergyInvoiceDocument, locale: &Locale) -> bool {
    let labels = locale.labels();
    let sums = Sums { total: document.total, paid: document.paid, balance_due: document.balance_due };
    let mut totals = Totals::new(flow.width() * SUMS, 6.0);
    totals.sums(flow, &sums, BRL, locale);
    let columns = [
        Column { title: labels.description, kind: Kind::Flexible },
        Column { title: words::FORMULA, kind: Kind::Number },
        Column { title: labels.amount, kind: Kind::Number },
    ];
    let rows: Vec<Vec<Cell>> = document.steps.iter().map(|step| row(flow, step, locale)).collect();
    let width = flow.width() * (1.0 - SUMS) - GAP;
    let all = beside(flow, document, locale, &document.payments, width);
    let few = all.height() <= MOST_BESIDE;
    let beside = if few { all } else { beside(flow, document, locale, &[], width) };
    let height = totals.height().max(beside.height() + NOTE_SPACE);
    closing::heading(flow, words::STEPS, SECTION, 60.0);
    if rows.is_empty() {
        // A table without rows would look cut off.
        let dash = vec![(flow.shaper.shape("–".to_owned(), DETAIL.setting), DETAIL)];
        table::place(flow, &columns, &[vec![dash]], ROW_PADDING, height);
    } else {
        table::place(flow, &columns, &rows, ROW_PADDING, height);
    }
    flow.ensure(height);
    let top = flow.y;
    totals.place(flow);
    if !beside.lines().is_empty() {
        let x = flow.left();
        beside.draw_next(&mut flow.canvas, x, top + NOTE_SPACE);
        flow.y = flow.y.max(top + NOTE_SPACE + beside.height());
    }
    if let Some(bill) = &document.utility_bill {
        place_bill(flow, bill, locale);
    }
    few
}

/// What stands beside the sums: why the lines do not add up to them, and what was paid, a line each.
fn beside(
    flow: &mut Flow,
    document: &EnergyInvoiceDocument,
    locale: &Locale,
    payments: &[Payment],
    width: f32,
) -> Block {
    let mut block = Block::new(width, Align::Left);
    let shaper = &mut flow.shaper;
    if off_by_rounding(&document.steps, document.total) {
        block.line(shaper, words::ROUNDING, CODE);
    }
    if !payments.is_empty() {
        block.gap(7.0).line(shaper, locale.labels().payments, LABEL).gap(1.0);
    }
    for payment in payments {
        let parts =
            [locale.date(payment.date), clean_line(&payment.method), locale.money(payment.amount, BRL)];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        block.line(shaper, &parts.join(" · "), DETAIL.tabular());
    }
    block
}

/// Whether the amounts as printed miss the total as printed, by no more than rounding each of them explains.
fn off_by_rounding(steps: &[EnergyStep], total: Decimal) -> bool {
    const HALF_CENTAVO: Decimal = Decimal::from_parts(5, 0, 0, false, 3);
    let printed = |amount: Decimal| amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    let sum = steps.iter().try_fold(Decimal::ZERO, |sum, step| sum.checked_add(printed(step.signed())));
    let missed = sum.and_then(|sum| sum.checked_sub(printed(total))).unwrap_or_default().abs();
    let most = Decimal::from(steps.len().saturating_add(1)).saturating_mul(HALF_CENTAVO);
    !missed.is_zero() && missed <= most
}

fn row(flow: &mut Flow, step: &EnergyStep, locale: &Locale) -> Vec<Cell> {
    let price = |amount: Decimal| locale.unit_price(amount, BRL);
    let of = |(percent, of): (Decimal, Decimal)| format!("{} de {}", locale.percent(percent), price(of));
    let fixed = || words::FIXED.to_owned();
    let (description, formula) = match step {
        EnergyStep::Credits { kwh, tariff, .. } => {
            let formula = format!("{}\u{a0}kWh × {}", locale.number(*kwh), price(*tariff));
            (words::CREDITS.to_owned(), formula)
        }
        EnergyStep::PlanDiscount { percent, of: base, .. } => {
            (words::PLAN_DISCOUNT.to_owned(), of((*percent, *base)))
        }
        EnergyStep::Discount { description, share, .. } | EnergyStep::Charge { description, share, .. } => {
            (clean_line(description), share.map_or_else(fixed, of))
        }
        EnergyStep::UtilityBill { .. } => (words::UTILITY_BILL.to_owned(), String::new()),
    };
    let amount = locale.money(step.signed(), BRL);
    let (muted, number) = (DETAIL.tabular(), BODY.tabular());
    let mut cells: Vec<Cell> = [(description, BODY), (formula, muted), (amount, number)]
        .map(|(text, style)| vec![(flow.shaper.shape(text, style.setting), style)])
        .into();
    if let (EnergyStep::Discount { rest: Some(rest), .. }, Some(description)) = (step, cells.first_mut()) {
        let word = if rest.carried { words::CARRIED } else { words::LAPSED };
        let text = format!("{word}: {}", locale.money(rest.amount, BRL));
        description.push((flow.shaper.shape(text, CODE.setting), CODE));
    }
    cells
}

/// The utility's bill on a line of its own.
fn place_bill(flow: &mut Flow, bill: &UtilityBill, locale: &Locale) {
    let labels = locale.labels();
    let due = bill.due_date.map(|due| (labels.due, locale.date(due)));
    let boleto = Some((words::BOLETO, clean_line(&bill.boleto))).filter(|(_, line)| !line.is_empty());
    let cells: Vec<_> =
        [Some((words::APART, locale.money(bill.amount, BRL))), due, boleto].into_iter().flatten().collect();
    let mut x = flow.left();
    let mut blocks = Vec::with_capacity(cells.len());
    for (label, value) in cells {
        let share = if label == words::APART { 0.27 } else { 0.14 };
        let width = if label == words::BOLETO { flow.right() - x } else { flow.width() * share };
        let mut block = Block::new(width, Align::Left);
        block.line(&mut flow.shaper, label, LABEL);
        block.fitted_or_broken(&mut flow.shaper, &value, STRONG.tabular(), 6.5);
        blocks.push((block, x));
        x += width + GAP;
    }
    flow.space(SECTION);
    columns::place(flow, &blocks);
}
