//! Users: people who sign in. The log holds hashes of their passwords and tokens; the tokens themselves are shown once
//! and kept nowhere.
//!
//! A user is an account of this program, not one of the commissions surface's sales users: those are people that
//! paystubs speak of, and cannot sign in (`docs/architecture.md`, "People who sign in, and people who are paid").
//!
//! Tokens are two: an API-user token has no end and is only good for session tokens; a session token is good for the API
//! and ends after an hour. Both are part of the user's own stream, so that whoever reads it knows at once what a token
//! opens, and no token outlives its user.

mod events;
mod role;
mod secrets;
#[cfg(test)]
mod tests;

pub use events::{
    UserApiTokenIssued, UserCreated, UserDeleted, UserEvent, UserPasswordChanged, UserPatch,
    UserSessionOpened, UserSessionRefreshed, UserTokenRevoked, UserTokensRevoked,
};
pub use role::{Part, Role};
pub use secrets::{MAX_PASSWORD, MIN_PASSWORD, PasswordHash, TokenHash, check_password};

use crate::aggregate::aggregate;
use crate::entity::{Claims, Entity, Number};
use crate::value::{Email, text};
use crate::{DomainError, FieldErrors};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The names under which users' e-mail addresses are claimed.
pub const USER_EMAIL: &str = "user_email";
/// How long a session token lives (`commissions`: `expiresIn` 3600).
pub const SESSION_LIFETIME: SignedDuration = SignedDuration::from_secs(3_600);
/// Most API-user tokens of a user: a program that asks for one at every start must not let the user grow for ever. One
/// more ends the one that was used longest ago.
pub const MAX_API_TOKENS: usize = 100;
/// Most session tokens of a user that live at the same time. One more ends the oldest.
pub const MAX_SESSIONS: usize = 500;

/// Longest name, in characters: an e-mail address fits.
pub const MAX_NAME: usize = 254;

/// A user.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct User {
    /// Sequential number in the tenant; 0 before the user was made.
    pub number: Number,
    /// E-mail address, as typed.
    pub email: String,
    /// What the user is called.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// What passwords are compared with; none where the user signs in by Google alone.
    pub password_hash: Option<PasswordHash>,
    /// API-user tokens, in the order in which they were given out.
    pub api_tokens: Vec<ApiToken>,
    /// Session tokens, likewise. One whose time is over leaves with the next that comes.
    pub sessions: Vec<Session>,
    /// The number of the newest token.
    pub last_token: u32,
    /// When the user was made.
    pub created_at: Timestamp,
    /// When the user last changed.
    pub updated_at: Timestamp,
    /// True once the user was deleted.
    pub deleted: bool,
}

/// A token that is good for session tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    /// Its number among the user's tokens.
    pub token: u32,
    /// What is kept of it.
    pub hash: TokenHash,
    /// When it last gave a session token, or was given out itself.
    pub used_at: Timestamp,
}

/// A token that is good for the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its number among the user's tokens.
    pub token: u32,
    /// What is kept of it.
    pub hash: TokenHash,
    /// From when on it opens nothing.
    pub expires_at: Timestamp,
}

/// What can be asked of a user.
#[derive(Debug, Clone, PartialEq)]
pub enum UserCommand {
    /// Make the user.
    Create {
        /// E-mail address; nobody else's in the tenant.
        email: Email,
        /// 1 to 254 characters.
        name: String,
        /// What the user may do.
        role: Role,
        /// What passwords are compared with; none for who signs in by Google alone.
        password_hash: Option<PasswordHash>,
        /// Now.
        at: Timestamp,
    },
    /// Change name, address or role.
    Update(Box<UserPatch>),
    /// Take another password, and end every token.
    ChangePassword {
        /// What passwords are compared with.
        password_hash: PasswordHash,
        /// Now.
        at: Timestamp,
    },
    /// Give an API-user token out.
    IssueApiToken {
        /// What is kept of it.
        hash: TokenHash,
        /// Now.
        at: Timestamp,
    },
    /// Give a session token out for an API-user token.
    OpenSession {
        /// The API-user token.
        api_token: TokenHash,
        /// What is kept of the new one.
        hash: TokenHash,
        /// Now.
        at: Timestamp,
    },
    /// Give a session token out for one that lives. The old one lives on until its end: requests are on their way with it.
    RefreshSession {
        /// The one that lives.
        session: TokenHash,
        /// What is kept of the new one.
        hash: TokenHash,
        /// Now.
        at: Timestamp,
    },
    /// End a session token.
    RevokeSession {
        /// Which.
        session: TokenHash,
        /// Now.
        at: Timestamp,
    },
    /// End every token.
    RevokeTokens {
        /// Now.
        at: Timestamp,
    },
    /// Delete the user.
    Delete {
        /// Now.
        at: Timestamp,
    },
}

