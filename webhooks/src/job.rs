//! Deliveries on their way through this process.

use crate::client::Answer;
use std::sync::Arc;
use sunledger_domain::TenantId;
use uuid::Uuid;

/// Where a delivery queues. An endpoint's tests have a lane of their own: they go out at once even when the endpoint
/// is disabled or has a long backlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LaneKey {
    /// The endpoint.
    pub(crate) endpoint: Uuid,
    /// True for its tests.
    pub(crate) tests: bool,
}

impl LaneKey {
    /// As the tables have it.
    pub(crate) fn number(self) -> i64 {
        i64::from(self.tests)
    }
}

/// A delivery that this process has claimed until `lease`.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: Uuid,
    pub(crate) lane: LaneKey,
    pub(crate) message_id: Arc<str>,
    pub(crate) body: Arc<str>,
    /// Attempts so far.
    pub(crate) attempts: i64,
    /// When it was due, microseconds.
    pub(crate) due: i64,
    /// Until when it is claimed, microseconds. Also the token by which the claim is known again.
    pub(crate) lease: i64,
}

/// A delivery to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewDelivery {
    pub(crate) id: Uuid,
    pub(crate) tenant: TenantId,
    pub(crate) lane: LaneKey,
    pub(crate) event_id: Arc<str>,
    pub(crate) event_type: Arc<str>,
    pub(crate) event_at: i64,
    pub(crate) position: i64,
    pub(crate) message_id: Arc<str>,
    pub(crate) body_id: Uuid,
    pub(crate) body: Arc<str>,
    /// When it is made, and due, microseconds.
    pub(crate) created_at: i64,
    /// The lease, where this process claims it from birth.
    pub(crate) claimed_until: Option<i64>,
    /// Its first attempt, where that has ended before the delivery is written.
    pub(crate) ended: Option<Finished>,
}

impl NewDelivery {
    /// The delivery as this process has claimed it, if it has.
    pub(crate) fn job(&self) -> Option<Job> {
        Some(Job {
            id: self.id,
            lane: self.lane,
            message_id: self.message_id.clone(),
            body: self.body.clone(),
            attempts: 0,
            due: self.created_at,
            lease: self.claimed_until?,
        })
    }
}

/// What an attempt changed.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) job: Job,
    /// When it began, microseconds.
    pub(crate) at: i64,
    pub(crate) answer: Answer,
    /// The state that follows: `pending`, `succeeded` or `failed`.
    pub(crate) state: &'static str,
    pub(crate) next_attempt_at: i64,
    pub(crate) finished_at: Option<i64>,
}
