//! Locales: in which language and form documents are printed.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A BCP 47 tag of language, script and region (`pt-BR`, `zh-Hant-TW`, `es-419`), in its usual case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Locale(String);

impl Locale {
    /// Takes a tag, in any case, with `-` or `_` between its parts.
    ///
    /// # Errors
    /// A field message.
    pub fn parse(tag: &str) -> Result<Self, &'static str> {
        let mut parts = tag.trim().split(['-', '_']).peekable();
        let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let language = parts.next().filter(|part| (2..=3).contains(&part.len()) && letters(part));
        let script = parts.next_if(|part| part.len() == 4 && letters(part));
        let is_region = |part: &str| {
            (part.len() == 2 && letters(part))
                || (part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let region = parts.next_if(|part| is_region(part));
        let (Some(language), None) = (language, parts.next()) else {
            return Err("must be a locale, such as pt-BR");
        };
        let mut tag = language.to_ascii_lowercase();
        if let Some(script) = script {
            tag.push('-');
            tag.push_str(&script[..1].to_ascii_uppercase());
            tag.push_str(&script[1..].to_ascii_lowercase());
        }
        if let Some(region) = region {
            tag.push('-');
            tag.push_str(&region.to_ascii_uppercase());
        }
        Ok(Self(tag))
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self("pt-BR".to_owned())
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_taken_in_any_case_and_kept_in_the_usual_one() {
        for (typed, tag) in [
            ("pt-BR", "pt-BR"),
            ("PT_br", "pt-BR"),
            ("en", "en"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("fil-PH", "fil-PH"),
        ] {
            assert_eq!(Locale::parse(typed).unwrap().as_str(), tag);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for wrong in
            ["", "p", "portuguese", "pt-", "pt-BRA", "pt-BR-x", "-BR", "pt--BR", "99-BR", "pt-BR-BR", "çé-BR"]
        {
            assert!(Locale::parse(wrong).is_err(), "{wrong}");
        }
    }
}
