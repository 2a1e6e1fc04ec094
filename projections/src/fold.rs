//! Folds a run of events into changed rows and writes them, with the checkpoint, in one transaction.
//!
//! States come from where they are at hand: handed over by the command that made them, kept from an earlier batch,
//! read from the rows (all that a batch needs in one query a table), or, where even the row is missing, folded from
//! the aggregate's own stream. Whichever it is must be at the version right before the event: nothing else is applied.
//!
//! An event that cannot be applied is parked: noted in `parked`, and its aggregate's row stays as it was, as do the
//! aggregate's later events. Everything else goes on.

use crate::generation::Generation;
use crate::model::{Model, Table};
use crate::models;
use crate::rows::{self, Counts, TableChanges, Upsert};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use sunledger_commands::Codec;
use sunledger_commands::read_side::{AnyState, Change};
use sunledger_domain::TenantId;
use sunledger_store::{Dialect, Log, Param, RecordedEvent, Statement, StoreError, StreamId};
use uuid::Uuid;

/// Memory for states kept from earlier batches, in bytes of their JSON: what commands hand over needs none of it.
pub(crate) const FOLLOWING: u64 = 16 * 1024 * 1024;
/// The same for a fold of the whole log.
pub(crate) const REBUILDING: u64 = 48 * 1024 * 1024;

/// One step of the fold.
#[derive(Clone)]
pub(crate) enum Step {
    /// A change whose states are known already.
    Change(Change),
    /// An event read from the log.
    Event(RecordedEvent),
}

/// The part of the log that a batch covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// It begins after this position.
    pub(crate) after: i64,
    /// Position of its last event.
    pub(crate) reached: i64,
}

/// Folds and writes batches into one generation.
pub(crate) struct Folder {
    log: Log,
    codec: Codec,
    kept: quick_cache::sync::Cache<StreamId, Kept, ByWeight>,
}

/// A state kept from an earlier batch.
#[derive(Clone)]
struct Kept {
    version: i64,
    state: AnyState,
    weight: u64,
}

#[derive(Clone)]
struct ByWeight;

impl quick_cache::Weighter<StreamId, Kept> for ByWeight {
    fn weight(&self, _: &StreamId, kept: &Kept) -> u64 {
        kept.weight + 256
    }
}

/// An aggregate touched by a batch.
struct Touched {
    model: &'static dyn Model,
    /// As its row has it; `None` for no row.
    before: Option<AnyState>,
    /// Always there but while an event is applied to it.
    after: Option<AnyState>,
    version: i64,
}

struct Parked {
    event: RecordedEvent,
    reason: String,
}

#[derive(Default)]
struct Batch {
    touched: HashMap<StreamId, Touched>,
    order: Vec<StreamId>,
    parked: Vec<Parked>,
    stuck: HashSet<StreamId>,
}

impl Folder {
    /// A folder that keeps states of so many bytes of JSON.
    pub(crate) fn new(log: Log, codec: Codec, memory: u64) -> Self {
        Self { log, codec, kept: quick_cache::sync::Cache::with_weighter(10_000, memory, ByWeight) }
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
        let missing = self.missing(&steps);
        let rows =
            if missing.is_empty() { HashMap::new() } else { self.load_rows(generation, &missing).await? };
        for step in steps {
            match step {
                Step::Change(change) => self.take_change(&mut batch, change),
                Step::Event(event) => self.take_event(&mut batch, &rows, event).await?,
            }
        }
        self.write(generation, batch, span).await
    }

