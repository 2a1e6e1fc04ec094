//! `/api/v1/tenants/{tenantId}/paystubs/build`: a paystub of what is due to one person in a period.
//!
//! What is due is read from the read models. What was paid already is read there too: should a paystub of the tenant be
//! made or changed after what they show, the unit of work runs again, so that nothing is paid twice.

use super::body::{own_id, picked, same_tenant};
use super::envelope::{OnAction, Success};
use super::handlers::refusal;
use super::resources::PAYSTUBS;
use super::view::printed;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Commissions;
use crate::http::{ApiError, Reply};
use crate::wire::Amount;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sunledger_commands::CommandError;
use sunledger_domain::commission::{BuildTerms, Builder, Built, Origin, PassedOver, Reason};
use sunledger_domain::overrides::Override;
use sunledger_domain::paystub::{PAYSTUB, Paystub, PaystubCommand, PaystubFields};
use sunledger_domain::record::{Field, FieldType, Record, RecordKind, SCPF, Shown, Unknown};
use sunledger_domain::{DomainError, FieldErrors, TenantId};
use sunledger_projections::models::records;
use sunledger_projections::{Filter, ListQuery, Listed, Paging};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Rows that are read at a time.
const PAGE: u64 = 500;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(build))
}

/// What a paystub is built for.
static BUILD: RecordKind = RecordKind {
    name: "paystub_build",
    what: "paystub",
    shown: Shown::ById { tenant: false },
    fields: &[
        Field::required("sales_professional_id", FieldType::Reference),
        Field::required("period_start_date", FieldType::Timestamp),
        Field::required("period_end_date", FieldType::Timestamp),
        Field::optional("pay_date", FieldType::Timestamp),
        Field::optional("deductions", FieldType::Money { negative: false }),
        Field::optional("preview", FieldType::Bool),
    ],
    filters: &[],
};

/// What a paystub is built for.
#[derive(ToSchema)]
#[schema(as = commissions::PaystubBuild)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes the body; `Asked` reads it")]
struct BuildBody {
    /// Who is paid.
    #[schema(example = "40")]
    sales_professional_id: String,
    /// The first day of the period (any form of a date).
    #[schema(example = "2025-10-01")]
    period_start_date: String,
    /// The last day of the period.
    #[schema(example = "2025-10-15")]
    period_end_date: String,
    /// When it is paid; the last day of the period where it is left out.
    pay_date: Option<String>,
    /// What is kept back, dollars.
    deductions: Option<f64>,
    /// Whether it is only to be shown and not made.
    preview: Option<bool>,
    /// The id to name it by.
    #[schema(min_length = 1, max_length = 100)]
    id: Option<String>,
    /// The tenant of the path.
    #[schema(nullable = false)]
    tenant_id: Option<String>,
}

/// A paystub, and where its lines come from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::BuiltPaystub)]
struct BuiltBody {
    /// The paystub, as it reads back; without an id where it is only shown.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    paystub: Map<String, Value>,
    /// Where each of its lines comes from.
    lines: Vec<LineView>,
    /// What is due in the period and was paid before. Only where it is shown and not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    passed_over: Option<Vec<PassedOverView>>,
}

/// Where a line comes from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::BuiltLine)]
struct LineView {
    /// Its key in `scpfs`.
    #[schema(example = "1")]
    key: String,
    /// `scpf` or `override`.
    #[schema(example = "scpf")]
    source: &'static str,
    /// Its id.
    #[schema(example = "77133")]
    id: String,
    /// What the line pays.
    total_this_period: Amount,
}

/// What was left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::PassedOver)]
struct PassedOverView {
    /// `scpf` or `override`.
    #[schema(example = "scpf")]
    source: &'static str,
    /// Its id.
    #[schema(example = "77133")]
    id: String,
    /// What it says.
    total_this_period: Amount,
    /// What earlier paystubs have paid of it.
    paid: Amount,
}

