//! Do the read models say what the log says? Folds the log afresh into a generation nobody sees and compares, row by
//! row and counter by counter, with the live one; also while a server serves.
//!
//! Rows move while they are compared. A row that differs is looked at again once the fresh fold has reached the live
//! checkpoint; counters are read with the checkpoint they belong to in one statement, and the fresh fold is brought to
//! exactly that position.

use crate::catch_up::catch_up;
use crate::fold::{Folder, REBUILDING};
use crate::generation::{self, Generation};
use crate::model::Table;
use crate::models;
use crate::verify_moments;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use sunledger_commands::Codec;
use sunledger_store::{Db, Log, Param, Row, StoreError, StoreSettings};

/// Rows compared at a time.
const PAGE: i64 = 1_000;
/// How often what moves is looked at again.
const ROUNDS: u32 = 50;

/// What was found to be right.
#[derive(Debug, Clone, Copy)]
pub struct Verified {
    /// Events in the log.
    pub events: i64,
    /// Rows compared.
    pub rows: i64,
    /// The position that both were compared at.
    pub position: i64,
}

/// Checks the log itself, then the live read models against it.
///
/// # Errors
/// `Damaged` with the first difference; the store's own.
pub async fn run(
    log: &Log,
    settings: &StoreSettings,
    codec: &Codec,
    progress: &(dyn Fn(&str, i64) + Sync),
) -> Result<Verified, StoreError> {
    let events = log.check(&|position| progress("checking the log", position)).await?;
    let live = generation::open_live(log, settings, codec).await?;
    let name = format!("verify_{}", uuid::Uuid::now_v7().simple());
    let fresh = Generation::bare(settings, 0, &name).await?;
    let compared = compare(log, codec, &live, &fresh, progress).await;
    Db::drop(settings, &name).await?;
    let (rows, position) = compared?;
    Ok(Verified { events, rows, position })
}

async fn compare(
    log: &Log,
    codec: &Codec,
    live: &Generation,
    fresh: &Generation,
    progress: &(dyn Fn(&str, i64) + Sync),
) -> Result<(i64, i64), StoreError> {
    let folder = Folder::new(log.clone(), codec.clone(), REBUILDING);
    let report = |position| progress("folding the log", position);
    let mut at = settle(log, live, &report).await?;
    catch_up(fresh, log, &folder, at, &report).await?;
    let parked = live.parked().await?;
    if parked > 0 {
        return Err(StoreError::Damaged(format!("{parked} events could not be applied and are parked")));
    }
    let compared = AtomicI64::new(0);
    for table in models::tables() {
        let mut differing = differences(table, live, fresh, &compared).await?;
        progress(table.name, compared.load(Ordering::Relaxed));
        for _ in 0..ROUNDS {
            if differing.is_empty() {
                break;
            }
            at = live.checkpoint().await?;
            catch_up(fresh, log, &folder, at, &|_| {}).await?;
            differing = still_different(table, live, fresh, differing).await?;
        }
        if let Some((key, difference)) = differing.into_iter().next() {
            return Err(StoreError::Damaged(format!("{} {}: {difference}", table.name, spell(&key))));
        }
    }
    verify_moments::compare(log, &folder, live, fresh).await?;
    at = compare_counters(log, &folder, live, fresh).await?;
    Ok((compared.load(Ordering::Relaxed), at))
}

