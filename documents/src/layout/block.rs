//! A column of text lines that is measured before it is placed.

use super::theme::Style;
use crate::page::{Canvas, NodeId, Role, Shape, TextOp};
use crate::text::{Line, Shaped, Shaper, clean_line, clean_paragraphs};
use std::rc::Rc;

/// Where lines stand in their block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
    /// Left, but right where a paragraph reads from right to left.
    Start,
}

/// A line in its block.
pub(super) struct BlockLine {
    /// Which of the block's texts it is part of.
    paragraph: usize,
    shaped: Rc<Shaped>,
    line: Line,
    style: Style,
    /// From the top of the block.
    pub(super) top: f32,
    pub(super) height: f32,
}

/// Lines of text under each other.
pub(super) struct Block {
    width: f32,
    align: Align,
    lines: Vec<BlockLine>,
    paragraphs: usize,
    height: f32,
}

/// The nodes of a block's texts in the document's structure; none for decoration.
#[derive(Clone, Default)]
pub(super) struct Nodes(Vec<NodeId>);

impl Block {
    pub(super) fn new(width: f32, align: Align) -> Self {
        Self { width, align, lines: Vec::new(), paragraphs: 0, height: 0.0 }
    }

    pub(super) fn height(&self) -> f32 {
        self.height
    }

    pub(super) fn lines(&self) -> &[BlockLine] {
        &self.lines
    }

    /// Adds a text whose line breaks do not count. An empty text adds nothing.
    pub(super) fn line(&mut self, shaper: &mut Shaper, text: &str, style: Style) -> &mut Self {
        let shaped = shaper.shape(clean_line(text), style.setting);
        self.shaped(&shaped, style)
    }

    /// Adds a text whose line breaks do.
    pub(super) fn paragraphs(&mut self, shaper: &mut Shaper, text: &str, style: Style) -> &mut Self {
        for paragraph in clean_paragraphs(text) {
            if paragraph.is_empty() {
                self.gap(style.size * 0.6);
            } else {
                let shaped = shaper.shape(paragraph, style.setting);
                self.shaped(&shaped, style);
            }
        }
        self
    }

    /// Adds a text on one line, set smaller where it would not fit; and broken where not even `least` points helps.
    pub(super) fn fitted(&mut self, shaper: &mut Shaper, text: &str, style: Style, least: f32) -> &mut Self {
        let shaped = shaper.shape(clean_line(text), style.setting);
        let size = self.fitting(shaped.width, style, least).unwrap_or(least.min(style.size));
        self.shaped(&shaped, style.sized(size))
    }

    /// Adds a text on one line where a size down to `least` points makes that possible, else on several.
    pub(super) fn fitted_or_broken(
        &mut self,
        shaper: &mut Shaper,
        text: &str,
        style: Style,
        least: f32,
    ) -> &mut Self {
        let shaped = shaper.shape(clean_line(text), style.setting);
        let size = self.fitting(shaped.width, style, least).unwrap_or(style.size);
        self.shaped(&shaped, style.sized(size))
    }

    /// Adds a text that may break between words, set smaller, down to three quarters, where that keeps a long word
    /// in one piece.
    pub(super) fn words(&mut self, shaper: &mut Shaper, text: &str, style: Style) -> &mut Self {
        let shaped = shaper.shape(clean_line(text), style.setting);
        let size = self.fitting(shaped.widest_word(), style, style.size * 0.75).unwrap_or(style.size);
        self.shaped(&shaped, style.sized(size))
    }

    /// The size at which `ems` fit, if it is at least `least`.
    fn fitting(&self, ems: f64, style: Style, least: f32) -> Option<f32> {
        let ems = ems as f32;
        // A hair less than the width, so that rounding does not break what was made to fit.
        let size = if ems > 0.0 { style.size.min((self.width - 0.05) / ems) } else { style.size };
        Some(size).filter(|size| *size >= least)
    }

