//! What webhooks ask of the server: an event's `data`, and the command that disables an endpoint.
//!
//! The `data` is the resource as the back office prints it plus its UUID, as it was right after the event: the stream is
//! folded up to the event's version, so that a delivery made late, or again, says the same.

use crate::backoffice::accounts::AccountView;
use crate::backoffice::categories::CategoryView;
use crate::backoffice::customer_view::CustomerView;
use crate::backoffice::departments::DepartmentView;
use crate::backoffice::invoice_view::InvoiceView;
use crate::backoffice::lead_view::LeadView;
use crate::backoffice::products::ProductView;
use crate::backoffice::quote_view::QuoteView;
use crate::backoffice::records::RecordView;
use crate::backoffice::ticket_view::TicketView;
use crate::backoffice::transaction_view::{PaymentView, TransactionView};
use crate::entry::redacted;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use sunledger_commands::history::At;
use sunledger_commands::{CommandError, Commands, Context};
use sunledger_domain::client::Client;
use sunledger_domain::invoice::{Invoice, InvoiceEvent};
use sunledger_domain::lead::Lead;
use sunledger_domain::quote::Quote;
use sunledger_domain::record::Record;
use sunledger_domain::webhook_endpoint::{WebhookEndpoint, WebhookEndpointCommand};
use sunledger_domain::{DomainError, Entity, TenantId};
use sunledger_store::{RecordedEvent, StoreError, StreamId};
use sunledger_webhooks::{Control, Render};
use uuid::Uuid;

/// Events of a stream read at a time.
const PAGE: usize = 256;
/// What a state has one of for every month, and how many of the newest are told: a year with the month before it, and as
/// long as credits can be used.
const MONTHLY: [(&str, usize); 3] = [("bills", 13), ("generation", 13), ("credits", 61)];

/// Makes the `data` of webhooks.
#[derive(Clone)]
pub struct BackofficeRender {
    commands: Commands,
}

impl BackofficeRender {
    /// Renders what the log of these commands holds.
    pub fn new(commands: Commands) -> Self {
        Self { commands }
    }

    async fn data(&self, event: &RecordedEvent) -> Result<Value, StoreError> {
        match &*event.kind {
            "client" => {
                let client: Client = self.as_of(event).await?;
                printed(&CustomerView::new(event.id, &client))
            }
            "invoice" => self.invoice(event).await,
            "transaction" => printed(&TransactionView::new(event.id, &self.as_of(event).await?)),
            "quote" => self.quote(event).await,
            "ticket" => printed(&TicketView::new(event.id, &self.as_of(event).await?)),
            "lead" => self.lead(event).await,
            "product" => self.record::<ProductView>(event).await,
            "account" => self.record::<AccountView>(event).await,
            "category" => self.record::<CategoryView>(event).await,
            "department" => self.record::<DepartmentView>(event).await,
            "consumer_unit" | "power_plant" => self.state(event).await.map(newest_months),
            _ => self.state(event).await,
        }
    }

    async fn invoice(&self, event: &RecordedEvent) -> Result<Value, StoreError> {
        let invoice: Invoice = self.as_of(event).await?;
        let customer = self.customer(&event.tenant, invoice.client_id).await?;
        let payment = match self.commands.codec().decode::<Invoice>(event)? {
            InvoiceEvent::PaymentReceived(received) => Some(received.payment_id),
            InvoiceEvent::PaymentReversed(reversed) => Some(reversed.payment_id),
            _ => None,
        };
        match payment.and_then(|id| invoice.payments.iter().find(|payment| payment.id == id)) {
            Some(payment) => printed(&PaymentView::new(payment, event.id, &invoice, customer)),
            None => printed(&InvoiceView::new(event.id, &invoice, customer)),
        }
    }

    async fn quote(&self, event: &RecordedEvent) -> Result<Value, StoreError> {
        let quote: Quote = self.as_of(event).await?;
        let invoice = match quote.invoice_id {
            Some(id) => self.commands.recall::<Invoice>(&event.tenant, id).await.map_err(store_error)?,
            None => None,
        };
        printed(&QuoteView::new(event.id, &quote, invoice.map(|invoice| invoice.state.number.get())))
    }

    async fn lead(&self, event: &RecordedEvent) -> Result<Value, StoreError> {
        let lead: Lead = self.as_of(event).await?;
        let customer = match lead.client_id {
            Some(id) => self.customer(&event.tenant, id).await?,
            None => None,
        };
        printed(&LeadView::new(event.id, &lead, customer))
    }

    async fn record<V: RecordView>(&self, event: &RecordedEvent) -> Result<Value, StoreError> {
        let record: Record = self.as_of(event).await?;
        printed(&V::new(event.id, &record))
    }

