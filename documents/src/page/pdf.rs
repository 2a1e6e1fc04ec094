//! Writing a filled [`Canvas`] as a tagged PDF.

use super::{Area, Canvas, Color, Modules, NodeId, Op, Role, Shape, TextOp};
use crate::DocumentError;
use crate::text::face;
use krilla::color::rgb;
use krilla::error::KrillaError;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind,
    TagTree,
};
use krilla::{Document, SerializeSettings};
use std::collections::HashMap;
use std::num::NonZeroU16;

/// What the PDF says about itself.
pub(crate) struct Properties {
    pub(crate) title: String,
    pub(crate) author: String,
    /// A language tag.
    pub(crate) language: String,
}

/// Why the PDF was not written.
pub(crate) enum WriteError {
    /// An image turned out to be broken when its pixels were read.
    Image,
    /// Anything else.
    Other(DocumentError),
}

/// Writes the pages, each `width` by `height` points. The same canvas always gives the same bytes.
pub(crate) fn write(
    canvas: &Canvas,
    (width, height): (f32, f32),
    properties: Properties,
) -> Result<Vec<u8>, WriteError> {
    let invalid = || WriteError::Other(DocumentError::Pdf("the page has no size".to_owned()));
    let mut document =
        Document::new_with(SerializeSettings { xmp_metadata: true, ..SerializeSettings::default() });
    let mut tags: HashMap<NodeId, Vec<Identifier>> = HashMap::new();
    for ops in canvas.pages() {
        let settings = PageSettings::from_wh(width, height).ok_or_else(invalid)?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for group in ops.chunk_by(|a, b| a.node == b.node) {
            let Some(first) = group.first() else { continue };
            let tag = match (first.node, &first.shape) {
                (None, _) => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
                (Some(_), Shape::Text(_)) => ContentTag::Span(SpanTag::empty()),
                (Some(_), _) => ContentTag::Other,
            };
            let identifier = surface.start_tagged(tag);
            for op in group {
                draw(&mut surface, op);
            }
            surface.end_tagged();
            if let Some(node) = first.node {
                tags.entry(node).or_default().push(identifier);
            }
        }
        surface.finish();
        page.finish();
    }
    document.set_tag_tree(tag_tree(canvas, tags, &properties.language));
    document.set_metadata(
        Metadata::new()
            .title(properties.title)
            .authors(Vec::from_iter(Some(properties.author).filter(|author| !author.is_empty())))
            .language(properties.language)
            .creator("Sunledger".to_owned())
            .producer("Sunledger".to_owned()),
    );
    document.finish().map_err(|error| match error {
        KrillaError::Image(..) | KrillaError::SixteenBitImage(..) => WriteError::Image,
        other => WriteError::Other(DocumentError::Pdf(other.to_string())),
    })
}

fn draw(surface: &mut Surface<'_>, op: &Op) {
    match &op.shape {
        Shape::Text(text) => draw_text(surface, text),
        Shape::Fill { area, radius, color } => {
            let mut path = PathBuilder::new();
            rounded(&mut path, area, *radius);
            fill(surface, path, *color);
        }
        Shape::Modules { area, modules, color } => {
            let path = module_path(area, modules);
            fill(surface, path, *color);
        }
        Shape::Logo { area, logo } => {
            if let Some(size) = Size::from_wh(area.width, area.height) {
                surface.push_transform(&Transform::from_translate(area.x, area.y));
                surface.draw_image(logo.image.clone(), size);
                surface.pop();
            }
        }
    }
}

