//! `/api/v1/auth`: API-user tokens for who proves an address, session tokens for who has one of those.

use super::auth_body::{self, SignInBody};
use super::envelope::{OnSignIn, OnToken, Success};
use crate::app::App;
use crate::auth::{Caller, Issued, NewToken, SignedIn, TokenCall, TokenKind, Visitor, refused};
use crate::http::{ApiError, Reply};
use axum::Extension;
use axum::extract::State;
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use sunledger_commands::{CommandError, Context};
use sunledger_domain::DomainError;
use sunledger_domain::user::{SESSION_LIFETIME, User, UserCommand};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(api_token))
        .routes(routes!(session_token))
        .routes(routes!(refresh))
        .routes(routes!(revoke))
        .layer(Extension(Issued::default()))
}

/// A token, shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = commissions::Token)]
struct TokenBody {
    /// The token.
    #[schema(example = "sls_AAAAAGFuYQ")]
    custom_token: String,
    /// Whose it is.
    user_id: Uuid,
    /// Of which company.
    #[schema(example = "default")]
    tenant_id: String,
    /// Seconds that it lives; `null`: it does not end by itself.
    #[schema(example = 3600)]
    expires_in: Option<i64>,
    /// `api_user` or `session`; not there where a token was refreshed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "session")]
    token_type: Option<&'static str>,
}

/// A token that opens nothing any more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = commissions::Revoked)]
struct RevokedBody {
    /// `Token revoked successfully`
    message: &'static str,
}

/// Nothing: `{}`.
#[derive(ToSchema)]
#[schema(as = commissions::Nothing)]
#[serde(deny_unknown_fields)]
struct NothingBody {}

impl TokenBody {
    fn new(secret: String, user: &Caller, kind: TokenKind) -> Self {
        let session = kind == TokenKind::Session;
        Self {
            custom_token: secret,
            user_id: user.id,
            tenant_id: user.tenant.as_str().to_owned(),
            expires_in: session.then_some(SESSION_LIFETIME.as_secs()),
            token_type: Some(if session { "session" } else { "api_user" }),
        }
    }
}

/// Generate API user token
///
/// For who proves the address, by a password or by Google. The token does not end by itself and opens nothing but
/// `/api/v1/auth/session-token`.
#[utoipa::path(
    post, path = "/api/v1/auth/api-token", tag = "commissions: auth",
    request_body = SignInBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters. The same key and request is done once in 24 hours, and answered again.")),
    responses((status = 200, description = "The token", body = Success<TokenBody>), OnSignIn)
)]
async fn api_token(
    State(app): State<App>,
    Extension(issued): Extension<Issued>,
    visitor: Visitor,
) -> Result<Reply, ApiError> {
    let sign_in = auth_body::sign_in(visitor.json()?)?;
    // Without what proves it: that can be guessed, and has been proven by then.
    let request = format!("{}\n{}", sign_in.tenant, sign_in.email.key());
    let proven = app.sign_ins.prove(&app.commands, sign_in, visitor.now).await?;
    let user = Caller::user(proven.tenant, proven.id, &proven.user);
    let context = visitor.context(&user, request.as_bytes())?;
    let new = NewToken::generate(TokenKind::ApiUser, &user.tenant, user.id, None)?;
    let command = UserCommand::IssueApiToken { hash: new.hash, at: context.now };
    let data = TokenBody::new(new.secret, &user, TokenKind::ApiUser);
    let body = Success::new("API user token generated successfully", data, context.now);
    give_out(&app, &issued, &context, user.id, command, &body).await
}

/// Generate session token
///
/// For an API-user token. It opens the API for an hour.
#[utoipa::path(
    post, path = "/api/v1/auth/session-token", tag = "commissions: auth",
    security(("bearer" = [])),
    request_body = NothingBody,
    responses((status = 200, description = "The token", body = Success<TokenBody>), OnToken)
)]
async fn session_token(
    State(app): State<App>,
    Extension(issued): Extension<Issued>,
    call: TokenCall,
) -> Result<Reply, ApiError> {
    let token = call.with_api_token()?;
    auth_body::empty(&call.json()?)?;
    let context = call.context()?;
    let new = new_session(token, context.now)?;
    let command = UserCommand::OpenSession { api_token: token.hash.clone(), hash: new.hash, at: context.now };
    let data = TokenBody::new(new.secret, &token.caller, TokenKind::Session);
    let body = Success::new("Session token generated successfully", data, context.now);
    give_out(&app, &issued, &context, token.caller.id, command, &body).await
}