    /// The number of an invoice's client; none where it was deleted. It never changes, so that of a client with an event
    /// that this release cannot read, the first one will do: the invoice is sound.
    async fn customer(&self, tenant: &TenantId, id: Uuid) -> Result<Option<i64>, StoreError> {
        let found = match self.commands.recall::<Client>(tenant, id).await {
            Ok(None) => self.commands.load::<Client>(tenant, id).await,
            found => found,
        };
        let client = match found.map_err(store_error) {
            Ok(found) => found.map(|client| client.state),
            Err(StoreError::Damaged(_)) => {
                let stream = StreamId { tenant: tenant.clone(), kind: "client".into(), id };
                let (mut client, created) =
                    (Client::default(), self.commands.log().read_stream(&stream, 0, 1).await?);
                self.commands.codec().fold(&mut client, 0, &created)?;
                Some(Arc::new(client))
            }
            Err(error) => return Err(error),
        };
        Ok(client.map(|client| client.number.get()))
    }

    /// Of a kind that the back office does not print: its state, without secrets. What the event deleted is shown as it
    /// was before.
    async fn state(&self, event: &RecordedEvent) -> Result<Value, StoreError> {
        let stream = event.stream();
        let mut state = Value::Null;
        for version in [event.version, event.version - 1] {
            let past = self.commands.state_at(&stream, At::Version(version)).await.map_err(store_error)?;
            state = past.map(|past| past.state).unwrap_or_default();
            if !state.is_null() {
                break;
            }
        }
        let Value::Object(state) = redacted(state) else {
            return Err(StoreError::Damaged(format!("{} {} has no state", event.kind, event.id)));
        };
        Ok(identified(event.id, state))
    }

    /// An aggregate right after an event of its own: its events before that are read, and of a new one there are none.
    async fn as_of<A: Entity>(&self, event: &RecordedEvent) -> Result<A, StoreError> {
        let (stream, mut state, mut version) = (event.stream(), A::default(), 0);
        let before = event.version - 1;
        while version < before {
            let wanted = usize::try_from(before - version).unwrap_or(PAGE).min(PAGE);
            let events = self.commands.log().read_stream(&stream, version, wanted).await?;
            let Some(last) = events.last().map(|event| event.version) else {
                return Err(StoreError::Damaged(format!(
                    "{} {} ends before event {}",
                    stream.kind, stream.id, event.position
                )));
            };
            self.commands.codec().fold(&mut state, version, &events)?;
            version = last;
        }
        self.commands.codec().fold(&mut state, before, std::slice::from_ref(event))?;
        Ok(state)
    }
}

impl Render for BackofficeRender {
    fn render<'a>(&'a self, event: &'a RecordedEvent) -> BoxFuture<'a, Result<Value, StoreError>> {
        Box::pin(self.data(event))
    }
}

/// A state under its number and its UUID.
fn identified(id: Uuid, state: Map<String, Value>) -> Value {
    let mut data = Map::new();
    data.insert("id".to_owned(), state.get("number").cloned().unwrap_or_default());
    data.insert("uuid".to_owned(), id.to_string().into());
    data.extend(state.into_iter().filter(|(name, _)| name != "number" && name != "deleted"));
    Value::Object(data)
}

/// A state without the months long past, so that what is delivered does not grow for ever.
fn newest_months(mut state: Value) -> Value {
    for (field, months) in MONTHLY {
        if let Some(Value::Array(all)) = state.get_mut(field) {
            all.drain(..all.len().saturating_sub(months));
        }
    }
    state
}

fn printed(view: &impl Serialize) -> Result<Value, StoreError> {
    serde_json::to_value(view)
        .map_err(|error| StoreError::Failed(format!("a webhook's data as JSON: {error}")))
}

/// Carries out what webhooks decide about an endpoint.
#[derive(Clone)]
pub struct EndpointControl {
    commands: Commands,
}

impl EndpointControl {
    /// Control by these commands.
    pub fn new(commands: Commands) -> Self {
        Self { commands }
    }
}

impl Control for EndpointControl {
    fn disable(
        &self,
        tenant: &TenantId,
        endpoint: Uuid,
        reason: String,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let at = self.commands.clock().now();
        let context = Context::system(tenant.clone(), "webhooks", at);
        Box::pin(async move {
            let command = WebhookEndpointCommand::Disable { reason: Some(reason), at };
            match self.commands.execute::<WebhookEndpoint>(&context, endpoint, command).await {
                Ok(_) | Err(CommandError::Domain(DomainError::NotFound { .. } | DomainError::Rule(_))) => {
                    Ok(())
                }
                Err(error) => Err(store_error(error)),
            }
        })
    }
}

fn store_error(error: CommandError) -> StoreError {
    match error {
        CommandError::Store(error) => error,
        CommandError::Busy | CommandError::Unseen => StoreError::Unavailable(error.to_string()),
        other => StoreError::Failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
