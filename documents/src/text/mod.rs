//! From a string to glyphs on lines: cleaning, font fallback, shaping, bidirectional order and line breaking.
//!
//! Shaping is independent of the type size: a [`Shaped`] text measures itself in ems, so that the layout can try
//! several sizes or widths and shape only once.

mod clean;
mod face;
mod shape;
mod wrap;

pub(crate) use clean::{clean_line, clean_paragraphs};
pub(crate) use face::face;
pub(crate) use shape::{Setting, Shaped, Shaper};
pub(crate) use wrap::Line;
