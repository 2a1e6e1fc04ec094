//! Blocks side by side.

use super::block::Block;
use super::flow::Flow;

/// Places blocks beside each other, each at its left edge. What does not fit on this page goes to the next; blocks of
/// which one is longer than a page are placed under each other, line by line.
pub(super) fn place(flow: &mut Flow, columns: &[(Block, f32)]) {
    let height = tallest(columns);
    if height > flow.body_height() {
        for (block, _) in columns {
            let x = flow.left();
            flow.flow_next(block, x);
        }
        return;
    }
    flow.ensure(height);
    for (block, x) in columns {
        block.draw_next(&mut flow.canvas, *x, flow.y);
    }
    flow.y += height;
}

/// Height of the tallest.
pub(super) fn tallest(columns: &[(Block, f32)]) -> f32 {
    columns.iter().map(|(block, _)| block.height()).fold(0.0, f32::max)
}

/// Left edge and width of `count` columns in `width`, `gap` between them.
pub(super) fn spans(left: f32, width: f32, count: usize, gap: f32) -> Vec<(f32, f32)> {
    let each = (width - gap * count.saturating_sub(1) as f32) / count.max(1) as f32;
    (0..count).map(|index| (left + index as f32 * (each + gap), each)).collect()
}
