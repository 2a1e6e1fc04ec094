//! Reports of energy production as installers hand them out.

use super::{party, strings};
use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use sunledger_documents::{DayEnergy, Issuer, ProductionDocument};

/// The days from one to another, which produce more in summer, and differ.
pub(crate) fn days(first: Date, last: Date) -> Vec<DayEnergy> {
    let mut days = Vec::new();
    let mut day = first;
    while day <= last {
        let season = i64::from((day.month() - 6).abs()) * 300;
        let weather = i64::from(day.day()) * 97 % 700;
        days.push(DayEnergy { day, kwh: Decimal::new(1_500 + season + weather, 2) });
        day = day.tomorrow().unwrap_or(Date::MAX);
    }
    days
}

/// A month, with the month before it in the chart.
pub(crate) fn march() -> ProductionDocument {
    let (first, last) = (date(2026, 3, 1), date(2026, 3, 31));
    ProductionDocument {
        issuer: Issuer {
            party: party(
                "Solar do Vale Energia Ltda.",
                "12.345.678/0001-95",
                &["Av. Paulista, 1000", "São Paulo - SP"],
                "contato@solardovale.example",
                "(11) 3333-4444",
            ),
            logo: None,
        },
        client: party("Padaria São João", "11.222.333/0001-81", &["Rua das Flores, 100"], "", ""),
        project: strings(&["Telhado da padaria"]).concat(),
        installation: "12".to_owned(),
        first,
        last,
        days: days(first, last),
        chart_month: last,
        chart_days: days(date(2026, 2, 1), last),
        locale: "pt-BR".to_owned(),
        page_size: None,
    }
}

/// A year but for its last day.
pub(crate) fn year() -> ProductionDocument {
    let (first, last) = (date(2025, 1, 1), date(2025, 12, 30));
    ProductionDocument {
        first,
        last,
        days: days(first, last),
        chart_month: last,
        chart_days: days(date(2025, 11, 1), last),
        ..march()
    }
}
