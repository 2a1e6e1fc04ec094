//! What a report of energy production says: plain values, computed elsewhere.

use crate::{Issuer, PageSize, Party};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// A report of what an installation produced. Every text may be empty, of any length and in any script.
#[derive(Clone, Debug, Default)]
pub struct ProductionDocument {
    /// Who made it.
    pub issuer: Issuer,
    /// Whose the installation is.
    pub client: Party,
    /// The project that it is part of.
    pub project: String,
    /// Its number.
    pub installation: String,
    /// The first day of the report.
    pub first: Date,
    /// Its last day.
    pub last: Date,
    /// The days on which something was read, in order.
    pub days: Vec<DayEnergy>,
    /// A day of the month that is drawn, against the month before.
    pub chart_month: Date,
    /// The days of these two months; others are not drawn.
    pub chart_days: Vec<DayEnergy>,
    /// Language and region, such as `pt-BR`; American English where it is not known.
    pub locale: String,
    /// Paper; that of the locale where none is given.
    pub page_size: Option<PageSize>,
}

/// What was produced on a day.
#[derive(Clone, Copy, Debug, Default)]
pub struct DayEnergy {
    /// The day.
    pub day: Date,
    /// kWh.
    pub kwh: Decimal,
}
