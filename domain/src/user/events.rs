//! What happens to a user.

use super::{PasswordHash, Role, TokenHash};
use crate::aggregate::events;
use crate::entity::Number;
use crate::value::Email;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

events! {
    /// What happened to a user.
    UserEvent {
        /// The user was made.
        "user.created" => Created(Box<UserCreated>),
        /// Name, address or role changed.
        "user.updated" => Updated(Box<UserPatch>),
        /// Another password counts; every token of the user ended with the old one.
        "user.password_changed" => PasswordChanged(UserPasswordChanged),
        /// An API-user token was given out.
        "user.api_token_issued" => ApiTokenIssued(UserApiTokenIssued),
        /// An API-user token ended.
        "user.api_token_revoked" => ApiTokenRevoked(UserTokenRevoked),
        /// A session token was given out for an API-user token.
        "user.session_opened" => SessionOpened(UserSessionOpened),
        /// A session token was given out for another session token.
        "user.session_refreshed" => SessionRefreshed(UserSessionRefreshed),
        /// A session token ended before its time.
        "user.session_revoked" => SessionRevoked(UserTokenRevoked),
        /// Every token of the user ended.
        "user.tokens_revoked" => TokensRevoked(UserTokensRevoked),
        /// The user was deleted, and all tokens with it.
        "user.deleted" => Deleted(UserDeleted),
    }
}

/// A user was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserCreated {
    /// Sequential number.
    pub number: Number,
    /// E-mail address; unique in the tenant.
    pub email: Email,
    /// What the user is called.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// What passwords are compared with; none where the user signs in by Google alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<PasswordHash>,
    /// When.
    pub at: Timestamp,
}

/// What changes of a user. As an event it holds only what really changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct UserPatch {
    /// Another e-mail address; nobody else's in the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another role. It counts for the tokens that are out, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// When.
    pub at: Timestamp,
}

/// Another password counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserPasswordChanged {
    /// What passwords are compared with.
    pub password_hash: PasswordHash,
    /// When.
    pub at: Timestamp,
}

/// An API-user token was given out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserApiTokenIssued {
    /// The token's number among the user's tokens.
    pub token: u32,
    /// What is kept of it.
    pub hash: TokenHash,
    /// When.
    pub at: Timestamp,
}

/// A session token was given out for an API-user token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserSessionOpened {
    /// The token's number among the user's tokens.
    pub token: u32,
    /// What is kept of it.
    pub hash: TokenHash,
    /// From when on it opens nothing.
    pub expires_at: Timestamp,
    /// The number of the API-user token that it was given out for.
    pub api_token: u32,
    /// When.
    pub at: Timestamp,
}

/// A session token was given out for another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserSessionRefreshed {
    /// The token's number among the user's tokens.
    pub token: u32,
    /// What is kept of it.
    pub hash: TokenHash,
    /// From when on it opens nothing.
    pub expires_at: Timestamp,
    /// The number of the session token that it was given out for.
    pub session: u32,
    /// When.
    pub at: Timestamp,
}

/// A token ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserTokenRevoked {
    /// The token's number among the user's tokens.
    pub token: u32,
    /// When.
    pub at: Timestamp,
}

/// Every token ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserTokensRevoked {
    /// When.
    pub at: Timestamp,
}

/// A user was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserDeleted {
    /// When.
    pub at: Timestamp,
}
