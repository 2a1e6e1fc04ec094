//! What an append must look like on either backend, so that one that a database would choke on is refused before
//! it can take its batch down with it.

use crate::{Append, StoreError};

/// Longest text that goes into an index, bytes: Postgres refuses index rows over about 2,700.
const INDEXED: usize = 1024;

/// # Errors
/// `Failed` for an append that no caller should have made.
pub(crate) fn validate(append: &Append) -> Result<(), StoreError> {
    if append.writes.is_empty() || append.writes.iter().any(|write| write.events.is_empty()) {
        return Err(defect("without an event"));
    }
    for (index, write) in append.writes.iter().enumerate() {
        let same = |other: &crate::StreamWrite| other.id == write.id && other.kind == write.kind;
        if append.writes[..index].iter().any(same) {
            return Err(defect("that names a stream twice"));
        }
        let last = i64::try_from(write.events.len()).ok().and_then(|count| write.expected.checked_add(count));
        if write.expected < 0 || last.is_none() {
            return Err(defect("with an impossible version"));
        }
    }
    let events = append.count();
    if append.series.iter().any(|request| request.event >= events) {
        return Err(defect("whose series request names no event of it"));
    }
    indexed_texts(append).try_for_each(short)?;
    texts(append).try_for_each(clean)
}

fn indexed_texts(append: &Append) -> impl Iterator<Item = &str> {
    let names = append.take.iter().chain(&append.release).flat_map(|name| [name.scope, name.name.as_str()]);
    let labels = append.series.iter().filter_map(|request| request.label.as_ref());
    let labels = labels.flat_map(|label| [label.prefix.as_str(), label.scope]);
    let series = append.series.iter().map(|request| request.series.as_str());
    let kinds = append.writes.iter().map(|write| &*write.kind);
    let looked_at = append.unchanged.iter().map(|stream| &*stream.kind);
    let key = append.key.iter().map(|key| key.key.as_str());
    names.chain(labels).chain(series).chain(kinds).chain(looked_at).chain(key)
}

fn texts(append: &Append) -> impl Iterator<Item = &str> {
    let events = append.writes.iter().flat_map(|write| &write.events);
    let events = events.flat_map(|event| [&*event.event_type, &*event.event_version, event.payload.as_str()]);
    events.chain([&*append.metadata]).chain(indexed_texts(append))
}

fn short(text: &str) -> Result<(), StoreError> {
    if text.len() > INDEXED { Err(defect("with a name over 1,024 bytes")) } else { Ok(()) }
}

/// Postgres' text holds every character but this one.
fn clean(text: &str) -> Result<(), StoreError> {
    if text.as_bytes().contains(&0) { Err(defect("with a NUL in a text")) } else { Ok(()) }
}

fn defect(what: &str) -> StoreError {
    StoreError::Failed(format!("an append {what}"))
}
