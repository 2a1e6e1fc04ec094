//! QR codes as dark modules, to be filled as vectors.

use fast_qr::{ECL, QRBuilder};
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
        let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
        let size = code.size;
        let mut stretches: Vec<(usize, Range<usize>)> = Vec::new();
        for (row, modules) in code.data.chunks(size.max(1)).take(size).enumerate() {
            for (column, _) in modules.iter().enumerate().filter(|(_, module)| module.value()) {
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
    use proptest::prelude::*;
    use rqrr::PreparedImage;

    /// Pixels of a module, and modules of white around the code.
    const PIXELS: usize = 4;
    const QUIET: usize = 4;

    /// What a reader sees who is shown the modules.
    fn read(modules: &Modules) -> String {
        let side = modules.size() + 2 * QUIET;
        let mut dark = vec![false; side * side];
        for (row, columns) in modules.stretches() {
            let start = (row + QUIET) * side + QUIET;
            dark[start + columns.start..start + columns.end].fill(true);
        }
        let mut image = PreparedImage::prepare_from_greyscale(side * PIXELS, side * PIXELS, |x, y| {
            if dark[y / PIXELS * side + x / PIXELS] { 0 } else { 255 }
        });
        let codes = image.detect_grids();
        assert_eq!(codes.len(), 1);
        codes[0].decode().unwrap().1
    }

    #[test]
    fn a_reader_reads_a_pix_code() {
        let text = "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR6304ABCD";
        assert_eq!(read(&Modules::encode(text).unwrap()), text);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_reader_reads_what_was_to_be_said(text in "[0-9]{1,90}|[A-Z0-9 $%*+./:-]{1,90}|[ -~]{1,400}|[a-zà-ü]{1,200}") {
            prop_assert_eq!(read(&Modules::encode(&text).unwrap()), text);
        }
    }

    #[test]
    fn what_does_not_fit_is_no_code() {
        assert!(Modules::encode("").is_none());
        assert!(Modules::encode(&"x".repeat(2331)).is_some_and(|modules| modules.size() == 177));
        assert!(Modules::encode(&"x".repeat(2332)).is_none());
    }
}
