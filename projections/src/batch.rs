//! What a run of events changes: the aggregates in memory, and the one transaction that writes their rows, the counters
//! and the checkpoint.

use crate::books::{self, Books};
use crate::fold::{Kept, States};
use crate::generation::Generation;
use crate::model::{Model, Table};
use crate::models;
use crate::row_sql;
use crate::rows::{self, Counts, TableChanges, Trust, Upsert};
use crate::sums;
use foldhash::{HashMap, HashSet};
use std::collections::BTreeMap;
use std::sync::Arc;
use sunledger_commands::read_side::{AnyState, Change};
use sunledger_domain::TenantId;
use sunledger_store::{Dialect, Param, RecordedEvent, Statement, StoreError, StreamId};
use uuid::Uuid;

/// The part of the log that a batch covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// It begins after this position.
    pub(crate) after: i64,
    /// Position of its last event.
    pub(crate) reached: i64,
}

/// An aggregate touched by a batch.
pub(crate) struct Touched {
    pub(crate) model: &'static dyn Model,
    /// As its row has it; `None` for no row.
    pub(crate) before: Option<AnyState>,
    /// Always there but while an event is applied to it.
    pub(crate) after: Option<AnyState>,
    pub(crate) version: i64,
}

struct Parked {
    event: RecordedEvent,
    reason: String,
}

/// What a run of events changes.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) touched: HashMap<StreamId, Touched>,
    order: Vec<StreamId>,
    parked: Vec<Parked>,
    /// Events of clients' timelines.
    told: Vec<(TenantId, Uuid, i64)>,
    /// Streams with an event that could not be applied.
    pub(crate) stuck: HashSet<StreamId>,
    /// Bytes of the events that were read from the log for it.
    pub(crate) bytes: usize,
}

impl Batch {
    /// True where it has a state of this stream.
    pub(crate) fn has(&self, stream: &StreamId) -> bool {
        self.touched.contains_key(stream)
    }

    pub(crate) fn take_change(&mut self, change: Change) -> Result<(), StoreError> {
        let (Some(first), Some(last)) = (change.events.first(), change.events.last()) else { return Ok(()) };
        let Some(model) = models::of(&first.kind) else { return Ok(()) };
        let stream = first.stream();
        if self.stuck.contains(&stream) {
            let reason = "follows an event that could not be applied".to_owned();
            self.parked
                .extend(change.events.iter().cloned().map(|event| Parked { event, reason: reason.clone() }));
            return Ok(());
        }
        let before = client_of(model, change.before.as_ref(), first.id)?;
        let after = client_of(model, Some(&change.after), first.id)?;
        for event in change.events.iter() {
            self.tell(event, before, after);
        }
        self.touch(stream, model, change.before, Some(change.after), last.version);
        Ok(())
    }

    /// Adds an event to the timelines of the clients whom its aggregate was about before it, and is about after it.
    pub(crate) fn tell(&mut self, event: &RecordedEvent, before: Option<Uuid>, after: Option<Uuid>) {
        let told = after.into_iter().chain(before.filter(|_| before != after));
        self.told.extend(told.map(|client| (event.tenant.clone(), client, event.position)));
    }

