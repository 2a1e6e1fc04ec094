//! Webhook endpoints: addresses that are told what happens, with the secrets that sign it.

mod secret;
#[cfg(test)]
mod tests;
mod url;

pub use secret::WebhookSecret;
pub use url::WebhookUrl;

use crate::aggregate::{aggregate, events};
use crate::checks::{optional_text, text_change};
use crate::entity::{Claims, Entity, Number};
use crate::event_types::is_known_event_type;
use crate::value::{Change, text};
use crate::{DomainError, FieldErrors};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What subscribes to every event.
pub const ALL_EVENTS: &str = "*";
/// Most event types of one subscription.
const MAX_EVENTS: usize = 200;
/// Longest description and reason, in characters.
const MAX_TEXT: usize = 500;

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WebhookEndpoint {
    /// Sequential number in its tenant; 0 before it was registered.
    pub number: Number,
    /// Where to.
    pub url: WebhookUrl,
    /// Event types, or `*`.
    pub events: Vec<String>,
    /// What people wrote about it.
    pub description: Option<String>,
    /// What signs the deliveries.
    pub secret: WebhookSecret,
    /// The secret before this one, while it still signs too.
    pub previous_secret: Option<PreviousSecret>,
    /// Whether it is delivered to.
    pub enabled: bool,
    /// Why not.
    pub disabled_reason: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// True once it was deleted.
    pub deleted: bool,
}

/// A secret that was replaced, but signs for a while longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousSecret {
    /// The secret.
    pub secret: WebhookSecret,
    /// Until when.
    pub until: Timestamp,
}

/// What can be asked of an endpoint.
#[derive(Debug, Clone, PartialEq)]
pub enum WebhookEndpointCommand {
    /// Make it.
    Register {
        /// Where to.
        url: WebhookUrl,
        /// Event types, or `*`; at least one.
        events: Vec<String>,
        /// At most 500 characters.
        description: Option<String>,
        /// What signs the deliveries.
        secret: WebhookSecret,
        /// Now.
        at: Timestamp,
    },
    /// Change it.
    Update(WebhookEndpointPatch),
    /// Replace the secret.
    RotateSecret {
        /// The new one.
        secret: WebhookSecret,
        /// Until when the old one signs too; none for no longer.
        keep_old_until: Option<Timestamp>,
        /// Now.
        at: Timestamp,
    },
    /// Deliver no more.
    Disable {
        /// Why.
        reason: Option<String>,
        /// Now.
        at: Timestamp,
    },
    /// Deliver again.
    Enable {
        /// Now.
        at: Timestamp,
    },
    /// Send a test event.
    Test {
        /// Now.
        at: Timestamp,
    },
    /// Deliver again what was delivered, or was to be.
    Redeliver {
        /// What.
        selection: Redelivery,
        /// Now.
        at: Timestamp,
    },
    /// Delete it.
    Delete {
        /// Now.
        at: Timestamp,
    },
}

/// What changes in an endpoint. As an event it holds only what really changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WebhookEndpointPatch {
    /// Another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<WebhookUrl>,
    /// Other event types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// Another description, or none.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub description: Change<String>,
    /// When.
    pub at: Timestamp,
}

/// Which deliveries are made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Redelivery {
    /// One delivery, by its id.
    Delivery(Uuid),
    /// Every delivery of an event of this time.
    Range {
        /// From this instant on.
        from: Timestamp,
        /// Before this instant.
        until: Timestamp,
    },
}

events! {
    /// What happened to an endpoint.
    WebhookEndpointEvent {
        /// It was made.
        "webhook_endpoint.registered" => Registered(Box<WebhookEndpointRegistered>),
        /// Some of its fields changed.
        "webhook_endpoint.updated" => Updated(WebhookEndpointPatch),
        /// Its secret was replaced.
        "webhook_endpoint.secret_rotated" => SecretRotated(WebhookEndpointSecretRotated),
        /// It is delivered to no more.
        "webhook_endpoint.disabled" => Disabled(WebhookEndpointDisabled),
        /// It is delivered to again.
        "webhook_endpoint.enabled" => Enabled(WebhookEndpointEnabled),
        /// A test event was asked for.
        "webhook_endpoint.tested" => Tested(WebhookEndpointTested),
        /// Deliveries were asked for again.
        "webhook_endpoint.redelivery_requested" => RedeliveryRequested(WebhookEndpointRedeliveryRequested),
        /// It was deleted.
        "webhook_endpoint.deleted" => Deleted(WebhookEndpointDeleted),
    }
}

