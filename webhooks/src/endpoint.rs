//! The endpoints as their events made them, in memory: the fan-out folds them, the worker reads them.

use crate::client::Target;
use crate::row::Columns;
use crate::sign::Secret;
use foldhash::HashMap;
use std::sync::Arc;
use sunledger_domain::TenantId;
use sunledger_domain::webhook_endpoint::{ALL_EVENTS, PreviousSecret, Redelivery, WebhookEndpointEvent};
use sunledger_store::{Param, RecordedEvent, StoreError};
use uuid::Uuid;

/// The aggregate type of endpoints.
pub(crate) const KIND: &str = "webhook_endpoint";

/// An endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) id: Uuid,
    pub(crate) tenant: TenantId,
    url: Arc<str>,
    pub(crate) target: Target,
    events: Arc<[String]>,
    secret: Secret,
    /// The secret before, and until when (microseconds) it signs too.
    previous: Option<(Secret, i64)>,
    pub(crate) enabled: bool,
    /// When it was registered, enabled or given another address: failures before that do not count against it.
    pub(crate) fresh_since: i64,
    /// Version of its stream.
    pub(crate) version: i64,
}

impl Endpoint {
    /// True where it subscribed to events of this type.
    pub(crate) fn wants(&self, event_type: &str) -> bool {
        self.events.iter().any(|wanted| wanted == ALL_EVENTS || wanted == event_type)
    }

    /// What signs a message at `now` (microseconds): the secret, and the one before while it lasts.
    pub(crate) fn secrets(&self, now: i64) -> Vec<&Secret> {
        let previous = self.previous.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        std::iter::once(&self.secret).chain(previous).collect()
    }

    /// As `Tables::endpoints` reads it.
    pub(crate) fn from_row(mut columns: Columns) -> Result<Self, StoreError> {
        let damaged = |what: &str| StoreError::Damaged(format!("webhooks: an endpoint has a wrong {what}"));
        let secret = |text: &str| Secret::parse(text).map_err(|_| damaged("secret"));
        let id = columns.uuid()?;
        let tenant = TenantId::stored(&columns.text()?).map_err(|_| damaged("tenant"))?;
        let url = columns.text()?;
        let events: Vec<String> =
            serde_json::from_str(&columns.text()?).map_err(|_| damaged("subscription"))?;
        let present = secret(&columns.text()?)?;
        let previous = match (columns.text_or_null()?, columns.int_or_null()?) {
            (Some(text), Some(until)) => Some((secret(&text)?, until)),
            _ => None,
        };
        Ok(Self {
            id,
            tenant,
            target: Target::new(&url),
            url,
            events: events.into(),
            secret: present,
            previous,
            enabled: columns.bool()?,
            fresh_since: columns.int()?,
            version: columns.int()?,
        })
    }

    /// The parameters of `upsert_endpoint.sql`.
    pub(crate) fn to_row(&self) -> Vec<Param> {
        let events: Vec<&str> = self.events.iter().map(String::as_str).collect();
        let (previous, until) = match &self.previous {
            Some((secret, until)) => (Param::Text(secret.reveal()), Param::Int(*until)),
            None => (Param::Null, Param::Null),
        };
        vec![
            Param::Uuid(self.id),
            Param::Text(self.tenant.as_str().into()),
            Param::Text(self.url.clone()),
            Param::Text(serde_json::Value::from(events).to_string().into()),
            Param::Text(self.secret.reveal()),
            previous,
            until,
            Param::Bool(self.enabled),
            Param::Int(self.fresh_since),
            Param::Int(self.version),
        ]
    }
}

/// What an endpoint's event asks for beyond the fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The event is of no endpoint, or of one that is not known (any more).
    Nothing,
    /// The endpoint is another now.
    Changed,
    /// The endpoint is delivered to again.
    Enabled,
    /// There is no such endpoint any more.
    Deleted,
    /// A test message is to be sent.
    Test,
    /// Deliveries are to be copied.
    Redeliver(Redelivery),
}

/// Every endpoint. Cloned on change: endpoints change rarely, and are read for each event.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry {
    by_id: HashMap<Uuid, Arc<Endpoint>>,
    by_tenant: HashMap<TenantId, Vec<Uuid>>,
}

