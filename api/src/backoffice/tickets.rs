//! `/api/v2/tickets`: list, open, read, change, delete; reply, close.

use super::envelope::{
    Gone, OnAction, OnChange, OnCreate, OnDelete, OnList, OnRead, Success, SuccessPage, gone,
};
use super::invoice_body::CUSTOMER_ID;
use super::lists::{self, Filters, each};
use super::references::{self, References, id as id_field, stands};
use super::ticket_view::{PRIORITIES, ReplyView, STATUSES, TicketView};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::client_actions;
use crate::fields::{Fields, line, lines, one_of};
use crate::http::{ApiError, Reply, both, ids};
use crate::list::ListParams;
use axum::extract::{Path, State};
use axum::response::Response;
use sunledger_commands::Outcome;
use sunledger_domain::record::DEPARTMENT;
use sunledger_domain::ticket::{
    MAX_MESSAGE, MAX_SUBJECT, Ticket, TicketCommand, TicketDraft, TicketPatch, TicketReply,
};
use sunledger_domain::value::Change;
use sunledger_projections::{Filter, View};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const DEPARTMENT_ID: &str = "department_id";

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(reply))
        .routes(routes!(close))
}

/// A new ticket.
#[derive(ToSchema)]
#[schema(as = backoffice::NewTicket)]
#[expect(dead_code, reason = "describes the body; `create` reads it")]
struct NewTicket {
    /// Who asks: the customer's number or UUID.
    #[schema(example = 1, minimum = 1)]
    customer_id: i64,
    /// What it is about.
    #[schema(max_length = 200, example = "Technical Support Required")]
    subject: String,
    /// What is asked.
    #[schema(max_length = 10000, example = "Need assistance with installation")]
    message: String,
    /// Who is to answer: the department's number or UUID.
    #[schema(example = 1, minimum = 1)]
    department_id: Option<i64>,
    /// `Low`, `Medium`, `High` or `Urgent`.
    #[schema(default = "Medium", example = "High", pattern = "^(Low|Medium|High|Urgent)$")]
    priority: Option<String>,
}

/// What changes in a ticket: what is absent stays, `null` empties. A closed one is opened again before anything else changes.
#[derive(ToSchema)]
#[schema(as = backoffice::TicketChange)]
#[expect(dead_code, reason = "describes the body; `update` reads it")]
struct TicketChange {
    /// Another customer.
    #[schema(example = 1, nullable = false, minimum = 1)]
    customer_id: Option<i64>,
    /// Another subject.
    #[schema(max_length = 200, nullable = false)]
    subject: Option<String>,
    /// Another message.
    #[schema(max_length = 10000, nullable = false)]
    message: Option<String>,
    /// Another department, or none.
    #[schema(example = 1, minimum = 1)]
    department_id: Option<i64>,
    /// `Low`, `Medium`, `High` or `Urgent`.
    #[schema(example = "Urgent", nullable = false, pattern = "^(Low|Medium|High|Urgent)$")]
    priority: Option<String>,
    /// `Open`, `Pending` or `Closed`.
    #[schema(example = "Pending", nullable = false, pattern = "^(Open|Closed|Pending)$")]
    status: Option<String>,
}

/// An answer.
#[derive(ToSchema)]
#[schema(as = backoffice::NewReply)]
#[expect(dead_code, reason = "describes the body; `reply` reads it")]
struct NewReply {
    /// What is answered.
    #[schema(max_length = 10000, example = "We are on our way")]
    message: String,
    /// By whom; the name of the key or user that asks where there is none.
    #[schema(max_length = 200, example = "Maria")]
    author: Option<String>,
}

/// Which tickets.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query; `filters` reads it")]
struct TicketParams {
    /// `Open`, `Closed` or `Pending`.
    #[param(example = "Open", pattern = "^(Open|Closed|Pending)$")]
    status: Option<String>,
    /// Only this department's: number or UUID.
    #[param(
        example = 1,
        pattern = "^(0*[1-9][0-9]{0,17}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$"
    )]
    department_id: Option<String>,
}

