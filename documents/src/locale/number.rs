//! Numbers, percentages and money, written by decimal digits: nothing passes through a float.

use super::{Language, Locale, currency};
use rust_decimal::{Decimal, RoundingStrategy};

/// Between a number and what belongs to it, where no line may break.
const NO_BREAK_SPACE: char = '\u{a0}';
const NARROW_NO_BREAK_SPACE: char = '\u{202f}';

/// The signs of a locale's numbers.
#[derive(Clone, Copy)]
pub(super) struct NumberStyle {
    decimal: char,
    group: char,
    /// Digits of every group but the last, which has three; two in South Asia.
    group_size: usize,
    symbol: SymbolPlace,
    /// Before the percent sign.
    percent_space: Option<char>,
}

#[derive(Clone, Copy)]
enum SymbolPlace {
    Before,
    BeforeSpaced,
    AfterSpaced,
}

impl NumberStyle {
    pub(super) fn of(language: Language, region: &[u8; 2]) -> Self {
        use SymbolPlace::{AfterSpaced, Before, BeforeSpaced};
        let style =
            |decimal, group, symbol| Self { decimal, group, group_size: 3, symbol, percent_space: None };
        let spaced_percent = |style: Self| Self { percent_space: Some(NO_BREAK_SPACE), ..style };
        match (language, region) {
            (Language::English, b"IN" | b"PK" | b"BD") => Self { group_size: 2, ..style('.', ',', Before) },
            (Language::English, b"ZA") => style(',', NO_BREAK_SPACE, Before),
            (Language::English, _) => style('.', ',', Before),
            (Language::Portuguese, b"PT" | b"AO" | b"MZ" | b"CV") => style(',', NO_BREAK_SPACE, AfterSpaced),
            (Language::Portuguese, _) => style(',', '.', BeforeSpaced),
            // Mexico, Central America and the Spanish of the United States write a decimal point.
            (
                Language::Spanish,
                b"MX" | b"US" | b"PR" | b"GT" | b"HN" | b"NI" | b"SV" | b"PA" | b"DO" | b"PE",
            ) => style('.', ',', Before),
            (Language::Spanish, b"AR" | b"CO" | b"CL" | b"UY" | b"PY" | b"EC" | b"VE" | b"BO" | b"CR") => {
                style(',', '.', BeforeSpaced)
            }
            (Language::Spanish, _) => spaced_percent(style(',', '.', AfterSpaced)),
            (Language::German, b"CH" | b"LI") => style('.', '’', BeforeSpaced),
            (Language::German, b"AT") => spaced_percent(style(',', '.', BeforeSpaced)),
            (Language::German, _) => spaced_percent(style(',', '.', AfterSpaced)),
            (Language::French, b"CA") => spaced_percent(style(',', NO_BREAK_SPACE, AfterSpaced)),
            (Language::French, _) => Self {
                percent_space: Some(NARROW_NO_BREAK_SPACE),
                ..style(',', NARROW_NO_BREAK_SPACE, AfterSpaced)
            },
        }
    }
}

/// `amount` as money: rounded half away from zero to the currency's minor unit, with the currency's symbol, or its
/// code where it has no common one, as a reader of `locale` expects it.
///
/// `currency` is an ISO 4217 code; two decimals are printed for one that is not known. An unknown `locale` falls back
/// by its language, then to American English. Spaces inside are no-break spaces.
///
/// ```
/// use sunledger_documents::format_money;
/// assert_eq!(format_money("1043.71".parse()?, "BRL", "pt-BR"), "R$\u{a0}1.043,71");
/// assert_eq!(format_money("-0.005".parse()?, "USD", "en-US"), "-$0.01");
/// # Ok::<(), rust_decimal::Error>(())
/// ```
pub fn format_money(amount: Decimal, currency: &str, locale: &str) -> String {
    Locale::resolve(locale).money(amount, currency)
}

impl Locale {
    /// See [`format_money`].
    pub(crate) fn money(&self, amount: Decimal, currency: &str) -> String {
        let minor = currency::minor_unit(currency);
        let rounded = amount.round_dp_with_strategy(minor, RoundingStrategy::MidpointAwayFromZero);
        self.with_symbol(rounded, minor, currency)
    }

    /// Money that is not rounded, as the price of one unit may be finer than what can be paid: at least the minor
    /// unit's decimals, and as many as it has.
    pub(crate) fn unit_price(&self, price: Decimal, currency: &str) -> String {
        self.with_symbol(price.normalize(), currency::minor_unit(currency), currency)
    }

    /// A plain number with all its decimals.
    pub(crate) fn number(&self, number: Decimal) -> String {
        let number = number.normalize();
        format!("{}{}", sign(number), self.digits(number, 0))
    }

    /// A percentage, given as the number of percents.
    pub(crate) fn percent(&self, percent: Decimal) -> String {
        let mut text = self.number(percent);
        text.extend(self.numbers.percent_space);
        text.push('%');
        text
    }

    fn with_symbol(&self, amount: Decimal, decimals: u32, code: &str) -> String {
        let digits = self.digits(amount, decimals);
        let symbol = currency::symbol(code, &self.region);
        let sign = sign(amount);
        if symbol.is_empty() {
            return format!("{sign}{digits}");
        }
        match self.numbers.symbol {
            SymbolPlace::AfterSpaced => format!("{sign}{digits}{NO_BREAK_SPACE}{symbol}"),
            // A code would run into the digits.
            SymbolPlace::Before if !symbol.ends_with(char::is_alphabetic) => {
                format!("{sign}{symbol}{digits}")
            }
            SymbolPlace::Before | SymbolPlace::BeforeSpaced => {
                format!("{sign}{symbol}{NO_BREAK_SPACE}{digits}")
            }
        }
    }

