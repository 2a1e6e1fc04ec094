//! `/energy/invoices/{code}/explain`: how each figure of an energy invoice came about.
//!
//! The bill is computed once more, by the same rules and from what the invoice keeps of it. So what is explained is what
//! was charged; that a figure comes out otherwise than it was kept would be a defect, and is reported as one.

use super::envelope::OnRead;
use super::explain_events::{EventView, Origins};
use super::invoices::find;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Energy;
use crate::http::{ApiError, Reply};
use crate::wire::Number;
use axum::extract::{Path, State};
use serde::Serialize;
use sunledger_domain::energy::{Billing, Explained, Explanation, Input, Source};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(explain))
}

/// How an invoice's figures came about.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = energy::Explanation)]
struct ExplanationView {
    /// The invoice.
    code: Uuid,
    /// The number that people see.
    #[schema(example = "INV-0001")]
    invoice_number: String,
    /// The month that is billed.
    #[schema(example = "03/2024")]
    data_competencia: String,
    /// The figures, in the order in which they were computed.
    figures: Vec<FigureView>,
}

/// How a figure came about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = energy::ExplainedFigure)]
struct FigureView {
    /// Its name.
    #[schema(example = "valorCreditoSemDesconto")]
    figure: String,
    /// Its value, to the last digit.
    value: Number,
    /// How it was computed.
    #[schema(example = "creditosUtilizados × tarifakWhCompensavel")]
    formula: String,
    /// What the formula names, in its order.
    inputs: Vec<InputView>,
}

/// What a formula names.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = energy::ExplainedInput)]
struct InputView {
    /// Its name.
    #[schema(example = "tarifakWhCompensavel")]
    name: String,
    /// Its value, to the last digit.
    value: Number,
    /// `bill`, `consumer_unit`, `connection` (its minimum), `earlier_bills`, `discount`, `charge` or `figure` (one before).
    #[schema(example = "bill")]
    source: &'static str,
    /// Which discount or charge.
    id: Option<Uuid>,
    /// The events that told it, oldest first: the bill, the last change of a term, a discount and the earlier bills that
    /// took of it. None of a figure, whose own inputs have theirs.
    events: Vec<EventView>,
}

impl FigureView {
    fn new(explained: Explained, origins: &Origins) -> Self {
        let Explained { figure, value, formula, inputs } = explained;
        let inputs = inputs.into_iter().map(|input| InputView::new(input, origins)).collect();
        Self { figure, value: Number(value), formula, inputs }
    }
}

impl InputView {
    fn new(input: Input, origins: &Origins) -> Self {
        let events = origins.of(input.source);
        let (source, id) = match input.source {
            Source::Bill => ("bill", None),
            Source::ConsumerUnit => ("consumer_unit", None),
            Source::Connection => ("connection", None),
            Source::EarlierBills => ("earlier_bills", None),
            Source::Discount(id) => ("discount", Some(id)),
            Source::Charge(id) => ("charge", Some(id)),
            Source::Figure => ("figure", None),
        };
        Self { name: input.name, value: Number(input.value), source, id, events }
    }
}

/// Explain an energy invoice
///
/// Every figure with its formula, and what the formula names, with the events that told it. Only of invoices that a utility's
/// bill was handed in for.
#[utoipa::path(
    get, path = "/energy/invoices/{code}/explain", tag = "energy",
    params(("code" = String, Path, description = "Code or number of the invoice")),
    responses((status = 200, description = "How it came about", body = ExplanationView), OnRead)
)]
async fn explain(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let view = find(&app, &call.tenant, &code).await?;
    let energy = view.state.energy.as_ref().ok_or_else(|| ApiError::not_found("bill of this invoice"))?;
    let explanation = explained(&energy.billing)?;
    let origins = Origins::read(&app, &call.tenant, energy.consumer_unit_id, view.id).await?;
    let figures = explanation.figures.into_iter();
    let body = ExplanationView {
        code: view.id,
        invoice_number: view.state.invoice_number.as_str().to_owned(),
        data_competencia: energy.billing.bill.competence.to_string(),
        figures: figures.map(|explained| FigureView::new(explained, &origins)).collect(),
    };
    Ok(Reply::ok(&body)?.version(view.version))
}

fn explained(billing: &Billing) -> Result<Explanation, ApiError> {
    let explanation =
        billing.explanation().map_err(|error| ApiError::internal(format!("explaining a bill: {error}")))?;
    let now = explanation.of("totalAPagar").map(|figure| figure.value);
    if now != Some(billing.figures.total_due) {
        let kept = billing.figures.total_due;
        return Err(ApiError::internal(format!("a bill of {kept} comes out as {now:?} now")));
    }
    Ok(explanation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::billing;

    #[test]
    fn every_figure_of_the_sample_is_explained() {
        let explanation = explained(&billing()).unwrap();
        let origins = Origins::default();
        let figures = explanation.figures.into_iter();
        let figures: Vec<FigureView> = figures.map(|figure| FigureView::new(figure, &origins)).collect();
        let printed = serde_json::to_value(&figures).unwrap();
        let of = |name: &str| {
            let figure = printed.as_array().unwrap().iter().find(|figure| figure["figure"] == name);
            figure.cloned().unwrap_or_else(|| panic!("no {name}"))
        };
        let gross = of("valorCreditoSemDesconto");
        assert_eq!(gross["formula"], "creditosUtilizados × tarifakWhCompensavel");
        assert_eq!(gross["value"].to_string(), "1304.63453616");
        let input = |at: usize| {
            let input = &gross["inputs"][at];
            format!("{} = {} ({})", input["name"], input["value"], input["source"])
        };
        assert_eq!(input(0), "\"creditosUtilizados\" = 1396 (\"figure\")");
        assert_eq!(input(1), "\"tarifakWhCompensavel\" = 0.93455196 (\"bill\")");
        assert!(gross["inputs"][0]["id"].is_null());
        for name in ["creditosUtilizados", "totalAPagar", "valorCobrado", "economiaTotal"] {
            assert!(of(name)["formula"].as_str().is_some_and(|formula| !formula.is_empty()), "{name}");
        }
    }

    #[test]
    fn a_figure_that_comes_out_otherwise_is_no_explanation() {
        let mut billing = billing();
        billing.figures.total_due += rust_decimal::Decimal::ONE;
        assert_eq!(explained(&billing).unwrap_err().status, 500);
    }
}
