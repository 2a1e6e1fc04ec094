//! Shaping: a cleaned line of text becomes runs of glyphs, each of one face, script and direction.

use super::face::{Choice, FaceId, face};
use crate::DocumentError;
use krilla::surface::Location;
use krilla::text::{Glyph as PdfGlyph, GlyphId};
use rustybuzz::ttf_parser::Tag;
use rustybuzz::{Direction, Feature, ShapePlan, UnicodeBuffer};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use unicode_bidi::{BidiInfo, Level};
use unicode_linebreak::linebreaks;
use unicode_script::{Script, UnicodeScript};

/// How a text is set, apart from its size and colour.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Setting {
    /// In the bold face.
    pub(crate) bold: bool,
    /// With figures of one width, for columns of numbers.
    pub(crate) tabular: bool,
}

/// A glyph; all measures are in ems.
#[derive(Clone, Debug)]
pub(crate) struct Glyph {
    id: u32,
    text: Range<u32>,
    advance: f32,
    x_offset: f32,
    y_offset: f32,
}

impl Glyph {
    /// Where in the text its cluster starts, in bytes.
    pub(crate) fn start(&self) -> u32 {
        self.text.start
    }

    /// Ems to the next glyph.
    pub(crate) fn advance(&self) -> f32 {
        self.advance
    }
}

impl PdfGlyph for Glyph {
    fn glyph_id(&self) -> GlyphId {
        GlyphId::new(self.id)
    }

    fn text_range(&self) -> Range<usize> {
        self.text.start as usize..self.text.end as usize
    }

    fn x_advance(&self, size: f32) -> f32 {
        self.advance * size
    }

    fn x_offset(&self, size: f32) -> f32 {
        self.x_offset * size
    }

    fn y_offset(&self, size: f32) -> f32 {
        self.y_offset * size
    }

    fn y_advance(&self, _size: f32) -> f32 {
        0.0
    }

    fn location(&self) -> Option<Location> {
        None
    }
}

/// Glyphs of one face and direction, in logical order.
#[derive(Debug)]
pub(crate) struct Run {
    /// The face.
    pub(crate) face: FaceId,
    /// Bold is wanted and the face has none.
    pub(crate) embolden: bool,
    /// Embedding level of the bidirectional algorithm; odd is right to left.
    pub(crate) level: u8,
    /// The glyphs, in the order of the text also where it is read from the right.
    pub(crate) glyphs: Vec<Glyph>,
}

/// What cannot be broken: a character with its marks, or a ligature.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// Where in the text it starts, in bytes.
    pub(crate) start: u32,
    /// Width of everything before it, in ems: a sum, so it is kept in double precision.
    pub(crate) before: f64,
    /// A space, which may hang over the end of a line.
    pub(crate) space: bool,
    /// A line may be broken before it.
    pub(crate) break_before: bool,
}

/// A line of text as glyphs, not yet broken to a width.
#[derive(Debug)]
pub(crate) struct Shaped {
    /// The text, which the glyphs refer to.
    pub(crate) text: String,
    /// In logical order.
    pub(crate) runs: Vec<Run>,
    /// In logical order.
    pub(crate) clusters: Vec<Cluster>,
    /// The whole width in ems.
    pub(crate) width: f64,
    /// Reads from right to left as a whole.
    pub(crate) rtl: bool,
}

impl Shaped {
    /// Width of the widest part that no line break divides, in ems.
    pub(crate) fn widest_word(&self) -> f64 {
        let mut widest: f64 = 0.0;
        let mut start = 0.0;
        for cluster in &self.clusters {
            if cluster.space || cluster.break_before {
                widest = widest.max(cluster.before - start);
                start = cluster.before;
            }
        }
        widest.max(self.width - start)
    }
}

#[derive(PartialEq, Eq, Hash)]
struct PlanKey {
    face: FaceId,
    rtl: bool,
    script: rustybuzz::Script,
    tabular: bool,
}

/// Shapes the texts of one document; keeps what its texts share.
pub(crate) struct Shaper {
    plans: HashMap<PlanKey, ShapePlan>,
    buffer: UnicodeBuffer,
}

/// One stretch of text to shape at once.
struct Item {
    range: Range<usize>,
    choice: Choice,
    script: Script,
    level: Level,
}

impl Shaper {
    /// # Errors
    /// Where a built-in font does not parse.
    pub(crate) fn new() -> Result<Self, DocumentError> {
        for bold in [false, true] {
            face(Choice::primary(bold).face).ok_or(DocumentError::Font)?;
        }
        Ok(Self { plans: HashMap::new(), buffer: UnicodeBuffer::new() })
    }

    /// Shapes a cleaned text that has no line breaks.
    pub(crate) fn shape(&mut self, text: String, setting: Setting) -> Rc<Shaped> {
        let (items, rtl) = itemize(&text, setting.bold);
        let runs: Vec<Run> = items.into_iter().filter_map(|item| self.run(&text, item, setting)).collect();
        let (clusters, width) = clusters(&text, &runs);
        Rc::new(Shaped { text, runs, clusters, width, rtl })
    }

