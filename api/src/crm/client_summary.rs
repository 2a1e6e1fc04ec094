//! `/v1/reports/client-summary/{clientId}`: what a client comes to.

use super::envelope::{Answer, OnRead};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::CrmReports;
use crate::http::{ApiError, Reply, ids};
use crate::wire::{Amount, Number};
use axum::extract::{Path, State};
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeMap;
use sunledger_domain::client::Client;
use sunledger_domain::installation::Installation;
use sunledger_domain::project::Project;
use sunledger_domain::value::Currency;
use sunledger_projections::Filter;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Statuses of an installation that is active.
const ACTIVE: [&str; 2] = ["completed", "maintenance"];

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(summary))
}

/// What a client comes to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::ClientSummary)]
struct SummaryView {
    /// Who.
    client_id: Uuid,
    /// How many projects it has; deleted ones do not count.
    #[schema(example = 2)]
    total_projects: i64,
    /// What it has paid, through any surface, less what was reversed; in `currency`.
    total_revenue: Amount,
    /// The company's currency; another one where the client has only ever paid in that.
    #[schema(example = "BRL")]
    currency: String,
    /// What it has paid, by currency.
    revenue_by_currency: BTreeMap<String, Amount>,
    /// How many of its installations are completed or in maintenance.
    #[schema(example = 1)]
    active_installations: i64,
    /// What its installations have produced, in kWh.
    total_energy_produced: Number,
}

/// Summarise a client
///
/// Of an inactive one too. The figures are kept as things happen, and are as new as everything else.
#[utoipa::path(
    get, path = "/v1/reports/client-summary/{clientId}", tag = "crm",
    params(("clientId" = String, Path, description = "UUID or number")),
    responses((status = 200, description = "The summary", body = Answer<SummaryView>), OnRead)
)]
async fn summary(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<CrmReports>,
) -> Result<Reply, ApiError> {
    let (reads, tenant) = (&app.reads, &call.tenant);
    let id = ids::resolve::<Client>(&app, tenant, &id).await?;
    if reads.get::<Client>(tenant, id).await?.is_none() {
        return Err(ApiError::not_found("client"));
    }
    let own = [Filter::Is("client_id", id)];
    let active = [own[0].clone(), Filter::OneOf("status", ACTIVE.map(str::to_owned).to_vec())];
    let (projects, installations, energy, paid) = tokio::try_join!(
        reads.count::<Project>(tenant, &own),
        reads.count::<Installation>(tenant, &active),
        reads.produced_for(tenant, id),
        reads.paid_by(tenant, id),
    )?;
    let (currency, revenue) = revenue(&paid, call.profile.currency);
    Reply::ok(&Answer::new(SummaryView {
        client_id: id,
        total_projects: projects,
        total_revenue: Amount(revenue),
        currency,
        revenue_by_currency: paid.into_iter().map(|(currency, sum)| (currency, Amount(sum))).collect(),
        active_installations: installations,
        total_energy_produced: Number(energy),
    }))
}

/// The one figure of what came in: amounts of different currencies can not be added up.
fn revenue(paid: &BTreeMap<String, Decimal>, own: Currency) -> (String, Decimal) {
    if let (None, Some((currency, sum)), 1) = (paid.get(own.code()), paid.first_key_value(), paid.len()) {
        return (currency.clone(), *sum);
    }
    (own.code().to_owned(), paid.get(own.code()).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::decimal;

    fn of(paid: &[(&str, &str)]) -> (String, Decimal) {
        let paid = paid.iter().map(|(currency, sum)| ((*currency).to_owned(), decimal(sum))).collect();
        revenue(&paid, Currency::BRL)
    }

    #[test]
    fn revenue_is_in_the_companys_currency_or_in_the_only_one_there_is() {
        assert_eq!(of(&[]), ("BRL".to_owned(), Decimal::ZERO));
        assert_eq!(of(&[("BRL", "10.50"), ("USD", "99")]), ("BRL".to_owned(), decimal("10.50")));
        assert_eq!(of(&[("USD", "99")]), ("USD".to_owned(), decimal("99")));
        assert_eq!(of(&[("EUR", "1"), ("USD", "99")]), ("BRL".to_owned(), Decimal::ZERO));
    }
}
