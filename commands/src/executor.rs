//! Runs commands: load, decide, append; again on a conflict.
//!
//! **Freshness.** States come from a cache that other processes do not know. An accepted decision is safe on any of
//! them: the append compares versions. A refusal (or "nothing to do") is not, so one that was made on a cached state is
//! made again on a state read from the log just now.
//!
//! **Conflicts.** An append whose stream has moved is decided again on fresh states, a bounded number of times with a
//! growing, random pause. Within this process commands to one aggregate queue up instead (see [`Commands::execute`]).
//!
//! **Idempotency.** The key is used up in the append's own transaction. Asked again, nothing is executed: the states
//! right after the first append are folded from the log and answered as the first time.
//!
//! **Visible.** A command is answered once the read models show it. One that was appended and does not show in time (its
//! projector is away) is [`CommandError::Unseen`]: asked again under its key it is answered and not carried out again.

use crate::cache::{Cache, Cached, Weight};
use crate::codec::Codec;
use crate::context::Metadata;
use crate::load::{Loader, wrong_type};
use crate::outcome::{After, Changed, Committed, Outcome};
use crate::read_side::{AnyState, Change, HandOver};
use crate::stats::CommandStats;
use crate::turns::Turns;
use crate::unit::Entry;
use crate::{Clock, CommandError, Context, Idempotency, Loaded, ReadSide, Unit};
use futures_util::future::BoxFuture;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use sunledger_domain::{DomainError, Entity, TenantId};
use sunledger_store::{
    AppendError, Appended, Filled, KeyClaim, KeyRecord, Log, RecordedEvent, Rejection, StoreError, StreamId,
};
use uuid::Uuid;

/// How often a command is decided again after a conflict.
const ATTEMPTS: u32 = 24;
/// How long an Idempotency-Key is remembered.
const KEY_MEMORY: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// The write side. Cheap to clone.
#[derive(Clone)]
pub struct Commands(Arc<Inner>);

struct Inner {
    loader: Arc<Loader>,
    clock: Arc<dyn Clock>,
    read_side: Arc<dyn ReadSide>,
    /// Where commands to one aggregate wait.
    turns: Turns,
    /// Where units wait that met over an aggregate. Taken after the turn of a command and one at a time, so that nobody
    /// waits in a ring.
    met: Turns,
    hasher: RandomState,
    stats: CommandStats,
    /// Idempotency-Keys whose request is running here.
    running: Mutex<HashSet<(TenantId, Arc<str>)>>,
}

impl Commands {
    /// The write side over a log.
    pub fn new(log: Log, clock: Arc<dyn Clock>, read_side: Arc<dyn ReadSide>) -> Self {
        Self::with_codec(log, clock, read_side, Codec::default())
    }

    /// The write side over a log that also holds events of older forms.
    pub fn with_codec(log: Log, clock: Arc<dyn Clock>, read_side: Arc<dyn ReadSide>, codec: Codec) -> Self {
        Self(Arc::new(Inner {
            loader: Arc::new(Loader { log, codec, cache: Cache::new() }),
            clock,
            read_side,
            turns: Turns::new(),
            met: Turns::new(),
            hasher: RandomState::new(),
            stats: CommandStats::default(),
            running: Mutex::new(HashSet::new()),
        }))
    }

