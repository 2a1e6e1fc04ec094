//! A unit of work: commands to several aggregates, appended together or not at all.

use crate::cache::{Cached, weigh};
use crate::codec::Codec;
use crate::load::{Loader, wrong_type};
use crate::read_side::AnyState;
use crate::{CommandError, Context};
use cqrs_es::event_sink::EventSink;
use futures_util::{StreamExt, stream};
use std::sync::Arc;
use sunledger_domain::{Claims, DomainError, Entity, Given, Name, SeriesClaim};
use sunledger_store::{
    Append, Filled, KeyClaim, NameClaim, NewEvent, Quiet, RecordedEvent, SeriesRequest, StoreError, StreamId,
    StreamWrite, Unchanged,
};
use uuid::Uuid;

/// Aggregates that are read at a time where several are wanted.
const SIDE_BY_SIDE: usize = 16;

/// Collects what is to be appended.
pub struct Unit {
    loader: Arc<Loader>,
    context: Context,
    /// Decide on states read from the log just now, not on cached ones.
    fresh: bool,
    /// A cached state was used: a refusal may be out of date.
    pub(crate) used_cache: bool,
    pub(crate) entries: Vec<Entry>,
    quiet: Option<Quiet>,
}

/// One aggregate in a unit.
pub(crate) struct Entry {
    pub(crate) stream: StreamId,
    /// As it was loaded.
    pub(crate) before: Cached,
    /// After the unit's commands so far.
    pub(crate) state: AnyState,
    pub(crate) events: Vec<NewEvent>,
    unchanged: bool,
    take: Vec<Name>,
    release: Vec<Name>,
    series: Vec<(usize, SeriesClaim)>,
    /// Fills what the log gave into a state of this entry's type; `None` where that has to be folded.
    pub(crate) fill: fn(AnyState, &[&Filled]) -> Option<AnyState>,
    /// Folds events, filled in by the log, on a state of this entry's type.
    pub(crate) refold: fn(&Codec, &Cached, &[RecordedEvent]) -> Result<AnyState, StoreError>,
    /// Weighs a state of this entry's type.
    pub(crate) weigh: fn(&AnyState) -> u64,
}

impl Unit {
    pub(crate) fn new(loader: Arc<Loader>, context: Context, fresh: bool) -> Self {
        Self { loader, context, fresh, used_cache: false, entries: Vec::new(), quiet: None }
    }

    /// An aggregate that exists, as this unit sees it (its own commands included).
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get<A: Entity>(&mut self, id: Uuid) -> Result<Arc<A>, CommandError> {
        let found = self.find::<A>(A::TYPE, id).await?;
        found.ok_or_else(|| DomainError::NotFound { what: A::TYPE }.into())
    }

    /// The same, of an aggregate whose streams are of several kinds (the generic record); `None` where it was never made or
    /// is deleted.
    ///
    /// # Errors
    /// The store's.
    pub async fn find<A: Entity>(&mut self, kind: &str, id: Uuid) -> Result<Option<Arc<A>>, CommandError> {
        let index = self.open::<A>(kind, id).await?;
        let state = self.entries[index].typed::<A>()?;
        Ok(state.exists().then_some(state))
    }

    /// An aggregate must be as this unit saw it when the append happens; else the unit runs again.
    ///
    /// # Errors
    /// The store's.
    pub async fn unchanged<A: Entity>(&mut self, id: Uuid) -> Result<(), CommandError> {
        self.unchanged_as::<A>(A::TYPE, id).await
    }

    /// The same, of an aggregate whose streams are of several kinds.
    ///
    /// # Errors
    /// The store's.
    pub async fn unchanged_as<A: Entity>(&mut self, kind: &str, id: Uuid) -> Result<(), CommandError> {
        let index = self.open::<A>(kind, id).await?;
        self.entries[index].unchanged = true;
        Ok(())
    }

    /// No event of this kind may have come after this position when the append happens; else the unit runs again.
    pub fn quiet(&mut self, kind: &'static str, after: i64) {
        self.quiet = Some(Quiet { kind: kind.into(), after });
    }

    /// A command to an aggregate.
    ///
    /// # Errors
    /// The domain's refusal; `Stale` where `If-Match` names another version of the unit's first aggregate.
    pub async fn handle<A: Entity>(&mut self, id: Uuid, command: A::Command) -> Result<(), CommandError> {
        self.handle_as::<A>(A::TYPE, id, command).await
    }