/// Build a paystub
///
/// Of the person's SCPFs that are due in the period (by the day of installation; an M1 by the day of closing) and overrides
/// (by `date_paid`), as far as no paystub has paid them. What was paid too much before is taken back, in a line below 0.
/// 409 where nothing is due.
#[utoipa::path(
    post, path = "/api/v1/tenants/{tenantId}/paystubs/build", tag = "commissions: paystubs",
    params(("tenantId" = String, Path, description = "The tenant, which must be the caller's")),
    request_body = BuildBody,
    responses(
        (status = 200, description = "The paystub, shown and not made", body = Success<BuiltBody>),
        (status = 201, description = "The paystub", body = Success<BuiltBody>),
        OnAction
    )
)]
async fn build(State(app): State<App>, call: Call<Commissions>) -> Result<Reply, ApiError> {
    let asked = Asked::read(call.json()?, &call)?;
    let (tenant, now) = (&call.tenant, call.context.now);
    if asked.preview {
        let built =
            gather(&app, tenant, &asked.terms).await.map_err(|error| refusal(&PAYSTUBS, None, error))?;
        let passed_over = built.passed_over.iter().map(PassedOverView::new).collect();
        let paystub = Paystub { fields: built.fields, ..Paystub::default() };
        let mut body = BuiltBody::new(tenant, &paystub)?;
        for made_up in ["id", "created_at", "updated_at"] {
            body.paystub.remove(made_up);
        }
        body.passed_over = Some(passed_over);
        return Reply::ok(&Success::new("Paystub previewed successfully", body, now));
    }
    let id = app.commands.new_id();
    let done = app.commands.unit(&call.context, |unit| {
        let (app, tenant, asked) = (app.clone(), tenant.clone(), asked.clone());
        Box::pin(async move {
            let seen_at = app.reads.position();
            let built = gather(&app, &tenant, &asked.terms).await?;
            unit.quiet(PAYSTUB.name, seen_at);
            let (custom_id, fields) = (asked.custom_id, Box::new(built.fields));
            unit.handle::<Paystub>(id, PaystubCommand::Create { custom_id, fields, at: now }).await
        })
    });
    let made = done.await.and_then(|done| done.one::<Paystub>(PAYSTUB.name));
    let made = made.map_err(|error| refusal(&PAYSTUBS, asked.custom_id.as_deref(), error))?;
    let body = Success::new("Paystub built successfully", BuiltBody::new(tenant, &made.state)?, now);
    Ok(Reply::json(StatusCode::CREATED, &body)?.version(made.version).replayed(made.replayed))
}

/// What is asked for.
#[derive(Debug, Clone)]
struct Asked {
    terms: BuildTerms,
    custom_id: Option<String>,
    preview: bool,
}

/// The checked fields.
#[derive(Deserialize)]
struct Checked {
    sales_professional_id: String,
    period_start_date: Timestamp,
    period_end_date: Timestamp,
    pay_date: Option<Timestamp>,
    deductions: Option<Decimal>,
    preview: Option<bool>,
}

/// Of them, the period.
#[derive(Deserialize)]
struct Period {
    period_start_date: Timestamp,
    period_end_date: Timestamp,
}

impl Asked {
    fn read(mut body: Map<String, Value>, call: &Call<Commissions>) -> Result<Self, ApiError> {
        let mut errors = FieldErrors::new();
        same_tenant(&mut body, &call.tenant, &mut errors);
        let asked = Self::of(body, &mut errors);
        let asked = asked.filter(|_| errors.is_empty()).ok_or_else(|| ApiError::fields(errors))?;
        // The period, before anything is read for it.
        Builder::new(asked.terms.clone())?;
        Ok(asked)
    }

    fn of(mut body: Map<String, Value>, errors: &mut FieldErrors) -> Option<Self> {
        let custom_id = body.remove("id").and_then(|id| own_id(id, errors));
        let period = picked(&body, &["period_start_date", "period_end_date"]);
        let fields = match BUILD.check(body, false, Unknown::Reject) {
            Ok(fields) => fields,
            Err(wrong) => {
                errors.merge("", wrong);
                check_period(period, errors);
                return None;
            }
        };
        let checked: Checked = serde_json::from_value(Value::Object(fields.as_map().clone())).ok()?;
        let terms = BuildTerms {
            sales_professional_id: checked.sales_professional_id,
            period_start_date: checked.period_start_date,
            period_end_date: checked.period_end_date,
            pay_date: checked.pay_date.unwrap_or(checked.period_end_date),
            deductions: checked.deductions.unwrap_or_default(),
        };
        Some(Self { terms, custom_id, preview: checked.preview.unwrap_or_default() })
    }
}

