//! The report of energy production as CSV (RFC 4180): a line of names, a line for each day, then one for each month, and one
//! for all. No text in it was typed by anybody.

use super::production_report::{ProducedPages, Span};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::CrmReports;
use crate::http::ApiError;
use crate::streamed::{self, Form, Pages, content_type};
use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_DISPOSITION;
use rust_decimal::Decimal;
use sunledger_domain::production::{DayTotal, MonthTotal, months};
use uuid::Uuid;

/// A report under way.
pub(super) struct CsvReport {
    pages: ProducedPages,
    lines: Lines,
    ended: bool,
}

impl CsvReport {
    /// A report of which nothing was read yet.
    pub(super) fn new(app: &App, call: &Call<CrmReports>, installation: Uuid, span: Span) -> Self {
        let pages = ProducedPages::new(app, &call.tenant, installation, &call.profile.time_zone, span);
        Self { pages, lines: Lines { span, months: Vec::new(), total: Decimal::ZERO }, ended: false }
    }

    /// The answer, written while it is read.
    pub(super) async fn answer(self) -> Result<Response, ApiError> {
        let form = Form { opening: "period,date,energyKwh\r\n".to_owned(), between: "", closing: "" };
        let file = HeaderValue::from_static("attachment; filename=\"energy-production.csv\"");
        let headers =
            vec![content_type("text/csv; charset=utf-8; header=present"), (CONTENT_DISPOSITION, file)];
        streamed::answer(self, form, headers).await
    }
}

impl Pages for CsvReport {
    async fn next(&mut self) -> Result<Option<Vec<String>>, ApiError> {
        if let Some(days) = self.pages.next().await? {
            return Ok(Some(self.lines.days(&days)));
        }
        let ended = std::mem::replace(&mut self.ended, true);
        Ok((!ended).then(|| self.lines.sums()))
    }
}

/// What was written so far, as far as the sums at the end need it.
struct Lines {
    span: Span,
    months: Vec<MonthTotal>,
    total: Decimal,
}

impl Lines {
    fn days(&mut self, days: &[DayTotal]) -> Vec<String> {
        for month in months(days) {
            self.total = self.total.saturating_add(month.energy);
            // A page may end within a month.
            match self.months.last_mut().filter(|last| last.month == month.month) {
                Some(last) => last.energy = last.energy.saturating_add(month.energy),
                None => self.months.push(month),
            }
        }
        days.iter().map(|day| line("day", &day.day.to_string(), day.energy)).collect()
    }

    fn sums(&self) -> Vec<String> {
        let months = self.months.iter().map(|month| line("month", &month.month.iso(), month.energy));
        let whole = format!("{}/{}", self.span.first, self.span.last);
        months.chain([line("total", &whole, self.total)]).collect()
    }
}

fn line(period: &str, date: &str, energy: Decimal) -> String {
    format!("{period},{date},{}\r\n", energy.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::decimal;
    use sunledger_domain::value::CalendarDate;

    #[test]
    fn months_are_whole_wherever_a_page_ends() {
        let day = |text: &str| CalendarDate::parse(text).unwrap();
        let span = Span { first: day("2026-03-30"), last: day("2026-04-30") };
        let mut lines = Lines { span, months: Vec::new(), total: Decimal::ZERO };
        let total = |(text, energy): (&str, &str)| DayTotal { day: day(text), energy: decimal(energy) };
        let mut written = lines.days(&[("2026-03-30", "1.50")].map(total));
        written.extend(lines.days(&[("2026-03-31", "2"), ("2026-04-01", "0")].map(total)));
        written.extend(lines.sums());
        assert_eq!(
            written.concat(),
            "day,2026-03-30,1.5\r\nday,2026-03-31,2\r\nday,2026-04-01,0\r\n\
             month,2026-03,3.5\r\nmonth,2026-04,0\r\ntotal,2026-03-30/2026-04-30,3.5\r\n"
        );
    }
}
