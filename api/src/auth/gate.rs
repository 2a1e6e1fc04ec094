//! Who is let in.

use super::credentials::{self, key_of};
use super::visitor::API_USER_TOKEN;
use super::{Caller, Token, TokenKind, hash_of};
use crate::app::App;
use crate::http::ApiError;
use axum::extract::{FromRequestParts, RawPathParams};
use http::HeaderMap;
use http::request::Parts;
use std::sync::Arc;

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

/// Whoever has the request's session token or API key, of the tenant that the path names.
///
/// # Errors
/// 401 where there is none, or one that opens nothing; 403 where it is an API-user token, or of another tenant.
pub(super) async fn admit(parts: &mut Parts, app: &App) -> Result<Arc<Caller>, ApiError> {
    let caller = match Token::parse(key_of(&parts.headers)?) {
        None => holder_of_key(&parts.headers, app).await?,
        Some(token) => {
            let signed_in = app.sessions.signed_in(&token, app.clock.now()).await?;
            if signed_in.kind == TokenKind::ApiUser {
                return Err(ApiError::forbidden(API_USER_TOKEN));
            }
            signed_in.caller.clone()
        }
    };
    let named = RawPathParams::from_request_parts(parts, &()).await;
    let own = |(name, value): (&str, &str)| name == TENANT && value == caller.tenant.as_str();
    if named.is_ok_and(|named| named.iter().any(own)) {
        Ok(caller)
    } else {
        Err(ApiError::forbidden(OTHER_TENANT))
    }
}
