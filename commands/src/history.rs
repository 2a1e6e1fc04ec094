//! The history of one thing, and its state as it was.

use crate::{CommandError, Commands};
use serde::Serialize;
use serde_json::Value;
use sunledger_domain::api_key::ApiKey;
use sunledger_domain::client::Client;
use sunledger_domain::consumer_unit::ConsumerUnit;
use sunledger_domain::installation::Installation;
use sunledger_domain::invoice::Invoice;
use sunledger_domain::lead::Lead;
use sunledger_domain::overrides::Override;
use sunledger_domain::paystub::Paystub;
use sunledger_domain::power_plant::PowerPlant;
use sunledger_domain::production::Production;
use sunledger_domain::project::Project;
use sunledger_domain::quote::Quote;
use sunledger_domain::record::Record;
use sunledger_domain::tenant::Tenant;
use sunledger_domain::ticket::Ticket;
use sunledger_domain::transaction::Transaction;
use sunledger_domain::user::User;
use sunledger_domain::webhook_endpoint::WebhookEndpoint;
use sunledger_domain::{Entity, record};
use sunledger_store::{RecordedEvent, StoreError, StreamId};

/// Events read at a time.
const PAGE: usize = 1000;

/// Which moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Right after this version.
    Version(i64),
    /// At this time (microseconds since the Unix epoch), events of that very moment included: right after the last event
    /// that was recorded by then. Where a clock was wrong, later events say more about when than the one it stamped.
    Time(i64),
}

/// A state as it was.
#[derive(Debug, Clone)]
pub struct Past {
    /// The aggregate's state, JSON; `null` where it did not exist (deleted).
    pub state: Value,
    /// The version that it was at.
    pub version: i64,
}

/// True where the ledger knows aggregates of this kind.
pub fn is_kind(kind: &str) -> bool {
    folder(kind).is_some()
}

impl Commands {
    /// The state of an aggregate at a moment; `None` where it had not begun, or never reached the version.
    ///
    /// # Errors
    /// The store's.
    pub async fn state_at(&self, stream: &StreamId, at: At) -> Result<Option<Past>, CommandError> {
        let Some(fold) = folder(&stream.kind) else { return Ok(None) };
        let mut events: Vec<RecordedEvent> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.version);
            let page = self.log().read_stream(stream, after, PAGE).await?;
            let full = page.len() == PAGE;
            events.extend(page);
            let enough = events
                .last()
                .is_none_or(|last| matches!(at, At::Version(version) if last.version >= version));
            if !full || enough {
                break;
            }
        }
        let last = events.iter().rposition(|event| match at {
            At::Version(version) => event.version <= version,
            At::Time(time) => event.recorded_at <= time,
        });
        events.truncate(last.map_or(0, |last| last + 1));
        let version = events.last().map_or(0, |event| event.version);
        let reached = match at {
            At::Version(wanted) => version == wanted,
            At::Time(_) => version > 0,
        };
        if !reached {
            return Ok(None);
        }
        Ok(Some(Past { state: fold(self, &events)?, version }))
    }
}

type Fold = fn(&Commands, &[RecordedEvent]) -> Result<Value, StoreError>;

fn folder(kind: &str) -> Option<Fold> {
    Some(match kind {
        "client" => fold::<Client>,
        "consumer_unit" => fold::<ConsumerUnit>,
        "power_plant" => fold::<PowerPlant>,
        "project" => fold::<Project>,
        "installation" => fold::<Installation>,
        "production" => fold::<Production>,
        "invoice" => fold::<Invoice>,
        "webhook_endpoint" => fold::<WebhookEndpoint>,
        "api_key" => fold::<ApiKey>,
        "tenant" => fold::<Tenant>,
        "user" => fold::<User>,
        "paystub" => fold::<Paystub>,
        "override" => fold::<Override>,
        "transaction" => fold::<Transaction>,
        "quote" => fold::<Quote>,
        "ticket" => fold::<Ticket>,
        "lead" => fold::<Lead>,
        other => {
            record::kind(other)?;
            fold::<Record>
        }
    })
}

fn fold<A: Entity + Serialize>(commands: &Commands, events: &[RecordedEvent]) -> Result<Value, StoreError> {
    let mut state = A::default();
    commands.codec().fold(&mut state, 0, events)?;
    if !state.exists() {
        return Ok(Value::Null);
    }
    serde_json::to_value(&state).map_err(|error| StoreError::Failed(format!("state as JSON: {error}")))
}
