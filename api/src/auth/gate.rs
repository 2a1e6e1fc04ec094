//! Who is let in.

use super::credentials::{self, key_of};
use super::visitor::API_USER_TOKEN;
use super::{Caller, Token, TokenKind, hash_of};
use crate::app::App;
use crate::http::{ApiError, Surface};
use crate::server::note::RequestNote;
use axum::extract::{FromRequestParts, RawPathParams};
use http::HeaderMap;
use http::request::Parts;
use std::sync::Arc;
use uuid::Uuid;

/// The parameter of a path that names the tenant.
const TENANT: &str = "tenantId";
const OTHER_TENANT: &str = "Forbidden: No access to this tenant";

/// Whoever has the request's API key.
///
/// # Errors
/// 401 where there is none, or one that opens nothing.
pub(super) async fn holder_of_key(headers: &HeaderMap, app: &App) -> Result<Arc<Caller>, ApiError> {
    let hash = hash_of(key_of(headers)?);
    app.keys.caller(&hash).await?.ok_or_else(credentials::refused)
}

/// Counts a request of somebody who is known.
///
/// # Errors
/// 429 where it is one too many.
pub(super) fn count(app: &App, note: &RequestNote, surface: &str, caller: &Caller) -> Result<(), ApiError> {
    match app.limits.take(Surface::of_name(surface), caller.id, app.clock.now()) {
        None => Ok(()),
        Some(rated) => {
            note.rated(rated);
            rated.check()
        }
    }
}

/// Whose key or token a request carried that no handler looked at; `None` where it is nobody's.
pub(crate) async fn holder_of(app: &App, credentials: &str) -> Option<Uuid> {
    let caller = match Token::parse(credentials) {
        Some(token) => app.sessions.signed_in(&token, app.clock.now()).await.ok()?.caller.clone(),
        None => app.keys.caller(&hash_of(credentials)).await.ok()??,
    };
    Some(caller.id)
}

/// Whoever has the request's session token or API key.
///
/// # Errors
/// 401 where there is none, or one that opens nothing; 403 where it is an API-user token.
pub(super) async fn holder_of_any(headers: &HeaderMap, app: &App) -> Result<Arc<Caller>, ApiError> {
    let Some(token) = Token::parse(key_of(headers)?) else { return holder_of_key(headers, app).await };
    let signed_in = app.sessions.signed_in(&token, app.clock.now()).await?;
    if signed_in.kind == TokenKind::ApiUser {
        return Err(ApiError::forbidden(API_USER_TOKEN));
    }
    Ok(signed_in.caller.clone())
}

/// Lets in whom the tenant that the path names belongs to.
///
/// # Errors
/// 403 where it is another's.
pub(super) async fn check_tenant(parts: &mut Parts, caller: &Caller) -> Result<(), ApiError> {
    let named = RawPathParams::from_request_parts(parts, &()).await;
    let own = |(name, value): (&str, &str)| name == TENANT && value == caller.tenant.as_str();
    let own = named.is_ok_and(|named| named.iter().any(own));
    if own { Ok(()) } else { Err(ApiError::forbidden(OTHER_TENANT)) }
}
