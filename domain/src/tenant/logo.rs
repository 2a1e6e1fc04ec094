//! A company's logo, as a `data:` URL.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fmt;

const INVALID: &str = "must be a data: URL of a PNG or JPEG image, in base64, of at most 256 KiB";

/// The media types that documents can show, with the bytes that such an image starts with.
const FORMATS: [(&str, &[u8]); 2] = [("image/png", b"\x89PNG\r\n\x1a\n"), ("image/jpeg", b"\xff\xd8\xff")];

/// A PNG or JPEG image of at most 256 KiB, as `data:image/png;base64,...`.
///
/// `Debug` tells its size only.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Logo(String);

impl Logo {
    /// Most bytes of image.
    pub const MAX: usize = 256 * 1024;

    /// Takes a `data:` URL; the image must be of the type that it says.
    ///
    /// # Errors
    /// A field message.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        let url = url.trim();
        let (media_type, encoded) =
            url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")).ok_or(INVALID)?;
        let (_, magic) = FORMATS.iter().find(|(known, _)| *known == media_type).ok_or(INVALID)?;
        // Longer than the base64 of the largest image: not worth decoding.
        if encoded.len() > Self::MAX.div_ceil(3) * 4 {
            return Err(INVALID);
        }
        let image = STANDARD.decode(encoded).map_err(|_| INVALID)?;
        if image.len() <= Self::MAX && image.starts_with(magic) {
            Ok(Self(url.to_owned()))
        } else {
            Err(INVALID)
        }
    }

    /// The `data:` URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The image file.
    pub fn image(&self) -> Vec<u8> {
        self.0.split_once(',').and_then(|(_, encoded)| STANDARD.decode(encoded).ok()).unwrap_or_default()
    }
}

impl fmt::Debug for Logo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Logo({} characters)", self.0.len())
    }
}
