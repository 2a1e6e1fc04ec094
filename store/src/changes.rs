//! What changed since a moment: each thing once, at the last of its changes.
//!
//! The answer comes out of the log's own order, so that no index has to be kept that every change of a thing would move.
//! It costs a look at the tenant's events since that moment, and one look into each found one's stream.
//!
//! "Since that moment" begins with the first event that was recorded then or later, and what follows it in the log counts
//! whatever its own clock said. An event's time is when its request came, its position is where it was written: of two that
//! come together, the later one may be written first. Who has seen that one, and asks again with its time, is to be told of
//! the other.

use uuid::Uuid;

/// Rows looked at in one call. Most of a tenant's events are of few kinds, and a row costs little.
pub(crate) const SCAN: usize = 5_000;
/// Events of the first look back, and of the largest: each look is twice the one before it.
pub(crate) const FIRST_LOOK: usize = 1_000;
pub(crate) const LARGEST_LOOK: usize = 32_000;

/// A thing that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Which.
    pub id: Uuid,
    /// Position of the last of its changes.
    pub position: i64,
    /// Its version right after that.
    pub version: i64,
    /// When that was recorded, microseconds since the Unix epoch.
    pub recorded_at: i64,
}

/// A part of what changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesPage {
    /// In the order of their last changes.
    pub changed: Vec<Changed>,
    /// Continue after this position; at the end of the range there is no more.
    pub next: i64,
}

/// A stretch of a tenant's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Position of its first event; none where there is no event at all.
    pub(crate) first: Option<i64>,
    /// The latest time at which one was recorded.
    pub(crate) latest: Option<i64>,
    /// How many events.
    pub(crate) count: i64,
}

/// The page of what SQL found up to the position `scanned`, the last of `rows` that were looked at.
pub(crate) fn page(
    changed: Vec<Changed>,
    limit: usize,
    scanned: Option<i64>,
    rows: i64,
    until: i64,
) -> ChangesPage {
    let next = match changed.last() {
        Some(last) if changed.len() >= limit => last.position,
        _ => scanned.filter(|_| usize::try_from(rows).is_ok_and(|rows| rows >= SCAN)).unwrap_or(until),
    };
    ChangesPage { changed, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_after_what_was_looked_at() {
        let changed = |position| Changed { id: Uuid::nil(), position, version: 1, recorded_at: 0 };
        let full = i64::try_from(SCAN).unwrap();
        let next = |found: &[i64], limit, scanned, rows| {
            page(found.iter().map(|position| changed(*position)).collect(), limit, scanned, rows, 9_000).next
        };
        assert_eq!(next(&[3, 7], 2, Some(5_000), full), 7, "the page is full");
        assert_eq!(next(&[3], 2, Some(5_000), full), 5_000, "there may be more");
        assert_eq!(next(&[], 2, Some(5_000), full), 5_000);
        assert_eq!(next(&[3], 2, Some(8_000), full - 1), 9_000, "everything was looked at");
        assert_eq!(next(&[], 2, None, 0), 9_000);
    }
}
