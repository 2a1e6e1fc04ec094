//! How a reader of a given language and region expects labels, numbers, money and dates.

mod currency;
mod date;
mod labels;
mod number;
mod production;

use crate::PageSize;
pub use date::format_date;
pub(crate) use labels::Labels;
use number::NumberStyle;
pub use number::format_money;

/// A locale that this crate knows, resolved from a tag.
#[derive(Clone, Copy)]
pub(crate) struct Locale {
    language: Language,
    /// Two upper-case letters; where the tag had none, the language's main region.
    region: [u8; 2],
    numbers: NumberStyle,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Language {
    English,
    Portuguese,
    Spanish,
    German,
    French,
}

impl Locale {
    /// Takes a tag such as `pt-BR` (also `pt_BR`, in any case). An unknown region leaves its language's main region,
    /// an unknown language leaves American English.
    pub(crate) fn resolve(tag: &str) -> Self {
        let tag = tag.split(['.', '@']).next().unwrap_or_default();
        let mut parts = tag.trim().split(['-', '_']);
        let language = parts.next().unwrap_or_default().to_ascii_lowercase();
        let region = parts.find_map(|part| <[u8; 2]>::try_from(part.as_bytes()).ok());
        let region = region.map(|letters| letters.map(|letter| letter.to_ascii_uppercase()));
        let known = |main: &[u8; 2]| region.filter(|r| r.iter().all(u8::is_ascii_uppercase)).unwrap_or(*main);
        let (language, region) = match language.as_str() {
            "pt" => (Language::Portuguese, known(b"BR")),
            "es" => (Language::Spanish, known(b"ES")),
            "de" => (Language::German, known(b"DE")),
            "fr" => (Language::French, known(b"FR")),
            "en" => (Language::English, known(b"US")),
            _ => (Language::English, *b"US"),
        };
        Self { language, region, numbers: NumberStyle::of(language, &region) }
    }

    /// The tag of the language that the labels are in, with the region of the numbers.
    pub(crate) fn tag(&self) -> String {
        let language = match self.language {
            Language::English => "en",
            Language::Portuguese => "pt",
            Language::Spanish => "es",
            Language::German => "de",
            Language::French => "fr",
        };
        format!("{language}-{}", String::from_utf8_lossy(&self.region))
    }

    pub(crate) fn labels(&self) -> &'static Labels {
        Labels::of(self.language)
    }

    /// The paper that the region's printers hold.
    pub(crate) fn page_size(&self) -> PageSize {
        match &self.region {
            b"US" | b"CA" | b"MX" | b"PR" => PageSize::Letter,
            _ => PageSize::A4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(tag: &str) -> String {
        Locale::resolve(tag).tag()
    }

    #[test]
    fn tags_resolve_in_any_spelling() {
        assert_eq!(tag("pt-BR"), "pt-BR");
        assert_eq!(tag("PT_br.UTF-8"), "pt-BR");
        assert_eq!(tag("de-Latn-AT"), "de-AT");
        assert_eq!(tag("es-419"), "es-ES");
    }

    #[test]
    fn what_is_unknown_falls_back_by_language_then_to_american_english() {
        assert_eq!(tag("fr"), "fr-FR");
        assert_eq!(tag("fr-ZZ"), "fr-ZZ");
        assert_eq!(crate::format_money("1043.71".parse().unwrap(), "EUR", "fr-ZZ"), "1\u{202f}043,71\u{a0}€");
        for unknown in ["", "ja-JP", "xx", "☀", "-", "\u{0}"] {
            assert_eq!(tag(unknown), "en-US", "{unknown:?}");
        }
    }

    #[test]
    fn americans_print_on_letter() {
        assert!(matches!(Locale::resolve("en-US").page_size(), PageSize::Letter));
        assert!(matches!(Locale::resolve("en-GB").page_size(), PageSize::A4));
        assert!(matches!(Locale::resolve("pt-BR").page_size(), PageSize::A4));
    }
}
