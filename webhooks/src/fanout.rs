//! From events to deliveries: one row per event and subscribed endpoint, written once.
//!
//! A batch of events becomes one transaction: what changed in the endpoints, the new deliveries, and the checkpoint,
//! which moves only from where this process knows it to be. So a crash leaves either all of a batch or nothing, two
//! processes that both believe to be the active one cannot both write it, and an event that comes twice is known by
//! its position. Ids follow from event and endpoint, as a second line of defence.
//!
//! The body is fixed here: every attempt sends the same bytes, and every copy of the delivery too.

use crate::batch::Batch;
use crate::endpoint::{Effect, Endpoint, KIND, Registry};
use crate::ids;
use crate::job::{Job, LaneKey, NewDelivery};
use crate::settings::Clock;
use crate::source::EventSource;
use crate::stats::{Counters, count};
use crate::tables::{Checkpoint, Tables};
use crate::wake::Wake;
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use sunledger_domain::webhook_endpoint::Redelivery;
use sunledger_store::{RecordedEvent, StoreError};
use tokio::sync::watch;
use uuid::Uuid;

/// Events rendered at the same time.
const RENDERERS: usize = 16;
/// Deliveries copied in one transaction.
const COPIES: usize = 1_000;
/// The type of test messages. It is no event of the ledger.
const TEST_TYPE: &str = "webhook.test";
const REDELIVERY: &str = "webhook_endpoint.redelivery_requested";

/// Makes the `data` of a message.
pub trait Render: Send + Sync {
    /// The resource that the event is about, without secrets.
    ///
    /// # Errors
    /// `Unavailable` is asked again; after any other error the event is parked and not delivered.
    fn render<'a>(&'a self, event: &'a RecordedEvent)
    -> BoxFuture<'a, Result<serde_json::Value, StoreError>>;
}

/// What every message says.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    event_type: &'a str,
    timestamp: String,
    data: &'a serde_json::Value,
}