    /// The clock it was made with.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.0.loader.log
    }

    /// Counters for metrics.
    pub fn stats(&self) -> &CommandStats {
        &self.0.stats
    }

    /// How events are read.
    pub fn codec(&self) -> &Codec {
        &self.0.loader.codec
    }

    /// A new UUIDv7 for something made now.
    pub fn new_id(&self) -> Uuid {
        let now = self.0.clock.now();
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
        let id = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos));
        self.0.loader.cache.made(id);
        id
    }

    /// One command to one aggregate; the stream's kind is `A::TYPE`. Commands of this process to one aggregate wait for
    /// each other, so that a popular one costs a queue and not a storm of conflicts.
    ///
    /// # Errors
    /// See [`CommandError`].
    pub async fn execute<A: Entity>(
        &self,
        context: &Context,
        id: Uuid,
        command: A::Command,
    ) -> Result<Outcome<A>, CommandError>
    where
        A::Command: Clone + Send + Sync + 'static,
    {
        let _turn = self.0.turns.of(id).await;
        let done = self
            .unit(context, |unit| {
                let command = command.clone();
                Box::pin(async move { unit.handle::<A>(id, command).await })
            })
            .await?;
        done.one::<A>(A::TYPE)
    }

    /// Several aggregates, atomically. The closure may run again after a conflict, on fresh states; units that met over an
    /// aggregate then wait for each other.
    ///
    /// ```text
    /// let done = commands.unit(&context, |unit| {
    ///     let command = command.clone();
    ///     Box::pin(async move {
    ///         unit.get::<Client>(client_id).await?;                // 404 where there is none
    ///         unit.unchanged::<Client>(client_id).await?;          // and it stays as it is
    ///         unit.handle::<Invoice>(invoice_id, command).await
    ///     })
    /// }).await?;
    /// let invoice = done.one::<Invoice>("invoice")?;
    /// ```
    ///
    /// # Errors
    /// See [`CommandError`].
    pub async fn unit<F>(&self, context: &Context, work: F) -> Result<Committed, CommandError>
    where
        F: for<'u> Fn(&'u mut Unit) -> BoxFuture<'u, Result<(), CommandError>> + Send + Sync,
    {
        let _running = match &context.idempotency {
            Some(idempotency) => Some(self.begin(context, idempotency)?),
            None => None,
        };
        if context.idempotency.is_some()
            && let Some(done) = Box::pin(self.done_before(context)).await?
        {
            return Ok(done);
        }
        let metadata = metadata(context)?;
        let mut fresh = false;
        let mut turn = None;
        for attempt in 0..ATTEMPTS {
            let mut unit = Unit::new(self.0.loader.clone(), context.clone(), fresh);
            match work(&mut unit).await {
                Ok(()) if !unit.is_empty() => {}
                Ok(()) | Err(CommandError::Domain(_)) if unit.used_cache => {
                    fresh = true;
                    continue;
                }
                Err(error @ CommandError::Store(_)) => return Err(error),
                // Another server may have been working on the same request, and be the reason.
                worked => {
                    let before = Box::pin(self.done_before(context)).await?;
                    return before.map_or_else(|| worked.map(|()| self.unchanged(unit)), Ok);
                }
            }
            match self.0.loader.log.append(unit.append(metadata.clone(), self.key_claim(context))).await {
                Ok(appended) => {
                    // Who is next reads the log, and need not wait until this shows.
                    drop(turn.take());
                    return self.finish(context, unit, &metadata, appended).await;
                }
                Err(AppendError::Rejected(Rejection::Conflict { stream })) => {
                    self.0.stats.conflicted();
                    self.forget(&unit);
                    if let (Some(_), Some(stream)) = (context.if_match, &stream) {
                        Box::pin(self.refuse_stale(&unit, stream)).await?;
                    }
                    fresh = true;
                    drop(turn.take());
                    tokio::time::sleep(pause(attempt, &self.0.hasher)).await;
                    if let Some(stream) = stream {
                        turn = Some(self.0.met.of(stream.id).await);
                    }
                }
                Err(AppendError::Rejected(rejection)) => {
                    return Box::pin(self.rejected(context, rejection)).await;
                }
                Err(AppendError::Store(error)) => {
                    self.forget(&unit);
                    return Err(error.into());
                }
            }
        }
        Err(CommandError::Busy)
    }

    /// An aggregate as it is now, from the log; `None` where it never was or was deleted.
    ///
    /// # Errors
    /// The store's.
    pub async fn load<A: Entity>(
        &self,
        tenant: &TenantId,
        id: Uuid,
    ) -> Result<Option<Loaded<A>>, CommandError> {
        let stream = StreamId { tenant: tenant.clone(), kind: A::TYPE.into(), id };
        let loaded = self.0.loader.load_now::<A>(&stream).await?;
        let state = loaded.state::<A>().ok_or_else(|| wrong_type(&stream))?;
        Ok(state.exists().then_some(Loaded { state, version: loaded.version }))
    }

    /// An aggregate as it is now, or was a moment ago: the cached one where there is one. For what never changes of it.
    ///
    /// # Errors
    /// The store's.
    pub async fn recall<A: Entity>(
        &self,
        tenant: &TenantId,
        id: Uuid,
    ) -> Result<Option<Loaded<A>>, CommandError> {
        let stream = StreamId { tenant: tenant.clone(), kind: A::TYPE.into(), id };
        let (loaded, _) = self.0.loader.load::<A>(&stream).await?;
        let state = loaded.state::<A>().ok_or_else(|| wrong_type(&stream))?;
        Ok(state.exists().then_some(Loaded { state, version: loaded.version }))
    }

    /// An aggregate as it is now, whether it exists or not.
    pub(crate) async fn load_any<A: Entity>(&self, stream: &StreamId) -> Result<(Arc<A>, i64), CommandError> {
        let loaded = self.0.loader.load_now::<A>(stream).await?;
        let state = loaded.state::<A>().ok_or_else(|| wrong_type(stream))?;
        Ok((state, loaded.version))
    }

    pub(crate) fn loader(&self) -> Arc<Loader> {
        self.0.loader.clone()
    }

    /// Appends a unit as it stands. A conflict is `Busy`: the caller decided, the caller decides again.
    pub(crate) async fn append_once(&self, context: &Context, unit: Unit) -> Result<Committed, CommandError> {
        let metadata = metadata(context)?;
        match self.0.loader.log.append(unit.append(metadata.clone(), self.key_claim(context))).await {
            Ok(appended) => self.finish(context, unit, &metadata, appended).await,
            Err(error) => {
                self.forget(&unit);
                match error {
                    AppendError::Rejected(rejection) => self.rejected(context, rejection).await,
                    AppendError::Store(error) => Err(error.into()),
                }
            }
        }
    }

    /// A unit that found nothing to do: everything as it was.
    fn unchanged(&self, unit: Unit) -> Committed {
        let changed = unit
            .entries
            .into_iter()
            .map(|entry| Changed {
                version: entry.before.version,
                state: After::State(entry.state),
                stream: entry.stream,
                events: Arc::default(),
            })
            .collect();
        Committed { replayed: false, changed, codec: self.codec().clone() }
    }

    /// After the append: cache, read models, answer.
    async fn finish(
        &self,
        context: &Context,
        unit: Unit,
        metadata: &Arc<str>,
        appended: Appended,
    ) -> Result<Committed, CommandError> {
        let mut position = appended.first;
        let mut index = 0;
        let (mut changes, mut changed) = (Vec::new(), Vec::new());
        for mut entry in unit.entries.into_iter().filter(|entry| !entry.events.is_empty()) {
            let count = entry.events.len();
            let own = index..index + count;
            let given: Vec<&Filled> =
                appended.filled.iter().filter(|value| own.contains(&value.event)).collect();
            let (state, events) = self.settle(context, &mut entry, metadata, &given, index, position)?;
            let events: Arc<[RecordedEvent]> = events.into();
            index += count;
            position += count as i64;
            let version = entry.before.version + count as i64;
            let bytes = events.iter().map(|event| event.payload.len() as u64).sum();
            let weight = match entry.before.version {
                0 => Weight::made(bytes),
                _ => entry.before.weight.after(bytes, || (entry.weigh)(&state)),
            };
            let cached = Cached { state: state.clone(), version, weight, bulk: entry.before.bulk };
            self.0.loader.cache.put(entry.stream.clone(), cached);
            let before = (entry.before.version > 0).then_some(entry.before.state);
            changes.push(Change { before, after: state.clone(), events: events.clone() });
            changed.push(Changed { stream: entry.stream, version, state: After::State(state), events });
        }
        let count = appended.count as i64;
        self.0.read_side.hand_over(HandOver { first: appended.first, count, changes });
        self.shown(appended.first + count - 1).await?;
        Ok(Committed { replayed: false, changed, codec: self.codec().clone() })
    }

    /// Returns once the read models show a position: whoever is told that it is done must find it there.
    async fn shown(&self, position: i64) -> Result<(), CommandError> {
        self.0.read_side.wait_for(position).await.map_err(|error| {
            tracing::warn!(%error, position, "a command was carried out and does not show");
            CommandError::Unseen
        })
    }

    /// An entry's events as the log has them, and its state after them.
    fn settle(
        &self,
        context: &Context,
        entry: &mut Entry,
        metadata: &Arc<str>,
        given: &[&Filled],
        index: usize,
        position: i64,
    ) -> Result<(AnyState, Vec<RecordedEvent>), CommandError> {
        let mut events = Vec::with_capacity(entry.events.len());
        for (offset, event) in std::mem::take(&mut entry.events).into_iter().enumerate() {
            let mut payload = event.payload;
            for value in given.iter().filter(|value| value.event == index + offset) {
                value.fill_in(&mut payload);
            }
            events.push(RecordedEvent {
                position: position + offset as i64,
                tenant: context.tenant.clone(),
                kind: entry.stream.kind.clone(),
                id: entry.stream.id,
                version: entry.before.version + offset as i64 + 1,
                event_type: event.event_type.as_ref().into(),
                event_version: event.event_version.as_ref().into(),
                payload: payload.into(),
                metadata: metadata.clone(),
                recorded_at: context.now.as_microsecond(),
            });
        }
        // Taken out, so that what is filled in need not be copied first.
        let state = std::mem::replace(&mut entry.state, entry.before.state.clone());
        if given.is_empty() {
            return Ok((state, events));
        }
        let state = match (entry.fill)(state, given) {
            Some(state) => state,
            None => (entry.refold)(self.codec(), &entry.before, &events)?,
        };
        Ok((state, events))
    }

    fn forget(&self, unit: &Unit) {
        for entry in &unit.entries {
            self.0.loader.cache.forget(&entry.stream);
        }
    }

    /// With `If-Match`, a conflict on the aggregate that the client saw is the client's to resolve.
    async fn refuse_stale(&self, unit: &Unit, moved: &StreamId) -> Result<(), CommandError> {
        let subject = unit.entries.iter().find(|entry| !entry.events.is_empty());
        if subject.is_none_or(|entry| entry.stream != *moved) {
            return Ok(());
        }
        let before = subject.map_or(0, |entry| entry.before.version);
        let newer = self.0.loader.log.read_stream(moved, before, 1000).await?;
        Err(CommandError::Stale { current: newer.last().map_or(before, |event| event.version) })
    }

    async fn rejected(&self, context: &Context, rejection: Rejection) -> Result<Committed, CommandError> {
        match rejection {
            Rejection::NameTaken { scope, name } => {
                let what = scope.replace('_', " ");
                Err(DomainError::rule(format!("the {what} {name} is taken already")).into())
            }
            Rejection::SeriesFull { refusal } => Err(DomainError::PlanLimit(refusal.to_owned()).into()),
            // Another process was faster with the same key.
            Rejection::KeyUsed => self.done_before(context).await?.ok_or(CommandError::InProgress),
            Rejection::Conflict { .. } => Err(CommandError::Busy),
        }
    }

    fn begin(&self, context: &Context, idempotency: &Idempotency) -> Result<Running, CommandError> {
        let key = (context.tenant.clone(), idempotency.key.clone());
        let mut running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.insert(key.clone()) {
            Ok(Running { inner: self.0.clone(), key })
        } else {
            Err(CommandError::InProgress)
        }
    }

    fn key_claim(&self, context: &Context) -> Option<KeyClaim> {
        context.idempotency.as_ref().map(|idempotency| KeyClaim {
            key: idempotency.key.as_ref().to_owned(),
            fingerprint: idempotency.fingerprint,
            forget_before: self.forget_before(context),
        })
    }

    fn forget_before(&self, context: &Context) -> i64 {
        let now = context.now.min(self.0.clock.earliest());
        now.as_microsecond() - KEY_MEMORY.as_micros() as i64
    }

    /// What was done under the request's Idempotency-Key, if it was used.
    async fn done_before(&self, context: &Context) -> Result<Option<Committed>, CommandError> {
        let Some(idempotency) = &context.idempotency else { return Ok(None) };
        let log = &self.0.loader.log;
        let found = log.find_key(&context.tenant, &idempotency.key, self.forget_before(context)).await?;
        let Some(record) = found else { return Ok(None) };
        if record.fingerprint != idempotency.fingerprint {
            return Err(CommandError::KeyReused);
        }
        let done = self.replay(&record).await?;
        self.0.stats.replayed();
        Ok(Some(done))
    }

    async fn replay(&self, record: &KeyRecord) -> Result<Committed, CommandError> {
        let log = &self.0.loader.log;
        let count = usize::try_from(record.count).unwrap_or_default();
        let events = log.read(record.first - 1, count).await?;
        let mut changed: Vec<Changed> = Vec::new();
        // A unit's events of one stream stand together.
        for own in events.chunk_by(|one, next| one.id == next.id && one.kind == next.kind) {
            let (Some(first), Some(last)) = (own.first(), own.last()) else { continue };
            let stream = first.stream();
            // What began with this append has no other history.
            let history = match first.version {
                1 => own.to_vec(),
                _ => log.read_stream(&stream, 0, usize::try_from(last.version).unwrap_or_default()).await?,
            };
            let (version, state) = (last.version, After::History(history));
            changed.push(Changed { stream, version, state, events: own.into() });
        }
        self.shown(record.first + record.count - 1).await?;
        Ok(Committed { replayed: true, changed, codec: self.codec().clone() })
    }
}