fn draw_text(surface: &mut Surface<'_>, text: &TextOp) {
    surface.set_fill(Some(paint(text.color)));
    let mut x = text.x - text.line.hang as f32 * text.size;
    for (run, range) in text.shaped.visual_runs(&text.line) {
        let (Some(face), Some(glyphs)) = (face(run.face), run.glyphs.get(range)) else { continue };
        let thickening =
            Stroke { paint: color(text.color).into(), width: text.size * 0.032, ..Stroke::default() };
        surface.set_stroke(run.embolden.then_some(thickening));
        let start = Point::from_xy(x, text.baseline);
        let width: f32 = glyphs.iter().map(|glyph| glyph.advance()).sum();
        if run.level % 2 == 0 {
            surface.draw_glyphs(start, glyphs, face.font.clone(), &text.shaped.text, text.size, false);
        } else {
            let reversed: Vec<_> = glyphs.iter().rev().cloned().collect();
            surface.draw_glyphs(start, &reversed, face.font.clone(), &text.shaped.text, text.size, false);
        }
        x += width * text.size;
    }
    surface.set_stroke(None);
}

fn color(Color(red, green, blue): Color) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn paint(of: Color) -> Fill {
    Fill { paint: color(of).into(), rule: FillRule::NonZero, ..Fill::default() }
}

fn fill(surface: &mut Surface<'_>, path: PathBuilder, color: Color) {
    if let Some(path) = path.finish() {
        surface.set_fill(Some(paint(color)));
        surface.set_stroke(None);
        surface.draw_path(&path);
    }
}

fn rounded(path: &mut PathBuilder, area: &Area, radius: f32) {
    let Area { x, y, width, height } = *area;
    let (right, bottom) = (x + width, y + height);
    let radius = radius.min(width / 2.0).min(height / 2.0);
    if radius <= 0.0 {
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            path.push_rect(rect);
        }
        return;
    }
    // Where the control points of a quarter circle lie.
    let k = radius * (1.0 - 0.552_284_8);
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - k, y, right, y + k, right, y + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(right, bottom - k, right - k, bottom, right - radius, bottom);
    path.line_to(x + radius, bottom);
    path.cubic_to(x + k, bottom, x, bottom - k, x, bottom - radius);
    path.line_to(x, y + radius);
    path.cubic_to(x, y + k, x + k, y, x + radius, y);
    path.close();
}

fn module_path(area: &Area, modules: &Modules) -> PathBuilder {
    let mut path = PathBuilder::new();
    let module = area.width / modules.size().max(1) as f32;
    for (row, columns) in modules.stretches() {
        let (x, y) = (area.x + columns.start as f32 * module, area.y + *row as f32 * module);
        if let Some(rect) = Rect::from_xywh(x, y, columns.len() as f32 * module, module) {
            path.push_rect(rect);
        }
    }
    path
}

/// Every identifier that was drawn goes into the tree exactly once; nodes under which nothing was drawn are left out.
fn tag_tree(canvas: &Canvas, mut identifiers: HashMap<NodeId, Vec<Identifier>>, language: &str) -> TagTree {
    let mut children: HashMap<Option<NodeId>, Vec<TagGroup>> = HashMap::new();
    // Backwards, so that a node's children are complete before the node is.
    for (id, parent, role) in canvas.nodes().rev() {
        let mut group = TagGroup::new(tag(role));
        for identifier in identifiers.remove(&id).unwrap_or_default() {
            group.push(identifier);
        }
        for child in children.remove(&Some(id)).unwrap_or_default().into_iter().rev() {
            group.push(child);
        }
        if !group.children.is_empty() {
            children.entry(parent).or_default().push(group);
        }
    }
    let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
    for group in children.remove(&None).unwrap_or_default().into_iter().rev() {
        tree.push(Node::Group(group));
    }
    tree
}

fn tag(role: &Role) -> TagKind {
    match role {
        Role::Heading(level) => {
            let level = NonZeroU16::new(u16::from(*level)).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, None).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::Group => Tag::Div.into(),
        Role::Table => Tag::Table.into(),
        Role::Row => Tag::TR.into(),
        Role::ColumnHeader => Tag::TH(TableHeaderScope::Column).into(),
        Role::Cell => Tag::TD.into(),
        Role::Figure { alt } => Tag::Figure(Some(alt.clone())).into(),
    }
}
