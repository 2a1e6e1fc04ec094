//! A table that breaks over pages between its rows and repeats its header.

use super::block::{Align, Block, Nodes};
use super::flow::Flow;
use super::theme::{ACCENT, BODY, LABEL, Style};
use crate::page::{Area, NodeId, Role};
use crate::text::Shaped;
use std::rc::Rc;

const GAP: f32 = 14.0;
/// Above and below the text of a row.
pub(super) const ROW_PADDING: f32 = 5.5;
/// What the flexible column keeps before the others are set smaller.
const LEAST_FLEXIBLE: f32 = 150.0;
/// Numbers set smaller than this share of the running text would not be read: from there on they wrap.
const LEAST_SCALE: f32 = 0.7;

/// A column and the title that is repeated over it on each page.
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) kind: Kind,
}

/// How a column is aligned and how wide it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// On the left, as wide as what the others leave. A table has one.
    Flexible,
    /// On the left, as wide as its widest.
    Label,
    /// On the right, as wide as its widest.
    Number,
}

/// Paragraphs of a cell, each with its style.
pub(super) type Cell = Vec<(Rc<Shaped>, Style)>;

/// Columns measured and rows ready to place.
struct Table<'a> {
    columns: &'a [Column],
    /// Left edge and width of each column.
    spans: Vec<(f32, f32)>,
    scale: f32,
    padding: f32,
    header: Vec<Block>,
    node: NodeId,
}

/// Places a table with `padding` above and below the text of each row; its last row stays on one page with `tail`
/// points of what follows.
pub(super) fn place(flow: &mut Flow, columns: &[Column], rows: &[Vec<Cell>], padding: f32, tail: f32) {
    let titles: Vec<_> =
        columns.iter().map(|column| flow.shaper.shape(column.title.to_owned(), LABEL.setting)).collect();
    let (widths, scale) = measure(flow.width(), columns, &titles, rows);
    let mut x = flow.left();
    let mut spans = Vec::with_capacity(widths.len());
    for width in widths {
        spans.push((x, width));
        x += width + GAP;
    }
    let header = columns
        .iter()
        .zip(&titles)
        .zip(&spans)
        .map(|((column, title), (_, width))| {
            let mut block = Block::new(*width, column.align());
            block.shaped(title, LABEL);
            block
        })
        .collect();
    let node = flow.canvas.node(None, Role::Table);
    let table = Table { columns, spans, scale, padding, header, node };
    table.place(flow, rows, tail);
}

impl Column {
    fn align(&self) -> Align {
        if self.kind == Kind::Number { Align::Right } else { Align::Left }
    }
}

/// Widths of the columns and the scale of their text, such that they fill `width`.
fn measure(width: f32, columns: &[Column], titles: &[Rc<Shaped>], rows: &[Vec<Cell>]) -> (Vec<f32>, f32) {
    let natural: Vec<f32> = columns
        .iter()
        .enumerate()
        .map(|(index, _)| {
            let cells = rows.iter().filter_map(|row| row.get(index)).flatten();
            cells.map(|(shaped, style)| shaped.width as f32 * style.size).fold(0.0, f32::max)
        })
        .collect();
    let titles: Vec<f32> = titles.iter().map(|title| title.width as f32 * LABEL.size).collect();
    let gaps = GAP * columns.len().saturating_sub(1) as f32;
    let fixed = |scale: f32| -> Vec<f32> {
        // A hair more than the text, so that rounding never breaks a number.
        columns
            .iter()
            .zip(natural.iter().zip(&titles))
            .map(|(column, (text, title))| match column.kind {
                Kind::Flexible => 0.0,
                Kind::Label | Kind::Number => (text * scale).max(*title) + 0.1,
            })
            .collect()
    };
    let least = LEAST_FLEXIBLE.min(width / 3.0);
    let available = width - gaps - least;
    let mut scale = 1.0;
    while scale > LEAST_SCALE && fixed(scale).iter().sum::<f32>() > available {
        scale -= 0.05;
    }
    let mut widths = fixed(scale);
    if widths.iter().sum::<f32>() > available {
        cap(&mut widths, available);
    }
    let rest = width - gaps - widths.iter().sum::<f32>();
    for (column, width) in columns.iter().zip(&mut widths) {
        if column.kind == Kind::Flexible {
            *width = rest;
        }
    }
    (widths, scale)
}

/// Narrows the widest columns to one width, such that all together take `available`.
fn cap(widths: &mut [f32], available: f32) {
    let mut sorted: Vec<f32> = widths.iter().copied().filter(|width| *width > 0.0).collect();
    sorted.sort_by(f32::total_cmp);
    let mut left = available;
    let mut limit = available;
    for (index, width) in sorted.iter().enumerate() {
        let share = left / (sorted.len().saturating_sub(index)) as f32;
        if *width > share {
            limit = share;
            break;
        }
        left -= width;
    }
    for width in widths {
        *width = width.min(limit);
    }
}