/// List tickets
///
/// Newest first. `Accept: text/csv` gets them all as a file.
#[utoipa::path(
    get, path = "/api/v2/tickets", tag = "backoffice",
    params(ListParams, TicketParams),
    responses(
        (
            status = 200, description = "A page of tickets",
            content((SuccessPage<TicketView> = "application/json"), (String = "text/csv"))
        ),
        OnList
    )
)]
async fn list(State(app): State<App>, call: Call<Backoffice>) -> Result<Response, ApiError> {
    let filters = filters(&app, &call).await;
    let print = each(|view: &View<Ticket>| TicketView::new(view.id, &view.state));
    lists::answer(&app, &call, "tickets", filters, print).await
}

/// Create a ticket
///
/// It is open.
#[utoipa::path(
    post, path = "/api/v2/tickets", tag = "backoffice",
    request_body = NewTicket,
    responses((status = 201, description = "The ticket", body = Success<TicketView>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Backoffice>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let customer = fields.required(CUSTOMER_ID, id_field);
    let department = fields.optional(DEPARTMENT_ID, ids::any_id);
    let references = References { app: &app, call: &call };
    let client = references.customer(&mut fields, CUSTOMER_ID, customer).await?;
    let department = references.record(&mut fields, DEPARTMENT_ID, &DEPARTMENT, department).await?;
    let draft = TicketDraft {
        client: client.unwrap_or_default(),
        department,
        subject: fields.required("subject", line(MAX_SUBJECT)),
        message: fields.required("message", lines(MAX_MESSAGE)),
        priority: fields.optional("priority", one_of(&PRIORITIES)).unwrap_or_default(),
        at: call.context.now,
    };
    fields.finish()?;
    let id = app.commands.new_id();
    let done = app.commands.unit(&call.context, |unit| {
        let draft = draft.clone();
        Box::pin(async move {
            let (client, department) = (draft.client, draft.department);
            unit.handle::<Ticket>(id, TicketCommand::Create(Box::new(draft))).await?;
            client_actions::billable(unit, CUSTOMER_ID, client.id).await?;
            match department {
                Some(department) => stands(unit, DEPARTMENT_ID, &DEPARTMENT, department).await,
                None => Ok(()),
            }
        })
    });
    let made = done.await?.one::<Ticket>("ticket")?;
    Ok(Reply::created(&body(&made))?.version(made.version).replayed(made.replayed))
}

/// Get a ticket
///
/// With its replies.
#[utoipa::path(
    get, path = "/api/v2/tickets/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "The ticket", body = Success<TicketView>), OnRead)
)]
async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Ticket>(&app, &call.tenant, &id).await?;
    let found = app.reads.get::<Ticket>(&call.tenant, id).await?;
    let view = found.ok_or_else(|| ApiError::not_found("ticket"))?;
    Ok(Reply::ok(&Success::new(TicketView::new(id, &view.state)))?.version(view.version))
}

/// Update a ticket
///
/// `PUT` and `PATCH` alike change what the body names and leave the rest.
#[utoipa::path(
    method(put, patch), path = "/api/v2/tickets/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    request_body = TicketChange,
    responses((status = 200, description = "The ticket", body = Success<TicketView>), OnChange)
)]
async fn update(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Ticket>(&app, &call.tenant, &id).await?;
    let mut fields = Fields::new(call.json()?);
    let customer = fields.replacement(CUSTOMER_ID, ids::any_id);
    let department = fields.change(DEPARTMENT_ID, ids::any_id);
    let references = References { app: &app, call: &call };
    let client = references.customer(&mut fields, CUSTOMER_ID, customer).await?;
    let named = department.value().copied();
    let named = references.record(&mut fields, DEPARTMENT_ID, &DEPARTMENT, named).await?;
    let patch = TicketPatch {
        client,
        department: match department {
            Change::Clear => Change::Clear,
            Change::Keep | Change::Set(_) => named.map_or(Change::Keep, Change::Set),
        },
        subject: fields.replacement("subject", line(MAX_SUBJECT)),
        message: fields.replacement("message", lines(MAX_MESSAGE)),
        priority: fields.replacement("priority", one_of(&PRIORITIES)),
        status: fields.replacement("status", one_of(&STATUSES)),
        at: call.context.now,
    };
    fields.finish()?;
    let done = app.commands.unit(&call.context, |unit| {
        let patch = patch.clone();
        Box::pin(async move {
            let client = patch.client;
            unit.handle::<Ticket>(id, TicketCommand::Update(Box::new(patch))).await?;
            if let Some(client) = client {
                client_actions::billable(unit, CUSTOMER_ID, client.id).await?;
            }
            match named {
                Some(department) => stands(unit, DEPARTMENT_ID, &DEPARTMENT, department).await,
                None => Ok(()),
            }
        })
    });
    let changed = done.await?.one::<Ticket>("ticket")?;
    Ok(Reply::ok(&body(&changed))?.version(changed.version))
}

