//! The financial report: what came in, what went out, what is owed. One query of a few ranges of an index, whatever the
//! length of the log ([`crate::books`] has how that is).

use crate::books::{self, MODEL, MONTH, STRETCHES, TOTAL};
use crate::list_sql::Sql;
use crate::query::Reads;
use crate::row_sql::{COUNTERS, MOMENTS};
use jiff::Timestamp;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::fmt::Write;
use sunledger_domain::TenantId;
use sunledger_domain::movement::MovementKind;
use sunledger_domain::value::{Competence, Currency};
use sunledger_store::{Param, Row, StoreError};

/// Right after every text that begins like a key's part and the `|` after it.
const AFTER_BAR: char = '}';

/// Which months a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// Those of this year; of all years where none is named.
    pub year: Option<i16>,
    /// Those of this number, 1 to 12; all of a year where none is named.
    pub month: Option<i8>,
}

/// What a report says, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// What came in within the period: transactions, and payments of invoices.
    pub income: Decimal,
    /// What went out within the period.
    pub expenses: Decimal,
    /// What is left to pay of all issued invoices, whatever the period.
    pub outstanding: Decimal,
}

impl Reads {
    /// The financial report by currency code, now or as it was known at a time. A currency in which nothing ever moved is
    /// left out.
    ///
    /// # Errors
    /// The store's.
    pub async fn financial(
        &self,
        tenant: &TenantId,
        period: Period,
        as_of: Option<Timestamp>,
    ) -> Result<BTreeMap<String, Figures>, StoreError> {
        let (table, ranges) = match as_of {
            None => (COUNTERS, now(period)),
            Some(at) => (MOMENTS, known(&books::spelled(at))),
        };
        let mut sql = Sql::default();
        let (tenant, model) = (sql.text(tenant.as_str()), sql.text(MODEL));
        for (index, (from, until)) in ranges.iter().enumerate() {
            if index > 0 {
                sql.text.push_str(" UNION ALL ");
            }
            let (from, until) = (sql.text(from), sql.text(until));
            let _ = write!(
                sql.text,
                "SELECT key, value FROM {table} WHERE tenant = {tenant} AND model = {model} \
                 AND key >= {from} AND key < {until}"
            );
        }
        let rows = self.query(&sql.text, sql.params).await?;
        let mut sums = Sums::default();
        for row in &rows {
            sums.add(row, period).ok_or_else(|| damaged(table))?;
        }
        sums.figures().ok_or_else(|| damaged(table))
    }
}

fn damaged(table: &str) -> StoreError {
    StoreError::Damaged(format!("a row of {table} is no sum of money"))
}

/// The counters' ranges of a period, and of what is owed in all.
fn now(period: Period) -> Vec<(String, String)> {
    let months = match (period.year, period.month) {
        (Some(year), Some(month)) => format!("{MONTH}{year:04}-{month:02}"),
        (Some(year), None) => format!("{MONTH}{year:04}"),
        (None, _) => MONTH.trim_end_matches('|').to_owned(),
    };
    let total = TOTAL.trim_end_matches('|');
    [months.as_str(), total].map(|start| (start.to_owned(), format!("{start}{AFTER_BAR}"))).to_vec()
}

/// The moments' ranges of all that was known at an instant: of each length of stretch, those that end by then within the
/// longer one that does not.
fn known(at: &str) -> Vec<(String, String)> {
    let mut ranges = Vec::with_capacity(STRETCHES.len());
    let mut longer = "";
    for length in STRETCHES {
        let own = at.get(..length).unwrap_or(at);
        let start = books::stretches(length);
        // The moment itself is known at that moment.
        let after = if own == at { format!("{start}{own}{AFTER_BAR}") } else { format!("{start}{own}") };
        ranges.push((format!("{start}{longer}"), after));
        longer = own;
    }
    ranges
}

/// Sums in minor units, by currency.
#[derive(Default)]
struct Sums(BTreeMap<String, Minor>);

#[derive(Default)]
struct Minor {
    income: i128,
    expenses: i128,
    outstanding: i128,
}

