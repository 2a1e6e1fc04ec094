//! `/api/v2/users`: the people who may sign in, the same who sign in on the commissions surface. Their passwords are hashed
//! before anything is written, and shown nowhere.

use super::envelope::{Gone, OnChange, OnCreate, OnDelete, OnList, OnRead, Success, SuccessPage, gone};
use super::lists::{self, each};
use super::read::email;
use super::time;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::BackofficeCompany;
use crate::csv::CsvRow;
use crate::fields::{Fields, line, parsed};
use crate::http::{ApiError, Reply, ids};
use crate::list::ListParams;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use sunledger_commands::ActorKind;
use sunledger_domain::user::{MAX_NAME, PasswordHash, Role, User, UserCommand, UserPatch, check_password};
use sunledger_projections::View;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// What stands for a user in a path.
const PATH: &str = "/api/v2/users";

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get, update, delete))
}

/// Somebody who may sign in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::User)]
struct UserView {
    /// The number.
    #[schema(example = 1)]
    id: i64,
    /// The id that events and the commissions surface have.
    uuid: Uuid,
    /// What the user is called.
    #[schema(example = "Admin User")]
    name: String,
    /// What the user signs in with.
    #[schema(example = "admin@example.com")]
    email: String,
    /// What the user may do.
    #[schema(example = "administrator")]
    role: &'static str,
    /// When the user was made.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    created_at: String,
    /// When the user last changed, or signed in or out.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    updated_at: String,
}

impl UserView {
    fn new(id: Uuid, user: &User) -> Self {
        Self {
            id: user.number.get(),
            uuid: id,
            name: user.name.clone(),
            email: user.email.clone(),
            role: user.role.as_str(),
            created_at: time(user.created_at),
            updated_at: time(user.updated_at),
        }
    }
}

impl CsvRow for UserView {
    const COLUMNS: &'static [&'static str] =
        &["id", "uuid", "name", "email", "role", "created_at", "updated_at"];
}

/// A new user.
#[derive(ToSchema)]
#[schema(as = backoffice::NewUser)]
#[expect(dead_code, reason = "describes the body; `create` reads it")]
struct NewUser {
    /// What the user is called.
    #[schema(max_length = 254, example = "Admin User")]
    name: String,
    /// What the user signs in with; nobody else's.
    #[schema(format = Email, example = "admin@example.com")]
    email: String,
    /// 8 to 256 characters. It is kept as a hash alone.
    #[schema(min_length = 8, max_length = 256, example = "securepassword", write_only)]
    password: String,
    /// `administrator`, `accountant`, `support` or `viewer`.
    #[schema(example = "administrator", pattern = "^(administrator|accountant|support|viewer)$")]
    role: String,
}

/// What changes of a user: what is absent stays.
#[derive(ToSchema)]
#[schema(as = backoffice::UserChange)]
#[expect(dead_code, reason = "describes the body; `update` reads it")]
struct UserChange {
    /// Another name.
    #[schema(max_length = 254, example = "Admin User", nullable = false)]
    name: Option<String>,
    /// Another address; nobody else's.
    #[schema(format = Email, example = "admin@example.com", nullable = false)]
    email: Option<String>,
    /// Another password; whoever signed in with the old one has to sign in again.
    #[schema(min_length = 8, max_length = 256, write_only, nullable = false)]
    password: Option<String>,
    /// Another role. It counts at once.
    #[schema(example = "viewer", nullable = false, pattern = "^(administrator|accountant|support|viewer)$")]
    role: Option<String>,
}

/// List users
///
/// Newest first. `search` looks into names and addresses. `Accept: text/csv` gets them all as a file.
#[utoipa::path(
    get, path = "/api/v2/users", tag = "backoffice",
    params(ListParams),
    responses(
        (
            status = 200, description = "A page of users",
            content((SuccessPage<UserView> = "application/json"), (String = "text/csv"))
        ),
        OnList
    )
)]
async fn list(State(app): State<App>, call: Call<BackofficeCompany>) -> Result<Response, ApiError> {
    let print = each(|view: &View<User>| UserView::new(view.id, &view.state));
    lists::answer(&app, &call, "users", Ok(Some(Vec::new())), print).await
}

/// Create a user
///
/// Who can sign in with the address and the password from now on. What each role may do is told in the API guide.
#[utoipa::path(
    post, path = "/api/v2/users", tag = "backoffice",
    request_body = NewUser,
    responses((status = 201, description = "The user", body = Success<UserView>), OnCreate)
)]
async fn create(State(app): State<App>, call: Call<BackofficeCompany>) -> Result<Reply, ApiError> {
    let mut fields = Fields::new(call.json()?);
    let name = fields.required("name", line(MAX_NAME));
    let email = fields.required("email", |value| email(value).map(Some));
    let password = fields.required("password", password);
    let role = fields.required("role", parsed(Role::parse));
    fields.finish()?;
    let Some(email) = email else {
        return Err(ApiError::internal("an address that was read and is not there"));
    };
    let said = serde_json::json!([name, email.key(), role.as_str()]).to_string();
    let context = call.context_of(PATH, said.as_bytes())?;
    let password_hash = Some(app.sign_ins.passwords.hash(password).await?);
    let command = UserCommand::Create { email, name, role, password_hash, at: context.now };
    let made = app.commands.execute::<User>(&context, app.commands.new_id(), command).await?;
    let body = Success::new(UserView::new(made.id, &made.state));
    Ok(Reply::created(&body)?.version(made.version).replayed(made.replayed))
}