/// Delete a ticket
///
/// Its history stays in the audit.
#[utoipa::path(
    delete, path = "/api/v2/tickets/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "It is gone", body = Gone), OnDelete)
)]
async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Ticket>(&app, &call.tenant, &id).await?;
    let command = TicketCommand::Delete { at: call.context.now };
    app.commands.execute::<Ticket>(&call.context, id, command).await?;
    gone()
}

/// Reply to a ticket
///
/// Unless it is closed. The reply is shown with the ticket from then on; the ticket's status stays.
#[utoipa::path(
    post, path = "/api/v2/tickets/{id}/replies", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    request_body = NewReply,
    responses((status = 201, description = "The reply", body = Success<ReplyView>), OnAction)
)]
async fn reply(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Ticket>(&app, &call.tenant, &id).await?;
    let mut fields = Fields::new(call.json()?);
    let command = TicketCommand::Reply {
        reply_id: app.commands.new_id(),
        message: fields.required("message", lines(MAX_MESSAGE)),
        author: fields
            .optional("author", line(MAX_SUBJECT))
            .unwrap_or_else(|| call.caller.name.as_ref().to_owned()),
        at: call.context.now,
    };
    fields.finish()?;
    let done = app.commands.execute::<Ticket>(&call.context, id, command).await?;
    let body = Success::new(ReplyView::new(last_reply(&done)?, Some(done.state.number.get())));
    Ok(Reply::created(&body)?.version(done.version).replayed(done.replayed))
}

/// Close a ticket
#[utoipa::path(
    post, path = "/api/v2/tickets/{id}/close", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "The closed ticket", body = Success<TicketView>), OnAction)
)]
async fn close(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Ticket>(&app, &call.tenant, &id).await?;
    let command = TicketCommand::Close { at: call.context.now };
    let done = app.commands.execute::<Ticket>(&call.context, id, command).await?;
    Ok(Reply::ok(&body(&done))?.version(done.version).replayed(done.replayed))
}

/// The reply that was just made: the last one, also where the answer is given again.
fn last_reply(done: &Outcome<Ticket>) -> Result<&TicketReply, ApiError> {
    done.state.replies.last().ok_or_else(|| ApiError::internal("a reply left no trace"))
}

fn body(done: &Outcome<Ticket>) -> Success<TicketView> {
    Success::new(TicketView::new(done.id, &done.state))
}

async fn filters(app: &App, call: &Call<Backoffice>) -> Filters {
    let department = match call.query.get(DEPARTMENT_ID) {
        None => Ok(None),
        Some(text) => references::filter(app, call, DEPARTMENT_ID, &DEPARTMENT, text).await.map(Some),
    };
    let (mut filters, department) = both(by_status(call.query.get("status")), department)?;
    Ok(match department {
        None => Some(filters),
        // The number of no department.
        Some(None) => None,
        Some(Some(id)) => {
            filters.push(Filter::OneOf("department_id", vec![id.to_string()]));
            Some(filters)
        }
    })
}

fn by_status(name: Option<&str>) -> Result<Vec<Filter>, ApiError> {
    let Some(name) = name else { return Ok(Vec::new()) };
    let known = STATUSES.iter().find(|(known, _)| *known == name);
    let (_, status) =
        known.ok_or_else(|| ApiError::invalid("status", "must be one of Open, Closed, Pending"))?;
    Ok(vec![Filter::OneOf("status", vec![status.as_str().to_owned()])])
}
