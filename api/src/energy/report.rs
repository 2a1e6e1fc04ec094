//! `/energy/reports/billing`: every energy invoice of some months, with all its figures. Read and written a page at a
//! time, in the order of the months and within a month in the order in which the invoices were made, so that a report of a
//! hundred thousand rows takes no more memory than a short one.

use super::envelope::OnReport;
use super::invoice_parts::Parts;
use super::pdf::{base, url};
use super::pdf_link::{Link, Links};
use super::report_csv;
use super::report_row::{Beside, BillingRow};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::EnergyReports;
use crate::fields::{Fields, parsed};
use crate::http::ApiError;
use crate::http::ids::{self, AnyId, any_id};
use crate::streamed::{self, Form, Pages, content_type};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_DISPOSITION;
use jiff::Timestamp;
use serde_json::Value;
use std::sync::Arc;
use sunledger_domain::TenantId;
use sunledger_domain::invoice::Invoice;
use sunledger_domain::power_plant::PowerPlant;
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::Competence;
use sunledger_projections::{BilledPlace, BilledQuery, View};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Invoices read at a time.
const PAGE: usize = 200;
/// Power plants that one report can name.
const MAX_PLANTS: usize = 1_000;

const JSON: &str = "application/json";
const CSV: &str = "text/csv";
const TEXT: &str = "text/plain";

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(billing)).layer(Extension(Links::default()))
}

/// Which invoices a report has.
#[derive(ToSchema)]
#[schema(as = energy::BillingReport, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `read` reads it")]
struct BillingReport {
    /// The first month, MM-YYYY or MM/YYYY; from the beginning where it is absent.
    #[schema(example = "03-2024", pattern = "^(0[1-9]|1[0-2])[/-](19|20|21)[0-9]{2}$")]
    first_date: Option<String>,
    /// Codes or numbers of power plants: only invoices of units that got credits from one of them when they were billed.
    /// All invoices where none is named.
    #[schema(max_items = 1_000)]
    power_plants: Option<Vec<String>>,
    /// The last month, itself included; to the end where it is absent.
    #[schema(example = "04-2024", pattern = "^(0[1-9]|1[0-2])[/-](19|20|21)[0-9]{2}$")]
    second_date: Option<String>,
}

/// Billing report
///
/// Every energy invoice of the months `firstDate` to `secondDate`, cancelled ones too (see `status`), by month and then in
/// the order in which they were made. The JSON of the document's sample as `text/plain`, as `application/json` where `Accept`
/// names that, and as CSV where it names `text/csv`. However long a report is, it comes as it is read. The links to the PDFs
/// need no key and are good for an hour. It changes nothing, so a repeated request makes it anew, also under its
/// `Idempotency-Key`.
#[utoipa::path(
    post, path = "/energy/reports/billing", tag = "energy",
    request_body = Option<BillingReport>,
    responses(
        (
            status = 200, description = "The invoices",
            content((String = "text/plain"), (Vec<BillingRow> = "application/json"), (String = "text/csv"))
        ),
        OnReport
    )
)]
async fn billing(
    State(app): State<App>,
    Extension(links): Extension<Links>,
    call: Call<EnergyReports>,
) -> Result<Response, ApiError> {
    let mut fields = Fields::new(call.json_or_empty()?);
    let (first, last, plants) = read(&mut fields);
    fields.finish()?;
    let plants = match plants {
        Some(named) => Some(found(&app, &call.tenant, named).await?),
        None => None,
    };
    let mime = call.prefers(&[JSON, CSV, TEXT]);
    let csv = mime == Some(CSV);
    let report = Report {
        tenant: call.tenant.clone(),
        profile: call.profile.clone(),
        query: BilledQuery { first, last, plants },
        after: None,
        ended: false,
        print: if csv { csv_row } else { json_row },
        base: base(&app, &call),
        links,
        now: call.context.now,
        app,
    };
    if csv {
        let form = Form { opening: report_csv::header(), between: "", closing: "" };
        let file = HeaderValue::from_static("attachment; filename=\"billing.csv\"");
        let headers =
            vec![content_type("text/csv; charset=utf-8; header=present"), (CONTENT_DISPOSITION, file)];
        return streamed::answer(report, form, headers).await;
    }
    let form = Form { opening: "[".to_owned(), between: ",\n", closing: "]" };
    let mime = if mime == Some(JSON) { JSON } else { "text/plain; charset=utf-8" };
    streamed::answer(report, form, vec![content_type(mime)]).await
}

/// What a body asks for: first and last month, and the power plants, where it names any.
fn read(fields: &mut Fields) -> (Option<Competence>, Option<Competence>, Option<Vec<AnyId>>) {
    let first = fields.optional("firstDate", parsed(Competence::parse));
    let last = fields.optional("secondDate", parsed(Competence::parse));
    if let (Some(first), Some(last)) = (first, last)
        && last < first
    {
        fields.refuse("secondDate", format!("must not be before {first}"));
    }
    let plants = match fields.take("powerPlants") {
        Some(Value::Array(values)) if values.len() > MAX_PLANTS => {
            fields.refuse("powerPlants", format!("must have at most {MAX_PLANTS} entries"));
            Vec::new()
        }
        Some(Value::Array(values)) => {
            let mut plants = Vec::with_capacity(values.len());
            for (index, value) in values.into_iter().enumerate() {
                match any_id(value) {
                    Ok(id) => plants.push(id),
                    Err(message) => fields.refuse(&format!("powerPlants[{index}]"), message),
                }
            }
            plants
        }
        Some(_) => {
            fields.refuse("powerPlants", "must be a list of codes or numbers");
            Vec::new()
        }
        None => Vec::new(),
    };
    (first, last, (!plants.is_empty()).then_some(plants))
}