    /// A command to an aggregate whose streams are of several kinds (the generic record).
    ///
    /// # Errors
    /// As [`Unit::handle`].
    pub async fn handle_as<A: Entity>(
        &mut self,
        kind: &str,
        id: Uuid,
        command: A::Command,
    ) -> Result<(), CommandError> {
        let first = self.entries.iter().all(|entry| entry.events.is_empty());
        let index = self.open::<A>(kind, id).await?;
        if first {
            self.check_version::<A>(index).await?;
        }
        let before = self.entries[index].typed::<A>()?;
        let mut state = A::clone(&before);
        let sink = EventSink::default();
        state.handle(command, &(), &sink).await?;
        self.record(index, &before, state, &sink.collect().await)
    }

    /// An aggregate that was loaded and decided elsewhere.
    pub(crate) fn adopt<A: Entity>(
        &mut self,
        stream: StreamId,
        before: Arc<A>,
        version: i64,
        state: A,
        events: &[A::Event],
    ) -> Result<(), CommandError> {
        let known = Cached { state: before.clone(), version, ..Cached::new::<A>() };
        let index = self.push::<A>(stream, known);
        self.record(index, &before, state, events)
    }

    /// Notes what a command decided.
    fn record<A: Entity>(
        &mut self,
        index: usize,
        before: &Arc<A>,
        state: A,
        events: &[A::Event],
    ) -> Result<(), CommandError> {
        let claims = claims_of(before, events);
        let entry = &mut self.entries[index];
        let base = entry.events.len();
        for event in events {
            entry.events.push(self.loader.codec.encode(event)?);
        }
        entry.take.extend(claims.take);
        entry.release.extend(claims.release);
        entry.series.extend(claims.series.into_iter().map(|(event, claim)| (base + event, claim)));
        if !events.is_empty() {
            entry.state = Arc::new(state);
        }
        Ok(())
    }

    async fn open<A: Entity>(&mut self, kind: &str, id: Uuid) -> Result<usize, CommandError> {
        if let Some(index) = self.place_of(kind, id) {
            return Ok(index);
        }
        let stream = StreamId { tenant: self.context.tenant.clone(), kind: kind.into(), id };
        let (before, from_cache) = load::<A>(&self.loader, &stream, self.fresh).await?;
        self.used_cache |= from_cache;
        Ok(self.push::<A>(stream, before))
    }

    fn place_of(&self, kind: &str, id: Uuid) -> Option<usize> {
        self.entries.iter().position(|entry| entry.stream.id == id && &*entry.stream.kind == kind)
    }

    /// Reads aggregates that this unit will need, side by side: one after the other, a thousand of them would keep the
    /// caller waiting for a thousand round trips.
    ///
    /// # Errors
    /// The store's.
    pub async fn prepare<A: Entity>(&mut self, ids: &[Uuid]) -> Result<(), CommandError> {
        let kind: Arc<str> = A::TYPE.into();
        let missing = ids.iter().filter(|id| self.place_of(&kind, **id).is_none());
        let reads: Vec<_> = missing
            .map(|id| {
                let stream = StreamId { tenant: self.context.tenant.clone(), kind: kind.clone(), id: *id };
                let (loader, fresh) = (self.loader.clone(), self.fresh);
                async move {
                    let read = load::<A>(&loader, &stream, fresh).await?;
                    Ok::<_, StoreError>((stream, read))
                }
            })
            .collect();
        let mut read = stream::iter(reads).buffered(SIDE_BY_SIDE);
        while let Some(next) = read.next().await {
            let (stream, (before, from_cache)) = next?;
            self.used_cache |= from_cache;
            self.push::<A>(stream, before);
        }
        Ok(())
    }

    fn push<A: Entity>(&mut self, stream: StreamId, before: Cached) -> usize {
        self.entries.push(Entry {
            stream,
            state: before.state.clone(),
            before,
            events: Vec::new(),
            unchanged: false,
            take: Vec::new(),
            release: Vec::new(),
            series: Vec::new(),
            fill: fill::<A>,
            refold: refold::<A>,
            weigh: |state| state.downcast_ref::<A>().map(weigh).unwrap_or_default(),
        });
        self.entries.len() - 1
    }

