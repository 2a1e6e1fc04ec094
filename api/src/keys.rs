//! `/keys`: API keys with scopes. A key is shown once, when it is made; afterwards there are its beginning and its end.

use crate::app::App;
use crate::auth::area::Admin;
use crate::auth::{Call, Issued, NewKey};
use crate::fields::{Fields, line, words};
use crate::http::{ApiError, PageRequest, Reply, ids};
use crate::list::{ListBody, ListParams};
use crate::wire::{Data, Instant, OnCreate, OnDelete, OnList};
use axum::Extension;
use axum::extract::{Path, State};
use serde::Serialize;
use sunledger_domain::api_key::{ApiKey, ApiKeyCommand, Scope, each_once};
use sunledger_projections::ListQuery;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Longest name, in characters.
const MAX_NAME: usize = 100;
/// More scopes than there are.
const MAX_SCOPES: usize = 100;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(delete))
        .layer(Extension(Issued::default()))
}

/// An API key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKey)]
struct KeyView {
    /// Its id.
    id: Uuid,
    /// Its sequential number.
    #[schema(example = 2)]
    number: i64,
    /// What it is for.
    #[schema(example = "Web shop")]
    name: String,
    /// How the key starts.
    #[schema(example = "slk_8fK2")]
    prefix: String,
    /// How it ends.
    #[schema(example = "x7Qd")]
    last4: String,
    /// What it opens.
    #[schema(example = json!(["invoicing:read", "invoicing:write"]))]
    scopes: Vec<String>,
    /// When it was made.
    created_at: Instant,
    /// The key itself, in the answer that made it and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl KeyView {
    fn new(id: Uuid, key: &ApiKey) -> Self {
        Self {
            id,
            number: key.number.get(),
            name: key.name.clone(),
            prefix: key.prefix.clone(),
            last4: key.last4.clone(),
            scopes: key.scopes.iter().map(Scope::to_string).collect(),
            created_at: Instant(key.created_at),
            key: None,
        }
    }
}

/// A new API key.
#[derive(ToSchema)]
#[schema(as = NewApiKey)]
#[expect(dead_code, reason = "describes the body; `create` reads it")]
struct KeyBody {
    /// What it is for.
    #[schema(max_length = 100, example = "Web shop")]
    name: String,
    /// What it opens: an area (`crm`, `energy`, `backoffice`, `invoicing`, `commissions`, `audit`, `webhooks`, `admin`) and
    /// `:read` or `:write`, which includes reading. Only what the calling key opens itself.
    #[schema(min_items = 1, example = json!(["invoicing:read", "invoicing:write"]))]
    scopes: Vec<String>,
}

/// List API keys
///
/// Newest first. Deleted ones are not in it.
#[utoipa::path(
    get, path = "/keys", tag = "keys",
    params(ListParams),
    responses((status = 200, description = "A page of keys", body = ListBody<KeyView>), OnList)
)]
async fn list(State(app): State<App>, call: Call<Admin>) -> Result<Reply, ApiError> {
    let request = PageRequest::read(&call.query)?;
    let (search, paging, limit) = (request.search.clone(), request.paging(), request.limit);
    let query = ListQuery { filters: Vec::new(), search, paging, limit };
    let page = app.reads.list::<ApiKey>(&call.tenant, &query).await?;
    let data = page.rows.iter().map(|view| KeyView::new(view.id, &view.state)).collect();
    ListBody::reply(&request, &page, data)
}

