//! Folds a run of events into a batch of changed aggregates.
//!
//! States come from where they are at hand: handed over by the command that made them, kept from an earlier batch,
//! read from the rows (all that a batch needs in one query a table), or, where even the row is missing, folded from
//! the aggregate's own stream. Whichever it is must be at the version right before the event: nothing else is applied.
//!
//! An event that cannot be applied is parked: noted in `parked`, and its aggregate's row stays as it was, as do the
//! aggregate's later events. Everything else goes on.

use crate::batch::{Batch, Span, client_of, write};
use crate::generation::Generation;
use crate::model::Model;
use crate::models;
use crate::rows::Trust;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use sunledger_commands::Codec;
use sunledger_commands::read_side::{AnyState, Change};
use sunledger_domain::TenantId;
use sunledger_store::{Dialect, Log, Param, RecordedEvent, StoreError, StreamId};
use uuid::Uuid;

/// Memory for states kept from earlier batches, in bytes of their JSON: what commands hand over needs none of it.
pub(crate) const FOLLOWING: u64 = 16 * 1024 * 1024;
/// The same for a fold of the whole log, which gathers about as much in batches.
pub(crate) const REBUILDING: u64 = 48 * 1024 * 1024;

/// One step of the fold.
#[derive(Clone)]
pub(crate) enum Step {
    /// A change whose states are known already.
    Change(Change),
    /// An event read from the log.
    Event(RecordedEvent),
}

/// Folds events into batches.
pub(crate) struct Folder {
    log: Log,
    codec: Codec,
    kept: quick_cache::sync::Cache<StreamId, Kept, ByWeight>,
    /// Bytes of events, as JSON, from which on a batch is written.
    pub(crate) enough: usize,
    /// The last batch was not written.
    failed: AtomicBool,
}

/// A state kept from an earlier batch.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) version: i64,
    pub(crate) state: AnyState,
    /// Bytes of its document.
    pub(crate) weight: u64,
}

/// States as a batch leaves them.
pub(crate) type States = Vec<(StreamId, Kept)>;

/// Rows' versions and states, by stream.
pub(crate) type Loaded = HashMap<StreamId, (i64, AnyState)>;

#[derive(Clone)]
struct ByWeight;

impl quick_cache::Weighter<StreamId, Kept> for ByWeight {
    fn weight(&self, _: &StreamId, kept: &Kept) -> u64 {
        kept.weight + 256
    }
}

impl Folder {
    /// A folder that keeps states of so many bytes of JSON.
    pub(crate) fn new(log: Log, codec: Codec, memory: u64) -> Self {
        let kept = quick_cache::sync::Cache::with_weighter(10_000, memory, ByWeight);
        let enough = usize::try_from(memory).unwrap_or(usize::MAX) / 3 * 2;
        Self { log, codec, kept, enough, failed: AtomicBool::new(false) }
    }

    /// Applies steps, in order, and moves the generation's checkpoint over `span`. Where the checkpoint is not at its
    /// beginning, somebody else has gone on, or the database has forgotten its last moments: nothing is written then.
    pub(crate) async fn apply(
        &self,
        generation: &Generation,
        steps: Vec<Step>,
        span: Span,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let rows = self.load_rows(generation, &self.missing(&batch, &steps)).await?;
        self.fold(&mut batch, &rows, steps).await?;
        let (statements, states) = batch.into_statements(generation.db.dialect(), span, self.trust())?;
        self.wrote(write(generation, statements, span).await)?;
        self.keep(states);
        Ok(())
    }

    /// Whether the rows are believed to be what they should be: after a batch that was not written, they are not.
    pub(crate) fn trust(&self) -> Trust {
        if self.failed.load(Ordering::Relaxed) { Trust::Nothing } else { Trust::Rows }
    }

    /// Notes what became of a batch.
    pub(crate) fn wrote(&self, written: Result<(), StoreError>) -> Result<(), StoreError> {
        self.failed.store(written.is_err(), Ordering::Relaxed);
        written
    }

