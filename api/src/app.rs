//! What a running server is made of, as its handlers see it.

use crate::auth::{Directory, Sessions, SignIns};
use crate::ops::metrics::Metrics;
use crate::ops::sample::Sampler;
use crate::scheduler;
use crate::server::drain::Drain;
use crate::server::limits::Limits;
use crate::settings::Settings;
use std::ops::Deref;
use std::sync::Arc;
use sunledger_commands::{Clock, Commands};
use sunledger_projections::{Projections, Reads};
use sunledger_store::Log;
use sunledger_stream::Stream;
use sunledger_webhooks::Webhooks;

/// The state of the router. Cheap to clone. A handler reaches it only beside an [`crate::auth::Call`], which is where
/// it gets its tenant from.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
pub struct Parts {
    /// The write side.
    pub commands: Commands,
    /// The read models' queries.
    pub reads: Reads,
    /// The read side as a whole, for its health.
    pub projections: Projections,
    /// The log, for audit and feed.
    pub log: Log,
    /// Deliveries, and their queries.
    pub webhooks: Webhooks,
    /// The relay to NATS, where one is set.
    pub stream: Option<Stream>,
    /// The settings it was started with.
    pub settings: Arc<Settings>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// API keys and tenants' profiles, found fast.
    pub keys: Directory,
    /// Who signed in with which token.
    pub sessions: Sessions,
    /// Passwords and Google, for who signs in.
    pub sign_ins: SignIns,
    /// Requests per key and time.
    pub limits: Limits,
    /// What `/metrics` shows of the server itself.
    pub metrics: Metrics,
    /// What the scheduler did, for metrics.
    pub scheduler: Arc<scheduler::Stats>,
    /// How the cluster is, for health and metrics.
    pub sampler: Sampler,
    /// Whether the server is about to stop: long polls and streams end when it is.
    pub drain: Drain,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