    /// The digits of a number's amount without its sign, grouped, with at least `decimals` decimals.
    fn digits(&self, number: Decimal, decimals: u32) -> String {
        let plain = number.abs().to_string();
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut text = String::with_capacity(plain.len().saturating_mul(2));
        for (index, digit) in whole.chars().enumerate() {
            let after = whole.len().saturating_sub(index);
            let begins_group = after == 3
                || after.checked_sub(3).is_some_and(|rest| rest.is_multiple_of(self.numbers.group_size));
            if index > 0 && begins_group && after >= 3 {
                text.push(self.numbers.group);
            }
            text.push(digit);
        }
        let places = fraction.len().max(usize::try_from(decimals).unwrap_or(0));
        if places > 0 {
            text.push(self.numbers.decimal);
            text.push_str(fraction);
            text.extend(std::iter::repeat_n('0', places.saturating_sub(fraction.len())));
        }
        text
    }
}

fn sign(number: Decimal) -> &'static str {
    if number.is_sign_negative() && !number.is_zero() { "-" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str, currency: &str, locale: &str) -> String {
        format_money(amount.parse().unwrap(), currency, locale)
            .replace(NO_BREAK_SPACE, "_")
            .replace('\u{202f}', "~")
    }

    #[test]
    fn money_is_written_as_each_locale_writes_it() {
        assert_eq!(money("1043.71", "BRL", "pt-BR"), "R$_1.043,71");
        assert_eq!(money("1043.71", "USD", "en-US"), "$1,043.71");
        assert_eq!(money("1043.71", "GBP", "en-GB"), "£1,043.71");
        assert_eq!(money("1043.71", "EUR", "de-DE"), "1.043,71_€");
        assert_eq!(money("1043.71", "EUR", "es-ES"), "1.043,71_€");
        assert_eq!(money("1043.71", "EUR", "fr-FR"), "1~043,71_€");
        assert_eq!(money("1043.71", "EUR", "pt-PT"), "1_043,71_€");
        assert_eq!(money("1043.71", "MXN", "es-MX"), "$1,043.71");
        assert_eq!(money("1043.71", "ARS", "es-AR"), "$_1.043,71");
        assert_eq!(money("1043.71", "EUR", "de-AT"), "€_1.043,71");
        assert_eq!(money("1043.71", "CHF", "de-CH"), "CHF_1’043.71");
        assert_eq!(money("12345678.9", "INR", "en-IN"), "₹1,23,45,678.90");
    }

    #[test]
    fn a_dollar_is_told_from_the_others() {
        assert_eq!(money("1", "USD", "pt-BR"), "US$_1,00");
        assert_eq!(money("1", "CAD", "en-US"), "CA$1.00");
        assert_eq!(money("1", "CAD", "en-CA"), "$1.00");
        assert_eq!(money("1", "USD", "en-CA"), "US$1.00");
        assert_eq!(money("1", "USD", "es-MX"), "US$1.00");
    }

    #[test]
    fn decimals_are_those_of_the_currency() {
        assert_eq!(money("1043.5", "JPY", "en-US"), "¥1,044");
        assert_eq!(money("1043.7125", "KWD", "en-US"), "KWD_1,043.713");
        assert_eq!(money("1043", "KWD", "en-US"), "KWD_1,043.000");
        assert_eq!(money("7", "CLP", "es-CL"), "$_7");
        assert_eq!(money("1", "CLF", "en-US"), "CLF_1.0000");
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        assert_eq!(money("0.125", "USD", "en-US"), "$0.13");
        assert_eq!(money("-0.125", "USD", "en-US"), "-$0.13");
        assert_eq!(money("0.1249999999", "USD", "en-US"), "$0.12");
        assert_eq!(money("-0.001", "USD", "en-US"), "$0.00");
    }

    #[test]
    fn negatives_groups_and_limits() {
        assert_eq!(money("-1234567.8", "BRL", "pt-BR"), "-R$_1.234.567,80");
        assert_eq!(money("999", "USD", "en-US"), "$999.00");
        assert_eq!(money("1000", "USD", "en-US"), "$1,000.00");
        assert_eq!(
            money("79228162514264337593543950335", "USD", "en-US"),
            "$79,228,162,514,264,337,593,543,950,335.00"
        );
    }

    #[test]
    fn unknown_currencies_print_their_code() {
        assert_eq!(money("5", "xts", "en-US"), "XTS_5.00");
        assert_eq!(money("5", "", "en-US"), "5.00");
        assert_eq!(money("5", "\u{202e}toolongcode\n", "de-DE"), "5,00_TOOLONGC");
    }

    #[test]
    fn prices_and_quantities_keep_their_decimals() {
        let locale = Locale::resolve("pt-BR");
        assert_eq!(locale.unit_price("0.854321".parse().unwrap(), "BRL"), "R$\u{a0}0,854321");
        assert_eq!(locale.unit_price("10.5000".parse().unwrap(), "BRL"), "R$\u{a0}10,50");
        assert_eq!(locale.number("1500.250".parse().unwrap()), "1.500,25");
        assert_eq!(locale.percent("7.50".parse().unwrap()), "7,5%");
        assert_eq!(Locale::resolve("de-DE").percent("19".parse().unwrap()), "19\u{a0}%");
    }
}
