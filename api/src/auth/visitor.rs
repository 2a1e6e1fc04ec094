//! The extractors of signing in: a request of somebody who is not known yet, and one that comes with a token.

use super::conditions::idempotency;
use super::credentials::key_of;
use super::sessions::refused;
use super::{Caller, SignedIn, Token, TokenKind, gate};
use crate::app::App;
use crate::http::ApiError;
use crate::server::body;
use crate::server::note::RequestNote;
use axum::extract::{FromRequest, OriginalUri, Request};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Uri};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::sync::Arc;
use sunledger_commands::{Actor, Context};

/// The surface whose tokens these are.
const SURFACE: &str = "commissions";

/// What is said where an API-user token is used for anything but session tokens.
pub(crate) const API_USER_TOKEN: &str =
    "Forbidden: API user tokens can only be used with /api/v1/auth/session-token endpoint";
const SESSION_TOKEN: &str = "Forbidden: Session tokens can not be used with /api/v1/auth/session-token endpoint; use /api/v1/auth/refresh";

/// A request of somebody who is not known yet, read to its end.
pub struct Visitor {
    /// When it came.
    pub now: Timestamp,
    headers: HeaderMap,
    method: Method,
    uri: Uri,
    body: Bytes,
    note: RequestNote,
}

impl Visitor {
    async fn read(mut parts: Parts, body: axum::body::Body, app: &App) -> Result<Self, ApiError> {
        let note = parts.extensions.get::<RequestNote>().cloned().unwrap_or_default();
        // The path that the client sent, not what is left of it inside a nested router.
        let uri = parts.extensions.remove::<OriginalUri>().map_or(parts.uri, |original| original.0);
        let body = body::read(&parts.headers, body, app.settings.body_timeout).await?;
        Ok(Self { now: app.clock.now(), headers: parts.headers, method: parts.method, uri, body, note })
    }

    /// The body as a JSON object.
    ///
    /// # Errors
    /// 415 where the content type is another, 400 where the body is no JSON object.
    pub fn json(&self) -> Result<Map<String, Value>, ApiError> {
        body::json_object(&self.headers, &self.body)
    }

    /// What a command needs to know, now that it is known who it is. `request` tells this request from another with the
    /// same Idempotency-Key: its hash is kept, so nothing secret that can be guessed may be in it.
    ///
    /// # Errors
    /// 400 where the Idempotency-Key is none.
    pub fn context(&self, user: &Caller, request: &[u8]) -> Result<Context, ApiError> {
        self.note.caller(user);
        let (path, query) = (self.uri.path(), self.uri.query().unwrap_or_default());
        Ok(Context {
            tenant: user.tenant.clone(),
            actor: Actor { kind: user.kind, id: user.id.to_string().into(), name: user.name.clone() },
            surface: SURFACE,
            request_id: self.note.id(),
            now: self.now,
            if_match: None,
            idempotency: idempotency(&self.headers, &self.method, path, query, request)?,
        })
    }
}

impl FromRequest<App> for Visitor {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        Self::read(parts, body, app).await
    }
}

/// A request that comes with a token which opens something.
pub struct TokenCall {
    visitor: Visitor,
    token: Arc<SignedIn>,
}

impl TokenCall {
    /// Whoever came with an API-user token.
    ///
    /// # Errors
    /// 403 where it is a session token.
    pub fn with_api_token(&self) -> Result<&SignedIn, ApiError> {
        self.with(TokenKind::ApiUser, SESSION_TOKEN)
    }

    /// Whoever came with a session token.
    ///
    /// # Errors
    /// 403 where it is an API-user token.
    pub fn with_session(&self) -> Result<&SignedIn, ApiError> {
        self.with(TokenKind::Session, API_USER_TOKEN)
    }

    fn with(&self, kind: TokenKind, otherwise: &'static str) -> Result<&SignedIn, ApiError> {
        if self.token.kind == kind { Ok(&self.token) } else { Err(ApiError::forbidden(otherwise)) }
    }

    /// When it came.
    pub fn now(&self) -> Timestamp {
        self.visitor.now
    }

    /// The body as a JSON object.
    ///
    /// # Errors
    /// As [`Visitor::json`].
    pub fn json(&self) -> Result<Map<String, Value>, ApiError> {
        self.visitor.json()
    }

    /// The body as a JSON object; an empty one where there is no body at all.
    ///
    /// # Errors
    /// As [`Visitor::json`].
    pub fn json_or_empty(&self) -> Result<Map<String, Value>, ApiError> {
        if self.visitor.body.is_empty() { Ok(Map::new()) } else { self.json() }
    }

    /// What a command needs to know. Another token makes it another request: nobody is answered with somebody else's.
    ///
    /// # Errors
    /// 400 where the Idempotency-Key is none.
    pub fn context(&self) -> Result<Context, ApiError> {
        self.visitor.context(&self.token.caller, self.token.hash.as_str().as_bytes())
    }
}

impl FromRequest<App> for TokenCall {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let token = key_of(&parts.headers).ok().and_then(Token::parse).ok_or_else(refused)?;
        let token = app.sessions.signed_in(&token, app.clock.now()).await?;
        let note = parts.extensions.get::<RequestNote>().cloned().unwrap_or_default();
        gate::count(app, &note, SURFACE, &token.caller)?;
        Ok(Self { token, visitor: Visitor::read(parts, body, app).await? })
    }
}