    pub(crate) fn touch(
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

    pub(crate) fn park(&mut self, event: RecordedEvent, reason: String) {
        tracing::error!(position = event.position, kind = %event.kind, id = %event.id, %reason, "event parked");
        self.stuck.insert(event.stream());
        self.parked.push(Parked { event, reason });
    }

    /// The transaction that writes it and moves the checkpoint over `span`; and the states as they are then.
    pub(crate) fn into_statements(
        mut self,
        dialect: Dialect,
        span: Span,
        trust: Trust,
    ) -> Result<(Vec<Statement>, States), StoreError> {
        let mut tables: BTreeMap<&'static str, TableChanges> = BTreeMap::new();
        let (mut counts, mut books) = (Counts::new(), Books::default());
        let mut states = Vec::with_capacity(self.order.len());
        let mut json = Vec::new();
        for stream in self.order {
            let Some(touched) = self.touched.remove(&stream) else { continue };
            let changes = tables.entry(touched.model.table().name).or_default();
            let weight = change_row(&stream, &touched, changes, &mut counts, &mut json)?;
            books::enter(&stream.tenant, &touched, &mut books)?;
            if let Some(state) = touched.after {
                states.push((stream, Kept { version: touched.version, state, weight }));
            }
        }
        // The checkpoint comes first: of two that write at the same time one waits for the other here, and then fails.
        let mut statements: Vec<Statement> = vec![advance(span)];
        let mut renamed: Vec<(&'static str, Vec<(TenantId, Uuid)>)> = Vec::new();
        for table in models::tables() {
            if let Some(mut changes) = tables.remove(table.name) {
                renamed.push((table.name, std::mem::take(&mut changes.renamed)));
                rows::statements(table, changes, dialect, trust, &mut statements);
            }
        }
        for table in models::tables() {
            for (linked, ids) in &renamed {
                rows::follow_link(table, linked, ids, &mut statements);
            }
        }
        let moments = books.close(&mut counts);
        rows::count(row_sql::COUNTERS, counts, dialect, &mut statements);
        rows::count(row_sql::MOMENTS, moments, dialect, &mut statements);
        rows::tell(self.told, dialect, trust, &mut statements);
        park(&self.parked, &mut statements);
        Ok((rows::in_one(statements, dialect), states))
    }
}

/// The client whom something is about in this state.
pub(crate) fn client_of(
    model: &dyn Model,
    state: Option<&AnyState>,
    id: Uuid,
) -> Result<Option<Uuid>, StoreError> {
    state.map_or(Ok(None), |state| model.client(state, id))
}

/// Writes a batch, unless the checkpoint is not at the beginning of its span.
pub(crate) async fn write(
    generation: &Generation,
    statements: Vec<Statement>,
    span: Span,
) -> Result<(), StoreError> {
    if let Err(error) = generation.db.transaction(statements).await {
        let at = generation.checkpoint().await?;
        return Err(if at == span.after { error } else { moved(at, span.after) });
    }
    Ok(())
}

/// Moves the checkpoint on from where it must be.
fn advance(span: Span) -> Statement {
    let positions = vec![Param::Int(span.after), Param::Int(span.reached)];
    Statement { sql: row_sql::advance(), rows: vec![positions] }
}

/// The checkpoint is somewhere else than whoever projects left it.
pub(crate) fn moved(at: i64, expected: i64) -> StoreError {
    StoreError::Unavailable(format!("the read models are at position {at}, and not at {expected}"))
}

/// Notes what becomes of an aggregate's row; returns the bytes of its document. `json` is room to write it in.
fn change_row(
    stream: &StreamId,
    touched: &Touched,
    changes: &mut TableChanges,
    counts: &mut Counts,
    json: &mut Vec<u8>,
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
    // Nothing is summed of most things.
    for (state, by) in [(touched.before.as_ref(), -1), (Some(state), 1)] {
        for (key, amount) in state.map(|state| touched.model.sums(state)).transpose()?.unwrap_or_default() {
            for (key, units) in sums::parts(&key, amount) {
                *counts.entry((stream.tenant.clone(), table.name, key)).or_default() += units * by;
            }
        }
    }
    if before.as_ref().map(|row| &row.search) != after.as_ref().map(|row| &row.search) && before.is_some() {
        changes.renamed.push((stream.tenant.clone(), stream.id));
    }
    let (tenant, id) = (stream.tenant.clone(), stream.id);
    match after {
        Some(row) => {
            json.clear();
            touched.model.doc(state, json)?;
            let doc =
                std::str::from_utf8(json).map_err(|error| StoreError::Failed(error.to_string()))?.into();
            let weight = json.len() as u64;
            changes.upserts.push(Upsert {
                tenant,
                id,
                version: touched.version,
                doc,
                row,
                new: before.is_none(),
            });
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