/// Make an API key
///
/// The answer shows it, once. It can open no more than the key that makes it.
#[utoipa::path(
    post, path = "/keys", tag = "keys",
    request_body = KeyBody,
    responses((status = 201, description = "The key", body = Data<KeyView>), OnCreate)
)]
async fn create(
    State(app): State<App>,
    Extension(issued): Extension<Issued>,
    call: Call<Admin>,
) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let name = fields.required("name", line(MAX_NAME));
    let scopes = fields.required("scopes", |value| {
        let scopes: Result<Vec<_>, _> =
            words(MAX_SCOPES)(value)?.iter().map(|scope| Scope::parse(scope)).collect();
        Ok(each_once(scopes?)?)
    });
    fields.finish()?;
    if let Some(scope) = exceeding(&call.caller.scopes, &scopes) {
        return Err(ApiError::forbidden(format!(
            "This API key can not give the scope {scope}: it does not have it"
        )));
    }
    let new = NewKey::generate(call.profile.sandbox)
        .map_err(|error| ApiError::internal(format!("random numbers: {error}")))?;
    let command = ApiKeyCommand::Create {
        name,
        prefix: new.prefix,
        last4: new.last4,
        hash: new.hash,
        scopes,
        at: call.context.now,
    };
    let made = app.commands.execute::<ApiKey>(&call.context, app.commands.new_id(), command).await?;
    let key = if made.replayed {
        let again = issued.again((made.id, made.version)).map(|key| key.as_ref().to_owned());
        again.ok_or_else(|| {
            ApiError::conflict(format!(
                "This request was carried out before and made key {}, which can not be shown again; delete it and make another one",
                made.state.number.get()
            ))
        })?
    } else {
        if call.context.idempotency.is_some() {
            issued.keep((made.id, made.version), &new.secret);
        }
        new.secret
    };
    let data = KeyView { key: Some(key), ..KeyView::new(made.id, &made.state) };
    Ok(Reply::created(&Data { data })?.version(made.version).replayed(made.replayed))
}

/// Delete an API key
///
/// It stops working at once, on every surface.
#[utoipa::path(
    delete, path = "/keys/{id}", tag = "keys",
    params(("id" = String, Path, description = "UUID or number")),
    responses((status = 204, description = "It opens nothing any more"), OnDelete)
)]
async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<Admin>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<ApiKey>(&app, &call.tenant, &id).await?;
    let command = ApiKeyCommand::Delete { at: call.context.now };
    let deleted = app.commands.execute::<ApiKey>(&call.context, id, command).await?;
    app.keys.forget_key(&deleted.state.hash);
    Ok(Reply::no_content())
}

/// The first of the wanted scopes that those held do not cover.
fn exceeding(held: &[Scope], wanted: &[Scope]) -> Option<Scope> {
    wanted.iter().copied().find(|scope| !held.iter().any(|mine| mine.allows(*scope)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(names: &[&str]) -> Vec<Scope> {
        names.iter().map(|name| Scope::parse(name).unwrap()).collect()
    }

    #[test]
    fn a_key_gives_no_more_than_it_has() {
        let held = scopes(&["invoicing:write", "audit:read", "admin:write"]);
        assert_eq!(
            exceeding(&held, &scopes(&["invoicing:read", "invoicing:write", "audit:read", "admin:read"])),
            None
        );
        assert_eq!(
            exceeding(&held, &scopes(&["invoicing:read", "audit:write"])),
            Some(scopes(&["audit:write"])[0])
        );
        assert_eq!(exceeding(&held, &scopes(&["crm:read"])), Some(scopes(&["crm:read"])[0]));
    }

    #[test]
    fn a_key_prints_without_its_hash() {
        let key = ApiKey {
            number: sunledger_domain::Number(2),
            name: "Web shop".to_owned(),
            prefix: "slk_8fK2".to_owned(),
            last4: "x7Qd".to_owned(),
            hash: "ab".repeat(32),
            scopes: scopes(&["invoicing:read", "invoicing:write"]),
            created_at: "2024-01-15T10:00:00Z".parse().unwrap(),
            deleted: false,
        };
        insta::assert_json_snapshot!(KeyView::new(Uuid::from_u128(7), &key));
        let shown =
            KeyView { key: Some("slk_8fK2...x7Qd".to_owned()), ..KeyView::new(Uuid::from_u128(7), &key) };
        insta::assert_json_snapshot!(shown);
    }
}
