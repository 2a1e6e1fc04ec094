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
use jiff::Timestamp;
use serde_json::{Map, Value};
use sunledger_commands::{CommandError, Context, Outcome, Unit};
use sunledger_domain::DomainError;
use sunledger_domain::client::{Client, ClientStatus};
use sunledger_domain::consumer_unit::{ConsumerUnit, ConsumerUnitCommand, PostBill};
use sunledger_domain::energy::BillDraft;
use sunledger_domain::invoice::{EnergyInvoiceDraft, Invoice, InvoiceCommand, InvoiceEnergy};
use sunledger_domain::numbering::NumberSeries;
use sunledger_domain::plan::PlanSlot;
use sunledger_domain::tenant::Tenant;
use sunledger_domain::value::{CalendarDate, Competence};
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
    let handed = HandedIn::new(&app, unit_id, bill, issue_date);
    let terms = Terms::new(&call.profile, call.context.now);
    let done = app.commands.unit(&call.context, |unit| {
        let (terms, handed) = (terms.clone(), handed.clone());
        Box::pin(async move { invoice(unit, terms, handed).await })
    });
    match done.await.and_then(|done| done.one::<Invoice>("invoice")) {
        Ok(made) => full(&app, &call, StatusCode::CREATED, &made).await,
        Err(error) => Err(refusal(refused(&app, &call.tenant, error).await)),
    }
}

/// Hands many bills in at once, each as its route would take it: all of them, in their order, or none.
///
/// # Errors
/// 400 naming each wrong field of the first wrong bill; the command's.
pub(crate) async fn hand_in_all(
    app: &App,
    context: &Context,
    profile: &Tenant,
    bills: Vec<(Uuid, Map<String, Value>)>,
) -> Result<Vec<Outcome<Invoice>>, ApiError> {
    let read = |(unit_id, body)| {
        let mut fields = Fields::new(body);
        let (bill, issue_date) = bill_body::read(&mut fields, profile);
        fields.finish().map(|()| HandedIn::new(app, unit_id, bill, issue_date))
    };
    let all = bills.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let terms = Terms::new(profile, context.now);
    let done = app.commands.unit(context, |unit| {
        let (terms, all) = (terms.clone(), all.clone());
        Box::pin(async move {
            for handed in all {
                invoice(unit, terms.clone(), handed).await?;
            }
            Ok(())
        })
    });
    Ok(done.await.map_err(refusal)?.all::<Invoice>("invoice")?)
}

/// A bill that was handed in, and what its invoice is going to be.
#[derive(Clone)]
struct HandedIn {
    unit_id: Uuid,
    invoice_id: Uuid,
    bill: BillDraft,
    /// Today, where there is none.
    issue_date: Option<CalendarDate>,
}

impl HandedIn {
    fn new(app: &App, unit_id: Uuid, bill: BillDraft, issue_date: Option<CalendarDate>) -> Self {
        Self { unit_id, invoice_id: app.commands.new_id(), bill, issue_date }
    }
}

/// What invoices are made by, whatever the bill.
#[derive(Clone)]
struct Terms {
    series: NumberSeries,
    plan: PlanSlot,
    today: CalendarDate,
    at: Timestamp,
}

impl Terms {
    fn new(profile: &Tenant, at: Timestamp) -> Self {
        let today = profile.time_zone.today(at);
        let plan = profile.plan.invoice_slot(Competence::of(today));
        Self { series: profile.invoice_series.clone(), plan, today, at }
    }
}

/// Bills a month of a consumer unit and makes the invoice of it.
async fn invoice(unit: &mut Unit, terms: Terms, handed: HandedIn) -> Result<(), CommandError> {
    let HandedIn { unit_id, invoice_id, bill, issue_date } = handed;
    let Terms { series, plan, today, at } = terms;
    let post = PostBill { invoice_id, bill, at };
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
    let (client_id, issue_date) = (profile.client_id, issue_date.unwrap_or(today));
    let draft = EnergyInvoiceDraft { client_id, series, issue_date, energy, plan: Some(plan), today, at };
    unit.handle::<Invoice>(invoice_id, InvoiceCommand::CreateEnergy(Box::new(draft))).await
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