/// Waits for whoever projects to reach the log's end of this moment, where somebody does.
async fn settle(log: &Log, live: &Generation, progress: &(dyn Fn(i64) + Sync)) -> Result<i64, StoreError> {
    let head = log.head().await?;
    for _ in 0..100 {
        let at = live.checkpoint().await?;
        if at >= head {
            return Ok(at);
        }
        progress(at);
        // Nobody projects: what is there is what a server would begin with.
        if log.try_lock(&generation::projector_lock(generation::FORM)).await?.is_some() {
            return Ok(at);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    live.checkpoint().await
}

type Key = (String, uuid::Uuid);
type Rows = BTreeMap<Key, Vec<Param>>;
type Differences = BTreeMap<Key, String>;

fn spell(key: &Key) -> String {
    format!("{} of tenant {}", key.1, key.0)
}

fn all_columns(table: &Table) -> String {
    let mut names = vec!["tenant", "id", "number", "version", "search_own", "search", "doc"];
    names.extend(table.columns.iter().map(|column| column.name));
    names.join(", ")
}

fn keyed(rows: Vec<Row>) -> Rows {
    rows.into_iter()
        .filter_map(|row| match row.0.as_slice() {
            [Param::Text(tenant), Param::Uuid(id), ..] => Some(((tenant.to_string(), *id), row.0)),
            _ => None,
        })
        .collect()
}

/// All rows that are not the same in both, page by page through both in the order of their keys.
async fn differences(
    table: &Table,
    live: &Generation,
    fresh: &Generation,
    compared: &AtomicI64,
) -> Result<Differences, StoreError> {
    let columns = all_columns(table);
    let page = format!(
        "SELECT {columns} FROM {} WHERE (tenant, id) > ($1, $2) ORDER BY tenant, id LIMIT $3",
        table.name
    );
    let range = format!(
        "SELECT {columns} FROM {} WHERE (tenant, id) > ($1, $2) AND (tenant, id) <= ($3, $4) ORDER BY tenant, id",
        table.name
    );
    let rest =
        format!("SELECT {columns} FROM {} WHERE (tenant, id) > ($1, $2) ORDER BY tenant, id", table.name);
    let mut found = Differences::new();
    let mut after: Key = (String::new(), uuid::Uuid::nil());
    loop {
        let start = vec![Param::Text(after.0.as_str().into()), Param::Uuid(after.1)];
        let mut params = start.clone();
        params.push(Param::Int(PAGE));
        let ours = keyed(fresh.db.query(&page, params).await?);
        let last = ours.keys().next_back().cloned();
        let theirs = match &last {
            Some(last) => {
                let mut params = start;
                params.extend([Param::Text(last.0.as_str().into()), Param::Uuid(last.1)]);
                keyed(live.db.query(&range, params).await?)
            }
            None => keyed(live.db.query(&rest, start).await?),
        };
        compared.fetch_add(i64::try_from(ours.len()).unwrap_or_default(), Ordering::Relaxed);
        found.extend(differ(table, &theirs, &ours));
        match last {
            Some(last) => after = last,
            None => return Ok(found),
        }
    }
}

async fn still_different(
    table: &Table,
    live: &Generation,
    fresh: &Generation,
    differing: Differences,
) -> Result<Differences, StoreError> {
    let one = format!("SELECT {} FROM {} WHERE tenant = $1 AND id = $2", all_columns(table), table.name);
    let mut found = Differences::new();
    for (tenant, id) in differing.into_keys() {
        let params = vec![Param::Text(tenant.as_str().into()), Param::Uuid(id)];
        let theirs = keyed(live.db.query(&one, params.clone()).await?);
        let ours = keyed(fresh.db.query(&one, params).await?);
        found.extend(differ(table, &theirs, &ours));
    }
    Ok(found)
}

fn differ(table: &Table, live: &Rows, fresh: &Rows) -> Differences {
    let mut found = Differences::new();
    for (key, row) in fresh {
        match live.get(key) {
            None => {
                found.insert(key.clone(), "is missing in the read models".into());
            }
            Some(there) if there != row => {
                found.insert(key.clone(), format!("differs in {}", differing_columns(table, there, row)));
            }
            Some(_) => {}
        }
    }
    for key in live.keys().filter(|key| !fresh.contains_key(*key)) {
        found.insert(key.clone(), "is in the read models and not in the log".into());
    }
    found
}

fn differing_columns(table: &Table, live: &[Param], fresh: &[Param]) -> String {
    let columns = all_columns(table);
    let names = columns.split(", ").zip(live.iter().zip(fresh));
    let differing: Vec<&str> =
        names.filter(|(_, (live, fresh))| live != fresh).map(|(name, _)| name).collect();
    differing.join(", ")
}

/// Counters and their checkpoint in one statement, so that they are of one moment.
/// Timelines are compared by how many rows they have and what their positions come to.
const COUNTERS: &str = "SELECT (SELECT position FROM checkpoint WHERE one = 1), tenant, model, key, value FROM counters \
     UNION ALL SELECT (SELECT position FROM checkpoint WHERE one = 1), tenant, 'timeline', 'events', count(*) \
     FROM timeline GROUP BY tenant \
     UNION ALL SELECT (SELECT position FROM checkpoint WHERE one = 1), tenant, 'timeline', 'positions', \
     CAST(sum(position) AS bigint) FROM timeline GROUP BY tenant";

type Counters = BTreeMap<(String, String, String), i64>;

async fn read_counters(generation: &Generation) -> Result<(Option<i64>, Counters), StoreError> {
    let mut at = None;
    let mut counters = Counters::new();
    for row in generation.db.query(COUNTERS, Vec::new()).await? {
        if let [
            Param::Int(position),
            Param::Text(tenant),
            Param::Text(model),
            Param::Text(key),
            Param::Int(value),
        ] = row.0.as_slice()
        {
            at = Some(*position);
            // A counter that came back to 0 is the same as none.
            if *value != 0 {
                counters.insert((tenant.to_string(), model.to_string(), key.to_string()), *value);
            }
        }
    }
    Ok((at, counters))
}

async fn compare_counters(
    log: &Log,
    folder: &Folder,
    live: &Generation,
    fresh: &Generation,
) -> Result<i64, StoreError> {
    let mut behind = 0;
    for _ in 0..ROUNDS {
        let (at, theirs) = read_counters(live).await?;
        let at = match at {
            Some(at) => at,
            None => live.checkpoint().await?,
        };
        behind = catch_up(fresh, log, folder, at, &|_| {}).await?;
        if behind != at {
            // The fresh fold had been further already: look again when the live one has come up to it.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        }
        let (_, ours) = read_counters(fresh).await?;
        let keys = ours.keys().chain(theirs.keys());
        for key in keys {
            let (ours, theirs) = (ours.get(key).unwrap_or(&0), theirs.get(key).unwrap_or(&0));
            if ours != theirs {
                return Err(StoreError::Damaged(format!(
                    "the counter {} of {} in tenant {} is {theirs}, the log says {ours}",
                    key.2, key.1, key.0
                )));
            }
        }
        return Ok(at);
    }
    Err(StoreError::Unavailable(format!("the counters moved too fast to be compared (at {behind})")))
}
