//! Signing in: an address, and what proves that it is one's own.
//!
//! Who may not sign in learns nothing else: an unknown tenant, an unknown address, a wrong password and a token of
//! somebody else have one answer, which takes as long. What is compared for nobody is described in `passwords.rs`, what
//! becomes slower in `attempts.rs`.

use super::attempts::{Account, Attempts};
use super::google::{Google, GoogleError};
use super::passwords::Passwords;
use crate::http::{ApiError, Away};
use jiff::Timestamp;
use std::sync::Arc;
use sunledger_commands::Commands;
use sunledger_domain::TenantId;
use sunledger_domain::user::{USER_EMAIL, User};
use sunledger_domain::value::Email;
use uuid::Uuid;

/// What is said to all who may not sign in.
const REFUSED: &str = "Unauthorized: Invalid credentials";

/// What signing in needs.
pub struct SignIns {
    /// Hashes.
    pub passwords: Passwords,
    /// Google, where it is configured.
    pub google: Option<Google>,
    attempts: Attempts,
}

/// Who wants to sign in, and what is to prove it.
pub struct SignIn {
    /// Where.
    pub tenant: String,
    /// Who.
    pub email: Email,
    /// What proves it.
    pub proof: Proof,
}

/// What proves that an address is one's own.
pub enum Proof {
    /// The password.
    Password(String),
    /// Google's word.
    Google(String),
}

/// A user who proved it.
pub struct Proven {
    /// Whose data.
    pub tenant: TenantId,
    /// The user's id.
    pub id: Uuid,
    /// The user.
    pub user: Arc<User>,
}

impl SignIns {
    /// Signing in by password, and by Google where it is configured.
    pub fn new(google: Option<Google>) -> Self {
        Self { passwords: Passwords::default(), google, attempts: Attempts::default() }
    }

    /// The user.
    ///
    /// # Errors
    /// 401 where nothing is proven, 400 where Google is not configured, 429 after too many attempts, 503 where the log or
    /// Google does not answer.
    pub async fn prove(
        &self,
        commands: &Commands,
        sign_in: SignIn,
        now: Timestamp,
    ) -> Result<Proven, ApiError> {
        let SignIn { tenant, email, proof } = sign_in;
        let proven = match proof {
            Proof::Password(password) => self.by_password(commands, &tenant, &email, password).await?,
            Proof::Google(token) => self.by_google(commands, &tenant, &email, &token, now).await?,
        };
        proven.ok_or_else(|| ApiError::unauthorized(REFUSED))
    }

    async fn by_password(
        &self,
        commands: &Commands,
        tenant: &str,
        email: &Email,
        password: String,
    ) -> Result<Option<Proven>, ApiError> {
        let account = Account::new(tenant, &email.key());
        // Counted while one has a turn: many attempts at the same time are then counted one after the other.
        let mut turn = self.passwords.turn().await?;
        let wait = self.attempts.wait(&account)?;
        if !wait.is_zero() {
            drop(turn);
            tokio::time::sleep(wait).await;
            turn = self.passwords.turn().await?;
        }
        let found = find(commands, tenant, email).await?;
        let hash = found.as_ref().and_then(|found| found.user.password_hash.clone());
        let right = self.passwords.fits(turn, password, hash).await?;
        self.attempts.note(&account, right);
        match &found {
            Some(Proven { tenant, id, .. }) if !right => {
                tracing::warn!(%tenant, user = %id, "somebody could not sign in");
            }
            // What was typed for nobody is not written down: it may be anything, also a password.
            None => tracing::info!("somebody unknown could not sign in"),
            Some(_) => {}
        }
        Ok(found.filter(|_| right))
    }

    async fn by_google(
        &self,
        commands: &Commands,
        tenant: &str,
        email: &Email,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Proven>, ApiError> {
        let Some(google) = &self.google else {
            return Err(ApiError::bad_request(
                "googleIdToken can not be used: sign-in by Google is not configured on this server; use password",
            ));
        };
        match google.verify(token, now).await {
            Ok(proven) if proven.key() == email.key() => find(commands, tenant, email).await,
            Ok(_) => Ok(None),
            Err(error @ GoogleError::Refused(_)) => {
                Err(ApiError::unauthorized(REFUSED).because(error.to_string()))
            }
            Err(error @ GoogleError::Away(_)) => {
                let message = "Google's keys can not be had at the moment";
                Err(ApiError::unavailable(Away::Google, message, 30).because(error.to_string()))
            }
        }
    }
}

/// The user of an address. One who is not there costs the same look-ups.
async fn find(commands: &Commands, tenant: &str, email: &Email) -> Result<Option<Proven>, ApiError> {
    let Ok(tenant) = TenantId::new(tenant) else { return Ok(None) };
    let owner = commands.log().name_owner(&tenant, USER_EMAIL, &email.key()).await?;
    let id = owner.unwrap_or_else(Uuid::nil);
    let user = commands.load::<User>(&tenant, id).await?.map(|loaded| loaded.state);
    Ok(user.map(|user| Proven { tenant, id, user }))
}
