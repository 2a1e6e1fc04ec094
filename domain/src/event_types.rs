//! The names of every event there is: what a webhook can subscribe to, and a feed be filtered by.

use crate::api_key::ApiKeyEvent;
use crate::client::ClientEvent;
use crate::consumer_unit::ConsumerUnitEvent;
use crate::installation::InstallationEvent;
use crate::invoice::InvoiceEvent;
use crate::lead::LeadEvent;
use crate::overrides::OverrideEvent;
use crate::paystub::PaystubEvent;
use crate::power_plant::PowerPlantEvent;
use crate::production::ProductionEvent;
use crate::project::ProjectEvent;
use crate::quote::QuoteEvent;
use crate::record::KINDS;
use crate::tenant::TenantEvent;
use crate::ticket::TicketEvent;
use crate::transaction::TransactionEvent;
use crate::user::UserEvent;
use crate::webhook_endpoint::WebhookEndpointEvent;
use std::sync::LazyLock;

static KNOWN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let written_out = [
        ApiKeyEvent::TYPES,
        ClientEvent::TYPES,
        ConsumerUnitEvent::TYPES,
        InstallationEvent::TYPES,
        InvoiceEvent::TYPES,
        LeadEvent::TYPES,
        OverrideEvent::TYPES,
        PaystubEvent::TYPES,
        PowerPlantEvent::TYPES,
        ProductionEvent::TYPES,
        ProjectEvent::TYPES,
        QuoteEvent::TYPES,
        TenantEvent::TYPES,
        TicketEvent::TYPES,
        TransactionEvent::TYPES,
        UserEvent::TYPES,
        WebhookEndpointEvent::TYPES,
    ];
    let written_out = written_out.into_iter().flatten().map(|name| (*name).to_owned());
    let mut known: Vec<String> =
        written_out.chain(KINDS.iter().flat_map(|kind| kind.event_types())).collect();
    known.sort_unstable();
    known
});

/// Every event type of every aggregate, sorted.
pub fn known_event_types() -> &'static [String] {
    &KNOWN
}

/// True for the name of an event that some aggregate has.
pub fn is_known_event_type(name: &str) -> bool {
    KNOWN.binary_search_by(|known| known.as_str().cmp(name)).is_ok()
}

#[cfg(test)]
mod tests;
