//! The report of energy production on paper.

use super::production_report::{Span, produced};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::CrmReports;
use crate::http::{ApiError, Reply};
use crate::printing;
use sunledger_documents::{DayEnergy, ProductionDocument, production_pdf};
use sunledger_domain::client::Client;
use sunledger_domain::installation::Installation;
use sunledger_domain::production::DayTotal;
use sunledger_domain::project::Project;
use sunledger_domain::value::Competence;
use sunledger_projections::View;

/// The answer with the PDF.
///
/// # Errors
/// The store's; 500 where it cannot be printed.
pub(super) async fn print(
    app: &App,
    call: &Call<CrmReports>,
    installation: View<Installation>,
    span: Span,
) -> Result<Reply, ApiError> {
    let (tenant, zone) = (&call.tenant, &call.profile.time_zone);
    let days = produced(app, tenant, installation.id, zone, span).await?;
    let chart = charted(span, &days);
    let around = Span { first: chart.prev().first_day(), last: chart.last_day() };
    let chart_days = produced(app, tenant, installation.id, zone, around).await?;
    let client = app.reads.get::<Client>(tenant, installation.state.client_id).await?;
    let project = app.reads.get::<Project>(tenant, installation.state.project_id).await?;
    let document = ProductionDocument {
        issuer: printing::issuer(&call.profile),
        client: client.map(|client| printing::party(&client.state)).unwrap_or_default(),
        project: project.map(|project| project.state.profile.name).unwrap_or_default(),
        installation: installation.number.to_string(),
        first: span.first.get(),
        last: span.last.get(),
        days: days.iter().map(energy).collect(),
        chart_month: chart.first_day().get(),
        chart_days: chart_days.iter().map(energy).collect(),
        locale: call.profile.locale.as_str().to_owned(),
        page_size: None,
    };
    let bytes = printing::print(move || production_pdf(&document)).await?;
    let name = format!("energy-production-{}-{}-{}", installation.number, span.first, span.last);
    printing::made(bytes, &name)
}

fn energy(total: &DayTotal) -> DayEnergy {
    DayEnergy { day: total.day.get(), kwh: total.energy }
}

/// The month that is drawn: the last one of the report in which something was produced, else its last.
fn charted(span: Span, days: &[DayTotal]) -> Competence {
    Competence::of(days.last().map_or(span.last, |last| last.day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;
    use sunledger_domain::value::CalendarDate;

    #[test]
    fn the_last_month_that_has_something_to_show_is_drawn() {
        let day = |text: &str| CalendarDate::parse(text).unwrap();
        let span = Span { first: day("2026-01-01"), last: day("2026-12-31") };
        let produced = DayTotal { day: day("2026-03-02"), energy: Decimal::ONE };
        assert_eq!(charted(span, &[produced]).iso(), "2026-03");
        assert_eq!(charted(span, &[]).iso(), "2026-12");
    }
}
