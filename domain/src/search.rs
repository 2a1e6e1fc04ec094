//! How a search compares texts: without case, without accents, without odd spaces.

use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `text` in the form that searches compare: lower case, accents stripped, compatibility forms resolved, runs of
/// white space one space. Folding a folded text changes nothing.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return fold_ascii(text);
    }
    let mut folded = String::with_capacity(text.len());
    let mut space = false;
    // Lower-casing can bring marks of its own (`İ`), hence the second decomposition.
    for character in text.nfkd().flat_map(char::to_lowercase).nfkd() {
        if character.is_whitespace() || character.is_control() {
            space = true;
            continue;
        }
        if is_combining_mark(character) {
            continue;
        }
        if space && !folded.is_empty() {
            folded.push(' ');
        }
        space = false;
        match letter(character) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(character),
        }
    }
    folded
}

/// The same for what has neither accents nor compatibility forms: most texts, and every row is folded when it is written.
fn fold_ascii(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let words = text.split(|character: char| character.is_ascii_whitespace() || character.is_ascii_control());
    for word in words.filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded.make_ascii_lowercase();
    folded
}

/// Letters that do not decompose, but that people type without their stroke.
fn letter(character: char) -> Option<&'static str> {
    Some(match character {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ł' => "l",
        'ħ' => "h",
        'ı' => "i",
        'ŧ' => "t",
        'ς' => "σ",
        _ => return None,
    })
}

/// The one and two letters in a row that a folded text has, each once, with spaces between them: what an index of short
/// words holds. Letters are those that [`is_short`] knows.
pub fn grams(folded: &str) -> String {
    let mut found = BTreeSet::new();
    let mut previous: Option<usize> = None;
    for (at, character) in folded.char_indices() {
        let end = at + character.len_utf8();
        if !is_gram_letter(character) {
            previous = None;
            continue;
        }
        found.extend(folded.get(at..end));
        found.extend(previous.and_then(|start| folded.get(start..end)));
        previous = Some(at);
    }
    found.into_iter().collect::<Vec<_>>().join(" ")
}

/// True for a folded word of one or two letters, of which [`grams`] tells whether a text has it.
pub fn is_short(word: &str) -> bool {
    (1..=2).contains(&word.chars().count()) && word.chars().all(is_gram_letter)
}

/// What the databases' indexes take for a part of a word: letters and digits of ASCII, and all beyond it but spaces.
fn is_gram_letter(character: char) -> bool {
    character.is_ascii_alphanumeric() || !(character.is_ascii() || character.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_find_names_however_they_type_them() {
        for (text, folded) in [
            ("  José   da\tSILVA ", "jose da silva"),
            ("São Paulo", "sao paulo"),
            ("Müller & Söhne Straße", "muller & sohne strasse"),
            ("Ørsted Łódź", "orsted lodz"),
            ("İstanbul ıI", "istanbul ii"),
            ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
            ("ﬁne ①２", "fine 12"),
            ("Nguyễn", "nguyen"),
            ("\u{a0}", ""),
            ("東京　電力", "東京 電力"),
        ] {
            assert_eq!(fold(text), folded);
        }
        assert_eq!(fold("e\u{301}"), fold("é"), "composed or not");
    }

    #[test]
    fn short_words_are_found_by_their_grams() {
        assert_eq!(grams("ana +1 a"), "1 a an n na");
        assert_eq!(grams("東京"), "京 東 東京");
        assert_eq!(grams(" - "), "");
        for (word, short) in
            [("a", true), ("an", true), ("京", true), ("ana", false), ("", false), ("-1", false)]
        {
            assert_eq!(is_short(word), short, "{word}");
        }
    }

    #[test]
    fn every_letter_folds_to_something_that_stays() {
        for character in char::MIN..=char::MAX {
            let once = fold(character.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&once), once, "{character:?}");
        }
    }

    #[test]
    fn plain_text_folds_as_it_does_beside_a_letter_that_is_not() {
        for text in ["", " ", "INV-0042", "\u{b}a\u{c}b\u{1c}c\u{7f}d\r\n", "  A  b\tC ", "`^~_[]{}|\\@"] {
            let beside = fold(&format!("{text} \u{6771}"));
            assert_eq!(fold(text), beside.trim_end_matches('\u{6771}').trim_end(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn plain_text_folds_as_any_other(text in "[\\x00-\\x7f]{0,40}") {
            let beside = fold(&format!("{text} \u{6771}"));
            prop_assert_eq!(fold(&text), beside.trim_end_matches('\u{6771}').trim_end());
        }

        #[test]
        fn grams_tell_which_short_words_a_text_has(text in "[a-c1 +]{0,12}|.{0,12}", word in "[a-c1]{1,2}|.{1,2}") {
            let (text, word) = (fold(&text), fold(&word));
            if is_short(&word) {
                prop_assert_eq!(grams(&text).split(' ').any(|gram| gram == word), text.contains(&word));
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
