//! Where the story's people work: the same router that a server listens with, asked in this process. So whatever they do is
//! checked, decided and recorded as everybody's requests are.

use super::DemoError;
use super::calendar::StoryClock;
use super::company::Opened;
use crate::app::App;
use crate::server::router;
use axum::Router;
use axum::body::Body;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use http_body_util::BodyExt;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use sunledger_commands::{Actor, ActorKind, Context};
use sunledger_domain::TenantId;
use sunledger_domain::value::{CalendarDate, TimeZoneName};
use tower::ServiceExt;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;
use uuid::Uuid;

/// Requests under way at a time, where their order is of no account.
const SIDE_BY_SIDE: usize = 32;
/// Seconds that somebody takes for one thing: at least so many, and so many more than the time before, up to a bound.
const PACE: (i64, i64, i64) = (9, 31, 83);

/// Things of the commissions whose bodies name the tenant.
const NAMING_THEIR_TENANT: [&str; 3] = ["teams", "projects", "scpfs"];

/// A request.
#[derive(Debug)]
pub(super) struct Ask {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl Ask {
    pub(super) fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::POST, path: path.into(), body: Some(body) }
    }

    pub(super) fn put(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::PUT, path: path.into(), body: Some(body) }
    }

    /// A `POST` that says everything by its path.
    pub(super) fn act(path: impl Into<String>) -> Self {
        Self { method: Method::POST, path: path.into(), body: None }
    }
}

/// Somebody with a key, and the clock on the wall.
pub(super) struct Desk {
    pub(super) app: App,
    /// The company's own id.
    pub(super) home: TenantId,
    /// Under what its data are kept.
    pub(super) tenant: TenantId,
    router: Router,
    clock: Arc<StoryClock>,
    zone: TimeZoneName,
    key: String,
    actor: Actor,
    /// Seconds that the last thing took, but for the least.
    took: AtomicI64,
}

impl Desk {
    pub(super) fn new(app: App, clock: Arc<StoryClock>, opened: &Opened) -> Self {
        let actor = Actor {
            kind: ActorKind::Key,
            id: opened.key_id.to_string().into(),
            name: super::company::KEY_NAME.into(),
        };
        Self {
            router: router(app.clone()),
            app,
            home: opened.home.clone(),
            tenant: opened.data.clone(),
            clock,
            zone: opened.zone.clone(),
            key: opened.key.clone(),
            actor,
            took: AtomicI64::new(0),
        }
    }

    /// Time passes while something is done.
    fn pass(&self) {
        let (least, more, bound) = PACE;
        self.clock.pass(least + self.took.fetch_add(more, Relaxed) % bound);
    }

    /// Turns the clock to the morning of a day.
    pub(super) fn day_begins(&self, day: CalendarDate) {
        self.clock.turn_to(day, &self.zone);
    }

    /// The context of a command that the same key gives without a route.
    pub(super) fn context(&self, surface: &'static str) -> Context {
        self.pass();
        Context {
            tenant: self.tenant.clone(),
            actor: self.actor.clone(),
            surface,
            request_id: Uuid::now_v7().to_string().into(),
            now: self.app.commands.clock().now(),
            if_match: None,
            idempotency: None,
        }
    }

    /// Asks, and answers what came back.
    ///
    /// # Errors
    /// Where the answer is a refusal: nothing in the story should be refused.
    pub(super) async fn ask(&self, ask: Ask) -> Result<Value, DemoError> {
        self.pass();
        self.send(ask).await
    }

    /// Asks for many things at once: for what takes no number, so that it does not matter which is done first. Answers
    /// come in the order of the requests.
    ///
    /// # Errors
    /// The first refusal.
    pub(super) async fn ask_all(&self, asks: Vec<Ask>) -> Result<Vec<Value>, DemoError> {
        self.pass();
        let sent = asks.into_iter().map(|ask| self.send(ask));
        stream::iter(sent).buffered(SIDE_BY_SIDE).try_collect().await
    }

    /// Sends lines of newline-delimited JSON to the commissions' import.
    ///
    /// # Errors
    /// Where a line is refused.
    pub(super) async fn import(&self, lines: Vec<Value>) -> Result<(), DemoError> {
        self.pass();
        let path = format!("/api/v1/tenants/{}/import", self.home);
        let mut body = String::new();
        for mut line in lines {
            if line["kind"].as_str().is_some_and(|kind| NAMING_THEIR_TENANT.contains(&kind)) {
                line["tenant_id"] = self.home.as_str().into();
            }
            body.push_str(&line.to_string());
            body.push('\n');
        }
        let report = self.answered(Method::POST, &path, "application/x-ndjson", Body::from(body)).await?;
        match report["data"]["failed"].as_u64() {
            Some(0) => Ok(()),
            _ => Err(DemoError::Refused(format!("POST {path}: {}", report["data"]["failures"]))),
        }
    }

    async fn send(&self, Ask { method, path, body }: Ask) -> Result<Value, DemoError> {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.answered(method, &path, "application/json", body).await
    }

    async fn answered(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Body,
    ) -> Result<Value, DemoError> {
        let failed = |error: &dyn std::fmt::Display| DemoError::Refused(format!("{method} {path}: {error}"));
        let request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {}", self.key))
            .header(CONTENT_TYPE, content_type)
            .body(body)
            .map_err(|error| failed(&error))?;
        // Thousands of lines in the access log would tell nobody anything.
        let sent = self.router.clone().oneshot(request).with_subscriber(NoSubscriber::default());
        let response = match sent.await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| failed(&error))?.to_bytes();
        if !status.is_success() {
            return Err(failed(&format!("{status} {}", String::from_utf8_lossy(&body))));
        }
        if body.is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_slice(&body).map_err(|error| failed(&error))
        }
    }
}

/// A text of an answer.
///
/// # Errors
/// Where it is not there.
pub(super) fn text(answer: &Value, pointer: &str) -> Result<String, DemoError> {
    let found = answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| DemoError::Refused(format!("{pointer} is not in {answer}")))
}

/// An id of an answer.
///
/// # Errors
/// Where it is not there, or is none.
pub(super) fn id(answer: &Value, pointer: &str) -> Result<Uuid, DemoError> {
    let found = text(answer, pointer)?;
    Uuid::try_parse(&found).map_err(|_| DemoError::Refused(format!("{pointer} is no id in {answer}")))
}

/// A number of an answer.
///
/// # Errors
/// Where it is not there.
pub(super) fn whole(answer: &Value, pointer: &str) -> Result<i64, DemoError> {
    let found = answer.pointer(pointer).and_then(Value::as_i64);
    found.ok_or_else(|| DemoError::Refused(format!("{pointer} is not in {answer}")))
}
