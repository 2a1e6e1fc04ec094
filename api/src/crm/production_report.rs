//! `/v1/reports/energy-production`: what an installation produced, by day and by month of the company's time zone.

use super::envelope::{Answer, OnReport};
use super::production_csv::CsvReport;
use super::production_pdf;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::CrmReports;
use crate::fields::{Fields, one_of, parsed};
use crate::http::ids::{AnyId, any_id};
use crate::http::{ApiError, Reply, ids};
use crate::wire::{Number, Pdf};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use sunledger_domain::TenantId;
use sunledger_domain::installation::Installation;
use sunledger_domain::production::{DayTotal, DayTotals, months};
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{CalendarDate, TimeZoneName};
use sunledger_projections::View;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Days of UTC read at a time.
const PAGE: usize = 366;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(report))
}

/// Which report.
#[derive(ToSchema)]
#[schema(as = crm::EnergyProductionReport, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `read` reads it")]
struct ReportBody {
    /// The installation's UUID or number.
    #[schema(pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")]
    installation_id: String,
    /// Its first day: a date, or the day of a time.
    #[schema(format = Date, example = "2026-03-01")]
    start_date: String,
    /// Its last day, itself included.
    #[schema(format = Date, example = "2026-03-31")]
    end_date: String,
    /// `json`, `csv` or `pdf`.
    #[schema(default = "json", example = "json", pattern = "^(json|csv|pdf)$")]
    format: Option<String>,
}

/// What an installation produced.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::EnergyProduction)]
struct ReportView {
    /// The installation.
    installation_id: Uuid,
    /// The project that it is part of.
    project_id: Uuid,
    /// The project's client.
    client_id: Uuid,
    /// The first day.
    #[schema(format = Date, example = "2026-03-01")]
    start_date: String,
    /// The last day.
    #[schema(format = Date, example = "2026-03-31")]
    end_date: String,
    /// The company's time zone, by which days and months are told.
    #[schema(example = "America/Sao_Paulo")]
    time_zone: String,
    /// kWh of all days.
    total_energy_produced: Number,
    /// Every day that has a reading, in order.
    daily: Vec<DayView>,
    /// Every month that has such a day, in order: of the first and the last only the days that are asked for.
    monthly: Vec<MonthView>,
}

/// What was produced on a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::DayProduction)]
struct DayView {
    /// The day.
    #[schema(format = Date, example = "2026-03-02")]
    date: String,
    /// kWh.
    energy_kwh: Number,
}

/// What was produced in a month.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::MonthProduction)]
struct MonthView {
    /// The month.
    #[schema(example = "2026-03")]
    month: String,
    /// kWh.
    energy_kwh: Number,
}

/// The days of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: CalendarDate,
    pub(super) last: CalendarDate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
    Pdf,
}

/// Energy production report
///
/// What an installation produced from `startDate` to `endDate`, both included, by day and by month, as JSON, as CSV (however
/// long, it comes as it is read), or as a PDF with a chart of the last month's days against those of the month before.
/// It changes nothing, so a repeated request makes it anew, also under its `Idempotency-Key`.
#[utoipa::path(
    post, path = "/v1/reports/energy-production", tag = "crm",
    request_body = ReportBody,
    responses(
        (
            status = 200, description = "The report",
            content((Answer<ReportView> = "application/json"), (String = "text/csv"), (Pdf = "application/pdf"))
        ),
        OnReport
    )
)]
async fn report(State(app): State<App>, call: Call<CrmReports>) -> Result<Response, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let (installation, span, format) = read(&mut fields, &call.profile);
    fields.finish()?;
    let installation = find(&app, &call.tenant, installation).await?;
    let zone = &call.profile.time_zone;
    match format {
        Format::Csv => CsvReport::new(&app, &call, installation.id, span).answer().await,
        Format::Json => {
            let days = produced(&app, &call.tenant, installation.id, zone, span).await?;
            Ok(Reply::ok(&Answer::new(view(&installation, zone, span, &days)))?.into_response())
        }
        Format::Pdf => Ok(production_pdf::print(&app, &call, installation, span).await?.into_response()),
    }
}

/// What a body asks for.
fn read(fields: &mut Fields, profile: &Tenant) -> (Option<AnyId>, Span, Format) {
    let day =
        || |value: Value| parsed(|text| CalendarDate::parse_in(text, &profile.time_zone))(value).map(Some);
    let installation = fields.required("installationId", |value| any_id(value).map(Some));
    let first = fields.required("startDate", day());
    let last = fields.required("endDate", day());
    if let (Some(first), Some(last)) = (first, last)
        && last < first
    {
        fields.refuse("endDate", format!("must not be before {first}"));
    }
    let formats = [("json", Format::Json), ("pdf", Format::Pdf), ("csv", Format::Csv)];
    let format = fields.optional("format", one_of(&formats)).unwrap_or(Format::Json);
    (installation, Span { first: first.unwrap_or_default(), last: last.unwrap_or_default() }, format)
}

async fn find(app: &App, tenant: &TenantId, id: Option<AnyId>) -> Result<View<Installation>, ApiError> {
    let id = match id {
        Some(id) => ids::named::<Installation>(app, tenant, id).await?,
        None => None,
    };
    let found = match id {
        Some(id) => app.reads.get::<Installation>(tenant, id).await?,
        None => None,
    };
    found.ok_or_else(|| ApiError::not_found("installation"))
}

/// The days of a report, in order.
pub(super) async fn produced(
    app: &App,
    tenant: &TenantId,
    installation: Uuid,
    zone: &TimeZoneName,
    span: Span,
) -> Result<Vec<DayTotal>, ApiError> {
    let mut pages = ProducedPages::new(app, tenant, installation, zone, span);
    let mut days = Vec::new();
    while let Some(page) = pages.next().await? {
        days.extend(page);
    }
    Ok(days)
}