    /// Adds a code to copy, cut where a copy of its lines loses nothing.
    pub(super) fn code(&mut self, shaper: &mut Shaper, text: &str, style: Style) -> &mut Self {
        let shaped = shaper.shape(clean_line(text), style.setting);
        let width = f64::from(self.width / style.size);
        let filled = shaped.cut(width);
        // Lines of about one length: an end of two characters would be overlooked.
        let even = shaped.cut((shaped.width / filled.len().max(1) as f64 + 1.0).min(width));
        let lines = if even.len() > filled.len() { filled } else { even };
        self.push(&shaped, lines, style)
    }

    /// Adds a shaped text.
    pub(super) fn shaped(&mut self, shaped: &Rc<Shaped>, style: Style) -> &mut Self {
        let lines = shaped.wrap(f64::from(self.width / style.size));
        self.push(shaped, lines, style)
    }

    fn push(&mut self, shaped: &Rc<Shaped>, lines: Vec<Line>, style: Style) -> &mut Self {
        let height = style.size * style.leading;
        for line in lines {
            // Syllables of Indic scripts have no end to their length, and are not broken: set smaller, they stay inside.
            let fitting = (self.width + 0.1) / line.width.max(f64::EPSILON) as f32;
            let style = style.sized(style.size.min(fitting));
            let top = self.height;
            self.lines.push(BlockLine {
                paragraph: self.paragraphs,
                shaped: Rc::clone(shaped),
                line,
                style,
                top,
                height,
            });
            self.height += height;
        }
        self.paragraphs = self.paragraphs.saturating_add(1);
        self
    }

    /// Adds space, unless nothing stands above it.
    pub(super) fn gap(&mut self, height: f32) -> &mut Self {
        if !self.lines.is_empty() {
            self.height += height;
        }
        self
    }

    /// A node for each of the block's texts: paragraphs inside a node of their own where there are several, and a
    /// paragraph takes the place of a [`Role::Group`] of one.
    pub(super) fn nodes(&self, canvas: &mut Canvas, parent: Option<NodeId>, role: Role) -> Nodes {
        match (self.paragraphs, role) {
            (0 | 1, Role::Group) => Nodes(vec![canvas.node(parent, Role::Paragraph)]),
            (0 | 1, role) => Nodes(vec![canvas.node(parent, role)]),
            (several, role) => {
                let group = canvas.node(parent, role);
                Nodes((0..several).map(|_| canvas.node(Some(group), Role::Paragraph)).collect())
            }
        }
    }

    /// Draws all lines with the block's upper left corner at `x`, `y`.
    pub(super) fn draw(&self, canvas: &mut Canvas, x: f32, y: f32, nodes: &Nodes) {
        for line in &self.lines {
            self.draw_line(canvas, line, x, y + line.top, nodes);
        }
    }

    /// Draws all lines as paragraphs that come next in the document.
    pub(super) fn draw_next(&self, canvas: &mut Canvas, x: f32, y: f32) {
        let nodes = self.nodes(canvas, None, Role::Group);
        self.draw(canvas, x, y, &nodes);
    }

    /// Draws the first line alone, as a part of `node`.
    pub(super) fn draw_first_line(&self, canvas: &mut Canvas, x: f32, y: f32, node: NodeId) {
        if let Some(line) = self.lines.first() {
            self.draw_line(canvas, line, x, y, &Nodes(vec![node]));
        }
    }

    /// Draws one of the lines with its upper edge at `y`.
    pub(super) fn draw_line(&self, canvas: &mut Canvas, line: &BlockLine, x: f32, y: f32, nodes: &Nodes) {
        let free = self.width - line.line.width as f32 * line.style.size;
        let free = match self.align {
            Align::Right => free,
            Align::Start if line.shaped.rtl => free,
            Align::Center => free / 2.0,
            Align::Left | Align::Start => 0.0,
        };
        let text = TextOp {
            shaped: Rc::clone(&line.shaped),
            line: line.line.clone(),
            x: x + free,
            // Capitals are 0.72 em high: this centres them in the line.
            baseline: y + line.height / 2.0 + line.style.size * 0.36,
            size: line.style.size,
            color: line.style.color,
        };
        canvas.draw(nodes.0.get(line.paragraph).copied(), Shape::Text(text));
    }
}
