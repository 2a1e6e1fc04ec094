//! `/api/v2/leads`: list, make, read; and the customer that one becomes.

use super::customer_view::CustomerView;
use super::customers;
use super::envelope::{OnAction, OnCreate, OnList, OnRead, Success, SuccessPage};
use super::invoices::{customer_number, customer_numbers};
use super::lead_view::{ConvertedLead, LeadView};
use super::lists;
use super::read::email;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::fields::{Fields, line, parsed};
use crate::http::{ApiError, Reply, ids};
use crate::list::ListParams;
use axum::extract::{Path, State};
use axum::response::Response;
use sunledger_domain::TenantId;
use sunledger_domain::client::{Client, ClientCommand, ClientDraft};
use sunledger_domain::lead::{Lead, LeadCommand, LeadDetails, MAX_COMPANY, MAX_NAME, MAX_SOURCE};
use sunledger_domain::value::{Competence, Phone};
use sunledger_projections::View;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get)).routes(routes!(convert))
}

/// A new lead.
#[derive(ToSchema)]
#[schema(as = backoffice::NewLead)]
#[expect(dead_code, reason = "describes the body; `create` reads it")]
struct NewLead {
    /// First name.
    #[schema(max_length = 99, example = "John")]
    first_name: String,
    /// Last name.
    #[schema(max_length = 99, example = "Smith")]
    last_name: String,
    /// Mail address.
    #[schema(format = Email, example = "john@example.com")]
    email: Option<String>,
    /// The company.
    #[schema(max_length = 200, example = "Acme Corp")]
    company: Option<String>,
    /// Telephone.
    #[schema(example = "1234567890", pattern = "^[0-9 +\\-()./xX]{5,32}$")]
    phone: Option<String>,
    /// Where it came from.
    #[schema(max_length = 100, example = "Website")]
    source: Option<String>,
}

/// List leads
///
/// Newest first. `Accept: text/csv` gets them all as a file.
#[utoipa::path(
    get, path = "/api/v2/leads", tag = "backoffice",
    params(ListParams),
    responses(
        (
            status = 200, description = "A page of leads",
            content((SuccessPage<LeadView> = "application/json"), (String = "text/csv"))
        ),
        OnList
    )
)]
async fn list(State(app): State<App>, call: Call<Backoffice>) -> Result<Response, ApiError> {
    lists::answer(&app, &call, "leads", Ok(Some(Vec::new())), printed).await
}

/// Create a lead
#[utoipa::path(
    post, path = "/api/v2/leads", tag = "backoffice",
    request_body = NewLead,
    responses((status = 201, description = "The lead", body = Success<LeadView>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Backoffice>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let details = LeadDetails {
        first_name: fields.required("first_name", line(MAX_NAME)),
        last_name: fields.required("last_name", line(MAX_NAME)),
        email: fields.optional("email", email),
        company: fields.optional("company", line(MAX_COMPANY)),
        phone: fields.optional("phone", parsed(Phone::parse)),
        source: fields.optional("source", line(MAX_SOURCE)),
    };
    fields.finish()?;
    let command = LeadCommand::Create { details: Box::new(details), at: call.context.now };
    let made = app.commands.execute::<Lead>(&call.context, app.commands.new_id(), command).await?;
    let body = Success::new(LeadView::new(made.id, &made.state, None));
    Ok(Reply::created(&body)?.version(made.version).replayed(made.replayed))
}

/// Get a lead
#[utoipa::path(
    get, path = "/api/v2/leads/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "The lead", body = Success<LeadView>), OnRead)
)]
async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Lead>(&app, &call.tenant, &id).await?;
    let found = app.reads.get::<Lead>(&call.tenant, id).await?;
    let view = found.ok_or_else(|| ApiError::not_found("lead"))?;
    let customer = match view.state.client_id {
        Some(client) => customer_number(&app, &call.tenant, client).await?,
        None => None,
    };
    Ok(Reply::ok(&Success::new(LeadView::new(id, &view.state, customer)))?.version(view.version))
}

/// Convert a lead to a customer
///
/// Once. The customer has the lead's name, e-mail address, telephone and company, and counts towards the plan's clients of the
/// month.
#[utoipa::path(
    post, path = "/api/v2/leads/{id}/convert", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 201, description = "The customer", body = Success<ConvertedLead>), OnAction)
)]
async fn convert(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Lead>(&app, &call.tenant, &id).await?;
    let plan = call.profile.plan.client_slot(Competence::of(call.today()));
    let (client_id, at) = (app.commands.new_id(), call.context.now);
    let done = app.commands.unit(&call.context, |unit| {
        let plan = plan.clone();
        Box::pin(async move {
            unit.handle::<Lead>(id, LeadCommand::Convert { client_id, at }).await?;
            let details = unit.get::<Lead>(id).await?.details.clone();
            let draft = ClientDraft {
                name: details.full_name(),
                corporate_name: details.company,
                email: details.email,
                phone: details.phone,
                plan: Some(plan),
                at,
                ..ClientDraft::default()
            };
            unit.handle::<Client>(client_id, ClientCommand::Create(Box::new(draft))).await
        })
    });
    let done = done.await?;
    let lead = done.one::<Lead>("lead")?;
    let client = done.one::<Client>("client").map_err(customers::refusal)?;
    let body = Success::new(ConvertedLead {
        customer: CustomerView::new(client.id, &client.state),
        customer_id: client.state.number.get(),
        lead_id: lead.state.number.get(),
    });
    Ok(Reply::created(&body)?.version(client.version).replayed(client.replayed))
}

async fn printed(app: App, tenant: TenantId, rows: Vec<View<Lead>>) -> Result<Vec<LeadView>, ApiError> {
    let clients = rows.iter().filter_map(|view| view.state.client_id);
    let numbers = customer_numbers(&app, &tenant, clients).await?;
    let number = |lead: &Lead| lead.client_id.and_then(|id| numbers.get(&id).copied());
    Ok(rows.iter().map(|view| LeadView::new(view.id, &view.state, number(&view.state))).collect())
}