    /// Applies steps, in order, to a batch. `rows` has those that were [`Folder::missing`].
    pub(crate) async fn fold(
        &self,
        batch: &mut Batch,
        rows: &Loaded,
        steps: Vec<Step>,
    ) -> Result<(), StoreError> {
        for step in steps {
            match step {
                Step::Change(change) => batch.take_change(change)?,
                Step::Event(event) => self.take_event(batch, rows, event).await?,
            }
        }
        Ok(())
    }

    /// Keeps states for the next batch. They are right whatever becomes of the batch that they come from: each is used for
    /// the event after its version, and no other.
    pub(crate) fn keep(&self, states: States) {
        for (stream, kept) in states {
            self.kept.insert(stream, kept);
        }
    }

    /// Streams whose state is not at hand for the first of their events.
    pub(crate) fn missing(&self, batch: &Batch, steps: &[Step]) -> Vec<StreamId> {
        let mut seen = HashSet::new();
        let mut missing = Vec::new();
        for step in steps {
            match step {
                Step::Change(change) => {
                    if let Some(event) = change.events.first() {
                        seen.insert(event.stream());
                    }
                }
                Step::Event(event) => {
                    let stream = event.stream();
                    let kept = self.kept.peek(&stream).is_some_and(|kept| kept.version == event.version - 1);
                    if !seen.contains(&stream)
                        && event.version > 1
                        && !kept
                        && !batch.has(&stream)
                        && models::of(&event.kind).is_some()
                    {
                        missing.push(stream.clone());
                    }
                    seen.insert(stream);
                }
            }
        }
        missing
    }

    /// The rows of streams, of which there may be none.
    pub(crate) async fn load_rows(
        &self,
        generation: &Generation,
        streams: &[StreamId],
    ) -> Result<Loaded, StoreError> {
        let mut by_table: BTreeMap<&'static str, Vec<&StreamId>> = BTreeMap::new();
        for stream in streams {
            if let Some(model) = models::of(&stream.kind) {
                by_table.entry(model.table().name).or_default().push(stream);
            }
        }
        let mut loaded = HashMap::new();
        for (table, streams) in by_table {
            let found = read_docs(generation, table, &streams).await?;
            for stream in streams {
                if let (Some((version, doc)), Some(model)) =
                    (found.get(&(stream.tenant.clone(), stream.id)), models::of(&stream.kind))
                {
                    loaded.insert(stream.clone(), (*version, model.restore(doc)?));
                }
            }
        }
        Ok(loaded)
    }