impl Registry {
    /// A registry of these.
    pub(crate) fn new(endpoints: Vec<Endpoint>) -> Self {
        let mut registry = Self::default();
        for endpoint in endpoints {
            registry.put(endpoint);
        }
        registry
    }

    /// True where there is no endpoint, not even a disabled one.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// An endpoint.
    pub(crate) fn get(&self, id: Uuid) -> Option<&Arc<Endpoint>> {
        self.by_id.get(&id)
    }

    /// The enabled endpoints of a tenant that subscribed to a type.
    pub(crate) fn subscribers(
        &self,
        tenant: &TenantId,
        event_type: &str,
    ) -> impl Iterator<Item = &Arc<Endpoint>> {
        let ids = self.by_tenant.get(tenant).map(Vec::as_slice).unwrap_or_default();
        ids.iter()
            .filter_map(|id| self.by_id.get(id))
            .filter(move |endpoint| endpoint.enabled && endpoint.wants(event_type))
    }

    fn put(&mut self, endpoint: Endpoint) {
        let (id, tenant) = (endpoint.id, endpoint.tenant.clone());
        if self.by_id.insert(id, Arc::new(endpoint)).is_none() {
            self.by_tenant.entry(tenant).or_default().push(id);
        }
    }

    fn remove(&mut self, id: Uuid) {
        if let Some(endpoint) = self.by_id.remove(&id)
            && let Some(ids) = self.by_tenant.get_mut(&endpoint.tenant)
        {
            ids.retain(|known| *known != id);
        }
    }

    /// Folds an event of kind [`KIND`].
    ///
    /// # Errors
    /// Why the event cannot be read, in words that repeat nothing of it.
    pub(crate) fn fold(&mut self, event: &RecordedEvent) -> Result<Effect, String> {
        let unreadable =
            |error: serde_json::Error| format!("not an endpoint's event, at column {}", error.column());
        let what: WebhookEndpointEvent = serde_json::from_str(&event.payload).map_err(unreadable)?;
        if let WebhookEndpointEvent::Registered(registered) = &what {
            self.put(Endpoint {
                id: event.id,
                tenant: event.tenant.clone(),
                url: registered.url.as_str().into(),
                target: Target::new(registered.url.as_str()),
                events: registered.events.clone().into(),
                secret: secret(registered.secret.as_str())?,
                previous: None,
                enabled: true,
                fresh_since: event.recorded_at,
                version: event.version,
            });
            return Ok(Effect::Changed);
        }
        let Some(known) = self.by_id.get(&event.id).filter(|known| known.tenant == event.tenant) else {
            return Ok(Effect::Nothing);
        };
        let mut endpoint = Endpoint { version: event.version, ..known.as_ref().clone() };
        let mut effect = Effect::Changed;
        match what {
            WebhookEndpointEvent::Registered(_) => {}
            WebhookEndpointEvent::Updated(patch) => {
                if let Some(url) = patch.url {
                    endpoint.url = url.as_str().into();
                    endpoint.target = Target::new(url.as_str());
                    endpoint.fresh_since = event.recorded_at;
                }
                if let Some(events) = patch.events {
                    endpoint.events = events.into();
                }
            }
            WebhookEndpointEvent::SecretRotated(rotated) => {
                endpoint.secret = secret(rotated.secret.as_str())?;
                endpoint.previous = match rotated.previous_secret {
                    Some(PreviousSecret { secret: text, until }) => {
                        Some((secret(text.as_str())?, until.as_microsecond()))
                    }
                    None => None,
                };
            }
            WebhookEndpointEvent::Disabled(_) => endpoint.enabled = false,
            WebhookEndpointEvent::Enabled(_) => {
                endpoint.enabled = true;
                endpoint.fresh_since = event.recorded_at;
                effect = Effect::Enabled;
            }
            WebhookEndpointEvent::Tested(_) => effect = Effect::Test,
            WebhookEndpointEvent::RedeliveryRequested(request) => {
                effect = Effect::Redeliver(request.selection)
            }
            WebhookEndpointEvent::Deleted(_) => {
                self.remove(event.id);
                return Ok(Effect::Deleted);
            }
        }
        self.put(endpoint);
        Ok(effect)
    }
}

fn secret(text: &str) -> Result<Secret, String> {
    Secret::parse(text).map_err(|error| error.to_string())
}
