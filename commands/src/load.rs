//! Brings an aggregate's state out of the log: from the cache, from a snapshot where the stream is long, and from
//! its events.

use crate::cache::{Cache, Cached, weigh};
use crate::codec::Codec;
use std::sync::Arc;
use sunledger_domain::Entity;
use sunledger_store::{Log, RecordedEvent, Snapshot, StoreError, StreamId};

/// Events read at a time, and the distance between two snapshots of a stream.
const PAGE: usize = 256;

/// An aggregate and its version.
#[derive(Debug, Clone)]
pub struct Loaded<A> {
    /// Its state.
    pub state: Arc<A>,
    /// Its version.
    pub version: i64,
}

/// Loads aggregates.
pub(crate) struct Loader {
    pub(crate) log: Log,
    pub(crate) codec: Codec,
    pub(crate) cache: Cache,
}

impl Loader {
    /// The aggregate as of some moment: the cached one where there is one.
    pub(crate) async fn load<A: Entity>(&self, stream: &StreamId) -> Result<(Cached, bool), StoreError> {
        if let Some(cached) = self.cache.get(stream) {
            return Ok((cached, true));
        }
        if self.cache.is_fresh(&stream.id) {
            return Ok((Cached::new::<A>(), false));
        }
        // Boxed, as all that is seldom awaited: commands' futures are moved, and stay small.
        Ok((Box::pin(self.catch_up::<A>(stream, None)).await?, false))
    }

    /// The aggregate as it is now: whatever happened since the cached one is read.
    pub(crate) async fn load_now<A: Entity>(&self, stream: &StreamId) -> Result<Cached, StoreError> {
        let cached = self.cache.get(stream);
        Box::pin(self.catch_up::<A>(stream, cached)).await
    }

    async fn catch_up<A: Entity>(
        &self,
        stream: &StreamId,
        from: Option<Cached>,
    ) -> Result<Cached, StoreError> {
        let cold = from.is_none();
        let mut current = from.unwrap_or_else(Cached::new::<A>);
        let mut state = current.state::<A>().ok_or_else(|| wrong_type(stream))?.as_ref().clone();
        // What is cached was read once, and had its snapshot then: a stream that is looked at often does not get one each time.
        let mut snapshot_at = current.version;
        let mut bytes = 0;
        loop {
            let events = self.log.read_stream(stream, current.version, PAGE).await?;
            let full = events.len() == PAGE;
            if full && cold && current.version == 0 {
                // A long stream: begin at its snapshot, if there is one that this program understands.
                if let Some((restored, snapshot)) = self.restore::<A>(stream).await? {
                    state = restored;
                    bytes = snapshot.state.len() as u64;
                    current.version = snapshot.version;
                    snapshot_at = snapshot.version;
                    continue;
                }
            }
            self.codec.fold(&mut state, current.version, &events)?;
            if let Some(last) = events.last() {
                current.version = last.version;
                bytes += bytes_of(&events);
            }
            if !full {
                break;
            }
        }
        current.weight = current.weight.after(bytes, || weigh(&state));
        current.state = Arc::new(state);
        if current.version > 0 {
            self.cache.put(stream.clone(), current.clone());
        }
        if current.version - snapshot_at >= PAGE as i64 {
            self.keep_snapshot::<A>(stream, &current).await?;
        }
        Ok(current)
    }

    async fn restore<A: Entity>(&self, stream: &StreamId) -> Result<Option<(A, Snapshot)>, StoreError> {
        let snapshot = self.log.load_snapshot(stream).await?;
        Ok(snapshot.filter(|snapshot| snapshot.form == form::<A>()).and_then(|snapshot| {
            let state = serde_json::from_str(&snapshot.state).ok()?;
            Some((state, snapshot))
        }))
    }

    async fn keep_snapshot<A: Entity>(&self, stream: &StreamId, cached: &Cached) -> Result<(), StoreError> {
        let Some(state) = cached.state::<A>() else { return Err(wrong_type(stream)) };
        let state = serde_json::to_string(state.as_ref())
            .map_err(|error| StoreError::Failed(format!("snapshot of {}: {error}", stream.kind)))?;
        self.log.save_snapshot(stream, Snapshot { version: cached.version, form: form::<A>(), state }).await
    }
}

/// Names the form of a snapshot. A state's form follows its program: another release's snapshots are not used.
fn form<A: Entity>() -> String {
    format!("{}/{}", A::TYPE, env!("CARGO_PKG_VERSION"))
}

pub(crate) fn wrong_type(stream: &StreamId) -> StoreError {
    StoreError::Failed(format!("{} {} was loaded as another type", stream.kind, stream.id))
}

fn bytes_of(events: &[RecordedEvent]) -> u64 {
    events.iter().map(|event| event.payload.len() as u64).sum()
}
