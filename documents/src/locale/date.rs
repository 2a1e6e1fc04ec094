//! Dates as a locale writes them.

use super::{Language, Locale};
use jiff::civil::Date;

const ENGLISH_MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `date` as a reader of `locale` expects it. English names the month, since 06/07 is two dates.
///
/// An unknown `locale` falls back by its language, then to American English.
///
/// ```
/// use sunledger_documents::format_date;
/// let date = jiff::civil::date(2024, 6, 1);
/// assert_eq!(format_date(date, "pt-BR"), "01/06/2024");
/// assert_eq!(format_date(date, "en-US"), "Jun 1, 2024");
/// ```
pub fn format_date(date: Date, locale: &str) -> String {
    Locale::resolve(locale).date(date)
}

impl Locale {
    /// See [`format_date`].
    pub(crate) fn date(&self, date: Date) -> String {
        let (year, month, day) = (date.year(), date.month(), date.day());
        let named = || {
            let index = usize::try_from(month).unwrap_or(1).saturating_sub(1);
            ENGLISH_MONTHS.get(index).copied().unwrap_or_default()
        };
        match (self.language, &self.region) {
            (Language::English, b"US" | b"PH" | b"PR") => format!("{} {day}, {year:04}", named()),
            // Canada writes both ways around; the standard's form is read by all.
            (Language::English | Language::French, b"CA") => format!("{year:04}-{month:02}-{day:02}"),
            (Language::English, _) => format!("{day} {} {year:04}", named()),
            (Language::German, _) => format!("{day:02}.{month:02}.{year:04}"),
            (Language::French, b"CH") => format!("{day:02}.{month:02}.{year:04}"),
            (Language::Portuguese | Language::Spanish | Language::French, _) => {
                format!("{day:02}/{month:02}/{year:04}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_are_written_as_each_locale_writes_them() {
        let day = date(2024, 6, 1);
        for (locale, expected) in [
            ("pt-BR", "01/06/2024"),
            ("en-US", "Jun 1, 2024"),
            ("en-GB", "1 Jun 2024"),
            ("es-ES", "01/06/2024"),
            ("de-DE", "01.06.2024"),
            ("fr-FR", "01/06/2024"),
            ("fr-CA", "2024-06-01"),
            ("ja-JP", "Jun 1, 2024"),
        ] {
            assert_eq!(format_date(day, locale), expected, "{locale}");
        }
    }

    #[test]
    fn the_first_and_the_last_day_of_the_calendar_print() {
        assert_eq!(format_date(Date::MAX, "de-DE"), "31.12.9999");
        assert!(!format_date(Date::MIN, "pt-BR").is_empty());
    }
}
