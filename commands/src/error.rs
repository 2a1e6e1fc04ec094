//! Why a command did not happen.

use sunledger_domain::DomainError;
use sunledger_store::StoreError;

/// A command that did not happen. Each variant is one HTTP status on every surface.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommandError {
    /// The domain refused it (400, 403, 404, 409).
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// 412: the aggregate is at another version than the client saw.
    #[error("the resource has changed since you read it: it is at version {current}")]
    Stale {
        /// The version it is at.
        current: i64,
    },
    /// 422: the Idempotency-Key was used for another request.
    #[error("this Idempotency-Key was used with a different request")]
    KeyReused,
    /// 409: a request with this Idempotency-Key is running.
    #[error("a request with this Idempotency-Key is still running")]
    InProgress,
    /// 503: too many writers on one thing; nothing was written.
    #[error("too many concurrent changes to the same resource; try again")]
    Busy,
    /// 503: it was carried out, and the read models do not show it yet.
    #[error("the command was carried out and does not show yet")]
    Unseen,
    /// 503 or 500: the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}
