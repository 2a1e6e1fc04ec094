//! The fonts that are built in, and which of them draws a character.
//!
//! A face is parsed the first time that a document needs it, and then kept for the life of the process.

use krilla::text::Font;
use std::sync::OnceLock;

/// A built-in font face, ready to shape and to embed.
pub(crate) struct Face {
    /// For shaping.
    pub(crate) shaping: rustybuzz::Face<'static>,
    /// For the PDF.
    pub(crate) font: Font,
}

/// One of the built-in faces.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct FaceId(u8);

struct Slot {
    data: &'static [u8],
    face: OnceLock<Option<Face>>,
}

macro_rules! slots {
    ($($file:literal),* $(,)?) => {
        [$(Slot { data: include_bytes!(concat!("../../fonts/", $file)), face: OnceLock::new() }),*]
    };
}

static SLOTS: [Slot; 19] = slots![
    "Inter-Regular.otf",
    "Inter-SemiBold.otf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansArabic-Bold.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansHebrew-Bold.ttf",
    "DroidSansFallback.ttf",
    "NotoSansThai-Regular.ttf",
    "NotoSansThai-Bold.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansDevanagari-Bold.ttf",
    "NotoSansBengali-Regular.ttf",
    "NotoSansGujarati-Regular.ttf",
    "NotoSansGurmukhi-Regular.ttf",
    "NotoSansKannada-Regular.ttf",
    "NotoSansMalayalam-Regular.ttf",
    "NotoSansTamil-Regular.ttf",
    "NotoSansTelugu-Regular.ttf",
    "DejaVuSans.ttf",
];

/// Regular and bold face of each family, in the order in which they are asked for a character. A family with one
/// face is thickened where bold is wanted.
const FAMILIES: [(FaceId, FaceId); 14] = [
    (FaceId(0), FaceId(1)),
    (FaceId(2), FaceId(3)),
    (FaceId(4), FaceId(5)),
    (FaceId(6), FaceId(6)),
    (FaceId(7), FaceId(8)),
    (FaceId(9), FaceId(10)),
    (FaceId(11), FaceId(11)),
    (FaceId(12), FaceId(12)),
    (FaceId(13), FaceId(13)),
    (FaceId(14), FaceId(14)),
    (FaceId(15), FaceId(15)),
    (FaceId(16), FaceId(16)),
    (FaceId(17), FaceId(17)),
    (FaceId(18), FaceId(18)),
];

/// The face that has the replacement character.
const REPLACEMENT_FACE: FaceId = FaceId(18);

/// How one character is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Choice {
    /// The face that has it.
    pub(crate) face: FaceId,
    /// The family has no bold face: thicken the strokes.
    pub(crate) embolden: bool,
    /// No face has the character: draw the replacement character in its place.
    pub(crate) missing: bool,
}

impl Choice {
    /// What draws most text, and text that has no letters.
    pub(crate) fn primary(bold: bool) -> Self {
        Self::of(FAMILIES[0], bold)
    }

    fn of((regular, heavy): (FaceId, FaceId), bold: bool) -> Self {
        let face = if bold { heavy } else { regular };
        Self { face, embolden: bold && regular == heavy, missing: false }
    }

    /// The first family that has `character`, else the replacement.
    pub(crate) fn for_character(character: char, bold: bool) -> Self {
        FAMILIES
            .iter()
            .map(|family| Self::of(*family, bold))
            .find(|choice| choice.has(character))
            .unwrap_or(Self { face: REPLACEMENT_FACE, embolden: bold, missing: true })
    }

    /// Whether this choice can draw `character` itself.
    pub(crate) fn has(&self, character: char) -> bool {
        !self.missing && face(self.face).is_some_and(|face| face.shaping.glyph_index(character).is_some())
    }
}

/// The parsed face; `None` only if a built-in file were broken, which a test rules out.
pub(crate) fn face(id: FaceId) -> Option<&'static Face> {
    let slot = SLOTS.get(usize::from(id.0))?;
    slot.face
        .get_or_init(|| {
            let shaping = rustybuzz::Face::from_slice(slot.data, 0)?;
            Some(Face { shaping, font: Font::new(slot.data.into(), 0)? })
        })
        .as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_face_parses_and_the_last_has_the_replacement_character() {
        for id in 0..SLOTS.len() {
            assert!(face(FaceId(u8::try_from(id).unwrap())).is_some(), "{id}");
        }
        assert!(face(REPLACEMENT_FACE).unwrap().shaping.glyph_index('\u{fffd}').is_some());
    }

    #[test]
    fn the_scripts_of_customers_are_covered() {
        let texts = [
            "São Paulo ČŠŽ ĞŞ Straße Đặng Thị Ưở",
            "Ελληνικά ώ Русский Україна Ґ ѣ",
            "محمد پگ עברית שלום 株式会社 あア々ー髙﨑 한국대힣 中国體龘",
            "ไทย हिन्दी বাংলা ગુજરાતી ਪੰਜਾਬੀ ಕನ್ನಡ മലയാളം தமிழ் తెలుగు Հայերեն ქართული",
            "₹₩₪₫₱₦₴₺₽₸₡₲₵฿€£¥ №–—…•·−×±½²³°ºª§ ☀★✓→■□",
        ];
        for character in texts.iter().flat_map(|text| text.chars()).filter(|c| !c.is_whitespace()) {
            for bold in [false, true] {
                assert!(!Choice::for_character(character, bold).missing, "{character:?}");
            }
        }
    }

    #[test]
    fn bold_is_a_face_where_there_is_one_and_thickened_where_there_is_none() {
        assert!(!Choice::for_character('a', true).embolden);
        assert_ne!(Choice::for_character('a', true).face, Choice::for_character('a', false).face);
        assert!(Choice::for_character('株', true).embolden);
        assert!(!Choice::for_character('株', false).embolden);
        assert!(Choice::for_character('\u{1f9ff}', false).missing);
    }
}
