//! What people read of the deliveries: an endpoint's list, one delivery with its attempts, what was parked.

use crate::row::Columns;
use std::sync::Arc;
use sunledger_domain::TenantId;
use sunledger_store::{Db, Param, StoreError};
use uuid::Uuid;

/// Most rows of one page.
const MAX_PAGE: usize = 1_000;

const FIELDS: &str = "id, endpoint_id, event_id, event_type, event_at, position, message_id, redelivery_of, state, \
    attempts, next_attempt_at, created_at, finished_at";

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// Waits for an attempt; while its endpoint is disabled, until that is enabled.
    Pending,
    /// An attempt is under way.
    Delivering,
    /// The receiver answered 2xx.
    Succeeded,
    /// The last attempt failed.
    Failed,
    /// The endpoint was deleted first.
    Cancelled,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Delivering, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// The state's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivering => "delivering",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// One event on its way to one endpoint. Times are microseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, a UUIDv7: newer deliveries have greater ones.
    pub id: Uuid,
    /// Where to.
    pub endpoint_id: Uuid,
    /// The event, as in [`sunledger_store::RecordedEvent::event_id`].
    pub event_id: Arc<str>,
    /// The event's type, or `webhook.test`.
    pub event_type: Arc<str>,
    /// When the event was recorded.
    pub event_at: i64,
    /// The event's position in the log.
    pub position: i64,
    /// The `webhook-id`, the same on every attempt and every copy.
    pub message_id: Arc<str>,
    /// The delivery that this one is a copy of.
    pub redelivery_of: Option<Uuid>,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts that have ended.
    pub attempts: i64,
    /// When the next attempt is due; none once it has finished.
    pub next_attempt_at: Option<i64>,
    /// When it was made.
    pub created_at: i64,
    /// When it succeeded, failed or was cancelled.
    pub finished_at: Option<i64>,
}

/// One attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// 1, 2, 3...
    pub number: i64,
    /// When it began, microseconds.
    pub at: i64,
    /// How long it took.
    pub duration_ms: i64,
    /// The HTTP status; none where there was no answer.
    pub status: Option<i64>,
    /// Why it failed, where the status does not say it.
    pub error: Option<Arc<str>>,
    /// The first 4 KiB of the answer.
    pub response: Option<Arc<str>>,
}

/// A delivery, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryDetail {
    /// The delivery.
    pub delivery: Delivery,
    /// What is sent, JSON.
    pub body: Arc<str>,
    /// Its attempts, in order.
    pub attempts: Vec<Attempt>,
}

/// An event that could not be delivered, because it could not be rendered or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// Its position in the log.
    pub position: i64,
    /// Whose it is.
    pub tenant: Arc<str>,
    /// Its id.
    pub event_id: Arc<str>,
    /// Its type.
    pub event_type: Arc<str>,
    /// Why.
    pub error: Arc<str>,
    /// When, microseconds.
    pub at: i64,
}

/// Reads deliveries. Cheap to clone.
#[derive(Clone)]
pub struct Deliveries {
    db: Db,
}

impl Deliveries {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// An endpoint's deliveries, newest first, those before `before` (the last id of the page before), `limit` at most
    /// (1 to 1,000).
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn list(
        &self,
        tenant: &TenantId,
        endpoint: Uuid,
        state: Option<DeliveryState>,
        before: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        // The state stands in the text, so that the index of failed deliveries can be used.
        let state = state.map(|state| format!(" AND state = '{}'", state.as_str())).unwrap_or_default();
        // Rows are compared and ordered as the endpoint's index has them. By ids alone the primary key would do as well, and
        // Postgres may go back through everybody's deliveries to find those of an endpoint that has had none for long.
        let sql = format!(
            "SELECT {FIELDS} FROM deliveries \
             WHERE tenant = $1 AND endpoint_id >= $2 AND (endpoint_id, id) < ($2, $3){state} \
             ORDER BY endpoint_id DESC, id DESC LIMIT $4"
        );
        let params = vec![
            Param::Text(tenant.as_str().into()),
            Param::Uuid(endpoint),
            Param::Uuid(before.unwrap_or(Uuid::max())),
            Param::Int(i64::try_from(limit.clamp(1, MAX_PAGE)).unwrap_or(1)),
        ];
        self.db.query(&sql, params).await?.into_iter().map(|row| delivery(&mut Columns::from(row))).collect()
    }