/// Notes a period that ends before it starts, where the rest of the body could not be read.
fn check_period(period: Map<String, Value>, errors: &mut FieldErrors) {
    let checked = BUILD.check(period, true, Unknown::Reject).ok();
    let period =
        checked.and_then(|fields| serde_json::from_value(Value::Object(fields.as_map().clone())).ok());
    let Some(Period { period_start_date, period_end_date }) = period else { return };
    let terms = BuildTerms {
        sales_professional_id: String::new(),
        period_start_date,
        period_end_date,
        pay_date: period_end_date,
        deductions: Decimal::ZERO,
    };
    if let Err(DomainError::Invalid(wrong)) = Builder::new(terms) {
        errors.merge("", wrong);
    }
}

/// Reads all that concerns a person, page by page, and builds the paystub.
async fn gather(app: &App, tenant: &TenantId, terms: &BuildTerms) -> Result<Built, CommandError> {
    let mut builder = Builder::new(terms.clone())?;
    let rep = terms.sales_professional_id.as_str();
    let is = |column, value: &str| Filter::OneOf(column, vec![value.to_owned()]);
    let of_rep = vec![is("sales_professional_id", rep)];
    each::<Paystub>(app, tenant, of_rep, |paystub| {
        builder.paid(paystub);
        Ok(())
    })
    .await?;
    let scpfs = vec![records::of_kind(&SCPF), records::with_field(&SCPF, "sales_professional_id", rep)];
    each::<Record>(app, tenant, scpfs, |scpf| builder.scpf(scpf)).await?;
    each::<Override>(app, tenant, vec![is("manager_id", rep)], |found| builder.over(found)).await?;
    Ok(builder.build()?)
}

async fn each<A: Listed>(
    app: &App,
    tenant: &TenantId,
    filters: Vec<Filter>,
    mut take: impl FnMut(&A) -> Result<(), sunledger_domain::DomainError> + Send,
) -> Result<(), CommandError> {
    let mut query = ListQuery { filters, search: None, paging: Paging::Cursor(i64::MAX), limit: PAGE };
    loop {
        let page = app.reads.list::<A>(tenant, &query).await?;
        page.rows.iter().try_for_each(|row| take(&row.state))?;
        match page.next_cursor {
            Some(next) => query.paging = Paging::Cursor(next),
            None => return Ok(()),
        }
    }
}

impl BuiltBody {
    fn new(tenant: &TenantId, paystub: &Paystub) -> Result<Self, ApiError> {
        let lines = lines(&paystub.fields);
        Ok(Self { paystub: printed(&PAYSTUBS, tenant, paystub)?, lines, passed_over: None })
    }
}

/// Where a paystub's lines come from: they say it themselves.
fn lines(fields: &PaystubFields) -> Vec<LineView> {
    let mut lines: Vec<LineView> = fields
        .scpfs
        .iter()
        .map(|(key, line)| {
            let Origin { source, id } = Origin::read(&line.related_scpf_id);
            let amount = Amount(line.total_this_period);
            LineView { key: key.clone(), source: source.as_str(), id, total_this_period: amount }
        })
        .collect();
    lines.sort_by_key(|line| line.key.parse::<u64>().unwrap_or(u64::MAX));
    lines
}

impl PassedOverView {
    fn new(passed: &PassedOver) -> Self {
        let Reason::Paid(paid) = passed.reason;
        Self {
            source: passed.origin.source.as_str(),
            id: passed.origin.id.clone(),
            total_this_period: Amount(passed.amount),
            paid: Amount(paid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: Value) -> Result<Asked, String> {
        let mut errors = FieldErrors::new();
        let asked = Asked::of(body.as_object().cloned().unwrap(), &mut errors);
        asked.filter(|_| errors.is_empty()).ok_or_else(|| errors.to_string())
    }

    #[test]
    fn a_period_and_a_person_are_enough() {
        let body = json!({
            "sales_professional_id": "40", "period_start_date": "2025-10-01", "period_end_date": "2025-10-15",
        });
        let asked = read(body).unwrap();
        assert_eq!(asked.terms.pay_date, asked.terms.period_end_date);
        assert_eq!((asked.terms.deductions, asked.preview, asked.custom_id), (Decimal::ZERO, false, None));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = read(json!({
            "sales_professional_id": 40, "period_start_date": "soon", "deductions": -1, "preview": "no", "id": 1, "x": 1,
        }));
        let wrong = wrong.err().unwrap();
        for name in [
            "sales_professional_id",
            "period_start_date",
            "period_end_date",
            "deductions",
            "preview",
            "id",
            "x",
        ] {
            assert!(wrong.contains(&format!("{name}: ")), "{name} in {wrong}");
        }
    }
}
