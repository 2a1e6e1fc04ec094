//! Filtering one tenant's log: what SQL filters, and what is looked at here.

use crate::fill::json_string;
use crate::{LogFilter, LogPage, RecordedEvent};
use serde::Deserialize;
use std::borrow::Cow;

/// Rows looked at in one call, as a multiple of the events asked for.
const SCAN: usize = 10;

/// How far one call looks.
pub(crate) fn scan_limit(limit: usize) -> usize {
    limit.saturating_mul(SCAN)
}

/// What a metadata text must contain, so that it can name the actor at all.
pub(crate) fn actor_hint(filter: &LogFilter) -> Option<String> {
    filter.actor.as_deref().map(json_string)
}

/// Makes the page of what SQL found: `limit` events at most, up to the position `scanned` (`None`: nothing is there
/// after `after`).
pub(crate) fn page(
    mut events: Vec<RecordedEvent>,
    after: i64,
    limit: usize,
    scanned: Option<i64>,
    filter: &LogFilter,
) -> LogPage {
    let full = events.len() >= limit;
    let next = match events.last() {
        Some(last) if full => last.position,
        _ => scanned.unwrap_or(after),
    };
    if let Some(actor) = &filter.actor {
        events.retain(|event| is_by(&event.metadata, actor));
    }
    LogPage { events, next }
}

#[derive(Deserialize)]
struct Metadata<'m> {
    #[serde(borrow)]
    actor: Option<Actor<'m>>,
}

#[derive(Deserialize)]
struct Actor<'m> {
    #[serde(borrow)]
    id: Option<Cow<'m, str>>,
}

fn is_by(metadata: &str, actor: &str) -> bool {
    serde_json::from_str::<Metadata<'_>>(metadata)
        .is_ok_and(|metadata| metadata.actor.and_then(|found| found.id).is_some_and(|id| id == actor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_matched_by_its_whole_id_only() {
        let metadata = r#"{"actor":{"type":"user","id":"u\"1","name":"u2"},"command":"u3"}"#;
        assert!(is_by(metadata, "u\"1"));
        for other in ["u", "u2", "u3", "user", ""] {
            assert!(!is_by(metadata, other), "{other}");
        }
        assert!(!is_by("{}", "u") && !is_by("no json", "u") && !is_by(r#"{"actor":"u"}"#, "u"));
    }
}
