//! Every month with its days.

use super::super::block::{Align, Block};
use super::super::closing::heading;
use super::super::columns;
use super::super::flow::Flow;
use super::super::theme::{BODY, LABEL, STRONG};
use super::{SECTION, kwh, month, total};
use crate::DayEnergy;
use crate::locale::Locale;
use crate::page::Role;

/// Days beside each other: as on a calendar.
const WEEK: usize = 7;
/// Between rows of days.
const GAP: f32 = 5.0;
/// Set smaller than this, nobody reads it.
const LEAST_SIZE: f32 = 4.5;

/// Places the months in the order of their days.
pub(super) fn place(flow: &mut Flow, days: &[DayEnergy], locale: &Locale) {
    if days.is_empty() {
        return;
    }
    // A month's line and a row of days.
    heading(flow, locale.production().by_month, 0.0, 50.0);
    for days in days.chunk_by(|a, b| (a.day.year(), a.day.month()) == (b.day.year(), b.day.month())) {
        place_month(flow, days, locale);
    }
}

fn place_month(flow: &mut Flow, days: &[DayEnergy], locale: &Locale) {
    let Some(first) = days.first() else { return };
    let mut title = Block::new(flow.width(), Align::Left);
    let told = format!("{}  ·  {}", month(first.day), kwh(total(days), locale));
    title.fitted(&mut flow.shaper, &told, STRONG.sized(9.5).tabular(), LEAST_SIZE);
    flow.space(GAP);
    flow.ensure(title.height() + 34.0);
    let node = title.nodes(&mut flow.canvas, None, Role::Heading(3));
    let x = flow.left();
    title.draw(&mut flow.canvas, x, flow.y, &node);
    flow.y += title.height() + 2.0;
    let y = flow.y;
    flow.hairline(y);
    flow.y += GAP;
    for row in days.chunks(WEEK) {
        let spans = columns::spans(flow.left(), flow.width(), WEEK, 8.0);
        let cells: Vec<(Block, f32)> = row
            .iter()
            .zip(spans)
            .map(|(day, (x, width))| {
                let mut block = Block::new(width, Align::Left);
                block.fitted(&mut flow.shaper, &locale.date(day.day), LABEL, LEAST_SIZE);
                block.fitted(&mut flow.shaper, &kwh(day.kwh, locale), BODY.tabular(), LEAST_SIZE);
                (block, x)
            })
            .collect();
        columns::place(flow, &cells);
        flow.space(GAP);
    }
    flow.space(SECTION - GAP);
}
