//! `/energy/charges`: what is put on a month's invoice.

use super::adjustments::{self, DeletedView, MadeView, ToDelete};
use super::envelope::{OnAction, OnChange};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Energy;
use crate::fields::Fields;
use crate::http::{ApiError, Reply};
use axum::extract::State;
use sunledger_domain::consumer_unit::{ConsumerUnitCommand, NewCharge};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(create, delete))
}

/// What is to be put on a month's invoice.
#[derive(ToSchema)]
#[schema(as = energy::NewCharge, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body; `create` reads it")]
struct ChargeBody {
    /// The consumer unit's number, or its code.
    #[schema(example = 123456, minimum = 1)]
    consumer_unit_id: i64,
    /// Whole centavos, or a percentage from 1 to 100 of the month's credits after the plan's discount.
    #[schema(example = 5000, minimum = 1, maximum = 100_000_000_000_000i64)]
    value: f64,
    /// Whether it is taken from the savings.
    #[schema(default = false)]
    real_discount: Option<bool>,
    /// What it is for.
    #[schema(min_length = 1, max_length = 50, example = "Taxa administrativa")]
    description: String,
    /// The month whose invoice it is put on, MM/YYYY.
    #[schema(pattern = "^(0[1-9]|1[0-2])/(19|20|21)[0-9]{2}$", example = "07/2025")]
    competence: String,
    /// Whether `value` is a percentage.
    #[schema(default = false)]
    is_value_category_percentage: Option<bool>,
}

/// Create a charge
///
/// One that comes when the invoice of its month is issued already is refused.
#[utoipa::path(
    post, path = "/energy/charges", tag = "energy",
    request_body = ChargeBody,
    responses((status = 200, description = "It is made", body = MadeView), OnAction)
)]
async fn create(State(app): State<App>, call: Call<Energy>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let read = adjustments::read(&mut fields);
    fields.finish()?;
    let unit_id = adjustments::unit_of(&app, &call.tenant, read.unit).await?;
    let charge = NewCharge {
        charge_id: app.commands.new_id(),
        value: read.value,
        real: read.real,
        description: read.description,
        competence: read.competence,
        at: call.context.now,
    };
    let command = ConsumerUnitCommand::CreateCharge(Box::new(charge));
    let done = adjustments::execute(&app, &call, unit_id, command).await?;
    // The last one is this one, also where the answer is given again: the state is the one right after it.
    let made = done.state.charges.last();
    let made = made.ok_or_else(|| ApiError::internal("a charge left no trace"))?;
    MadeView::reply(made.id, done.version, done.replayed)
}

/// Delete a charge
///
/// One that is on no invoice.
#[utoipa::path(
    delete, path = "/energy/charges", tag = "energy",
    request_body = ToDelete,
    responses((status = 200, description = "It is gone", body = DeletedView), OnChange)
)]
async fn delete(State(app): State<App>, call: Call<Energy>) -> Result<Reply, ApiError> {
    let fields = Fields::new(call.json_or_empty()?);
    let query = call.query.get("id");
    let (id, unit_id) = adjustments::named(&app, &call.tenant, fields, query, "charge").await?;
    let command = ConsumerUnitCommand::DeleteCharge { charge_id: id, at: call.context.now };
    adjustments::execute(&app, &call, unit_id, command).await?;
    DeletedView::reply()
}
