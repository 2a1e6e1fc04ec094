//! The shortest way to people who signed in, through the command line and `/api/v1/auth`.

use crate::books::shown;
use crate::client::{Api, Reply};
use crate::server::Server;
use crate::tenant::Tenant;
use serde_json::{Value, json};

/// The password of everybody whom the tests make.
pub const PASSWORD: &str = "correct horse battery";

/// Where tokens come from.
pub const AUTH: &str = "/api/v1/auth";

/// Makes a user at the command line, which prints the id alone on stdout.
#[must_use]
pub fn new_user(server: &Server, tenant: &str, email: &str, role: &str) -> String {
    let made = server.cli_ok(&[
        "users",
        "create",
        email,
        "--tenant",
        tenant,
        "--role",
        role,
        "--password",
        PASSWORD,
    ]);
    made.trim_end().to_owned()
}

impl Tenant {
    /// Makes a user of a role and signs in: a caller with a session token.
    pub async fn somebody(&self, email: &str, role: &str) -> Api {
        let _ = new_user(self.server(), &self.name, email, role);
        let token = self.sign_in(&self.name, email).await;
        self.with_key(Some(&self.with_key(Some(&token)).session().await))
    }
}

impl Api {
    /// Asks for an API-user token.
    pub async fn try_sign_in(&self, tenant: &str, email: &str, password: &str) -> Reply {
        let body = json!({"email": email, "password": password, "tenantId": tenant});
        self.with_key(None).post(&format!("{AUTH}/api-token"), body).await
    }

    /// Signs in with the [`PASSWORD`]: an API-user token.
    pub async fn sign_in(&self, tenant: &str, email: &str) -> String {
        shown(&self.try_sign_in(tenant, email, PASSWORD).await.data(200)["customToken"])
    }

    /// A session token for this caller's API-user token.
    pub async fn session(&self) -> String {
        shown(&self.post(&format!("{AUTH}/session-token"), json!({})).await.data(200)["customToken"])
    }

    /// A session token for this caller's session token.
    pub async fn refreshed(&self) -> String {
        shown(&self.act(&format!("{AUTH}/refresh")).await.data(200)["customToken"])
    }
}

/// An answer without what differs each time: its time and its token.
///
/// # Panics
/// When the answer has no time.
#[must_use]
#[track_caller]
pub fn timeless(mut body: Value) -> Value {
    let time = body["timestamp"].take();
    let sound = time.as_str().is_some_and(|time| time.len() == 24 && time.ends_with('Z'));
    assert!(sound, "no time of an answer: {time}");
    if let Some(body) = body.as_object_mut() {
        body.remove("timestamp");
    }
    body
}
