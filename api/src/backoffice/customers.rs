//! `/api/v2/customers`.

use super::customer_body::{self, CustomerChange, NewCustomer};
use super::customer_view::CustomerView;
use super::envelope::{Gone, OnChange, OnCreate, OnDelete, OnList, OnRead, Success, SuccessPage, gone};
use super::lists::{self, each};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::client_actions;
use crate::fields::Fields;
use crate::http::{ApiError, Reply, ids};
use crate::list::ListParams;
use axum::extract::{Path, State};
use axum::response::Response;
use sunledger_domain::client::{Client, ClientCommand, ClientStatus};
use sunledger_projections::View;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get, update, delete))
}

/// List customers
///
/// Newest first. Deleted ones are left out. `Accept: text/csv` gets them all as a file.
#[utoipa::path(
    get, path = "/api/v2/customers", tag = "backoffice",
    params(ListParams),
    responses(
        (
            status = 200, description = "A page of customers",
            content((SuccessPage<CustomerView> = "application/json"), (String = "text/csv"))
        ),
        OnList
    )
)]
async fn list(State(app): State<App>, call: Call<Backoffice>) -> Result<Response, ApiError> {
    let filters = Ok(Some(vec![client_actions::in_business()]));
    let print = each(|view: &View<Client>| CustomerView::new(view.id, &view.state));
    lists::answer(&app, &call, "customers", filters, print).await
}

/// Create a customer
///
/// Counts towards the plan's clients of the month.
#[utoipa::path(
    post, path = "/api/v2/customers", tag = "backoffice",
    request_body = NewCustomer,
    responses((status = 201, description = "The customer", body = Success<CustomerView>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Backoffice>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let draft = customer_body::draft(&mut fields, &call.profile, &call.context);
    fields.finish()?;
    let command = ClientCommand::Create(Box::new(draft));
    let id = app.commands.new_id();
    let made = app.commands.execute::<Client>(&call.context, id, command).await.map_err(refusal)?;
    let body = Success::new(CustomerView::new(made.id, &made.state));
    Ok(Reply::created(&body)?.version(made.version).replayed(made.replayed))
}

/// Get a customer
#[utoipa::path(
    get, path = "/api/v2/customers/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "The customer", body = Success<CustomerView>), OnRead)
)]
async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = customer(&app, &call, &id).await?;
    let found = app.reads.get::<Client>(&call.tenant, id).await?;
    let found = found.filter(|view| view.state.status != ClientStatus::Inactive);
    let view = found.ok_or_else(nobody)?;
    let body = Success::new(CustomerView::new(view.id, &view.state));
    Ok(Reply::ok(&body)?.version(view.version))
}

/// Update a customer
///
/// `PUT` and `PATCH` alike change what the body names and leave the rest.
#[utoipa::path(
    method(put, patch), path = "/api/v2/customers/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    request_body = CustomerChange,
    responses((status = 200, description = "The customer", body = Success<CustomerView>), OnChange)
)]
async fn update(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = customer(&app, &call, &id).await?;
    let mut fields = Fields::new(call.json()?);
    let change = customer_body::change(&mut fields, &call.context);
    fields.finish()?;
    let done = app.commands.unit(&call.context, |unit| {
        let change = change.clone();
        Box::pin(async move {
            let client = client_actions::active(unit, id).await?;
            let patch = change.patch(&client);
            unit.handle::<Client>(id, ClientCommand::Update(Box::new(patch))).await
        })
    });
    let changed = done.await.and_then(|done| done.one::<Client>("client")).map_err(refusal)?;
    let body = Success::new(CustomerView::new(changed.id, &changed.state));
    Ok(Reply::ok(&body)?.version(changed.version))
}

/// Delete a customer
///
/// It is deactivated: gone from this surface, inactive on the others. One with unpaid invoices can not be deleted.
#[utoipa::path(
    delete, path = "/api/v2/customers/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "It is gone", body = Gone), OnDelete)
)]
async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Backoffice>,
) -> Result<Reply, ApiError> {
    let id = customer(&app, &call, &id).await?;
    client_actions::deactivate(&app, &call, id).await.map_err(refusal)?;
    gone()
}

async fn customer(app: &App, call: &Call<Backoffice>, id: &str) -> Result<uuid::Uuid, ApiError> {
    ids::resolve::<Client>(app, &call.tenant, id).await.map_err(as_customer)
}

fn nobody() -> ApiError {
    ApiError::not_found("customer")
}

/// A refusal in the words of this surface: a client is a customer here, and its name that of its account.
pub(super) fn refusal(error: impl Into<ApiError>) -> ApiError {
    as_customer(error.into()).rename_fields(field_name)
}

/// What this surface calls a field of a client.
pub(super) fn field_name(field: &str) -> String {
    match field {
        "name" => "account",
        "address.street" | "address.text" => "address",
        other => other.strip_prefix("address.").unwrap_or(other),
    }
    .to_owned()
}

fn as_customer(error: ApiError) -> ApiError {
    if error.status == http::StatusCode::NOT_FOUND { nobody() } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sunledger_domain::DomainError;

    #[test]
    fn refusals_speak_of_customers_and_name_the_fields_of_this_surface() {
        let named = |field: &str| refusal(DomainError::invalid(field, "is wrong")).message.into_owned();
        assert_eq!(named("name"), "account: is wrong");
        assert_eq!(named("address.street"), "address: is wrong");
        assert_eq!(named("address.zip"), "zip: is wrong");
        assert_eq!(named("email"), "email: is wrong");
        assert_eq!(refusal(DomainError::NotFound { what: "client" }).message, "Customer not found");
    }
}