    /// One delivery with its body and attempts; none where the tenant has no such delivery.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Option<DeliveryDetail>, StoreError> {
        let sql = format!(
            "SELECT {FIELDS}, (SELECT body FROM bodies WHERE bodies.id = body_id), \
             first_at, first_ms, first_status, first_error, first_response \
             FROM deliveries WHERE id = $1 AND tenant = $2"
        );
        let params = vec![Param::Uuid(id), Param::Text(tenant.as_str().into())];
        let Some(row) = self.db.query(&sql, params).await?.into_iter().next() else { return Ok(None) };
        let mut columns = Columns::from(row);
        let delivery = delivery(&mut columns)?;
        let body = columns.text()?;
        let mut attempts = Vec::new();
        if let Some(at) = columns.int_or_null()? {
            attempts.push(attempt(1, at, &mut columns)?);
        }
        // The later ones; and the first, where an earlier release made it.
        let sql = "SELECT number, at, duration_ms, status, error, response FROM attempts WHERE delivery_id = $1 \
            ORDER BY number";
        let rows = self.db.query(sql, vec![Param::Uuid(id)]).await?;
        for row in rows {
            let mut columns = Columns::from(row);
            attempts.push(attempt(columns.int()?, columns.int()?, &mut columns)?);
        }
        Ok(Some(DeliveryDetail { delivery, body, attempts }))
    }

    /// Events that could not be delivered, newest first, those before a position, `limit` at most (1 to 1,000).
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn parked(&self, before: Option<i64>, limit: usize) -> Result<Vec<Parked>, StoreError> {
        let sql = "SELECT position, tenant, event_id, event_type, error, at FROM parked WHERE position < $1 \
            ORDER BY position DESC LIMIT $2";
        let limit = i64::try_from(limit.clamp(1, MAX_PAGE)).unwrap_or(1);
        let params = vec![Param::Int(before.unwrap_or(i64::MAX)), Param::Int(limit)];
        let rows = self.db.query(sql, params).await?;
        rows.into_iter()
            .map(|row| {
                let mut columns = Columns::from(row);
                Ok(Parked {
                    position: columns.int()?,
                    tenant: columns.text()?,
                    event_id: columns.text()?,
                    event_type: columns.text()?,
                    error: columns.text()?,
                    at: columns.int()?,
                })
            })
            .collect()
    }
}

fn state(name: &str) -> Result<DeliveryState, StoreError> {
    DeliveryState::parse(name)
        .ok_or_else(|| StoreError::Damaged("webhooks: a delivery has no known state".into()))
}

fn delivery(columns: &mut Columns) -> Result<Delivery, StoreError> {
    let mut delivery = Delivery {
        id: columns.uuid()?,
        endpoint_id: columns.uuid()?,
        event_id: columns.text()?,
        event_type: columns.text()?,
        event_at: columns.int()?,
        position: columns.int()?,
        message_id: columns.text()?,
        redelivery_of: columns.uuid_or_null()?,
        state: state(&columns.text()?)?,
        attempts: columns.int()?,
        next_attempt_at: Some(columns.int()?),
        created_at: columns.int()?,
        finished_at: columns.int_or_null()?,
    };
    if delivery.finished_at.is_some() {
        delivery.next_attempt_at = None;
    }
    Ok(delivery)
}

fn attempt(number: i64, at: i64, columns: &mut Columns) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        number,
        at,
        duration_ms: columns.int()?,
        status: columns.int_or_null()?,
        error: columns.text_or_null()?,
        response: columns.text_or_null()?,
    })
}