/// Refresh token
///
/// A new session token for one that lives. The old one lives on to its end, or until it is revoked.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "commissions: auth",
    security(("bearer" = [])),
    request_body(content = Option<NothingBody>, description = "Nothing, or no body at all"),
    responses((status = 200, description = "The new token", body = Success<TokenBody>), OnToken)
)]
async fn refresh(
    State(app): State<App>,
    Extension(issued): Extension<Issued>,
    call: TokenCall,
) -> Result<Reply, ApiError> {
    let token = call.with_session()?;
    auth_body::empty(&call.json_or_empty()?)?;
    let context = call.context()?;
    let new = new_session(token, context.now)?;
    let command =
        UserCommand::RefreshSession { session: token.hash.clone(), hash: new.hash, at: context.now };
    let data =
        TokenBody { token_type: None, ..TokenBody::new(new.secret, &token.caller, TokenKind::Session) };
    let body = Success::new("Token refreshed successfully", data, context.now);
    give_out(&app, &issued, &context, token.caller.id, command, &body).await
}

/// Revoke token
///
/// The session token of the request opens nothing any more: here at once, on other servers within a second.
#[utoipa::path(
    post, path = "/api/v1/auth/revoke", tag = "commissions: auth",
    security(("bearer" = [])),
    request_body(content = Option<NothingBody>, description = "Nothing, or no body at all"),
    responses((status = 200, description = "It is revoked", body = Success<RevokedBody>), OnToken)
)]
async fn revoke(State(app): State<App>, call: TokenCall) -> Result<Reply, ApiError> {
    let token = call.with_session()?;
    auth_body::empty(&call.json_or_empty()?)?;
    let context = call.context()?;
    let command = UserCommand::RevokeSession { session: token.hash.clone(), at: context.now };
    let revoked = app.commands.execute::<User>(&context, token.caller.id, command).await;
    // Also where it failed: it may have been done, and is looked up again otherwise.
    app.sessions.forget(&token.hash);
    let revoked = revoked.map_err(ended)?;
    let data = RevokedBody { message: "Token revoked successfully" };
    Ok(Reply::ok(&Success::new("Token has been revoked", data, context.now))?.replayed(revoked.replayed))
}

fn new_session(token: &SignedIn, now: Timestamp) -> Result<NewToken, ApiError> {
    let ends = now.checked_add(SESSION_LIFETIME).unwrap_or(Timestamp::MAX);
    NewToken::generate(TokenKind::Session, &token.caller.tenant, token.caller.id, Some(ends))
}

/// Notes a new token with its user, and answers it: the same answer again where the request is.
async fn give_out(
    app: &App,
    issued: &Issued,
    context: &Context,
    user: Uuid,
    command: UserCommand,
    body: &impl Serialize,
) -> Result<Reply, ApiError> {
    let made = app.commands.execute::<User>(context, user, command).await.map_err(ended)?;
    let answer = if made.replayed {
        let again = issued.again((made.id, made.version)).map(|answer| answer.as_ref().to_owned());
        again.ok_or_else(|| {
            ApiError::conflict(
                "This request was carried out before, and its token can not be shown again; \
                 ask for another one with another Idempotency-Key",
            )
        })?
    } else {
        let answer = serde_json::to_string(body);
        let answer = answer.map_err(|error| ApiError::internal(format!("printing: {error}")))?;
        if context.idempotency.is_some() {
            issued.keep((made.id, made.version), &answer);
        }
        answer
    };
    let json = HeaderValue::from_static("application/json");
    Ok(Reply::bytes(StatusCode::OK, json, answer).replayed(made.replayed))
}

/// A token or a user that ended a moment ago, unnoticed so far.
fn ended(error: CommandError) -> ApiError {
    match error {
        CommandError::Domain(DomainError::NotFound { .. }) => refused(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sunledger_domain::TenantId;
    use sunledger_domain::user::Role;

    #[test]
    fn tokens_are_answered_as_the_document_prints_them() {
        let user = User { number: sunledger_domain::Number(1), role: Role::Viewer, ..User::default() };
        let user = Caller::user(TenantId::new("default").unwrap(), Uuid::from_u128(7), &user);
        let now = "2025-10-14T22:17:27.454Z".parse().unwrap();
        let print =
            |message, data: &TokenBody| serde_json::to_string(&Success::new(message, data, now)).unwrap();
        let api = TokenBody::new("slu_x".to_owned(), &user, TokenKind::ApiUser);
        assert_eq!(
            print("API user token generated successfully", &api),
            r#"{"success":true,"message":"API user token generated successfully","data":{"customToken":"slu_x","userId":"00000000-0000-0000-0000-000000000007","tenantId":"default","expiresIn":null,"tokenType":"api_user"},"timestamp":"2025-10-14T22:17:27.454Z"}"#
        );
        let session = TokenBody::new("sls_x".to_owned(), &user, TokenKind::Session);
        let refreshed = TokenBody { token_type: None, ..session };
        assert_eq!(
            print("Token refreshed successfully", &refreshed),
            r#"{"success":true,"message":"Token refreshed successfully","data":{"customToken":"sls_x","userId":"00000000-0000-0000-0000-000000000007","tenantId":"default","expiresIn":3600},"timestamp":"2025-10-14T22:17:27.454Z"}"#
        );
    }
}
