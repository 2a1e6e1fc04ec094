//! From events to deliveries: one row per event and subscribed endpoint, written once.
//!
//! A batch of events becomes one transaction: what changed in the endpoints, the new deliveries, and the checkpoint,
//! which moves only from where this process knows it to be. So a crash leaves either all of a batch or nothing, two
//! processes that both believe to be the active one cannot both write it, and an event that comes twice is known by
//! its position. Ids follow from event and endpoint, as a second line of defence.
//!
//! Events that only make deliveries become pages, which are posted first and written after ([`crate::page`]). Whatever
//! else an event does is written at once, when all before it is written.
//!
//! The body is fixed here: every attempt sends the same bytes, and every copy of the delivery too.

use crate::batch::Batch;
use crate::endpoint::{Effect, Endpoint, KIND, Registry};
use crate::ids;
use crate::job::{LaneKey, NewDelivery};
use crate::page::{Made, Page};
use crate::progress::{Progress, Unwritten};
use crate::settings::Clock;
use crate::source::EventSource;
use crate::stats::{Counters, count};
use crate::tables::{Checkpoint, Tables};
use crate::wake::Wake;
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use std::collections::HashMap;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use sunledger_domain::webhook_endpoint::Redelivery;
use sunledger_store::{RecordedEvent, StoreError};
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

/// Deliveries of a page, about: whole events.
const PAGE: usize = 256;
/// Pages that are handed over and not written: while one is written, the next ones are posted.
const PAGES: usize = 4;
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

/// The body of every event that goes to somebody, by position, or why there is none.
type Bodies = HashMap<i64, Result<Arc<str>, String>>;

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
        checkpoint: Checkpoint,
    ) -> Result<Infallible, StoreError> {
        let mut progress = Progress::new(checkpoint, self.wake.clone(), self.counters.clone());
        let failed = self.follow(source, &mut progress).await;
        // What is handed over is being posted and will be written: whoever begins before that tells it twice.
        while !progress.is_written() && progress.next_written().await.is_ok() {}
        failed
    }

    async fn follow(
        &self,
        source: &mut dyn EventSource,
        progress: &mut Progress,
    ) -> Result<Infallible, StoreError> {
        loop {
            source.nobody_listens(self.registry.borrow().is_empty());
            let mut next = source.next(progress.position);
            let events = loop {
                tokio::select! {
                    events = &mut next => break events?,
                    written = progress.next_written(), if !progress.is_written() => written?,
                }
            };
            drop(next);
            self.handle(&events, progress).await?;
        }
    }

    /// Handles events in order; those up to the checkpoint were handled before.
    async fn handle(&self, events: &[RecordedEvent], progress: &mut Progress) -> Result<(), StoreError> {
        // A redelivery looks for deliveries that may have been made by the event just before it: it begins a
        // transaction, so that they are there to be found.
        for chunk in events.chunk_by(|_, next| *next.event_type != *REDELIVERY) {
            self.make(chunk, progress).await?;
        }
        Ok(())
    }

    async fn make(&self, events: &[RecordedEvent], progress: &mut Progress) -> Result<(), StoreError> {
        let now = (self.clock)();
        let mut last = progress.position;
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
        let only_deliveries = !fresh.iter().any(|event| *event.kind == *KIND);
        if !only_deliveries {
            progress.written(0).await?;
        }
        let mut registry = self.registry.borrow().clone();
        let mut steps = Vec::new();
        for event in fresh {
            let silent = event.position <= progress.silent_until
                || event.recorded_at < now.saturating_sub(self.retention);
            self.plan(event, silent, &mut registry, &mut steps).await?;
        }
        let bodies = self.render(&steps).await?;
        let all_rendered = bodies.values().all(Result::is_ok);
        if only_deliveries && all_rendered && progress.proven && self.wake.is_open() {
            return self.post_first(&steps, &bodies, last, progress).await;
        }
        progress.written(0).await?;
        self.write_first(&steps, &bodies, last, registry, progress).await
    }

    /// Posts what the events make, and has it written after.
    async fn post_first(
        &self,
        steps: &[Step<'_>],
        bodies: &Bodies,
        last: i64,
        progress: &mut Progress,
    ) -> Result<(), StoreError> {
        let mut steps = steps.iter().peekable();
        while progress.position < last {
            progress.written(PAGES - 1).await?;
            let mut made = Made::new(&self.wake, self.lease, (self.clock)(), progress.behind());
            let (mut deliveries, mut to) = (Vec::new(), last);
            while let Some(step) = steps.next() {
                if let Step::Deliver { event, to: endpoints } = step
                    && let Some(Ok(body)) = bodies.get(&event.position)
                {
                    deliveries.extend(made.deliveries(event, endpoints, body));
                    if deliveries.len() >= PAGE && steps.peek().is_some() {
                        to = event.position;
                        break;
                    }
                }
            }
            let Made { now: due_at, lease, jobs, due, count, .. } = made;
            let (tell, written) = oneshot::channel();
            let page = Page::new((progress.position, to), lease, deliveries, tell);
            self.wake.hand_over(page, jobs);
            progress.handed_over(Unwritten { written, to, count, due, due_at });
        }
        Ok(())
    }

    /// Writes what the events mean, and has it posted after.
    async fn write_first(
        &self,
        steps: &[Step<'_>],
        bodies: &Bodies,
        last: i64,
        registry: Arc<Registry>,
        progress: &mut Progress,
    ) -> Result<(), StoreError> {
        let mut batch = self.tables.batch();
        let mut made = Made::new(&self.wake, self.lease, (self.clock)(), std::iter::empty());
        for step in steps {
            write(step, bodies, &mut batch, &mut made);
        }
        batch.advance(progress.position, last);
        // Should nobody know whether it was committed, these claims are given back before the fan-out goes on.
        self.claiming.store(made.lease, Relaxed);
        self.tables.commit(batch).await?;
        self.claiming.store(0, Relaxed);

        progress.wrote(last, made.count);
        let parked = |step: &&Step| match step {
            Step::Park { .. } => true,
            Step::Deliver { event, .. } => bodies.get(&event.position).is_some_and(Result::is_err),
            _ => false,
        };
        count(&self.counters.parked, steps.iter().filter(parked).count());
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

    /// Makes the bodies. Only an unavailable store is an error.
    async fn render(&self, steps: &[Step<'_>]) -> Result<Bodies, StoreError> {
        let wanted = steps.iter().filter_map(|step| match step {
            Step::Deliver { event, .. } => Some(*event),
            _ => None,
        });
        // Boxed here: a stream of closures over borrowed events is more than the compiler can prove to be Send.
        let rendering: Vec<BoxFuture<'_, _>> =
            wanted.map(|event| Box::pin(self.body(event)) as BoxFuture<_>).collect();
        let mut rendered = stream::iter(rendering).buffered(RENDERERS);
        let mut bodies = Bodies::new();
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

fn write(step: &Step<'_>, bodies: &Bodies, batch: &mut Batch, made: &mut Made<'_>) {
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
            let event_id: Arc<str> = event.event_id().into();
            let id = ids::test(event.recorded_at, event.position, event.id, &event_id);
            let delivery = made.delivery(event, id, lane, &event_id, (id, &body));
            batch.insert_delivery(&NewDelivery { event_type: TEST_TYPE.into(), ..delivery });
        }
        Step::Deliver { event, to } => match bodies.get(&event.position) {
            Some(Ok(body)) => {
                made.deliveries(event, to, body).iter().for_each(|delivery| batch.insert_delivery(delivery));
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
