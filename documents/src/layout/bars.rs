//! What bar charts are made of.

use super::block::{Align, Block};
use super::flow::Flow;
use super::theme::{STRONG, Style};
use crate::page::{Area, Color, NodeId, Role, Shape};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Set smaller than this, nobody reads it.
const LEAST_SIZE: f32 = 3.8;

/// Draws the heading of a chart and gives its height.
pub(super) fn heading(flow: &mut Flow, text: &str, x: f32, y: f32, width: f32) -> f32 {
    let mut block = Block::new(width, Align::Left);
    block.line(&mut flow.shaper, text, STRONG);
    let node = block.nodes(&mut flow.canvas, None, Role::Heading(2));
    block.draw(&mut flow.canvas, x, y, &node);
    block.height()
}

/// How much of the highest bar `value` is, 0 to 1.
pub(super) fn share(value: Decimal, most: Decimal) -> f32 {
    if value <= Decimal::ZERO {
        return 0.0;
    }
    value.checked_div(most).and_then(|share| share.to_f32()).unwrap_or_default().clamp(0.0, 1.0)
}

/// A filled rectangle of the picture.
pub(super) fn fill(flow: &mut Flow, node: NodeId, area: Area, radius: f32, color: Color) {
    flow.canvas.draw(Some(node), Shape::Fill { area, radius, color });
}

/// A text centred in its slot; of one that is too long for it, the beginning.
pub(super) fn text(flow: &mut Flow, node: NodeId, text: &str, style: Style, x: f32, y: f32, width: f32) {
    let mut block = Block::new(width, Align::Center);
    block.fitted(&mut flow.shaper, text, style, LEAST_SIZE);
    block.draw_first_line(&mut flow.canvas, x, y, node);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_shares_of_the_highest() {
        assert_eq!(share(Decimal::from(5), Decimal::from(10)), 0.5);
        assert_eq!(share(Decimal::ZERO, Decimal::ZERO), 0.0);
        assert_eq!(share(-Decimal::ONE, Decimal::ONE), 0.0);
        assert_eq!(share(Decimal::MAX, Decimal::MAX), 1.0);
    }
}
