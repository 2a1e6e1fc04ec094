//! A QR code on white paper.

use super::flow::Flow;
use super::theme::{INK, WHITE};
use crate::page::{Area, Modules, Role, Shape};
use std::rc::Rc;

const CODE: f32 = 98.0;
/// White around the code: readers need four modules of it.
const QUIET: f32 = 9.0;
/// Width and height, the white included.
pub(super) const SIDE: f32 = CODE + 2.0 * QUIET;

/// Draws a code with its paper's upper left corner at `x`, `y`; `alt` is what a screen reader says.
pub(super) fn draw(flow: &mut Flow, modules: Rc<Modules>, x: f32, y: f32, alt: &str) {
    flow.fill(Area { x, y, width: SIDE, height: SIDE }, 4.0, WHITE);
    let area = Area { x: x + QUIET, y: y + QUIET, width: CODE, height: CODE };
    let figure = flow.canvas.node(None, Role::Figure { alt: alt.to_owned() });
    flow.canvas.draw(Some(figure), Shape::Modules { area, modules, color: INK });
}
