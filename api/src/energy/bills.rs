//! `/energy/consumer-units/{code}/bills`: the utility's bill of one month goes in, the energy invoice comes out.
//!
//! Bill and invoice are one unit of work on two aggregates: the unit bills the month (which uses its discounts, charges
//! and credits up), and the invoice is made of what came out.

use super::bill_body::{self, NewBill};
use super::envelope::OnAction;
use super::invoice_view::InvoiceView;
use super::invoices::{full, refused};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Energy;
use crate::fields::Fields;
use crate::http::{ApiError, Reply, ids};
use axum::extract::{Path, State};
use http::StatusCode;
use sunledger_commands::{CommandError, Unit};
use sunledger_domain::DomainError;
use sunledger_domain::client::{Client, ClientStatus};
use sunledger_domain::consumer_unit::{ConsumerUnit, ConsumerUnitCommand, PostBill};
use sunledger_domain::invoice::{EnergyInvoiceDraft, Invoice, InvoiceCommand, InvoiceEnergy};
use sunledger_domain::value::Competence;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(create))
}

/// Hand in the utility's bill of a month
///
/// The energy invoice is made of it and issued: credits times tariff, less the plan's discount, less the discounts and plus
/// the charges of the month. A second bill of the month is refused while the first one's invoice is not cancelled. Counts
/// towards the plan's invoices of the month.
#[utoipa::path(
    post, path = "/energy/consumer-units/{code}/bills", tag = "energy",
    params(("code" = String, Path, description = "Code or number of the consumer unit")),
    request_body = NewBill,
    responses((status = 201, description = "The energy invoice", body = InvoiceView), OnAction)
)]
async fn create(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let unit_id = ids::resolve::<ConsumerUnit>(&app, &call.tenant, &code).await?;
    let mut fields = Fields::new(call.json()?);
    let (bill, issue_date) = bill_body::read(&mut fields, &call.profile);
    fields.finish()?;
    let (today, at, invoice_id) = (call.today(), call.context.now, app.commands.new_id());
    let issue_date = issue_date.unwrap_or(today);
    let series = call.profile.invoice_series.clone();
    let plan = call.profile.plan.invoice_slot(Competence::of(today));
    let done = app.commands.unit(&call.context, |unit| {
        let post = PostBill { invoice_id, bill: bill.clone(), at };
        let (series, plan) = (series.clone(), plan.clone());
        Box::pin(async move {
            let consumer = unit.get::<ConsumerUnit>(unit_id).await?;
            let profile = &consumer.profile;
            billable(unit, profile.client_id).await?;
            let energy = InvoiceEnergy {
                consumer_unit_id: unit_id,
                power_plant_id: profile.power_plant_id,
                account_number: profile.account_number.clone(),
                billing: consumer.bill(&post)?.billing,
            };
            unit.handle::<ConsumerUnit>(unit_id, ConsumerUnitCommand::PostBill(Box::new(post))).await?;
            let client_id = profile.client_id;
            let plan = Some(plan);
            let draft = EnergyInvoiceDraft { client_id, series, issue_date, energy, plan, today, at };
            unit.handle::<Invoice>(invoice_id, InvoiceCommand::CreateEnergy(Box::new(draft))).await
        })
    });
    match done.await.and_then(|done| done.one::<Invoice>("invoice")) {
        Ok(made) => full(&app, &call, StatusCode::CREATED, &made).await,
        Err(error) => Err(refusal(refused(&app, &call.tenant, error).await)),
    }
}

/// A refusal with the fields named as the bill names them.
pub(super) fn refusal(error: impl Into<ApiError>) -> ApiError {
    error.into().rename_fields(|field| bill_body::name_of(field).unwrap_or(field).to_owned())
}

/// Makes sure that the unit's client is there and active, and still is when the invoice is written.
async fn billable(unit: &mut Unit, client: Uuid) -> Result<(), CommandError> {
    if unit.get::<Client>(client).await?.status == ClientStatus::Inactive {
        return Err(
            DomainError::rule("the client of this consumer unit is inactive and can not be billed").into()
        );
    }
    unit.unchanged::<Client>(client).await
}
