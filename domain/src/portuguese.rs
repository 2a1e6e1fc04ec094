//! How Portuguese texts write months, days and money: the forms of the billing report, which are the energy
//! document's own ("Março", "Março 2024", "Mar 2024", "06/03/2024"). Competences print as `03/2024` by themselves
//! (`Display`), tax ids with their mask (`TaxId::masked`).

use crate::value::{CalendarDate, Competence, Money};

const MONTHS: [&str; 12] = [
    "Janeiro",
    "Fevereiro",
    "Março",
    "Abril",
    "Maio",
    "Junho",
    "Julho",
    "Agosto",
    "Setembro",
    "Outubro",
    "Novembro",
    "Dezembro",
];

/// Months as the report writes them alone, with a capital.
pub fn month(of: Competence) -> &'static str {
    let index = usize::from(of.month().unsigned_abs()).saturating_sub(1);
    MONTHS.get(index).copied().unwrap_or_default()
}

/// The first three letters of the month: `Mar`.
pub fn short_month(of: Competence) -> &'static str {
    let name = month(of);
    // By characters: the ç of "Março" is behind them.
    name.char_indices().nth(3).map_or(name, |(end, _)| name.get(..end).unwrap_or(name))
}

/// `Março 2024`.
pub fn month_and_year(of: Competence) -> String {
    format!("{} {}", month(of), of.year())
}

/// `Mar 2024`.
pub fn short_month_and_year(of: Competence) -> String {
    format!("{} {}", short_month(of), of.year())
}

/// `06/03/2024`.
pub fn date(day: CalendarDate) -> String {
    let day = day.get();
    format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year())
}

/// An amount with the sign of its currency, the decimals behind a comma, thousands with points: `R$ 1.043,71`, and
/// `-R$ 0,50`. Other currencies have their code.
pub fn money(amount: Money) -> String {
    let sign = if amount.amount().is_sign_negative() && !amount.amount().is_zero() { "-" } else { "" };
    let code = amount.currency().to_string();
    let symbol = if code == "BRL" { "R$" } else { &code };
    let digits = amount.amount().abs().to_string();
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = format!("{sign}{symbol} ");
    for (place, digit) in whole.char_indices() {
        if place > 0 && whole.len().saturating_sub(place).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(',');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Currency, decimal};

    #[test]
    fn months_are_written_as_the_billing_report_writes_them() {
        let march = Competence::parse("03/2024").unwrap();
        assert_eq!((march.to_string().as_str(), month(march)), ("03/2024", "Março"));
        assert_eq!(month_and_year(march), "Março 2024");
        assert_eq!(short_month_and_year(march), "Mar 2024");
        let mut month_of_year = Competence::parse("01/2024").unwrap();
        let mut short = Vec::new();
        for _ in 0..12 {
            short.push(short_month(month_of_year));
            month_of_year = month_of_year.next();
        }
        assert_eq!(short.join(" "), "Jan Fev Mar Abr Mai Jun Jul Ago Set Out Nov Dez");
    }

    #[test]
    fn days_are_written_day_first() {
        assert_eq!(date(CalendarDate::parse("2024-03-06").unwrap()), "06/03/2024");
        assert_eq!(date(CalendarDate::MIN), "01/01/1900");
    }

    #[test]
    fn money_has_points_between_thousands_and_a_comma_before_centavos() {
        for (amount, currency, text) in [
            ("1043.71", "BRL", "R$ 1.043,71"),
            ("0", "BRL", "R$ 0,00"),
            ("-0.5", "BRL", "-R$ 0,50"),
            ("999", "BRL", "R$ 999,00"),
            ("1000", "BRL", "R$ 1.000,00"),
            ("-123456789.1", "BRL", "-R$ 123.456.789,10"),
            ("1298000", "JPY", "JPY 1.298.000"),
        ] {
            let amount =
                Money::new(decimal::parse(amount).unwrap(), Currency::parse(currency).unwrap()).unwrap();
            assert_eq!(money(amount), text);
        }
    }
}