/// Get a user
#[utoipa::path(
    get, path = "/api/v2/users/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "The user", body = Success<UserView>), OnRead)
)]
async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<BackofficeCompany>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<User>(&app, &call.tenant, &id).await?;
    let view = app.reads.get::<User>(&call.tenant, id).await?.ok_or_else(nobody)?;
    Ok(Reply::ok(&Success::new(UserView::new(view.id, &view.state)))?.version(view.version))
}

/// Update a user
///
/// `PUT` and `PATCH` alike change what the body names and leave the rest. Nobody changes the own role.
#[utoipa::path(
    method(put, patch), path = "/api/v2/users/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    request_body = UserChange,
    responses((status = 200, description = "The user", body = Success<UserView>), OnChange)
)]
async fn update(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<BackofficeCompany>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<User>(&app, &call.tenant, &id).await?;
    let mut fields = Fields::new(call.json()?);
    let patch = UserPatch {
        name: fields.replacement("name", line(MAX_NAME)),
        email: fields.replacement("email", email),
        role: fields.replacement("role", parsed(Role::parse)),
        at: call.context.now,
    };
    let password = fields.replacement("password", password);
    fields.finish()?;
    let before = app.commands.load::<User>(&call.tenant, id).await?.ok_or_else(nobody)?;
    if is_caller(&call, id) && patch.role.is_some_and(|role| role != before.state.role) {
        return Err(ApiError::conflict("Nobody can change the own role; ask another administrator"));
    }
    let password_hash = match password {
        Some(password) => Some(app.sign_ins.passwords.hash(password).await?),
        None => None,
    };
    let done = app.commands.unit(&call.context, |unit| {
        let (patch, password_hash) = (patch.clone(), password_hash.clone());
        Box::pin(async move {
            let at = patch.at;
            unit.handle::<User>(id, UserCommand::Update(Box::new(patch))).await?;
            change_password(unit, id, password_hash, at).await
        })
    });
    let changed = done.await.and_then(|done| done.one::<User>("user"));
    // Also where it failed: it may have been done, and is looked up again otherwise.
    app.sessions.forget_all(&before.state);
    let changed = changed?;
    let body = Success::new(UserView::new(changed.id, &changed.state));
    Ok(Reply::ok(&body)?.version(changed.version))
}

async fn change_password(
    unit: &mut sunledger_commands::Unit,
    id: Uuid,
    password_hash: Option<PasswordHash>,
    at: jiff::Timestamp,
) -> Result<(), sunledger_commands::CommandError> {
    match password_hash {
        Some(password_hash) => {
            unit.handle::<User>(id, UserCommand::ChangePassword { password_hash, at }).await
        }
        None => Ok(()),
    }
}

/// Delete a user
///
/// Whoever it is signs in no more, and every token ends. Nobody deletes oneself.
#[utoipa::path(
    delete, path = "/api/v2/users/{id}", tag = "backoffice",
    params(("id" = String, Path, description = "Number or UUID")),
    responses((status = 200, description = "The user is gone", body = Gone), OnDelete)
)]
async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    call: Call<BackofficeCompany>,
) -> Result<Reply, ApiError> {
    let id = ids::resolve::<User>(&app, &call.tenant, &id).await?;
    if is_caller(&call, id) {
        return Err(ApiError::conflict("Nobody can delete oneself; ask another administrator"));
    }
    let before = app.commands.load::<User>(&call.tenant, id).await?.ok_or_else(nobody)?;
    let deleted =
        app.commands.execute::<User>(&call.context, id, UserCommand::Delete { at: call.context.now }).await;
    app.sessions.forget_all(&before.state);
    deleted?;
    gone()
}

/// Whether somebody asks about oneself.
fn is_caller(call: &Call<BackofficeCompany>, id: Uuid) -> bool {
    call.caller.kind == ActorKind::User && call.caller.id == id
}

/// A password, as it is. Its length is all that is asked of it.
fn password(value: Value) -> Result<String, String> {
    match value {
        Value::String(password) => check_password(&password).map(|()| password).map_err(str::to_owned),
        _ => Err("must be a text".to_owned()),
    }
}

fn nobody() -> ApiError {
    ApiError::not_found("user")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use sunledger_domain::Number;

    fn user() -> User {
        User {
            number: Number(1),
            email: "admin@example.com".to_owned(),
            name: "Admin User".to_owned(),
            role: Role::Administrator,
            password_hash: PasswordHash::new("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA").ok(),
            created_at: "2024-01-15T10:00:00Z".parse().unwrap(),
            updated_at: "2024-01-15T10:00:00Z".parse().unwrap(),
            ..User::default()
        }
    }

    #[test]
    fn a_user_prints_without_anything_secret() {
        let shown = serde_json::to_value(UserView::new(Uuid::from_u128(7), &user())).unwrap();
        assert_eq!(
            shown,
            json!({
                "id": 1, "uuid": Uuid::from_u128(7), "name": "Admin User", "email": "admin@example.com",
                "role": "administrator", "created_at": "2024-01-15T10:00:00Z", "updated_at": "2024-01-15T10:00:00Z",
            })
        );
    }

    #[test]
    fn every_field_is_a_column() {
        crate::csv::assert_columns(&UserView::new(Uuid::from_u128(7), &user()), &[]);
    }

    #[test]
    fn a_password_is_judged_by_its_length_alone() {
        assert_eq!(password(json!("securepassword")), Ok("securepassword".to_owned()));
        assert_eq!(password(json!(" spaces stay ")), Ok(" spaces stay ".to_owned()));
        assert_eq!(password(json!("seven77")), Err("must have at least 8 characters".to_owned()));
        assert_eq!(password(json!("x".repeat(257))), Err("must have at most 256 characters".to_owned()));
        assert_eq!(password(json!(12_345_678)), Err("must be a text".to_owned()));
    }
}
