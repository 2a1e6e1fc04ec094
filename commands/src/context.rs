//! Who asks, through which surface, under which conditions.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use sunledger_domain::TenantId;

/// What kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// An API key.
    Key,
    /// A person with a session.
    User,
    /// Sunledger itself (the scheduler, webhook delivery).
    System,
    /// Somebody at the command line.
    Cli,
}

/// Who asked for it. Kept with every event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// What kind of caller.
    #[serde(rename = "type")]
    pub kind: ActorKind,
    /// Id of the key or user, or the name of the part of the system.
    pub id: Arc<str>,
    /// As a reader would call it.
    pub name: Arc<str>,
}

impl Actor {
    /// A part of Sunledger itself.
    pub fn system(name: &str) -> Self {
        Self { kind: ActorKind::System, id: name.into(), name: name.into() }
    }

    /// Somebody at the command line.
    pub fn cli() -> Self {
        Self { kind: ActorKind::Cli, id: "cli".into(), name: "command line".into() }
    }
}

/// A client's Idempotency-Key, and the request it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// As sent.
    pub key: Arc<str>,
    /// SHA-256 of method, path and body.
    pub fingerprint: [u8; 32],
}

/// Everything about a command that is not in it.
#[derive(Debug, Clone)]
pub struct Context {
    /// Whose data.
    pub tenant: TenantId,
    /// Who asks.
    pub actor: Actor,
    /// Through which surface (`invoicing`, `cli`).
    pub surface: &'static str,
    /// The request's id, as answered in `X-Request-Id`.
    pub request_id: Arc<str>,
    /// When it was asked.
    pub now: Timestamp,
    /// The version that the client saw (`If-Match`): another one refuses the command with `Stale`.
    pub if_match: Option<i64>,
    /// Do it once, however often it is asked.
    pub idempotency: Option<Idempotency>,
}

impl Context {
    /// A context of Sunledger's own doing.
    pub fn system(tenant: TenantId, name: &str, now: Timestamp) -> Self {
        Self {
            tenant,
            actor: Actor::system(name),
            surface: "system",
            request_id: name.into(),
            now,
            if_match: None,
            idempotency: None,
        }
    }
}

/// What stands beside every event in the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Metadata {
    /// The command's own id: the events of one command share it.
    pub command_id: Arc<str>,
    /// Who asked.
    pub actor: Actor,
    /// Through which surface.
    pub surface: Arc<str>,
    /// Of which request.
    pub request_id: Arc<str>,
}
