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
    let head = log.head().await?;
    let mut at = 0;
    while at < head {
        let events = log.read(at, PAGE).await?;
        if events.is_empty() {
            return Err(StoreError::Damaged(format!("the events after position {at} are missing")));
        }
        for event in &events {
            check_event(event, at)?;
            at = event.position;
        }
        progress(at);
        // A page of JSON was read on this thread: let others have it.
        tokio::task::yield_now().await;
    }
    let findings = log.findings().await?;
    let Counts { head, last, events } = findings.counts;
    if head != last || last != events {
        return Err(StoreError::Damaged(format!(
            "the head is {head}, the last position {last}, and there are {events} events"
        )));
    }
    findings.damage.map_or(Ok(at), |damage| Err(StoreError::Damaged(damage)))
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