    async fn take_event(
        &self,
        batch: &mut Batch,
        rows: &Loaded,
        event: RecordedEvent,
    ) -> Result<(), StoreError> {
        batch.bytes += event.payload.len();
        let Some(model) = models::of(&event.kind) else { return Ok(()) };
        let stream = event.stream();
        if batch.stuck.contains(&stream) {
            batch.park(event, "follows an event that could not be applied".into());
            return Ok(());
        }
        if let Some(touched) =
            batch.touched.get_mut(&stream).filter(|touched| touched.version + 1 == event.version)
        {
            let before = client_of(model, touched.after.as_ref(), event.id)?;
            match model.fold(&self.codec, &mut touched.after, &event) {
                Ok(()) => {
                    touched.version = event.version;
                    let after = client_of(model, touched.after.as_ref(), event.id)?;
                    batch.tell(&event, before, after);
                }
                Err(error) => batch.park(event, error.to_string()),
            }
            return Ok(());
        }
        let before = match self.before(batch, rows, model, &event).await {
            Ok(Some(before)) => before,
            Ok(None) => return Ok(()),
            Err(StoreError::Damaged(reason)) => {
                batch.park(event, reason);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let mut after = before.clone();
        match model.fold(&self.codec, &mut after, &event) {
            Ok(()) => {
                let client = |state: &Option<AnyState>| client_of(model, state.as_ref(), event.id);
                batch.tell(&event, client(&before)?, client(&after)?);
                batch.touch(stream, model, before, after, event.version);
            }
            Err(error) => batch.park(event, error.to_string()),
        }
        Ok(())
    }

    /// The state right before an event (`Some(None)`: it is the first), or `None` where the event is applied already.
    async fn before(
        &self,
        batch: &Batch,
        rows: &Loaded,
        model: &dyn Model,
        event: &RecordedEvent,
    ) -> Result<Option<Option<AnyState>>, StoreError> {
        let stream = event.stream();
        let wanted = event.version - 1;
        if batch.touched.get(&stream).is_some_and(|touched| touched.version > wanted) {
            return Ok(None);
        }
        if wanted == 0 {
            return Ok(Some(None));
        }
        if let Some(kept) = self.kept.get(&stream).filter(|kept| kept.version == wanted) {
            return Ok(Some(Some(kept.state)));
        }
        match rows.get(&stream) {
            Some((version, state)) if *version == wanted => Ok(Some(Some(state.clone()))),
            Some((version, _)) if *version > wanted => Ok(None),
            _ => Ok(Some(Some(self.refold(model, &stream, wanted).await?))),
        }
    }

    /// A state folded from the aggregate's own stream.
    async fn refold(
        &self,
        model: &dyn Model,
        stream: &StreamId,
        version: i64,
    ) -> Result<AnyState, StoreError> {
        let mut state: Option<AnyState> = None;
        let mut at = 0;
        while at < version {
            let limit = usize::try_from(version - at).unwrap_or_default().min(1000);
            let events = self.log.read_stream(stream, at, limit).await?;
            for event in &events {
                if event.version != at + 1 {
                    let (kind, id) = (&stream.kind, stream.id);
                    return Err(StoreError::Damaged(format!("{kind} {id} has no version {}", at + 1)));
                }
                model.fold(&self.codec, &mut state, event)?;
                at = event.version;
            }
            if events.is_empty() {
                break;
            }
        }
        state.ok_or_else(|| StoreError::Damaged(format!("{} {} has no events", stream.kind, stream.id)))
    }
}

/// Version and document of rows, by tenant and id.
async fn read_docs(
    generation: &Generation,
    table: &str,
    streams: &[&StreamId],
) -> Result<HashMap<(TenantId, Uuid), (i64, Arc<str>)>, StoreError> {
    let mut found = HashMap::new();
    let queries: Vec<(String, Vec<Param>)> = match generation.db.dialect() {
        Dialect::Postgres => vec![(
            format!(
                "SELECT t.tenant, t.id, t.version, t.doc FROM unnest($1::text[], $2::uuid[]) AS x(tenant, id) \
                 JOIN {table} t ON t.tenant = x.tenant COLLATE \"C\" AND t.id = x.id"
            ),
            vec![
                Param::TextArray(streams.iter().map(|stream| Some(stream.tenant.as_str().into())).collect()),
                Param::UuidArray(streams.iter().map(|stream| stream.id).collect()),
            ],
        )],
        // SQLite has no arrays; a fixed number of ids keeps the statement's text, and so its preparation, the same.
        Dialect::Sqlite => streams.chunks(64).map(|chunk| sqlite_docs(table, chunk)).collect(),
    };
    for (sql, params) in queries {
        for row in generation.db.query(&sql, params).await? {
            if let [Param::Text(tenant), Param::Uuid(id), Param::Int(version), Param::Text(doc)] =
                row.0.as_slice()
            {
                let tenant =
                    TenantId::stored(tenant).map_err(|error| StoreError::Damaged(error.to_string()))?;
                found.insert((tenant, *id), (*version, doc.clone()));
            }
        }
    }
    Ok(found)
}

fn sqlite_docs(table: &str, chunk: &[&StreamId]) -> (String, Vec<Param>) {
    let mut params = Vec::with_capacity(128);
    for index in 0..64 {
        // The last pair again and again fills up the fixed number.
        if let Some(stream) = chunk.get(index).or(chunk.last()) {
            params.push(Param::Text(stream.tenant.as_str().into()));
            params.push(Param::Uuid(stream.id));
        }
    }
    let pairs: Vec<String> =
        (0..64).map(|index| format!("(${}, ${})", index * 2 + 1, index * 2 + 2)).collect();
    let sql = format!(
        "WITH x(tenant, id) AS (VALUES {}) SELECT DISTINCT t.tenant, t.id, t.version, t.doc FROM x \
         JOIN {table} t ON t.tenant = x.tenant AND t.id = x.id",
        pairs.join(", ")
    );
    (sql, params)
}