/// The days of a report, page by page.
pub(super) struct ProducedPages {
    app: App,
    tenant: TenantId,
    installation: Uuid,
    /// What was read and can still grow; none once all was read.
    totals: Option<DayTotals>,
    /// The days of UTC that were not read yet.
    unread: (CalendarDate, CalendarDate),
}

impl ProducedPages {
    pub(super) fn new(
        app: &App,
        tenant: &TenantId,
        installation: Uuid,
        zone: &TimeZoneName,
        span: Span,
    ) -> Self {
        let totals = DayTotals::new(zone, span.first, span.last);
        let unread = totals.of_utc();
        Self { app: app.clone(), tenant: tenant.clone(), installation, totals: Some(totals), unread }
    }

    /// The next days, none of which comes again; `None` behind the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<DayTotal>>, ApiError> {
        let Some(totals) = &mut self.totals else { return Ok(None) };
        let (first, last) = self.unread;
        let page = self.app.reads.produced(&self.tenant, self.installation, first, last, PAGE).await?;
        let full = page.len() == PAGE;
        let mut reached = last;
        for produced in page {
            reached = produced.day;
            totals.add(produced.day, produced.minutes);
        }
        if full && reached < last {
            self.unread.0 = reached.plus_days(1);
            return Ok(Some(totals.take_up_to(reached)));
        }
        Ok(self.totals.take().map(DayTotals::finish))
    }
}

/// kWh of some days.
pub(super) fn total(days: &[DayTotal]) -> Decimal {
    days.iter().fold(Decimal::ZERO, |sum, day| sum.saturating_add(day.energy))
}

fn view(installation: &View<Installation>, zone: &TimeZoneName, span: Span, days: &[DayTotal]) -> ReportView {
    let day = |total: &DayTotal| DayView { date: total.day.to_string(), energy_kwh: Number(total.energy) };
    let monthly = months(days)
        .into_iter()
        .map(|total| MonthView { month: total.month.iso(), energy_kwh: Number(total.energy) });
    ReportView {
        installation_id: installation.id,
        project_id: installation.state.project_id,
        client_id: installation.state.client_id,
        start_date: span.first.to_string(),
        end_date: span.last.to_string(),
        time_zone: zone.as_str().to_owned(),
        total_energy_produced: Number(total(days)),
        daily: days.iter().map(day).collect(),
        monthly: monthly.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{CLIENT, PLANT, UNIT, decimal};
    use serde_json::json;
    use sunledger_domain::DomainError;

    fn ask(body: Value) -> Result<(Option<AnyId>, Span, Format), Vec<String>> {
        let mut fields = Fields::new(body.as_object().unwrap().clone());
        let asked = read(&mut fields, &Tenant::default());
        match fields.finish() {
            Ok(()) => Ok(asked),
            Err(DomainError::Invalid(errors)) => {
                Err(errors.iter().map(|(field, _)| field.to_owned()).collect())
            }
            Err(other) => Err(vec![other.to_string()]),
        }
    }

    fn day(text: &str) -> CalendarDate {
        CalendarDate::parse(text).unwrap()
    }

    #[test]
    fn a_report_is_of_an_installation_and_some_days() {
        let body = json!({"installationId": 7, "startDate": "2026-03-01", "endDate": "2026-04-01T02:59:59Z"});
        let span = Span { first: day("2026-03-01"), last: day("2026-03-31") };
        assert_eq!(ask(body), Ok((Some(AnyId::Number(7)), span, Format::Json)));
        let csv = json!({"installationId": "7", "startDate": "2026-03-01", "endDate": "2026-03-01", "format": "csv"});
        assert_eq!(ask(csv).unwrap().2, Format::Csv, "one day is a span too");
    }

    #[test]
    fn every_wrong_field_is_named() {
        assert_eq!(ask(json!({})).unwrap_err(), ["endDate", "installationId", "startDate"]);
        let wrong = json!({"installationId": "x", "startDate": "soon", "endDate": 1, "format": "xml"});
        assert_eq!(ask(wrong).unwrap_err(), ["endDate", "format", "installationId", "startDate"]);
        let backwards = json!({"installationId": 1, "startDate": "2026-03-02", "endDate": "2026-03-01"});
        assert_eq!(ask(backwards).unwrap_err(), ["endDate"]);
    }

    #[test]
    fn a_report_prints_its_days_its_months_and_their_sum() {
        let state = Installation { project_id: PLANT, client_id: CLIENT, ..Installation::default() };
        let installation = View { id: UNIT, number: 1, version: 1, state };
        let days = [("2026-03-31", "10.50"), ("2026-04-01", "0")]
            .map(|(text, energy)| DayTotal { day: day(text), energy: decimal(energy) });
        let span = Span { first: day("2026-03-31"), last: day("2026-04-30") };
        let printed =
            serde_json::to_value(view(&installation, &TimeZoneName::default(), span, &days)).unwrap();
        assert_eq!(
            printed,
            json!({
                "installationId": UNIT, "projectId": PLANT, "clientId": CLIENT, "startDate": "2026-03-31",
                "endDate": "2026-04-30", "timeZone": "America/Sao_Paulo", "totalEnergyProduced": 10.5,
                "daily": [{"date": "2026-03-31", "energyKwh": 10.5}, {"date": "2026-04-01", "energyKwh": 0}],
                "monthly": [{"month": "2026-03", "energyKwh": 10.5}, {"month": "2026-04", "energyKwh": 0}],
            })
        );
    }
}