aggregate!(User, "user", UserCommand, UserEvent);

impl Entity for User {
    fn exists(&self) -> bool {
        self.number != Number::default() && !self.deleted
    }

    fn claims(&self, event: &UserEvent, claims: &mut Claims) {
        match event {
            UserEvent::Created(created) => {
                claims.number("user");
                claims.take(USER_EMAIL, created.email.key());
            }
            UserEvent::Updated(patch) => {
                let (before, after) = (self.email.to_lowercase(), patch.email.as_ref().map(Email::key));
                if let Some(after) = after.filter(|after| *after != before) {
                    claims.release(USER_EMAIL, before);
                    claims.take(USER_EMAIL, after);
                }
            }
            UserEvent::Deleted(_) => claims.release(USER_EMAIL, self.email.to_lowercase()),
            _ => {}
        }
    }
}

type Decision = Result<Vec<UserEvent>, DomainError>;

impl User {
    /// The API-user token with this hash.
    pub fn api_token(&self, hash: &TokenHash) -> Option<&ApiToken> {
        self.api_tokens.iter().find(|token| token.hash == *hash)
    }

    /// The session token with this hash, also one whose time is over.
    pub fn session(&self, hash: &TokenHash) -> Option<&Session> {
        self.sessions.iter().find(|session| session.hash == *hash)
    }

    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields, `NotFound` where the user or the token that is named is not there (any more).
    pub fn decide(&self, command: UserCommand) -> Decision {
        use {UserCommand as Command, UserEvent as Event};
        match command {
            Command::Create { .. } if self.number != Number::default() => {
                Err(DomainError::rule("this user exists already"))
            }
            Command::Create { email, name, role, password_hash, at } => {
                let mut errors = FieldErrors::new();
                let name = errors.check("name", text::required_line(&name, MAX_NAME)).unwrap_or_default();
                let number = Number::PENDING;
                let created = UserCreated { number, email, name, role, password_hash, at };
                errors.into_result(vec![Event::Created(Box::new(created))])
            }
            _ if !self.exists() => Err(DomainError::NotFound { what: "user" }),
            Command::Update(patch) => self.update(*patch),
            Command::ChangePassword { password_hash, at } => {
                Ok(vec![Event::PasswordChanged(UserPasswordChanged { password_hash, at })])
            }
            Command::IssueApiToken { hash, at } => Ok(self.issue(hash, at)),
            Command::OpenSession { api_token, hash, at } => {
                let api_token =
                    self.api_token(&api_token).ok_or(DomainError::NotFound { what: "API token" })?;
                let (token, api_token) = (self.next_token(), api_token.token);
                let expires_at = end_of_session(at);
                let opened = UserSessionOpened { token, hash, expires_at, api_token, at };
                Ok(self.making_room(at, Event::SessionOpened(opened)))
            }
            Command::RefreshSession { session, hash, at } => {
                let (token, session) = (self.next_token(), self.living(&session, at)?.token);
                let expires_at = end_of_session(at);
                let refreshed = UserSessionRefreshed { token, hash, expires_at, session, at };
                Ok(self.making_room(at, Event::SessionRefreshed(refreshed)))
            }
            Command::RevokeSession { session, at } => {
                let token = self.living(&session, at)?.token;
                Ok(vec![Event::SessionRevoked(UserTokenRevoked { token, at })])
            }
            Command::RevokeTokens { .. } if self.api_tokens.is_empty() && self.sessions.is_empty() => {
                Ok(vec![])
            }
            Command::RevokeTokens { at } => Ok(vec![Event::TokensRevoked(UserTokensRevoked { at })]),
            Command::Delete { at } => Ok(vec![Event::Deleted(UserDeleted { at })]),
        }
    }