impl Sums {
    /// Adds a row; `None` where it is none of these.
    fn add(&mut self, row: &Row, period: Period) -> Option<()> {
        let [Param::Text(key), Param::Int(value)] = row.0.as_slice() else { return None };
        let total = key.starts_with(TOTAL);
        let mut ends = key.rsplitn(5, '|');
        let (part, kind, currency) = (ends.next()?, ends.next()?, ends.next()?);
        let in_period = if total { false } else { period.has(Competence::parse_iso(ends.next()?).ok()?) };
        // A report of now has what is owed in counters of its own.
        let in_all = total || !key.starts_with(MONTH);
        let amount = books::whole(part, *value)?;
        let sums = self.0.entry(currency.to_owned()).or_default();
        match MovementKind::parse(kind)? {
            MovementKind::Income if in_period => sums.income += amount,
            MovementKind::Expense if in_period => sums.expenses += amount,
            MovementKind::Income | MovementKind::Expense => {}
            MovementKind::Payment => {
                sums.income += if in_period { amount } else { 0 };
                sums.outstanding -= if in_all { amount } else { 0 };
            }
            MovementKind::Owed => sums.outstanding += if in_all { amount } else { 0 },
        }
        Some(())
    }

    fn figures(self) -> Option<BTreeMap<String, Figures>> {
        let figures = |(code, sums): (String, Minor)| {
            let places = Currency::parse(&code).ok()?.minor_unit();
            let money = |amount| Decimal::try_from_i128_with_scale(amount, places).ok();
            let figures = Figures {
                income: money(sums.income)?,
                expenses: money(sums.expenses)?,
                outstanding: money(sums.outstanding)?,
            };
            Some((code, figures))
        };
        self.0.into_iter().map(figures).collect()
    }
}

impl Period {
    fn has(self, month: Competence) -> bool {
        self.year.is_none_or(|year| month.year() == year)
            && self.month.is_none_or(|number| month.month() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_now_reads_its_months_and_what_is_owed() {
        let ranges = |year, month| now(Period { year, month });
        let total = ("total".to_owned(), "total}".to_owned());
        let months = |from: &str, until: &str| vec![(from.to_owned(), until.to_owned()), total.clone()];
        assert_eq!(ranges(Some(2024), Some(1)), months("month|2024-01", "month|2024-01}"));
        assert_eq!(ranges(Some(2024), None), months("month|2024", "month|2024}"));
        assert_eq!(ranges(None, Some(1)), months("month", "month}"));
        assert_eq!(ranges(None, None), months("month", "month}"));
    }

    #[test]
    fn what_was_known_is_a_range_of_each_stretch() {
        let ranges = known("2026-03-05T14:07:33.123456Z");
        let shown: Vec<String> = ranges.iter().map(|(from, until)| format!("{from} .. {until}")).collect();
        assert_eq!(
            shown,
            [
                "04| .. 04|2026",
                "07|2026 .. 07|2026-03",
                "10|2026-03 .. 10|2026-03-05",
                "13|2026-03-05 .. 13|2026-03-05T14",
                "16|2026-03-05T14 .. 16|2026-03-05T14:07",
                "27|2026-03-05T14:07 .. 27|2026-03-05T14:07:33.123456Z}",
            ]
        );
    }

    #[test]
    fn no_instant_breaks_the_ranges() {
        for at in [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH] {
            assert_eq!(known(&books::spelled(at)).len(), STRETCHES.len());
        }
    }

    #[test]
    fn rows_become_figures_by_currency() {
        let row = |key: &str, value| Row(vec![Param::Text(key.into()), Param::Int(value)]);
        let mut sums = Sums::default();
        let period = Period { year: Some(2024), month: None };
        for row in [
            row("month|2024-01|BRL|income|0", 100),
            row("month|2024-01|BRL|income|9", 2),
            row("month|2023-12|BRL|income|0", 7_777),
            row("month|2024-02|BRL|payment|0", 50),
            row("month|2024-02|BRL|owed|0", 150),
            row("month|2024-02|JPY|expense|0", 3),
            row("total|BRL|owed|0", 150),
            row("total|BRL|payment|0", 50),
        ] {
            sums.add(&row, period).unwrap();
        }
        let figures = sums.figures().unwrap();
        let of = |code: &str| {
            let Figures { income, expenses, outstanding } = figures[code];
            [income, expenses, outstanding].map(|amount| amount.to_string())
        };
        assert_eq!(of("BRL"), ["20000001.50", "0.00", "1.00"]);
        assert_eq!(of("JPY"), ["0", "3", "0"]);
        for wrong in
            ["month|2024-01|BRL|profit|0", "month|2024-01|BRL|income|1", "month|x|BRL|income|0", "month|BRL"]
        {
            assert_eq!(Sums::default().add(&row(wrong, 1), period), None, "{wrong}");
        }
    }
}