/// Marks an Idempotency-Key as running, until dropped.
struct Running {
    inner: Arc<Inner>,
    key: (TenantId, Arc<str>),
}

impl Drop for Running {
    fn drop(&mut self) {
        self.inner.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

fn metadata(context: &Context) -> Result<Arc<str>, CommandError> {
    let mut id = Uuid::encode_buffer();
    let metadata = Metadata {
        command_id: (*Uuid::now_v7().hyphenated().encode_lower(&mut id)).into(),
        actor: context.actor.clone(),
        surface: context.surface.into(),
        request_id: context.request_id.clone(),
    };
    let failed = |error: String| StoreError::Failed(format!("metadata: {error}"));
    // Room for all of it, so that it is not moved while it grows.
    let mut json = Vec::with_capacity(512);
    serde_json::to_writer(&mut json, &metadata).map_err(|error| failed(error.to_string()))?;
    Ok(std::str::from_utf8(&json).map_err(|error| failed(error.to_string()))?.into())
}

/// Longer after each conflict, at most 50 ms, and random, so that those who met do not meet again.
fn pause(attempt: u32, hasher: &RandomState) -> Duration {
    let ceiling = 500_u64 << attempt.min(7);
    let random = hasher.hash_one(Uuid::now_v7());
    Duration::from_micros(random % ceiling.min(50_000))
}
