//! `/energy/clients`.

use super::client_body;
use super::client_view::ClientView;
use super::envelope::{OnChange, OnCreate, OnList, OnRead, PageBody, PageParams};
use super::narrowed::{ClientChange, NewClient};
use super::refusal;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Energy;
use crate::client_actions;
use crate::fields::Fields;
use crate::http::{ApiError, PageRequest, QueryParams, Reply, both, ids};
use axum::extract::{Path, State};
use sunledger_domain::client::{Client, ClientCommand, ClientStatus};
use sunledger_domain::value::TaxId;
use sunledger_projections::{Filter, ListQuery};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get, update))
}

/// Which clients.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the query; `by_name_and_tax_id` reads it")]
struct ClientParams {
    /// A part of the name, without regard to case and accents.
    #[param(example = "Sunne")]
    name: Option<String>,
    /// CPF or CNPJ, with or without its mask.
    #[param(example = "00.000.000/0001-00")]
    cpf_cnpj: Option<String>,
}

/// List clients
///
/// Newest first. Deactivated ones are left out.
#[utoipa::path(
    get, path = "/energy/clients", tag = "energy",
    params(PageParams, ClientParams),
    responses((status = 200, description = "A page of clients", body = PageBody<ClientView>), OnList)
)]
async fn list(State(app): State<App>, call: Call<Energy>) -> Result<Reply, ApiError> {
    let (request, (mut filters, search)) =
        both(PageRequest::read(&call.query), by_name_and_tax_id(&call.query))?;
    filters.push(client_actions::in_business());
    let query = ListQuery { filters, search, paging: request.paging(), limit: request.limit };
    let page = app.reads.list::<Client>(&call.tenant, &query).await?;
    let zone = &call.profile.time_zone;
    let data = page.rows.iter().map(|view| ClientView::new(view.id, &view.state, zone)).collect();
    PageBody::reply(&request, &page, data)
}

/// Add a client
///
/// Counts towards the plan's clients of the month.
#[utoipa::path(
    post, path = "/energy/clients", tag = "energy",
    request_body = NewClient,
    responses((status = 200, description = "The client", body = ClientView), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<Energy>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let draft = client_body::draft(&mut fields, &call.profile, &call.context);
    fields.finish()?;
    let command = ClientCommand::Create(Box::new(draft));
    let id = app.commands.new_id();
    let made = app.commands.execute::<Client>(&call.context, id, command).await.map_err(refusal)?;
    let body = ClientView::new(made.id, &made.state, &call.profile.time_zone);
    Ok(Reply::ok(&body)?.version(made.version).replayed(made.replayed))
}

/// Get a client
#[utoipa::path(
    get, path = "/energy/clients/{code}", tag = "energy",
    params(("code" = String, Path, description = "Code or number")),
    responses((status = 200, description = "The client", body = ClientView), OnRead)
)]
async fn get(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Client>(&app, &call.tenant, &code).await?;
    let found = app.reads.get::<Client>(&call.tenant, id).await?;
    let found = found.filter(|view| view.state.status != ClientStatus::Inactive);
    let view = found.ok_or_else(|| ApiError::not_found("client"))?;
    let body = ClientView::new(view.id, &view.state, &call.profile.time_zone);
    Ok(Reply::ok(&body)?.version(view.version))
}

/// Update a client
///
/// `PUT` and `PATCH` alike change what the body names and leave the rest.
#[utoipa::path(
    method(put, patch), path = "/energy/clients/{code}", tag = "energy",
    params(("code" = String, Path, description = "Code or number")),
    request_body = ClientChange,
    responses((status = 200, description = "The client", body = ClientView), OnChange)
)]
async fn update(
    State(app): State<App>,
    Path(code): Path<String>,
    call: Call<Energy>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<Client>(&app, &call.tenant, &code).await?;
    let mut fields = Fields::new(call.json()?);
    let patch = client_body::patch(&mut fields, &call.profile, &call.context);
    fields.finish()?;
    let done = app.commands.unit(&call.context, |unit| {
        let patch = patch.clone();
        Box::pin(async move {
            client_actions::active(unit, id).await?;
            unit.handle::<Client>(id, ClientCommand::Update(Box::new(patch))).await
        })
    });
    let changed = done.await.and_then(|done| done.one::<Client>("client")).map_err(refusal)?;
    let body = ClientView::new(id, &changed.state, &call.profile.time_zone);
    Ok(Reply::ok(&body)?.version(changed.version))
}

/// The filters `name` and `cpfCnpj`, which clients and consumer units have alike, and the search text that lets an index
/// answer them.
pub(super) fn by_name_and_tax_id(query: &QueryParams) -> Result<(Vec<Filter>, Option<String>), ApiError> {
    let (mut filters, mut words) = (Vec::new(), Vec::new());
    if let Some(name) = query.get("name").map(str::trim).filter(|name| !name.is_empty()) {
        filters.push(Filter::Contains("name", name.to_owned()));
        words.push(name.to_owned());
    }
    if let Some(text) = query.get("cpfCnpj") {
        // Its digits need not be right: one that is not finds nothing.
        let tax_id =
            TaxId::parse_brazilian(text, false).map_err(|message| ApiError::invalid("cpfCnpj", message))?;
        filters.push(Filter::OneOf("tax_id", vec![tax_id.as_str().to_owned()]));
        words.push(tax_id.as_str().to_owned());
    }
    // A line each: what ends one with digits and what begins another with them are not one number.
    Ok((filters, Some(words.join("\n")).filter(|words| !words.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<(Vec<Filter>, Option<String>), ApiError> {
        by_name_and_tax_id(&QueryParams::parse(Some(query)).unwrap())
    }

    #[test]
    fn a_filter_is_also_searched_for_so_that_an_index_answers_it() {
        let (filters, search) = read("name=Sun%20ne&cpfCnpj=11.222.333/0001-81").unwrap();
        assert!(matches!(&filters[0], Filter::Contains("name", name) if name == "Sun ne"));
        assert!(matches!(&filters[1], Filter::OneOf("tax_id", ids) if ids == &["11222333000181"]));
        assert_eq!(search.as_deref(), Some("Sun ne\n11222333000181"));
        let (filters, search) = read("name=%20&cpfCnpj=").unwrap();
        assert!(filters.is_empty() && search.is_none());
        assert_eq!(read("cpfCnpj=abc").unwrap_err().status, 400);
    }
}