/// One thing to be written, in the order of the events.
enum Step<'a> {
    Put(Arc<Endpoint>),
    Delete(Uuid),
    Awake(Uuid),
    Copied(Uuid),
    Deliver { event: &'a RecordedEvent, to: Vec<Uuid> },
    Test { event: &'a RecordedEvent },
    Copy { event: &'a RecordedEvent, delivery: Uuid },
    Park { event: &'a RecordedEvent, error: String },
}

/// The fan-out.
pub(crate) struct FanOut {
    pub(crate) tables: Tables,
    pub(crate) registry: watch::Sender<Arc<Registry>>,
    pub(crate) render: Arc<dyn Render>,
    pub(crate) clock: Clock,
    pub(crate) wake: Arc<Wake>,
    pub(crate) counters: Arc<Counters>,
    /// Events older than this (microseconds) are not delivered any more.
    pub(crate) retention: i64,
    /// How long deliveries are claimed that are handed to the worker, microseconds.
    pub(crate) lease: i64,
    /// The lease of claims that are being written; 0 at other times.
    pub(crate) claiming: AtomicI64,
}

impl FanOut {
    /// Follows the source from the checkpoint on, until the store or the source fails.
    pub(crate) async fn run(
        &self,
        source: &mut dyn EventSource,
        checkpoint: &mut Checkpoint,
    ) -> Result<std::convert::Infallible, StoreError> {
        loop {
            source.nobody_listens(self.registry.borrow().is_empty());
            let events = source.next(checkpoint.position).await?;
            self.handle(&events, checkpoint).await?;
        }
    }

    /// Handles events in order; those up to the checkpoint were handled before.
    pub(crate) async fn handle(
        &self,
        events: &[RecordedEvent],
        checkpoint: &mut Checkpoint,
    ) -> Result<(), StoreError> {
        // A redelivery looks for deliveries that may have been made by the event just before it: it begins a
        // transaction, so that they are there to be found.
        for chunk in events.chunk_by(|_, next| *next.event_type != *REDELIVERY) {
            self.transact(chunk, checkpoint).await?;
        }
        Ok(())
    }

    async fn transact(
        &self,
        events: &[RecordedEvent],
        checkpoint: &mut Checkpoint,
    ) -> Result<(), StoreError> {
        let now = (self.clock)();
        let mut last = checkpoint.position;
        let mut fresh: Vec<&RecordedEvent> = Vec::with_capacity(events.len());
        for event in events {
            if event.position > last {
                last = event.position;
                fresh.push(event);
            }
        }
        if fresh.is_empty() {
            return Ok(());
        }
        let mut registry = self.registry.borrow().clone();
        let mut steps = Vec::new();
        for event in fresh {
            let silent = event.position <= checkpoint.silent_until
                || event.recorded_at < now.saturating_sub(self.retention);
            self.plan(event, silent, &mut registry, &mut steps).await?;
        }
        let bodies = self.render(&steps).await?;

        let mut batch = self.tables.batch();
        let mut made = Made::new(&self.wake, self.lease, now);
        for step in &steps {
            write(step, &bodies, &mut batch, &mut made);
        }
        batch.advance(checkpoint.position, last);
        // Should nobody know whether it was committed, these claims are given back before the fan-out goes on.
        self.claiming.store(made.lease, Relaxed);
        self.tables.commit(batch).await?;
        self.claiming.store(0, Relaxed);

        checkpoint.position = last;
        self.counters.position.store(last, Relaxed);
        let parked = |step: &&Step| match step {
            Step::Park { .. } => true,
            Step::Deliver { event, .. } => bodies.get(&event.position).is_some_and(Result::is_err),
            _ => false,
        };
        count(&self.counters.parked, steps.iter().filter(parked).count());
        count(&self.counters.fanned_out, made.count);
        self.registry.send_if_modified(|current| {
            let changed = !Arc::ptr_eq(current, &registry);
            *current = registry;
            changed
        });
        // After the registry: an endpoint is known before its first delivery is.
        made.hand_over();
        Ok(())
    }

    /// Gives back the claims of a transaction of which nobody knows whether it was committed.
    pub(crate) async fn settle(&self) -> Result<(), StoreError> {
        let lease = self.claiming.load(Relaxed);
        if lease != 0 {
            self.tables.unclaim(lease).await?;
            self.claiming.store(0, Relaxed);
        }
        Ok(())
    }

    /// What an event means. It goes to the endpoints that were there before it and are enabled after it.
    async fn plan<'a>(
        &self,
        event: &'a RecordedEvent,
        silent: bool,
        registry: &mut Arc<Registry>,
        steps: &mut Vec<Step<'a>>,
    ) -> Result<(), StoreError> {
        let mut newborn = None;
        if *event.kind == *KIND {
            if registry.get(event.id).is_none() {
                newborn = Some(event.id);
            }
            let effect = match Arc::make_mut(registry).fold(event) {
                Ok(effect) => effect,
                Err(error) => {
                    tracing::error!(position = event.position, error, "an endpoint's event is parked");
                    steps.push(Step::Park { event, error });
                    return Ok(());
                }
            };
            let tested = effect == Effect::Test;
            match effect {
                Effect::Nothing => {}
                Effect::Deleted => steps.push(Step::Delete(event.id)),
                Effect::Enabled => {
                    steps.extend(registry.get(event.id).cloned().map(Step::Put));
                    steps.push(Step::Awake(event.id));
                }
                Effect::Changed | Effect::Test => {
                    steps.extend(registry.get(event.id).cloned().map(Step::Put));
                    if tested && !silent {
                        steps.push(Step::Test { event });
                    }
                }
                Effect::Redeliver(_) if silent => {}
                Effect::Redeliver(Redelivery::Delivery(delivery)) => {
                    steps.push(Step::Copy { event, delivery })
                }
                Effect::Redeliver(Redelivery::Range { from, until }) => {
                    self.copy_range(event, from.as_microsecond(), until.as_microsecond()).await?;
                    steps.push(Step::Copied(event.id));
                }
            }
        }
        if !silent {
            let subscribers = registry.subscribers(&event.tenant, &event.event_type);
            let to: Vec<Uuid> =
                subscribers.map(|endpoint| endpoint.id).filter(|id| Some(*id) != newborn).collect();
            if !to.is_empty() {
                steps.push(Step::Deliver { event, to });
            }
        }
        Ok(())
    }

    /// The body of every event that goes to somebody, or why there is none. Only an unavailable store is an error.
    async fn render(&self, steps: &[Step<'_>]) -> Result<HashMap<i64, Result<Arc<str>, String>>, StoreError> {
        let wanted = steps.iter().filter_map(|step| match step {
            Step::Deliver { event, .. } => Some(*event),
            _ => None,
        });
        // Boxed here: a stream of closures over borrowed events is more than the compiler can prove to be Send.
        let rendering: Vec<BoxFuture<'_, _>> =
            wanted.map(|event| Box::pin(self.body(event)) as BoxFuture<_>).collect();
        let mut rendered = stream::iter(rendering).buffered(RENDERERS);
        let mut bodies = HashMap::new();
        while let Some((position, body)) = rendered.next().await {
            bodies.insert(position, body?);
        }
        Ok(bodies)
    }

    async fn body(&self, event: &RecordedEvent) -> (i64, Result<Result<Arc<str>, String>, StoreError>) {
        // A panic there would come again at every start, and stop everything behind this event.
        let rendering = AssertUnwindSafe(async { self.render.render(event).await }).catch_unwind();
        let rendered =
            rendering.await.unwrap_or_else(|_| Err(StoreError::Failed("the renderer panicked".into())));
        let body = match rendered {
            Ok(data) => write_body(&event.event_type, event.recorded_at, &data),
            Err(error @ StoreError::Unavailable(_)) => return (event.position, Err(error)),
            Err(error) => Err(error.to_string()),
        };
        // The renderer leaves secrets out. Should it ever forget, nothing is sent.
        let body = match body {
            Ok(body) if *event.kind == *KIND && body.contains("whsec_") => {
                Err("the rendered event holds a secret".to_owned())
            }
            body => body,
        };
        if let Err(error) = &body {
            let event_type = &*event.event_type;
            tracing::error!(
                position = event.position,
                event_type,
                error,
                "an event is parked, not delivered"
            );
        }
        (event.position, Ok(body))
    }

    /// Copies every delivery of the endpoint whose event is of this time, in steps; the ids follow from the request, so
    /// that doing it again after a crash copies nothing twice.
    async fn copy_range(&self, request: &RecordedEvent, from: i64, until: i64) -> Result<(), StoreError> {
        let (mut after, before) = (ids::first_of(from), ids::first_of(until));
        loop {
            let limit = i64::try_from(COPIES).unwrap_or(i64::MAX);
            let found = self.tables.originals(&request.tenant, request.id, after, before, limit).await?;
            let Some(last) = found.last() else { return Ok(()) };
            after = *last;
            let now = (self.clock)();
            let mut batch = self.tables.batch();
            for original in &found {
                batch.copy_delivery(copy_id(request, *original), *original, &request.tenant, request.id, now);
            }
            self.tables.commit(batch).await?;
        }
    }
}

/// What a batch makes, and which of it this process claims from birth.
struct Made<'a> {
    wake: &'a Wake,
    now: i64,
    /// The lease of all of it.
    lease: i64,
    rooms: HashMap<LaneKey, usize>,
    jobs: Vec<Job>,
    /// Lanes of what is left to be claimed from the table.
    due: HashSet<LaneKey>,
    /// New deliveries.
    count: usize,
}

impl<'a> Made<'a> {
    fn new(wake: &'a Wake, lease: i64, now: i64) -> Self {
        let lease = wake.lanes().lease(now.saturating_add(lease));
        Self { wake, now, lease, rooms: HashMap::new(), jobs: Vec::new(), due: HashSet::new(), count: 0 }
    }

    /// A delivery that is about to be written.
    fn delivery(
        &mut self,
        event: &RecordedEvent,
        id: Uuid,
        lane: LaneKey,
        (body_id, body): (Uuid, &Arc<str>),
    ) -> NewDelivery {
        let room = self.rooms.entry(lane).or_insert_with(|| self.wake.lanes().room(lane, self.now));
        let claimed = *room > 0;
        *room = room.saturating_sub(1);
        let delivery = NewDelivery {
            id,
            tenant: event.tenant.clone(),
            lane,
            event_id: event.event_id().into(),
            event_type: event.event_type.clone(),
            event_at: event.recorded_at,
            position: event.position,
            message_id: ids::message_id(id).into(),
            body_id,
            body: body.clone(),
            created_at: self.now,
            claimed_until: claimed.then_some(self.lease),
        };
        self.count += 1;
        match delivery.job() {
            Some(job) => self.jobs.push(job),
            None => _ = self.due.insert(lane),
        }
        delivery
    }

    /// All of it is written.
    fn hand_over(self) {
        if self.jobs.is_empty() && self.due.is_empty() {
            return;
        }
        let mut lanes = self.wake.lanes();
        lanes.put(self.jobs);
        for lane in self.due {
            lanes.due(lane, self.now);
        }
        drop(lanes);
        self.wake.wake();
    }
}

fn write(
    step: &Step<'_>,
    bodies: &HashMap<i64, Result<Arc<str>, String>>,
    batch: &mut Batch,
    made: &mut Made<'_>,
) {
    let now = made.now;
    let plain = |endpoint| LaneKey { endpoint, tests: false };
    match step {
        Step::Put(endpoint) => batch.upsert_endpoint(endpoint),
        Step::Delete(id) => batch.delete_endpoint(*id, now),
        Step::Awake(id) => {
            batch.wake_endpoint(*id, now);
            made.due.insert(plain(*id));
        }
        Step::Copied(id) => _ = made.due.insert(plain(*id)),
        Step::Park { event, error } => batch.park(event, error, now),
        Step::Copy { event, delivery } => {
            let id = copy_id(event, *delivery);
            batch.copy_delivery(id, *delivery, &event.tenant, event.id, now);
            made.due.insert(plain(event.id));
        }
        Step::Test { event } => {
            let data = serde_json::json!({ "endpoint_id": event.id });
            // A body of three plain values can be written.
            let Ok(body) = write_body(TEST_TYPE, event.recorded_at, &data) else { return };
            let lane = LaneKey { endpoint: event.id, tests: true };
            let id = ids::test(event.recorded_at, event.position, event.id, &event.event_id());
            let delivery = made.delivery(event, id, lane, (id, &body));
            batch.insert_delivery(NewDelivery { event_type: TEST_TYPE.into(), ..delivery });
        }
        Step::Deliver { event, to } => match bodies.get(&event.position) {
            Some(Ok(body)) => {
                let event_id = event.event_id();
                let body = (ids::body(event.recorded_at, event.position, &event_id), body);
                for endpoint in to {
                    let id = ids::delivery(event.recorded_at, event.position, *endpoint, &event_id);
                    batch.insert_delivery(made.delivery(event, id, plain(*endpoint), body));
                }
            }
            Some(Err(error)) => batch.park(event, error, now),
            None => {}
        },
    }
}

fn copy_id(request: &RecordedEvent, original: Uuid) -> Uuid {
    ids::redelivery(request.recorded_at, request.position, original, &request.event_id())
}

fn write_body(event_type: &str, recorded_at: i64, data: &serde_json::Value) -> Result<Arc<str>, String> {
    let at = jiff::Timestamp::from_microsecond(recorded_at).map_err(|error| error.to_string())?;
    let body = Body { event_type, timestamp: format!("{at:.3}"), data };
    serde_json::to_string(&body).map(Arc::from).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_type_timestamp_and_data() {
        let data = serde_json::json!({ "id": "5", "amount": 12.50 });
        let body = write_body("payment.received", 1_700_000_000_120_999, &data).unwrap();
        let expected = r#"{"type":"payment.received","timestamp":"2023-11-14T22:13:20.120Z","data":{"amount":12.5,"id":"5"}}"#;
        assert_eq!(&*body, expected);
        let whole = write_body("payment.received", 1_700_000_000_000_000, &data).unwrap();
        assert!(whole.contains(r#""timestamp":"2023-11-14T22:13:20.000Z""#), "{whole}");
    }
}
