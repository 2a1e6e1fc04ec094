//! `/api/v2/reports/financial`: what came in, what went out, what is owed. It is kept as sums while things happen, so that
//! asking for it costs the same after ten years as on the first day.

use super::envelope::{OnList, Success};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::event_query::instant;
use crate::http::{ApiError, QueryParams, Reply};
use crate::wire::Amount;
use axum::extract::State;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use std::str::FromStr;
use sunledger_domain::FieldErrors;
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{Currency, money};
use sunledger_projections::{Figures, Period};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(financial))
}

/// Which report.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `read` reads it")]
struct ReportParams {
    /// Only what belongs to this year; of all years where none is named.
    #[param(minimum = 1900, maximum = 2199, example = 2024)]
    year: Option<u16>,
    /// Only what belongs to this month, of the year or of any.
    #[param(minimum = 1, maximum = 12, example = 1)]
    month: Option<u8>,
    /// As it was known at this time (RFC 3339, or a date: its first moment where the tenant is).
    #[param(example = "2024-02-01T00:00:00Z")]
    as_of: Option<String>,
}

/// What came in, what went out and what is owed, in the tenant's currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::FinancialSummary)]
struct Summary {
    #[serde(flatten)]
    figures: FiguresView,
    /// The same in other currencies, where money moved in them: amounts of different currencies are never added up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_currencies: Vec<InCurrency>,
}

/// Figures in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::FinancialFigures)]
struct FiguresView {
    /// What came in within the period: transactions, and payments of invoices. A transaction that is a payment counts once.
    #[schema(example = 15000.00)]
    income: Amount,
    /// What went out within the period.
    #[schema(example = 5000.00)]
    expenses: Amount,
    /// Income less expenses.
    #[schema(example = 10000.00)]
    profit: Amount,
    /// What is left to pay of all issued invoices, whatever the period.
    #[schema(example = 3000.00)]
    outstanding_invoices: Amount,
}

/// Figures in a currency that is not the tenant's.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::FinancialFiguresInCurrency)]
struct InCurrency {
    /// ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
    #[serde(flatten)]
    figures: FiguresView,
}

/// Financial summary
///
/// From transactions and payments, and the balances of invoices.
#[utoipa::path(
    get, path = "/api/v2/reports/financial", tag = "backoffice",
    params(ReportParams),
    responses((status = 200, description = "The figures", body = Success<Summary>), OnList)
)]
async fn financial(State(app): State<App>, call: Call<Backoffice>) -> Result<Reply, ApiError> {
    let (period, as_of) = read(&call.query, &call.profile)?;
    let mut found = app.reads.financial(&call.tenant, period, as_of).await?;
    let own = call.profile.currency;
    let figures = found.remove(own.code()).unwrap_or_default();
    let moved = found.into_iter().filter(|(_, figures)| *figures != Figures::default());
    let other = moved.map(|(currency, figures)| {
        let figures = FiguresView::new(figures, Currency::parse(&currency).unwrap_or(own));
        InCurrency { currency, figures }
    });
    let summary = Summary { figures: FiguresView::new(figures, own), other_currencies: other.collect() };
    Reply::ok(&Success::new(summary))
}

impl FiguresView {
    fn new(figures: Figures, currency: Currency) -> Self {
        let amount = |amount: Decimal| Amount(money::round_minor(amount, currency));
        Self {
            income: amount(figures.income),
            expenses: amount(figures.expenses),
            profit: amount(figures.income.saturating_sub(figures.expenses)),
            outstanding_invoices: amount(figures.outstanding),
        }
    }
}

/// Reads the query.
fn read(query: &QueryParams, profile: &Tenant) -> Result<(Period, Option<Timestamp>), ApiError> {
    let mut wrong = FieldErrors::new();
    let period = Period {
        year: whole(query, "year", 1900, 2199, &mut wrong),
        month: whole(query, "month", 1, 12, &mut wrong),
    };
    let as_of = query.get("as_of").and_then(|text| {
        let micros = instant(text, profile).and_then(|micros| Timestamp::from_microsecond(micros).ok());
        let told = micros.ok_or("must be a time (RFC 3339) or a date (YYYY-MM-DD)");
        wrong.check("as_of", told)
    });
    if wrong.is_empty() { Ok((period, as_of)) } else { Err(ApiError::fields(wrong)) }
}

fn whole<T: FromStr + PartialOrd + std::fmt::Display>(
    query: &QueryParams,
    name: &str,
    min: T,
    max: T,
    wrong: &mut FieldErrors,
) -> Option<T> {
    let text = query.get(name)?;
    // `parse` would take "+5".
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| digits && (&min..=&max).contains(&number));
    wrong.check(name, number.ok_or_else(|| format!("must be a whole number from {min} to {max}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<(Period, Option<Timestamp>), Vec<String>> {
        read(&QueryParams::parse(Some(query)).unwrap(), &Tenant::default()).map_err(|error| {
            error.fields.unwrap_or_default().iter().map(|(field, _)| field.to_owned()).collect()
        })
    }

    #[test]
    fn a_silent_query_is_everything_now() {
        assert_eq!(asked(""), Ok((Period::default(), None)));
        assert_eq!(asked("year=&month=&as_of="), Ok((Period::default(), None)));
    }

    #[test]
    fn periods_and_times_are_read_and_every_wrong_one_is_named() {
        let (period, as_of) = asked("year=2024&month=01&as_of=2024-02-01").unwrap();
        assert_eq!(period, Period { year: Some(2024), month: Some(1) });
        assert_eq!(as_of.unwrap().to_string(), "2024-02-01T03:00:00Z", "where the tenant is");
        for (query, named) in [
            ("year=24&month=0&as_of=soon", vec!["as_of", "month", "year"]),
            ("year=2200&month=13", vec!["month", "year"]),
            ("year=%2B2024&month=1.0", vec!["month", "year"]),
            ("year=99999999999&month=-1", vec!["month", "year"]),
        ] {
            assert_eq!(asked(query).unwrap_err(), named, "{query}");
        }
    }

    #[test]
    fn the_summary_prints_as_in_the_document() {
        let figures = Figures {
            income: Decimal::from(15_000),
            expenses: Decimal::from(5_000),
            outstanding: Decimal::from(3_000),
        };
        let of = |currency| FiguresView::new(figures, currency);
        let summary = Summary { figures: of(Currency::BRL), other_currencies: Vec::new() };
        assert_eq!(
            serde_json::to_string(&summary).unwrap(),
            r#"{"income":15000.00,"expenses":5000.00,"profit":10000.00,"outstanding_invoices":3000.00}"#
        );
        let dollars = InCurrency { currency: "USD".to_owned(), figures: of(Currency::USD) };
        let summary = Summary { other_currencies: vec![dollars], ..summary };
        let printed = serde_json::to_value(&summary).unwrap();
        assert_eq!(printed["other_currencies"][0]["currency"], "USD");
    }
}
