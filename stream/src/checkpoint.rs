//! What the relay knows for sure, kept beside the log.
//!
//! It is no promise that something was published, and needs not be exact: where the stream ends is read from the
//! stream. It tells where to begin reading, and what the stream once held.

use crate::trouble::Trouble;
use serde::{Deserialize, Serialize};
use sunledger_store::Log;

/// How far the stream was filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// When the stream was made: another stream of the same name was made at another time.
    pub(crate) created: String,
    /// From this sequence on the stream holds the events after position `before`, each one.
    pub(crate) base: u64,
    pub(crate) before: i64,
    /// Sequence and position of an event that the stream has acknowledged, with all before it.
    pub(crate) sequence: u64,
    pub(crate) position: i64,
    /// The highest position that was ever published; over `position` while the stream is filled again.
    pub(crate) highest: i64,
}

/// The checkpoint in the log's keeping.
pub(crate) struct Kept {
    log: Log,
    name: String,
    text: Option<String>,
    pub(crate) value: Option<Checkpoint>,
}

impl Kept {
    pub(crate) async fn load(log: &Log, stream: &str) -> Result<Self, Trouble> {
        let name = format!("relay:{stream}");
        let text = log.get_meta(&name).await?;
        // What another release wrote is as good as nothing: the stream itself is read then.
        let value = text.as_deref().and_then(|text| serde_json::from_str(text).ok());
        Ok(Self { log: log.clone(), name, text, value })
    }

    /// Keeps it, unless another relay has kept something since.
    pub(crate) async fn save(&mut self, value: Checkpoint) -> Result<(), Trouble> {
        if self.value.as_ref() == Some(&value) {
            return Ok(());
        }
        let text = serde_json::to_string(&value).map_err(Trouble::away)?;
        if !self.log.set_meta(&self.name, self.text.as_deref(), &text).await? {
            return Err(Trouble::LockLost);
        }
        (self.text, self.value) = (Some(text), Some(value));
        Ok(())
    }
}
