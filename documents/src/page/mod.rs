//! Pages as lists of things to draw, and their way into a PDF.
//!
//! The layout fills a [`Canvas`] first and the PDF is written afterwards, since the footer of the first page tells
//! how many pages there are.

mod canvas;
mod logo;
mod pdf;
mod qr;

pub(crate) use canvas::{Area, Canvas, Color, NodeId, Op, Role, Shape, TextOp};
pub(crate) use logo::Logo;
pub(crate) use pdf::{Properties, WriteError, write};
pub(crate) use qr::Modules;
