//! What is drawn where, and what it means: the tree of headings, paragraphs and tables that a screen reader walks.

use super::{Logo, Modules};
use crate::text::{Line, Shaped};
use std::rc::Rc;

/// An RGB colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Color(pub(crate) u8, pub(crate) u8, pub(crate) u8);

/// A rectangle in points; y grows downwards from the page's top edge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

/// A line of text in its place.
#[derive(Clone)]
pub(crate) struct TextOp {
    pub(crate) shaped: Rc<Shaped>,
    pub(crate) line: Line,
    pub(crate) x: f32,
    pub(crate) baseline: f32,
    pub(crate) size: f32,
    pub(crate) color: Color,
}

/// One thing to draw.
pub(crate) enum Shape {
    Text(TextOp),
    Fill { area: Area, radius: f32, color: Color },
    Logo { area: Area, logo: Logo },
    Modules { area: Area, modules: Rc<Modules>, color: Color },
}

/// A shape and the node of the document's structure that it belongs to; decoration belongs to none.
pub(crate) struct Op {
    pub(crate) node: Option<NodeId>,
    pub(crate) shape: Shape,
}

/// A node of the document's structure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct NodeId(usize);

/// What a node of the structure is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    Heading(u8),
    Paragraph,
    /// Paragraphs that belong together.
    Group,
    Table,
    Row,
    ColumnHeader,
    Cell,
    Figure {
        alt: String,
    },
}

/// Pages in the making. Operations go to the page that was begun last.
pub(crate) struct Canvas {
    pages: Vec<Vec<Op>>,
    nodes: Vec<(Option<NodeId>, Role)>,
}

impl Canvas {
    /// One empty page.
    pub(crate) fn new() -> Self {
        Self { pages: vec![Vec::new()], nodes: Vec::new() }
    }

    /// Adds a node after its elder siblings; `parent` is `None` at the top. What is drawn under a node that has
    /// children of its own is not read.
    pub(crate) fn node(&mut self, parent: Option<NodeId>, role: Role) -> NodeId {
        self.nodes.push((parent, role));
        NodeId(self.nodes.len().saturating_sub(1))
    }

    pub(crate) fn draw(&mut self, node: Option<NodeId>, shape: Shape) {
        let page = self.pages.len().saturating_sub(1);
        self.draw_on(page, node, shape);
    }

    /// Draws on a page that was begun earlier; nothing happens where there is no such page.
    pub(crate) fn draw_on(&mut self, page: usize, node: Option<NodeId>, shape: Shape) {
        if let Some(ops) = self.pages.get_mut(page) {
            ops.push(Op { node, shape });
        }
    }

    pub(crate) fn begin_page(&mut self) {
        self.pages.push(Vec::new());
    }

    pub(crate) fn pages(&self) -> &[Vec<Op>] {
        &self.pages
    }

    /// Parent and role of each node, in the order of their ids: a parent comes before its children.
    pub(crate) fn nodes(&self) -> impl DoubleEndedIterator<Item = (NodeId, Option<NodeId>, &Role)> {
        self.nodes.iter().enumerate().map(|(index, (parent, role))| (NodeId(index), *parent, role))
    }
}