/// The ids of power plants that a body names. What is the number or the code of nothing has no invoices.
async fn found(app: &App, tenant: &TenantId, named: Vec<AnyId>) -> Result<Vec<Uuid>, ApiError> {
    let mut plants = Vec::with_capacity(named.len());
    for id in named {
        plants.extend(ids::named::<PowerPlant>(app, tenant, id).await?);
    }
    Ok(plants)
}

fn json_row(row: &BillingRow) -> Result<String, ApiError> {
    serde_json::to_string(row).map_err(|error| ApiError::internal(format!("printing: {error}")))
}

fn csv_row(row: &BillingRow) -> Result<String, ApiError> {
    Ok(report_csv::line(row))
}

/// A report under way.
struct Report {
    app: App,
    tenant: TenantId,
    profile: Arc<Tenant>,
    query: BilledQuery,
    after: Option<BilledPlace>,
    ended: bool,
    print: fn(&BillingRow) -> Result<String, ApiError>,
    /// Where the caller reaches this server.
    base: String,
    links: Links,
    /// Since when the links are good.
    now: Timestamp,
}

impl Pages for Report {
    async fn next(&mut self) -> Result<Option<Vec<String>>, ApiError> {
        if self.ended {
            return Ok(None);
        }
        let page = self.app.reads.billed(&self.tenant, &self.query, self.after, PAGE).await?;
        self.ended = page.len() < PAGE;
        self.after = page.last().and_then(BilledPlace::after);
        // Without a place to go on from it would begin again.
        self.ended |= self.after.is_none();
        Ok(Some(self.printed(&page).await?))
    }
}

impl Report {
    async fn printed(&self, page: &[View<Invoice>]) -> Result<Vec<String>, ApiError> {
        let invoices: Vec<&Invoice> = page.iter().map(|invoice| &invoice.state).collect();
        let parts = Parts::of(&self.app, &self.tenant, invoices.iter().copied()).await?;
        let mut rows = Vec::with_capacity(page.len());
        for View { id, state, .. } in page {
            let unit = parts.unit(state).map(|unit| &unit.state);
            let client = parts.client(state).map(|client| &client.state);
            let link = Link { tenant: self.tenant.clone(), invoice: *id };
            let pdf = url(&self.base, &self.links.write(&self.app.log, &link, self.now).await?);
            let beside = Beside { unit, client, profile: &self.profile, pdf: Some(&pdf) };
            if let Some(row) = BillingRow::new(*id, state, beside) {
                rows.push((self.print)(&row)?);
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use sunledger_domain::DomainError;

    type Read = (Option<Competence>, Option<Competence>, Option<Vec<AnyId>>);

    fn ask(body: Value) -> Result<Read, Vec<String>> {
        let Value::Object(map) = body else { return Err(vec!["not an object".to_owned()]) };
        let mut fields = Fields::new(map);
        let asked = read(&mut fields);
        match fields.finish() {
            Ok(()) => Ok(asked),
            Err(DomainError::Invalid(errors)) => {
                Err(errors.iter().map(|(field, _)| field.to_owned()).collect())
            }
            Err(other) => Err(vec![other.to_string()]),
        }
    }

    #[test]
    fn months_are_read_in_both_forms() {
        let (first, last, plants) =
            ask(json!({"firstDate": "03-2024", "powerPlants": [], "secondDate": "04/2024"})).unwrap();
        let months = [first, last].map(|month| month.map(Competence::iso));
        assert_eq!(months, [Some("2024-03".to_owned()), Some("2024-04".to_owned())]);
        assert_eq!(plants, None, "all of them");
        assert_eq!(ask(json!({})), Ok((None, None, None)));
    }

    #[test]
    fn power_plants_are_codes_or_numbers() {
        let code = Uuid::from_u128(7);
        let (_, _, plants) = ask(json!({"powerPlants": [code, "165", 166]})).unwrap();
        assert_eq!(plants, Some(vec![AnyId::Uuid(code), AnyId::Number(165), AnyId::Number(166)]));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = ask(json!({"firstDate": "2024-03", "powerPlants": ["x", 1, {}], "secondDate": 4}));
        assert_eq!(wrong.unwrap_err(), ["firstDate", "powerPlants[0]", "powerPlants[2]", "secondDate"]);
        assert_eq!(
            ask(json!({"firstDate": "04-2024", "secondDate": "03-2024"})).unwrap_err(),
            ["secondDate"]
        );
        assert_eq!(ask(json!({"powerPlants": "165"})).unwrap_err(), ["powerPlants"]);
        assert_eq!(ask(json!({"powerPlants": vec![1; 1_001]})).unwrap_err(), ["powerPlants"]);
    }
}
