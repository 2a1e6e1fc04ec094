//! The place on the page where the next thing goes.

use super::block::{Block, Nodes};
use super::theme::{BOTTOM_MARGIN, HAIRLINE, HAIRLINE_WIDTH, SIDE_MARGIN, TOP_MARGIN};
use crate::page::{Area, Canvas, Color, Role, Shape};
use crate::text::Shaper;

/// Fills pages from the top down.
pub(super) struct Flow {
    pub(super) canvas: Canvas,
    pub(super) shaper: Shaper,
    /// Upper edge of what comes next.
    pub(super) y: f32,
    page_width: f32,
    page_height: f32,
}

impl Flow {
    pub(super) fn new(shaper: Shaper, (page_width, page_height): (f32, f32)) -> Self {
        Self { canvas: Canvas::new(), shaper, y: TOP_MARGIN, page_width, page_height }
    }

    /// Left edge of the text.
    pub(super) fn left(&self) -> f32 {
        SIDE_MARGIN
    }

    /// Right edge of the text.
    pub(super) fn right(&self) -> f32 {
        self.page_width - SIDE_MARGIN
    }

    /// Width of the text.
    pub(super) fn width(&self) -> f32 {
        self.right() - self.left()
    }

    pub(super) fn page_height(&self) -> f32 {
        self.page_height
    }

    /// Height of the text on a full page.
    pub(super) fn body_height(&self) -> f32 {
        self.page_height - TOP_MARGIN - BOTTOM_MARGIN
    }

    /// What is left of this page.
    pub(super) fn remaining(&self) -> f32 {
        self.page_height - BOTTOM_MARGIN - self.y
    }

    pub(super) fn break_page(&mut self) {
        self.canvas.begin_page();
        self.y = TOP_MARGIN;
    }

    fn at_top(&self) -> bool {
        self.y <= TOP_MARGIN
    }

    /// Begins a new page unless `height` fits on this one; on an empty page there is nothing to gain.
    pub(super) fn ensure(&mut self, height: f32) {
        if height > self.remaining() && !self.at_top() {
            self.break_page();
        }
    }

    /// Space between sections; none at the top of a page.
    pub(super) fn space(&mut self, height: f32) {
        if !self.at_top() {
            self.y += height;
        }
    }

    /// Places a block line by line, over as many pages as it takes.
    pub(super) fn flow(&mut self, block: &Block, x: f32, nodes: &Nodes) {
        let mut origin = self.y;
        for line in block.lines() {
            if origin + line.top + line.height > self.page_height - BOTTOM_MARGIN {
                self.y = origin + line.top;
                if !self.at_top() {
                    self.break_page();
                }
                origin = self.y - line.top;
            }
            block.draw_line(&mut self.canvas, line, x, origin + line.top, nodes);
        }
        self.y = origin + block.height();
    }

    /// Places a block line by line as paragraphs that come next in the document.
    pub(super) fn flow_next(&mut self, block: &Block, x: f32) {
        let nodes = block.nodes(&mut self.canvas, None, Role::Group);
        self.flow(block, x, &nodes);
    }

    /// A thin line over the whole width, below what was placed last.
    pub(super) fn hairline(&mut self, y: f32) {
        let area = Area { x: self.left(), y, width: self.width(), height: HAIRLINE_WIDTH };
        self.fill(area, 0.0, HAIRLINE);
    }

    /// A filled rectangle that is decoration.
    pub(super) fn fill(&mut self, area: Area, radius: f32, color: Color) {
        self.canvas.draw(None, Shape::Fill { area, radius, color });
    }
}