/// An endpoint was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookEndpointRegistered {
    /// Its sequential number.
    pub number: Number,
    /// Where to.
    pub url: WebhookUrl,
    /// Event types, or `*`.
    pub events: Vec<String>,
    /// Description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What signs the deliveries.
    pub secret: WebhookSecret,
    /// When.
    pub at: Timestamp,
}

/// An endpoint's secret was replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookEndpointSecretRotated {
    /// The new one.
    pub secret: WebhookSecret,
    /// The old one, where it signs for a while longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret: Option<PreviousSecret>,
    /// When.
    pub at: Timestamp,
}

/// An endpoint is delivered to no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookEndpointDisabled {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// An endpoint is delivered to again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookEndpointEnabled {
    /// When.
    pub at: Timestamp,
}

/// A test event was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookEndpointTested {
    /// When.
    pub at: Timestamp,
}

/// Deliveries were asked for again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookEndpointRedeliveryRequested {
    /// Which.
    pub selection: Redelivery,
    /// When.
    pub at: Timestamp,
}

/// An endpoint was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookEndpointDeleted {
    /// When.
    pub at: Timestamp,
}

aggregate!(WebhookEndpoint, "webhook_endpoint", WebhookEndpointCommand, WebhookEndpointEvent);

impl Entity for WebhookEndpoint {
    fn exists(&self) -> bool {
        self.number != Number::default() && !self.deleted
    }

    fn claims(&self, event: &WebhookEndpointEvent, claims: &mut Claims) {
        if let WebhookEndpointEvent::Registered(_) = event {
            claims.number("webhook_endpoint");
        }
    }
}

type Decision = Result<Vec<WebhookEndpointEvent>, DomainError>;

impl WebhookEndpoint {
    /// True where it subscribes to events of this type.
    pub fn wants(&self, event_type: &str) -> bool {
        self.events.iter().any(|wanted| wanted == ALL_EVENTS || wanted == event_type)
    }

    /// What `command` makes happen.
    ///
    /// # Errors
    /// `Invalid` for wrong fields, `NotFound` where it was never registered or is deleted, `Rule` where a disabled
    /// one is asked to deliver.
    pub fn decide(&self, command: WebhookEndpointCommand) -> Decision {
        use {WebhookEndpointCommand as Command, WebhookEndpointEvent as Event};
        match command {
            Command::Register { .. } if self.number != Number::default() => {
                Err(DomainError::rule("this webhook endpoint exists already"))
            }
            Command::Register { url, events, description, secret, at } => {
                let mut errors = FieldErrors::new();
                let events = check_events(&events, &mut errors);
                let description =
                    optional_text("description", description, MAX_TEXT, text::text, &mut errors);
                let number = Number::PENDING;
                let registered = WebhookEndpointRegistered { number, url, events, description, secret, at };
                errors.into_result(vec![Event::Registered(Box::new(registered))])
            }
            _ if !self.exists() => Err(DomainError::NotFound { what: "webhook endpoint" }),
            Command::Update(patch) => self.update(patch),
            Command::RotateSecret { secret, keep_old_until, at } => self.rotate(secret, keep_old_until, at),
            Command::Disable { .. } if !self.enabled => Ok(vec![]),
            Command::Disable { reason, at } => {
                let mut errors = FieldErrors::new();
                let reason = optional_text("reason", reason, MAX_TEXT, text::text, &mut errors);
                errors.into_result(vec![Event::Disabled(WebhookEndpointDisabled { reason, at })])
            }
            Command::Enable { .. } if self.enabled => Ok(vec![]),
            Command::Enable { at } => Ok(vec![Event::Enabled(WebhookEndpointEnabled { at })]),
            // A test is how one finds out whether it can be enabled again.
            Command::Redeliver { .. } if !self.enabled => {
                Err(DomainError::rule("this webhook endpoint is disabled: enable it first"))
            }
            Command::Test { at } => Ok(vec![Event::Tested(WebhookEndpointTested { at })]),
            Command::Redeliver { selection: Redelivery::Range { from, until }, .. } if from >= until => {
                Err(DomainError::invalid("until", "must be after the start of the range"))
            }
            Command::Redeliver { selection, at } => {
                Ok(vec![Event::RedeliveryRequested(WebhookEndpointRedeliveryRequested { selection, at })])
            }
            Command::Delete { at } => Ok(vec![Event::Deleted(WebhookEndpointDeleted { at })]),
        }
    }