    fn update(&self, patch: UserPatch) -> Decision {
        let mut errors = FieldErrors::new();
        let name = patch.name.and_then(|name| errors.check("name", text::required_line(&name, MAX_NAME)));
        let patch = UserPatch {
            name: name.filter(|name| *name != self.name),
            email: patch.email.filter(|email| email.as_str() != self.email),
            role: patch.role.filter(|role| *role != self.role),
            at: patch.at,
        };
        let same = patch == UserPatch { at: patch.at, ..UserPatch::default() };
        errors.into_result(if same { vec![] } else { vec![UserEvent::Updated(Box::new(patch))] })
    }

    fn issue(&self, hash: TokenHash, at: Timestamp) -> Vec<UserEvent> {
        let full = self.api_tokens.len() >= MAX_API_TOKENS;
        let idlest = self.api_tokens.iter().filter(|_| full).min_by_key(|token| (token.used_at, token.token));
        let ended =
            idlest.map(|token| UserTokenRevoked { token: token.token, at }).map(UserEvent::ApiTokenRevoked);
        let issued = UserApiTokenIssued { token: self.next_token(), hash, at };
        ended.into_iter().chain([UserEvent::ApiTokenIssued(issued)]).collect()
    }

    /// The session tokens that live leave room for one more.
    fn making_room(&self, at: Timestamp, new: UserEvent) -> Vec<UserEvent> {
        let mut living = self.sessions.iter().filter(|session| session.expires_at > at);
        let full = living.clone().count() >= MAX_SESSIONS;
        let ended = living.next().filter(|_| full).map(|oldest| UserTokenRevoked { token: oldest.token, at });
        ended.map(UserEvent::SessionRevoked).into_iter().chain([new]).collect()
    }

    fn living(&self, hash: &TokenHash, at: Timestamp) -> Result<&Session, DomainError> {
        let session = self.session(hash).filter(|session| session.expires_at > at);
        session.ok_or(DomainError::NotFound { what: "session" })
    }

    fn next_token(&self) -> u32 {
        self.last_token.saturating_add(1)
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: UserEvent) {
        self.updated_at = event.at();
        match event {
            UserEvent::Created(created) => {
                *self = Self {
                    number: created.number,
                    email: created.email.as_str().to_owned(),
                    name: created.name,
                    role: created.role,
                    password_hash: created.password_hash,
                    created_at: created.at,
                    updated_at: created.at,
                    ..Self::default()
                };
            }
            UserEvent::Updated(patch) => {
                if let Some(email) = patch.email {
                    email.as_str().clone_into(&mut self.email);
                }
                self.name = patch.name.unwrap_or_else(|| std::mem::take(&mut self.name));
                self.role = patch.role.unwrap_or(self.role);
            }
            UserEvent::PasswordChanged(changed) => {
                self.password_hash = Some(changed.password_hash);
                self.end_tokens();
            }
            UserEvent::ApiTokenIssued(UserApiTokenIssued { token, hash, at }) => {
                self.last_token = token;
                self.api_tokens.push(ApiToken { token, hash, used_at: at });
            }
            UserEvent::ApiTokenRevoked(ended) => self.api_tokens.retain(|token| token.token != ended.token),
            UserEvent::SessionOpened(UserSessionOpened { token, hash, expires_at, api_token, at }) => {
                if let Some(used) = self.api_tokens.iter_mut().find(|known| known.token == api_token) {
                    used.used_at = at;
                }
                self.begin(Session { token, hash, expires_at }, at);
            }
            UserEvent::SessionRefreshed(UserSessionRefreshed { token, hash, expires_at, at, .. }) => {
                self.begin(Session { token, hash, expires_at }, at);
            }
            UserEvent::SessionRevoked(ended) => self.sessions.retain(|session| session.token != ended.token),
            UserEvent::TokensRevoked(_) => self.end_tokens(),
            UserEvent::Deleted(_) => {
                self.deleted = true;
                self.end_tokens();
            }
        }
    }

    fn begin(&mut self, session: Session, at: Timestamp) {
        self.last_token = session.token;
        self.sessions.retain(|known| known.expires_at > at);
        self.sessions.push(session);
    }

    fn end_tokens(&mut self) {
        self.api_tokens.clear();
        self.sessions.clear();
    }
}

fn end_of_session(at: Timestamp) -> Timestamp {
    at.checked_add(SESSION_LIFETIME).unwrap_or(Timestamp::MAX)
}