    /// Streams whose state is not at hand for the first of their events.
    fn missing(&self, steps: &[Step]) -> Vec<StreamId> {
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

    async fn load_rows(
        &self,
        generation: &Generation,
        streams: &[StreamId],
    ) -> Result<HashMap<StreamId, (i64, AnyState)>, StoreError> {
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

    fn take_change(&self, batch: &mut Batch, change: Change) {
        let (Some(first), Some(last)) = (change.events.first(), change.events.last()) else { return };
        let Some(model) = models::of(&first.kind) else { return };
        let stream = first.stream();
        if batch.stuck.contains(&stream) {
            let reason = "follows an event that could not be applied".to_owned();
            batch
                .parked
                .extend(change.events.iter().cloned().map(|event| Parked { event, reason: reason.clone() }));
            return;
        }
        batch.touch(stream, model, change.before, Some(change.after), last.version);
    }

    async fn take_event(
        &self,
        batch: &mut Batch,
        rows: &HashMap<StreamId, (i64, AnyState)>,
        event: RecordedEvent,
    ) -> Result<(), StoreError> {
        let Some(model) = models::of(&event.kind) else { return Ok(()) };
        let stream = event.stream();
        if batch.stuck.contains(&stream) {
            batch.park(event, "follows an event that could not be applied".into());
            return Ok(());
        }
        if let Some(touched) =
            batch.touched.get_mut(&stream).filter(|touched| touched.version + 1 == event.version)
        {
            match model.fold(&self.codec, &mut touched.after, &event) {
                Ok(()) => touched.version = event.version,
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
            Ok(()) => batch.touch(stream, model, before, after, event.version),
            Err(error) => batch.park(event, error.to_string()),
        }
        Ok(())
    }

    /// The state right before an event (`Some(None)`: it is the first), or `None` where the event is applied already.
    async fn before(
        &self,
        batch: &Batch,
        rows: &HashMap<StreamId, (i64, AnyState)>,
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

    async fn write(&self, generation: &Generation, batch: Batch, span: Span) -> Result<(), StoreError> {
        let dialect = generation.db.dialect();
        let mut tables: BTreeMap<&'static str, TableChanges> = BTreeMap::new();
        let mut counts = Counts::new();
        let mut weights = HashMap::with_capacity(batch.order.len());
        for stream in &batch.order {
            if let Some(touched) = batch.touched.get(stream) {
                let table = touched.model.table();
                let weight = change_row(stream, touched, tables.entry(table.name).or_default(), &mut counts)?;
                weights.insert(stream.clone(), weight);
            }
        }
        // The checkpoint comes first: of two that write at the same time one waits for the other here, and then fails.
        let mut statements: Vec<Statement> = vec![advance(span)];
        let mut renamed: Vec<(&'static str, Vec<(TenantId, Uuid)>)> = Vec::new();
        for table in models::tables() {
            if let Some(mut changes) = tables.remove(table.name) {
                renamed.push((table.name, std::mem::take(&mut changes.renamed)));
                rows::statements(table, changes, dialect, &mut statements);
            }
        }
        for table in models::tables() {
            for (linked, ids) in &renamed {
                rows::follow_link(table, linked, ids, &mut statements);
            }
        }
        rows::count(counts, dialect, &mut statements);
        park(&batch.parked, &mut statements);
        if let Err(error) = generation.db.transaction(rows::in_one(statements, dialect)).await {
            let at = generation.checkpoint().await?;
            return Err(if at == span.after { error } else { moved(at, span.after) });
        }
        for (stream, touched) in batch.touched {
            if let Some(state) = touched.after {
                let weight = weights.get(&stream).copied().unwrap_or_default();
                self.kept.insert(stream, Kept { version: touched.version, state, weight });
            }
        }
        Ok(())
    }
}

impl Batch {
    fn touch(
        &mut self,
        stream: StreamId,
        model: &'static dyn Model,
        before: Option<AnyState>,
        after: Option<AnyState>,
        version: i64,
    ) {
        if let Some(touched) = self.touched.get_mut(&stream) {
            if version > touched.version {
                touched.after = after;
                touched.version = version;
            }
        } else {
            self.order.push(stream.clone());
            self.touched.insert(stream, Touched { model, before, after, version });
        }
    }

    fn park(&mut self, event: RecordedEvent, reason: String) {
        tracing::error!(position = event.position, kind = %event.kind, id = %event.id, %reason, "event parked");
        self.stuck.insert(event.stream());
        self.parked.push(Parked { event, reason });
    }
}

/// Moves the checkpoint on from where it must be.
fn advance(span: Span) -> Statement {
    let positions = vec![Param::Int(span.after), Param::Int(span.reached)];
    Statement { sql: rows::advance_sql(1).into(), rows: vec![positions] }
}

/// The checkpoint is somewhere else than whoever projects left it.
pub(crate) fn moved(at: i64, expected: i64) -> StoreError {
    StoreError::Unavailable(format!("the read models are at position {at}, and not at {expected}"))
}

/// Notes what becomes of an aggregate's row; returns the bytes of its document.
fn change_row(
    stream: &StreamId,
    touched: &Touched,
    changes: &mut TableChanges,
    counts: &mut Counts,
) -> Result<u64, StoreError> {
    let table = touched.model.table();
    let Some(state) = &touched.after else { return Ok(0) };
    let before = match &touched.before {
        Some(state) => touched.model.row(state)?,
        None => None,
    };
    let after = touched.model.row(state)?;
    let mut count = |table: &'static Table, row: &crate::model::RowData, by: i64| {
        for key in table.counted(row) {
            *counts.entry((stream.tenant.clone(), table.name, key)).or_default() += by;
        }
    };
    // Most changes move no counter: their columns stay as they were.
    if before.as_ref().map(|row| &row.values) != after.as_ref().map(|row| &row.values) {
        if let Some(row) = &before {
            count(table, row, -1);
        }
        if let Some(row) = &after {
            count(table, row, 1);
        }
    }
    if before.as_ref().map(|row| &row.search) != after.as_ref().map(|row| &row.search) && before.is_some() {
        changes.renamed.push((stream.tenant.clone(), stream.id));
    }
    let (tenant, id) = (stream.tenant.clone(), stream.id);
    match after {
        Some(row) => {
            let doc = touched.model.doc(state)?;
            let weight = doc.len() as u64;
            changes.upserts.push(Upsert { tenant, id, version: touched.version, doc, row });
            return Ok(weight);
        }
        None if before.is_some() => changes.deletes.push((tenant, id)),
        None => {}
    }
    Ok(0)
}

fn park(parked: &[Parked], statements: &mut Vec<Statement>) {
    let sql: Arc<str> =
        "INSERT INTO parked (position, tenant, kind, id, reason) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (position) DO NOTHING"
            .into();
    statements.extend(parked.iter().map(|parked| Statement {
        sql: sql.clone(),
        rows: vec![vec![
            Param::Int(parked.event.position),
            Param::Text(parked.event.tenant.as_str().into()),
            Param::Text(parked.event.kind.clone()),
            Param::Uuid(parked.event.id),
            Param::Text(parked.reason.as_str().into()),
        ]],
    }));
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
                let tenant = TenantId::new(tenant).map_err(|error| StoreError::Damaged(error.to_string()))?;
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
