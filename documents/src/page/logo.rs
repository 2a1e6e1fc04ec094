//! The issuer's logo.

use krilla::image::Image;
use std::sync::Arc;

/// Decoding costs time and memory by the pixel, on every document.
const MAX_PIXELS: u64 = 8_000_000;

/// A logo whose header is sound. Its pixels are read when the PDF is written.
#[derive(Clone)]
pub(crate) struct Logo {
    /// The image.
    pub(crate) image: Image,
    /// Width and height in pixels, neither of them zero.
    pub(crate) size: (u32, u32),
}

impl Logo {
    /// A PNG or JPEG image; `None` for what is neither, broken, empty or too large.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let data = || krilla::Data::from(Arc::new(bytes.to_vec()));
        let image = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Image::from_png(data(), true).ok()?
        } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            Image::from_jpeg(data(), true).ok()?
        } else {
            return None;
        };
        let size = image.size();
        let pixels = u64::from(size.0).checked_mul(u64::from(size.1))?;
        (1..=MAX_PIXELS).contains(&pixels).then_some(Self { image, size })
    }
}
