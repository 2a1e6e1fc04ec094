//! Deliveries that are posted before they are written.
//!
//! Most first attempts take a few milliseconds, and a delivery that is written when its first attempt has ended is
//! written once, in its final state. So the fan-out hands the deliveries of some events to their lanes, and to the
//! recorder as a page; the recorder writes the page when all of it has ended, or nothing more of it for a moment, and with
//! it the checkpoint. What has not ended by then is written claimed, and what came back from its lane pending. So a
//! receiver that hangs costs each page a moment, but pages wait beside each other, and the others' posts go on.
//!
//! Should this process die before, the checkpoint stands where it stood and the page is fanned out again: under the same
//! ids, so that a receiver knows again what it has got. Nothing is lost, because nothing but the checkpoint decides what
//! was fanned out.

use crate::ids;
use crate::job::{Finished, Job, LaneKey, NewDelivery};
use crate::wake::Wake;
use foldhash::{HashMap, HashMapExt};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use sunledger_store::{RecordedEvent, StoreError};
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

/// A page of which nothing has ended for so long waits no more.
const QUIET: Duration = Duration::from_millis(30);
/// The longest that a page waits to be written. At full speed those before it take two thirds of it.
const LONGEST: Duration = Duration::from_millis(150);

/// Deliveries of consecutive events, under way before they are written.
#[derive(Debug)]
pub(crate) struct Page {
    /// Position of the last event before it.
    pub(crate) from: i64,
    /// Position of its last event.
    pub(crate) to: i64,
    /// Of one body one after the other.
    pub(crate) deliveries: Vec<NewDelivery>,
    /// Told when it is written, or why it is not. Dropped where a page before it was not.
    pub(crate) written: oneshot::Sender<Result<(), StoreError>>,
    /// The lease of those that are claimed; no other claims have it.
    lease: i64,
    claimed: usize,
    began: Instant,
    /// When something of it ended last.
    moved: Instant,
    /// What became of claimed ones: the first attempt, or none where the claim was given back.
    ended: HashMap<Uuid, Option<Finished>>,
}

impl Page {
    /// A page of deliveries, of which some are claimed with this lease.
    pub(crate) fn new(
        (from, to): (i64, i64),
        lease: i64,
        deliveries: Vec<NewDelivery>,
        written: oneshot::Sender<Result<(), StoreError>>,
    ) -> Self {
        let claimed = deliveries.iter().filter(|delivery| delivery.claimed_until.is_some()).count();
        let (now, ended) = (Instant::now(), HashMap::with_capacity(claimed));
        Self { from, to, deliveries, written, lease, claimed, began: now, moved: now, ended }
    }

    /// Whether a claim is one of this page.
    pub(crate) fn has(&self, job: &Job) -> bool {
        self.lease == job.lease
    }

    /// A claim of this page has ended: by an attempt, or by being given back.
    pub(crate) fn end(&mut self, delivery: Uuid, attempt: Option<Finished>) {
        self.ended.insert(delivery, attempt);
        self.moved = Instant::now();
    }

    /// Until when it waits for what is under way.
    pub(crate) fn waits_until(&self) -> Instant {
        if self.ended.len() == self.claimed {
            self.began
        } else {
            (self.moved + QUIET).min(self.began + LONGEST)
        }
    }

    /// Enters into the deliveries what became of them; lanes and when (microseconds) something of them is due once the page is
    /// written.
    pub(crate) fn close(&mut self) -> Vec<(LaneKey, i64)> {
        let mut due = Vec::new();
        for delivery in &mut self.deliveries {
            let Some(attempt) = self.ended.remove(&delivery.id) else { continue };
            match &attempt {
                Some(Finished { next_attempt_at, finished_at: None, .. }) => {
                    due.push((delivery.lane, *next_attempt_at))
                }
                Some(_) => {}
                None => due.push((delivery.lane, delivery.created_at)),
            }
            delivery.claimed_until = None;
            delivery.ended = attempt;
        }
        due
    }
}

/// New deliveries, and which of them this process claims from birth.
pub(crate) struct Made<'a> {
    wake: &'a Wake,
    /// When they are made, microseconds.
    pub(crate) now: i64,
    /// The lease of all of it.
    pub(crate) lease: i64,
    rooms: HashMap<LaneKey, usize>,
    /// Those that are claimed.
    pub(crate) jobs: Vec<Job>,
    /// Lanes of what is left to be claimed from the table.
    pub(crate) due: HashSet<LaneKey>,
    /// New deliveries.
    pub(crate) count: usize,
}

impl<'a> Made<'a> {
    /// Nothing yet; claims last for so long (microseconds). Lanes that are behind have something due that is not written yet,
    /// and comes first.
    pub(crate) fn new(wake: &'a Wake, lease: i64, now: i64, behind: impl Iterator<Item = LaneKey>) -> Self {
        let lease = wake.lanes().lease(now.saturating_add(lease));
        let rooms = behind.map(|lane| (lane, 0)).collect();
        Self { wake, now, lease, rooms, jobs: Vec::new(), due: HashSet::new(), count: 0 }
    }

    /// A delivery that is about to be written.
    pub(crate) fn delivery(
        &mut self,
        event: &RecordedEvent,
        id: Uuid,
        lane: LaneKey,
        event_id: &Arc<str>,
        (body_id, body): (Uuid, &Arc<str>),
    ) -> NewDelivery {
        let room = self.rooms.entry(lane).or_insert_with(|| self.wake.lanes().room(lane, self.now));
        let claimed = *room > 0;
        *room = room.saturating_sub(1);
        let delivery = NewDelivery {
            id,
            tenant: event.tenant.clone(),
            lane,
            event_id: event_id.clone(),
            event_type: event.event_type.clone(),
            event_at: event.recorded_at,
            position: event.position,
            message_id: ids::message_id(id).into(),
            body_id,
            body: body.clone(),
            created_at: self.now,
            claimed_until: claimed.then_some(self.lease),
            ended: None,
        };
        self.count += 1;
        match delivery.job() {
            Some(job) => self.jobs.push(job),
            None => _ = self.due.insert(lane),
        }
        delivery
    }

    /// The deliveries of an event, one to each endpoint.
    pub(crate) fn deliveries(
        &mut self,
        event: &RecordedEvent,
        to: &[Uuid],
        body: &Arc<str>,
    ) -> Vec<NewDelivery> {
        let event_id: Arc<str> = event.event_id().into();
        let body = (ids::body(event.recorded_at, event.position, &event_id), body);
        let deliver = |endpoint: &Uuid| {
            let id = ids::delivery(event.recorded_at, event.position, *endpoint, &event_id);
            self.delivery(event, id, LaneKey { endpoint: *endpoint, tests: false }, &event_id, body)
        };
        to.iter().map(deliver).collect()
    }

    /// All of it is written: gives the lanes what is theirs.
    pub(crate) fn hand_over(self) {
        self.wake.put(self.jobs);
        self.wake.due(self.due, self.now);
    }
}