    fn run(&mut self, text: &str, item: Item, setting: Setting) -> Option<Run> {
        let face_id = item.choice.face;
        let face = face(face_id)?;
        let part = text.get(item.range.clone())?;
        let mut buffer = std::mem::take(&mut self.buffer);
        for (offset, character) in part.char_indices() {
            if item.choice.missing && is_ignorable(character) {
                continue;
            }
            let drawn = if item.choice.missing { '\u{fffd}' } else { character };
            buffer.add(drawn, u32::try_from(item.range.start.saturating_add(offset)).unwrap_or(u32::MAX));
        }
        let script = shaping_script(item.script);
        let rtl = item.level.is_rtl();
        let direction = if rtl { Direction::RightToLeft } else { Direction::LeftToRight };
        buffer.set_direction(direction);
        buffer.set_script(script);
        let key = PlanKey { face: face_id, rtl, script, tabular: setting.tabular };
        let plan = self.plans.entry(key).or_insert_with(|| {
            ShapePlan::new(&face.shaping, direction, Some(script), None, &features(setting.tabular))
        });
        let shaped = rustybuzz::shape_with_plan(&face.shaping, plan, buffer);
        let em = f32::from(u16::try_from(face.shaping.units_per_em()).unwrap_or(1000).max(1));
        let mut glyphs: Vec<Glyph> = shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .map(|(info, position)| Glyph {
                id: info.glyph_id,
                text: info.cluster..info.cluster,
                advance: position.x_advance as f32 / em,
                x_offset: position.x_offset as f32 / em,
                y_offset: position.y_offset as f32 / em,
            })
            .collect();
        self.buffer = shaped.clear();
        if rtl {
            glyphs.reverse();
        }
        let mut end = u32::try_from(item.range.end).unwrap_or(u32::MAX);
        let mut next_start = end;
        for glyph in glyphs.iter_mut().rev() {
            if glyph.text.start != next_start {
                end = next_start;
                next_start = glyph.text.start;
            }
            glyph.text.end = end;
        }
        let run = Run { face: face_id, embolden: item.choice.embolden, level: item.level.number(), glyphs };
        Some(run).filter(|run| !run.glyphs.is_empty())
    }
}

/// Contextual alternates are off: they turn `->` into an arrow and the x of `10x20` into a multiplication sign, and
/// what a customer wrote has to print as it was written.
fn features(tabular: bool) -> Vec<Feature> {
    let feature = |tag, value| Feature::new(Tag::from_bytes(tag), value, ..);
    if tabular { vec![feature(b"calt", 0), feature(b"tnum", 1)] } else { vec![feature(b"calt", 0)] }
}

fn shaping_script(script: Script) -> rustybuzz::Script {
    let tag = script.short_name().as_bytes().try_into().map(Tag::from_bytes).ok();
    tag.and_then(rustybuzz::Script::from_iso15924_tag).unwrap_or(rustybuzz::script::LATIN)
}

/// Cuts a text where face, script or direction changes; and whether it reads from right to left as a whole.
fn itemize(text: &str, bold: bool) -> (Vec<Item>, bool) {
    let primary = Choice::primary(bold);
    if text.is_ascii() {
        let item = Item { range: 0..text.len(), choice: primary, script: Script::Latin, level: Level::ltr() };
        return (Vec::from_iter(Some(item).filter(|_| !text.is_empty())), false);
    }
    // No character before the Hebrew block reads from right to left.
    let bidi = text.chars().any(|character| character >= '\u{590}').then(|| BidiInfo::new(text, None));
    let levels = bidi.as_ref().map(|bidi| bidi.levels.as_slice()).unwrap_or_default();
    let rtl = bidi
        .as_ref()
        .and_then(|bidi| bidi.paragraphs.first())
        .is_some_and(|paragraph| paragraph.level.is_rtl());
    let mut items: Vec<Item> = Vec::new();
    let mut since_space: u32 = 0;
    for (offset, character) in text.char_indices() {
        let end = offset.saturating_add(character.len_utf8());
        let level = levels.get(offset).copied().unwrap_or(Level::ltr());
        let previous = items.last().map(|item| (item.choice, item.script));
        let script = match (character.script(), previous) {
            (Script::Common | Script::Inherited | Script::Unknown, previous) => {
                previous.map_or(Script::Latin, |(_, script)| script)
            }
            // Japanese and Korean mix them within a word, and one face shapes them all alike.
            (script, Some((_, previous))) if is_east_asian(script) && is_east_asian(previous) => previous,
            (script, _) => script,
        };
        let choice = match previous {
            Some((choice, _)) if inherits_face(character, choice) => choice,
            None if character.is_whitespace() || is_ignorable(character) => primary,
            _ => Choice::for_character(character, bold),
        };
        match items.last_mut() {
            Some(item)
                if item.choice == choice
                    && item.script == script
                    && item.level == level
                    && (since_space < LONGEST_SYLLABLE || !has_syllables(script)) =>
            {
                item.range.end = end;
            }
            _ => {
                items.push(Item { range: offset..end, choice, script, level });
                since_space = 0;
            }
        }
        since_space = if character.is_whitespace() { 0 } else { since_space.saturating_add(1) };
    }
    (items, rtl)
}