impl Table<'_> {
    fn place(&self, flow: &mut Flow, rows: &[Vec<Cell>], tail: f32) {
        let last = rows.len().saturating_sub(1);
        for (index, row) in rows.iter().enumerate() {
            let blocks = self.blocks(row);
            let height = self.row_height(&blocks);
            let wanted = if index == last { height + tail } else { height };
            let header = self.header_height();
            // On a page of its own even a row that is followed by something large must fit, or nothing is gained.
            let whole = if wanted + header <= flow.body_height() { wanted } else { height };
            if index == 0 {
                let start = whole.min(flow.body_height() / 3.0);
                flow.ensure(header + if whole + header <= flow.body_height() { whole } else { start });
                self.place_header(flow, true);
            } else if whole > flow.remaining() && whole + header <= flow.body_height() {
                self.next_page(flow);
            }
            let row_node = flow.canvas.node(Some(self.node), Role::Row);
            let cells: Vec<Nodes> = blocks
                .iter()
                .map(|block| block.nodes(&mut flow.canvas, Some(row_node), Role::Cell))
                .collect();
            self.place_row(flow, &blocks, &cells);
        }
    }

    fn blocks(&self, row: &[Cell]) -> Vec<Block> {
        let cells = row.iter().zip(self.columns).zip(&self.spans);
        cells
            .map(|((cell, column), (_, width))| {
                let mut block = Block::new(*width, column.align());
                for (shaped, style) in cell {
                    let scale = if column.kind == Kind::Flexible { 1.0 } else { self.scale };
                    block.shaped(shaped, style.sized(style.size * scale));
                }
                block
            })
            .collect()
    }

    fn header_height(&self) -> f32 {
        self.header.iter().map(Block::height).fold(0.0, f32::max) + self.padding + 1.0
    }

    /// The header of the first page is what a screen reader reads for each column; its repetitions are decoration.
    fn place_header(&self, flow: &mut Flow, first: bool) {
        let text_height = self.header.iter().map(Block::height).fold(0.0, f32::max);
        let row = first.then(|| flow.canvas.node(Some(self.node), Role::Row));
        for (block, (x, _)) in self.header.iter().zip(&self.spans) {
            let cell = row
                .map(|row| block.nodes(&mut flow.canvas, Some(row), Role::ColumnHeader))
                .unwrap_or_default();
            block.draw(&mut flow.canvas, *x, flow.y + text_height - block.height(), &cell);
        }
        flow.y += text_height + self.padding;
        let area = Area { x: flow.left(), y: flow.y, width: flow.width(), height: 1.0 };
        flow.fill(area, 0.0, ACCENT);
        flow.y += 1.0;
    }

    fn next_page(&self, flow: &mut Flow) {
        flow.break_page();
        self.place_header(flow, false);
    }

    fn row_height(&self, blocks: &[Block]) -> f32 {
        let text = blocks.iter().map(Block::height).fold(BODY.size * BODY.leading, f32::max);
        text + 2.0 * self.padding
    }

    /// Places a row; one that is taller than a page goes on on the next, line by line.
    fn place_row(&self, flow: &mut Flow, blocks: &[Block], cells: &[Nodes]) {
        let mut next = vec![0; blocks.len()];
        loop {
            let space = flow.remaining() - 2.0 * self.padding;
            let mut used: f32 = 0.0;
            let mut rest = false;
            for (((block, next), (x, _)), nodes) in blocks.iter().zip(&mut next).zip(&self.spans).zip(cells) {
                let lines = block.lines().get(*next..).unwrap_or_default();
                let offset = lines.first().map_or(0.0, |line| line.top);
                for (index, line) in lines.iter().enumerate() {
                    let bottom = line.top - offset + line.height;
                    // The first line goes on the page in any case, so that each page makes progress.
                    if bottom > space && index > 0 {
                        rest = true;
                        break;
                    }
                    let y = flow.y + self.padding + line.top - offset;
                    block.draw_line(&mut flow.canvas, line, *x, y, nodes);
                    used = used.max(bottom);
                    *next = next.saturating_add(1);
                }
            }
            flow.y += used.max(BODY.size * BODY.leading) + 2.0 * self.padding;
            let y = flow.y;
            flow.hairline(y);
            if !rest {
                return;
            }
            self.next_page(flow);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cap;

    #[test]
    fn only_the_widest_columns_are_narrowed() {
        let mut widths = [0.0, 20.0, 300.0, 40.0, 200.0];
        cap(&mut widths, 260.0);
        assert_eq!(widths, [0.0, 20.0, 100.0, 40.0, 100.0]);
        let mut all = [100.0, 100.0];
        cap(&mut all, 50.0);
        assert_eq!(all, [25.0, 25.0]);
    }
}
