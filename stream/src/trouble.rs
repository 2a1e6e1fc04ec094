//! Why a session of the relay ended.

use async_nats::jetstream::ErrorCode;
use sunledger_store::StoreError;

/// Why a session ended; what follows from it differs.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The server is told to stop.
    #[error("stopped")]
    Stopped,
    /// Another process may be the relay now.
    #[error("the relay's lock is lost")]
    LockLost,
    /// The log cannot be read, or the checkpoint not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// NATS does not answer, or answers that it cannot.
    #[error("NATS: {0}")]
    Away(String),
    /// The stream is not as this process left it: look again where it ends.
    #[error("the stream has changed: {0}")]
    Changed(String),
    /// The stream is not ours to write to, until somebody changes something.
    #[error("{0}")]
    Refused(String),
}

impl Trouble {
    pub(crate) fn away(error: impl std::fmt::Display) -> Self {
        Self::Away(error.to_string())
    }
}

/// Whether JetStream said that there is no such stream.
pub(crate) fn is_missing(code: Option<ErrorCode>) -> bool {
    code == Some(ErrorCode::STREAM_NOT_FOUND)
}