    /// `If-Match` speaks of the aggregate that the request is about: the first that gets a command.
    async fn check_version<A: Entity>(&mut self, index: usize) -> Result<(), CommandError> {
        let Some(wanted) = self.context.if_match else { return Ok(()) };
        let entry = &mut self.entries[index];
        if entry.before.version != wanted {
            entry.before = self.loader.load_now::<A>(&entry.stream).await?;
            entry.state = entry.before.state.clone();
        }
        let current = entry.before.version;
        let exists = entry.typed::<A>()?.exists();
        if exists && current != wanted { Err(CommandError::Stale { current }) } else { Ok(()) }
    }

    /// True where nothing is to be appended.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.iter().all(|entry| entry.events.is_empty())
    }

    /// What this unit asks of the log.
    pub(crate) fn append(&self, metadata: Arc<str>, key: Option<KeyClaim>) -> Append {
        let mut append = Append {
            tenant: self.context.tenant.clone(),
            writes: Vec::with_capacity(self.entries.len()),
            unchanged: Vec::new(),
            quiet: self.quiet.clone(),
            take: Vec::new(),
            release: Vec::new(),
            series: Vec::new(),
            key,
            metadata,
            recorded_at: self.context.now.as_microsecond(),
        };
        let mut offset = 0;
        for entry in &self.entries {
            let (kind, id) = (entry.stream.kind.clone(), entry.stream.id);
            if entry.events.is_empty() {
                if entry.unchanged {
                    append.unchanged.push(Unchanged { kind, id, version: entry.before.version });
                }
                continue;
            }
            let claim = |name: &Name| NameClaim { scope: name.scope, name: name.name.clone(), owner: id };
            append.take.extend(entry.take.iter().map(claim));
            append.release.extend(entry.release.iter().map(claim));
            append.series.extend(entry.series.iter().map(|(event, claim)| SeriesRequest {
                event: offset + event,
                series: claim.series.clone(),
                field: claim.field,
                label: claim.label.clone(),
                max: claim.max,
                refusal: claim.refusal,
            }));
            offset += entry.events.len();
            append.writes.push(StreamWrite {
                kind,
                id,
                expected: entry.before.version,
                events: entry.events.clone(),
            });
        }
        append
    }
}

impl Entry {
    pub(crate) fn typed<A: Entity>(&self) -> Result<Arc<A>, StoreError> {
        self.state.clone().downcast::<A>().map_err(|_| wrong_type(&self.stream))
    }
}

/// An aggregate, and whether it is only as this process knew it.
async fn load<A: Entity>(
    loader: &Loader,
    stream: &StreamId,
    fresh: bool,
) -> Result<(Cached, bool), StoreError> {
    if fresh { Ok((loader.load_now::<A>(stream).await?, false)) } else { loader.load::<A>(stream).await }
}

/// What a command's events claim, each judged by the state before it.
fn claims_of<A: Entity>(before: &Arc<A>, events: &[A::Event]) -> Claims {
    let mut claims = Claims::default();
    if let [only] = events {
        before.claims(only, &mut claims);
        return claims;
    }
    let mut state = A::clone(before);
    for (index, event) in events.iter().enumerate() {
        claims.event = index;
        state.claims(event, &mut claims);
        state.apply(event.clone());
    }
    claims
}

fn fill<A: Entity>(state: AnyState, filled: &[&Filled]) -> Option<AnyState> {
    let mut state = state.downcast::<A>().ok()?;
    // Copied only where the unit's closure kept it.
    let own = Arc::make_mut(&mut state);
    for value in filled {
        let given = if value.value.starts_with('"') {
            Given::Label(serde_json::from_str(&value.value).ok()?)
        } else {
            Given::Number(value.value.parse().ok()?)
        };
        if !own.fill(value.field, given) {
            return None;
        }
    }
    Some(state)
}

fn refold<A: Entity>(
    codec: &Codec,
    before: &Cached,
    events: &[RecordedEvent],
) -> Result<AnyState, StoreError> {
    let version = before.version;
    let before = before.state::<A>().ok_or_else(|| StoreError::Failed("a state of another type".into()))?;
    let mut state = A::clone(&before);
    codec.fold(&mut state, version, events)?;
    Ok(Arc::new(state))
}