    fn update(&self, patch: WebhookEndpointPatch) -> Decision {
        let mut errors = FieldErrors::new();
        let events = patch.events.map(|events| check_events(&events, &mut errors));
        let description = text_change("description", patch.description, MAX_TEXT, text::text, &mut errors);
        let changed = WebhookEndpointPatch {
            url: patch.url.filter(|url| *url != self.url),
            events: events.filter(|events| *events != self.events),
            description: description.against(&self.description),
            at: patch.at,
        };
        let nothing = changed == WebhookEndpointPatch { at: patch.at, ..WebhookEndpointPatch::default() };
        errors.into_result(if nothing { vec![] } else { vec![WebhookEndpointEvent::Updated(changed)] })
    }

    fn rotate(&self, secret: WebhookSecret, keep_old_until: Option<Timestamp>, at: Timestamp) -> Decision {
        let mut errors = FieldErrors::new();
        if secret == self.secret {
            errors.add("secret", "must be another one than the present secret");
        }
        if keep_old_until.is_some_and(|until| until <= at) {
            errors.add("keep_old_until", "must be in the future");
        }
        let previous_secret =
            keep_old_until.map(|until| PreviousSecret { secret: self.secret.clone(), until });
        let rotated = WebhookEndpointSecretRotated { secret, previous_secret, at };
        errors.into_result(vec![WebhookEndpointEvent::SecretRotated(rotated)])
    }

    /// Folds an event into the state.
    pub fn evolve(&mut self, event: WebhookEndpointEvent) {
        self.updated_at = event.at();
        match event {
            WebhookEndpointEvent::Registered(registered) => {
                *self = Self {
                    number: registered.number,
                    url: registered.url,
                    events: registered.events,
                    description: registered.description,
                    secret: registered.secret,
                    enabled: true,
                    created_at: registered.at,
                    updated_at: registered.at,
                    ..Self::default()
                };
            }
            WebhookEndpointEvent::Updated(patch) => {
                self.url = patch.url.unwrap_or_else(|| std::mem::take(&mut self.url));
                self.events = patch.events.unwrap_or_else(|| std::mem::take(&mut self.events));
                patch.description.apply(&mut self.description);
            }
            WebhookEndpointEvent::SecretRotated(rotated) => {
                self.secret = rotated.secret;
                self.previous_secret = rotated.previous_secret;
            }
            WebhookEndpointEvent::Disabled(disabled) => {
                self.enabled = false;
                self.disabled_reason = disabled.reason;
            }
            WebhookEndpointEvent::Enabled(_) => {
                self.enabled = true;
                self.disabled_reason = None;
            }
            WebhookEndpointEvent::Tested(_) | WebhookEndpointEvent::RedeliveryRequested(_) => {}
            WebhookEndpointEvent::Deleted(_) => self.deleted = true,
        }
    }
}

/// The wanted types, each once; all of them known, else what is wrong with them is noted.
pub fn check_events(events: &[String], errors: &mut FieldErrors) -> Vec<String> {
    let mut wanted: Vec<String> = Vec::new();
    if events.is_empty() || events.len() > MAX_EVENTS {
        errors.add("events", format!("must be 1 to {MAX_EVENTS} event types, or *"));
        return wanted;
    }
    for (index, name) in events.iter().enumerate() {
        if name != ALL_EVENTS && !is_known_event_type(name) {
            errors.add(format!("events[{index}]"), "must be the type of an event of the ledger, or *");
        } else if !wanted.contains(name) {
            wanted.push(name.clone());
        }
    }
    wanted
}
