//! Walks a log and says whether it is sound: `sunledger verify` begins with it.
//!
//! The log may grow meanwhile: what is walked ends where it began, and what is counted is counted in one snapshot.

use crate::{Log, RecordedEvent, StoreError};
use serde::de::IgnoredAny;

/// Events read at a time.
const PAGE: usize = 1000;

/// Three numbers that must be one, of one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) head: i64,
    pub(crate) last: i64,
    pub(crate) events: i64,
}

/// What queries over whole tables found.
pub(crate) struct Findings {
    pub(crate) counts: Counts,
    pub(crate) damage: Option<String>,
}

/// Checks the log; the position up to which every event was looked at.
pub(crate) async fn run(log: &Log, progress: &(dyn Fn(i64) + Sync)) -> Result<i64, StoreError> {
    let mut walk = Walk::to(log.head().await?);
    while let Some((after, limit)) = walk.next() {
        walk.look(&log.read(after, limit).await?)?;
        progress(walk.at);
        // A page of JSON was read on this thread: let others have it.
        tokio::task::yield_now().await;
    }
    walk.finish(log.findings().await?)
}

/// A walk along the events, page by page, whoever reads them.
pub(crate) struct Walk {
    at: i64,
    head: i64,
}

impl Walk {
    /// From the beginning to where the log ends now.
    pub(crate) fn to(head: i64) -> Self {
        Self { at: 0, head }
    }

    /// After which position to read, and how many events; none at the end.
    pub(crate) fn next(&self) -> Option<(i64, usize)> {
        (self.at < self.head).then_some((self.at, PAGE))
    }

    /// Looks at the events that were read.
    pub(crate) fn look(&mut self, events: &[RecordedEvent]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Err(StoreError::Damaged(format!("the events after position {} are missing", self.at)));
        }
        for event in events {
            check_event(event, self.at)?;
            self.at = event.position;
        }
        Ok(())
    }

    /// What queries over whole tables found decides; the position up to which every event was looked at.
    pub(crate) fn finish(self, findings: Findings) -> Result<i64, StoreError> {
        let Counts { head, last, events } = findings.counts;
        if head != last || last != events {
            return Err(StoreError::Damaged(format!(
                "the head is {head}, the last position {last}, and there are {events} events"
            )));
        }
        findings.damage.map_or(Ok(self.at), |damage| Err(StoreError::Damaged(damage)))
    }
}

fn check_event(event: &RecordedEvent, before: i64) -> Result<(), StoreError> {
    let damaged = |what: String| Err(StoreError::Damaged(format!("position {}: {what}", event.position)));
    if event.position != before + 1 {
        return damaged(format!("follows position {before}"));
    }
    if event.version < 1 {
        return damaged(format!("version {}", event.version));
    }
    for (what, text) in [("payload", &*event.payload), ("metadata", &*event.metadata)] {
        if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
            return damaged(format!("{what} is not JSON: {error}"));
        }
    }
    Ok(())
}
