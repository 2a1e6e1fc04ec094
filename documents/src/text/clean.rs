//! What may not reach the page: control characters, and the invisible ones that reorder what stands around them.

/// Paragraphs of a text, cleaned, in order; an empty one is a blank line that the writer meant.
///
/// Blank lines at the start and the end are dropped.
pub(crate) fn clean_paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    let mut previous = ' ';
    for character in text.chars() {
        let current = paragraphs.len().saturating_sub(1);
        match meaning(character) {
            // The line feed of a CR LF pair belongs to the break before it.
            Meaning::Break if character == '\n' && previous == '\r' => {}
            Meaning::Break => paragraphs.push(String::new()),
            Meaning::Keep(kept) => paragraphs[current].push(kept),
            Meaning::Drop => {}
        }
        previous = character;
    }
    for paragraph in &mut paragraphs {
        let trimmed = paragraph.trim();
        if trimmed.len() != paragraph.len() {
            *paragraph = trimmed.to_owned();
        }
    }
    let first = paragraphs.iter().position(|paragraph| !paragraph.is_empty());
    let last = paragraphs.iter().rposition(|paragraph| !paragraph.is_empty());
    match (first, last) {
        (Some(first), Some(last)) => paragraphs.drain(first..=last).collect(),
        _ => Vec::new(),
    }
}

/// A text as one line, cleaned: line breaks become spaces.
pub(crate) fn clean_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match meaning(character) {
            Meaning::Keep(kept) => line.push(kept),
            Meaning::Break if !line.ends_with(' ') => line.push(' '),
            Meaning::Break | Meaning::Drop => {}
        }
    }
    line.trim().to_owned()
}

enum Meaning {
    Keep(char),
    Break,
    Drop,
}

fn meaning(character: char) -> Meaning {
    match character {
        '\t' => Meaning::Keep(' '),
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Meaning::Break,
        // The Unicode paragraph separators among the controls go with the controls.
        _ if character.is_control() => Meaning::Drop,
        // Embeddings, overrides and isolates: a name must not be able to turn around the text beside it.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' => Meaning::Drop,
        // Soft hyphens, byte order marks, interlinear annotation, tags: invisible, and nothing here gives them a use.
        '\u{ad}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => Meaning::Drop,
        // Private use and noncharacters have no agreed shape: show that something stood there.
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'.. => Meaning::Keep('\u{fffd}'),
        '\u{fdd0}'..='\u{fdef}' => Meaning::Keep('\u{fffd}'),
        _ if u32::from(character) & 0xfffe == 0xfffe => Meaning::Keep('\u{fffd}'),
        _ => Meaning::Keep(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_and_direction_overrides_are_dropped() {
        assert_eq!(clean_line("a\u{0}b\u{7}c\u{1b}[31m"), "abc[31m");
        assert_eq!(clean_line("\u{202e}gpj.exe\u{202c}\u{2066}x\u{2069}"), "gpj.exex");
        assert_eq!(clean_line("\u{feff}in\u{ad}voice"), "invoice");
    }

    #[test]
    fn joiners_and_direction_marks_that_scripts_need_stay() {
        assert_eq!(clean_line("می\u{200c}خواهم"), "می\u{200c}خواهم");
        assert_eq!(clean_line("क्\u{200d}ष"), "क्\u{200d}ष");
    }

    #[test]
    fn what_has_no_agreed_shape_becomes_visible() {
        assert_eq!(clean_line("a\u{e000}b\u{ffff}c\u{10ffff}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
    }

    #[test]
    fn every_kind_of_line_break_separates_paragraphs() {
        assert_eq!(clean_paragraphs("a\r\nb\rc\n\n d \u{2028}e\u{85}f"), ["a", "b", "c", "", "d", "e", "f"]);
        assert_eq!(clean_paragraphs("\n\n x \n\n"), ["x"]);
        assert!(clean_paragraphs(" \n\t\n").is_empty());
        assert_eq!(clean_line("Rua A\r\nCentro"), "Rua A Centro");
    }
}
