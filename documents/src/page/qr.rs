//! QR codes as dark modules, to be filled as vectors.

use qrcode::{Color, EcLevel, QrCode};
use std::ops::Range;

/// The dark modules of a QR code.
pub(crate) struct Modules {
    size: usize,
    /// Row, and the columns of a stretch of dark modules in it.
    stretches: Vec<(usize, Range<usize>)>,
}

impl Modules {
    /// The code for `text`; `None` where it is empty or longer than a QR code holds.
    pub(crate) fn encode(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let size = code.width();
        let colors = code.into_colors();
        let mut stretches: Vec<(usize, Range<usize>)> = Vec::new();
        for (row, modules) in colors.chunks(size.max(1)).enumerate() {
            for (column, _) in modules.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
                match stretches.last_mut() {
                    Some((last, columns)) if *last == row && columns.end == column => {
                        columns.end = column.saturating_add(1);
                    }
                    _ => stretches.push((row, column..column.saturating_add(1))),
                }
            }
        }
        Some(Self { size, stretches })
    }

    /// Modules on a side.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Row, and the columns of each stretch of dark modules.
    pub(crate) fn stretches(&self) -> &[(usize, Range<usize>)] {
        &self.stretches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stretches_are_the_dark_modules() {
        let text = "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR6304ABCD";
        let modules = Modules::encode(text).unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let mut drawn = vec![Color::Light; modules.size() * modules.size()];
        for (row, columns) in modules.stretches() {
            for column in columns.clone() {
                drawn[row * modules.size() + column] = Color::Dark;
            }
        }
        assert_eq!(drawn, code.to_colors());
    }

    #[test]
    fn what_does_not_fit_is_no_code() {
        assert!(Modules::encode("").is_none());
        assert!(Modules::encode(&"x".repeat(5000)).is_none());
    }
}
