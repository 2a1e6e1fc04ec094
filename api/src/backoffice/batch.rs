//! `/api/v2/batch/customers`: many customers at once, all or none, in one append to the log.

use super::customer_body::{self, NewCustomer};
use super::customer_view::CustomerView;
use super::customers::{field_name, refusal};
use super::envelope::{OnCreate, Success};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::fields::Fields;
use crate::http::{ApiError, Reply};
use axum::extract::State;
use sunledger_commands::{CommandError, Context, Outcome};
use sunledger_domain::client::{Client, ClientCommand, ClientDraft};
use sunledger_domain::{DomainError, FieldErrors};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Customers of one batch.
const MOST: usize = 1_000;
const CUSTOMERS: &str = "customers";

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(create))
}

/// Many new customers.
#[derive(ToSchema)]
#[schema(as = backoffice::CustomerBatch)]
#[expect(dead_code, reason = "describes the body; `create` reads it")]
struct CustomerBatch {
    /// Each as it would be created by itself.
    #[schema(min_items = 1, max_items = 1000)]
    customers: Vec<NewCustomer>,
}

/// Create many customers
///
/// All of them, in the order of the body, or none: where one is wrong, each wrong field is named by its row, as
/// `customers[1].email` (rows count from 0).
#[utoipa::path(
    post, path = "/api/v2/batch/customers", tag = "backoffice",
    request_body = CustomerBatch,
    responses((status = 201, description = "The customers", body = Success<Vec<CustomerView>>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Backoffice>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let drafts =
        fields.objects(CUSTOMERS, MOST, |fields| customer_body::draft(fields, &call.profile, &call.context));
    fields.finish()?;
    let made = make(&app, &call.context, drafts).await.map_err(refusal)?;
    let replayed = made.iter().any(|customer| customer.replayed);
    let data: Vec<_> = made.iter().map(|customer| CustomerView::new(customer.id, &customer.state)).collect();
    Ok(Reply::created(&Success::new(data))?.replayed(replayed))
}

/// Makes some customers, all or none.
///
/// # Errors
/// The domain's refusal, its fields named by their row.
pub(super) async fn make(
    app: &App,
    context: &Context,
    drafts: Vec<ClientDraft>,
) -> Result<Vec<Outcome<Client>>, CommandError> {
    let rows: Vec<_> = drafts.into_iter().map(|draft| (app.commands.new_id(), draft)).collect();
    let done = app.commands.unit(context, |unit| {
        let rows = rows.clone();
        Box::pin(async move {
            for (row, (id, draft)) in rows.into_iter().enumerate() {
                let made = unit.handle::<Client>(id, ClientCommand::Create(Box::new(draft))).await;
                made.map_err(|error| of_row(row, error))?;
            }
            Ok(())
        })
    });
    done.await?.all::<Client>("client")
}

fn of_row(row: usize, error: CommandError) -> CommandError {
    match error {
        CommandError::Domain(DomainError::Invalid(wrong)) => {
            let mut named = FieldErrors::new();
            for (field, message) in wrong.iter() {
                named.add(format!("{CUSTOMERS}[{row}].{}", field_name(field)), message);
            }
            DomainError::Invalid(named).into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_row_is_named_by_it() {
        let error = of_row(7, DomainError::invalid("address.street", "is wrong").into());
        assert_eq!(refusal(error).message, "customers[7].address: is wrong");
        let full = of_row(7, DomainError::PlanLimit("no more".to_owned()).into());
        assert_eq!(refusal(full).status, 403);
    }
}
