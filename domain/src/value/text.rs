//! Texts that people typed: trimmed, bounded, free of control characters (a NUL cannot even be stored in a
//! Postgres text), line ends written one way.

/// A text of several lines. Empty is allowed.
///
/// # Errors
/// A field message where it is longer than `max` characters or holds a control character.
pub fn text(input: &str, max: usize) -> Result<String, String> {
    let allowed = |character| character == '\n' || character == '\t';
    if !input.contains('\r') {
        return bounded(input.trim(), max, allowed);
    }
    bounded(input.replace("\r\n", "\n").replace('\r', "\n").trim(), max, allowed)
}

/// A text of one line. Empty is allowed.
///
/// # Errors
/// A field message where it is longer than `max` characters or holds a line end or another control character.
pub fn line(input: &str, max: usize) -> Result<String, String> {
    bounded(input.trim(), max, |_| false)
}

/// [`text`] that must not be empty.
///
/// # Errors
/// As [`text`], and where nothing is left of it.
pub fn required_text(input: &str, max: usize) -> Result<String, String> {
    text(input, max).and_then(not_empty)
}

/// [`line()`] that must not be empty.
///
/// # Errors
/// As [`line()`], and where nothing is left of it.
pub fn required_line(input: &str, max: usize) -> Result<String, String> {
    line(input, max).and_then(not_empty)
}

fn not_empty(text: String) -> Result<String, String> {
    if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(text) }
}

fn bounded(text: &str, max: usize, allowed: impl Fn(char) -> bool) -> Result<String, String> {
    if text.len() > max && text.chars().nth(max).is_some() {
        return Err(format!("must be at most {max} characters long"));
    }
    if text.chars().any(|character| character.is_control() && !allowed(character)) {
        return Err("must not contain control characters".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_trimmed_and_keeps_its_lines() {
        assert_eq!(text("  Line one\r\nLine\ttwo \r", 100).unwrap(), "Line one\nLine\ttwo");
        assert_eq!(text("   ", 10).unwrap(), "");
    }

    #[test]
    fn the_limit_counts_characters_and_is_named() {
        assert!(text(&"é".repeat(10), 10).is_ok());
        assert_eq!(text(&"é".repeat(11), 10), Err("must be at most 10 characters long".to_owned()));
    }

    #[test]
    fn control_characters_are_refused() {
        for wrong in ["a\0b", "a\u{1b}[31m", "a\u{7f}", "a\u{85}b"] {
            assert!(text(wrong, 10).is_err(), "{wrong:?}");
        }
        assert!(line("two\nlines", 20).is_err());
        assert!(line("a\tb", 20).is_err());
        assert!(line("one line", 20).is_ok());
    }

    #[test]
    fn what_is_required_must_not_be_blank() {
        assert_eq!(required_line(" \t ", 9), Err("must not be empty".to_owned()));
        assert_eq!(required_text("\n\n", 9), Err("must not be empty".to_owned()));
        assert_eq!(required_text(" x ", 9), Ok("x".to_owned()));
    }
}