/// The shaper counts the glyphs of a syllable in eight bits, and a character may become several glyphs. No word of a
/// language is as long; what is, is shaped in parts.
const LONGEST_SYLLABLE: u32 = 50;

/// Whether a script may be shaped by syllables: all but those that are known not to be.
fn has_syllables(script: Script) -> bool {
    use Script::{Arabic, Armenian, Cyrillic, Georgian, Greek, Hebrew, Latin, Thai};
    let simple = matches!(script, Latin | Greek | Cyrillic | Armenian | Georgian | Hebrew | Arabic | Thai);
    !simple && !is_east_asian(script)
}

fn is_east_asian(script: Script) -> bool {
    matches!(script, Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo)
}

/// Spaces, joiners and marks stay with the character before them.
fn inherits_face(character: char, previous: Choice) -> bool {
    is_ignorable(character)
        || (character.is_whitespace() && !previous.missing)
        || (character.script() == Script::Inherited && previous.has(character))
}

/// Characters that act on others and have no shape of their own.
fn is_ignorable(character: char) -> bool {
    matches!(character, '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn clusters(text: &str, runs: &[Run]) -> (Vec<Cluster>, f64) {
    let mut breaks = linebreaks(text).map(|(offset, _)| offset).peekable();
    let mut clusters: Vec<Cluster> = Vec::with_capacity(text.len());
    let mut width = 0.0;
    for glyph in runs.iter().flat_map(|run| &run.glyphs) {
        let start = glyph.text.start as usize;
        if clusters.last().is_none_or(|cluster| cluster.start != glyph.text.start) {
            while breaks.next_if(|offset| *offset < start).is_some() {}
            let space =
                text.get(start..).and_then(|rest| rest.chars().next()).is_some_and(char::is_whitespace);
            let break_before = breaks.peek() == Some(&start);
            clusters.push(Cluster { start: glyph.text.start, before: width, space, break_before });
        }
        width += f64::from(glyph.advance);
    }
    (clusters, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Rc<Shaped> {
        Shaper::new().unwrap().shape(text.to_owned(), Setting::default())
    }

    #[test]
    fn each_byte_of_the_text_belongs_to_a_cluster_in_order() {
        for text in ["Fatura nº 7", "محمد بن سلمان", "क्षेत्र", "株式会社ABC", "e\u{301}a\u{308}", "a\u{1f9ff}b"]
        {
            let shaped = shape(text);
            let starts: Vec<u32> = shaped.clusters.iter().map(|cluster| cluster.start).collect();
            assert_eq!(starts.first(), Some(&0), "{text}");
            assert!(starts.is_sorted(), "{text} {starts:?}");
            for run in &shaped.runs {
                for glyph in &run.glyphs {
                    assert!(
                        text.get(glyph.text_range()).is_some_and(|part| !part.is_empty()),
                        "{text} {glyph:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn arabic_letters_join() {
        let shaped = shape("محمد");
        let run = &shaped.runs[0];
        let face = face(run.face).unwrap();
        let joined: Vec<u32> = run.glyphs.iter().map(|glyph| glyph.id).collect();
        let apart: Vec<u32> =
            "محمد".chars().map(|letter| u32::from(face.shaping.glyph_index(letter).unwrap().0)).collect();
        assert_eq!(joined.len(), apart.len());
        assert!(joined.iter().zip(&apart).take(3).all(|(joined, apart)| joined != apart));
        assert!(shaped.rtl && run.level == 1);
    }

    #[test]
    fn tabular_figures_have_one_width() {
        let width = |text: &str| {
            let setting = Setting { tabular: true, ..Setting::default() };
            Shaper::new().unwrap().shape(text.to_owned(), setting).width
        };
        assert_eq!(width("1111"), width("8888"));
        assert_ne!(shape("1111").width, shape("8888").width);
    }

    #[test]
    fn what_a_customer_wrote_is_not_turned_into_other_signs() {
        let shaped = shape("10x20 -> 5");
        let glyphs: Vec<_> = shaped.runs[0].glyphs.iter().map(|glyph| glyph.id).collect();
        let face = face(Choice::primary(false).face).unwrap();
        let plain: Vec<_> =
            "10x20 -> 5".chars().map(|c| u32::from(face.shaping.glyph_index(c).unwrap().0)).collect();
        assert_eq!(glyphs, plain);
    }

    #[test]
    fn a_character_without_a_glyph_prints_the_replacement() {
        let shaped = shape("a\u{1f9ff}b");
        let missing = &shaped.runs[1];
        let face = face(missing.face).unwrap();
        assert_eq!(missing.glyphs[0].id, u32::from(face.shaping.glyph_index('\u{fffd}').unwrap().0));
        assert_eq!(shaped.text.get(missing.glyphs[0].text_range()), Some("\u{1f9ff}"));
    }
}
