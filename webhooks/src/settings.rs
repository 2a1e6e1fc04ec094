//! What can be set.

use crate::client::{LookUp, SystemDns};
use crate::lanes::Limits;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Settings of the webhooks.
#[derive(Clone)]
pub struct WebhookSettings {
    /// True: deliveries may go to private and loopback addresses.
    pub allow_private: bool,
    /// The first pause after a failure, milliseconds; the later ones grow with it.
    pub retry_base_ms: u64,
    /// Look-up, connection and TLS handshake together.
    pub connect_timeout: Duration,
    /// One attempt as a whole.
    pub total_timeout: Duration,
    /// Attempts at the same time.
    pub concurrency: usize,
    /// Attempts at the same time to one endpoint.
    pub per_endpoint: usize,
    /// An endpoint that only failed for so long is disabled.
    pub disable_after: Duration,
    /// Finished deliveries are kept for so long; events older than that are not delivered any more.
    pub retention: Duration,
    /// Where receivers' names are looked up.
    pub dns: Arc<dyn LookUp>,
}

impl WebhookSettings {
    /// How long a claim lasts, microseconds: until the last of a lane's queue has had its time, one after the other.
    pub(crate) fn lease(&self) -> i64 {
        let queue = i64::try_from(self.per_endpoint).unwrap_or(i64::MAX).saturating_mul(2).saturating_add(4);
        micros(self.total_timeout).saturating_mul(queue)
    }

    /// How much at the same time.
    pub(crate) fn limits(&self) -> Limits {
        Limits { all: self.concurrency.max(1), lane: self.per_endpoint.max(1) }
    }
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            allow_private: false,
            retry_base_ms: 5_000,
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(15),
            concurrency: 64,
            per_endpoint: 4,
            disable_after: Duration::from_secs(5 * 24 * 3_600),
            retention: Duration::from_secs(30 * 24 * 3_600),
            dns: Arc::new(SystemDns),
        }
    }
}

impl fmt::Debug for WebhookSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("WebhookSettings")
            .field("allow_private", &self.allow_private)
            .field("retry_base_ms", &self.retry_base_ms)
            .field("connect_timeout", &self.connect_timeout)
            .field("total_timeout", &self.total_timeout)
            .field("concurrency", &self.concurrency)
            .field("per_endpoint", &self.per_endpoint)
            .field("disable_after", &self.disable_after)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}

/// The time now, microseconds since the Unix epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// A duration in microseconds.
pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
