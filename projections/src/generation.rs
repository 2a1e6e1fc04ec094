//! Generations of the read models.
//!
//! All read models live in one generation: a schema (Postgres) or a file (SQLite) named `read_<number>`. A pointer in the
//! log's meta table says which one is live. [`rebuild`] folds the whole log into a new one beside it, then names it as
//! the next; whoever projects (this process or a server beside it) lets it catch up, makes it live and drops the old
//! one a little later, so that reads never stop.
//!
//! The pointer belongs to a [`FORM`]: a release that shapes a row differently raises it, builds its own generation when it
//! starts, and leaves the old one to servers of the old release until they are gone.

use crate::catch_up::catch_up;
use crate::fold::{Folder, REBUILDING};
use crate::schema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use sunledger_commands::Codec;
use sunledger_store::{Db, Durability, Lock, Log, Param, StoreError, StoreSettings};

/// The form of the rows. Raise it with every change of a table, of a row's content, or of an aggregate's state.
pub const FORM: u32 = 7;
/// A new generation this close behind the log is left to the projector.
const CLOSE: i64 = 2_000;
/// How long a rebuild waits for a server beside it to take the new generation over.
const TAKEOVER: Duration = Duration::from_secs(120);
const LAST: &str = "read_models_last";

/// One generation, open. Cheap to clone.
#[derive(Clone)]
pub struct Generation {
    /// Its number.
    pub(crate) number: i64,
    /// Its tables.
    pub(crate) db: Db,
}

/// Which generation is live, and which one is ready to follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pointer {
    pub(crate) live: i64,
    pub(crate) next: Option<i64>,
}

fn name(number: i64) -> String {
    format!("read_{number}")
}

fn pointer_name(form: u32) -> String {
    format!("read_models_{form}")
}

/// The lock of the one process that projects.
pub(crate) fn projector_lock(form: u32) -> String {
    format!("projector_{form}")
}

impl Generation {
    pub(crate) async fn open(settings: &StoreSettings, number: i64) -> Result<Self, StoreError> {
        let db = Db::open(settings, &name(number), Durability::Lazy).await?;
        schema::create(&db).await?;
        Ok(Self { number, db })
    }

    /// A generation that no pointer names: without the indexes that only queries need.
    pub(crate) async fn bare(settings: &StoreSettings, number: i64, name: &str) -> Result<Self, StoreError> {
        let db = Db::open(settings, name, Durability::Lazy).await?;
        schema::create_bare(&db).await?;
        Ok(Self { number, db })
    }

    /// The position that its rows show.
    pub(crate) async fn checkpoint(&self) -> Result<i64, StoreError> {
        let rows = self.db.query("SELECT position FROM checkpoint WHERE one = 1", Vec::new()).await?;
        match rows.first().and_then(|row| row.0.first()) {
            Some(Param::Int(position)) => Ok(*position),
            _ => Err(StoreError::Damaged(format!("generation {} has no checkpoint", self.number))),
        }
    }

    /// How many events could not be applied.
    pub(crate) async fn parked(&self) -> Result<i64, StoreError> {
        let rows = self.db.query("SELECT count(*) FROM parked", Vec::new()).await?;
        match rows.first().and_then(|row| row.0.first()) {
            Some(Param::Int(count)) => Ok(*count),
            _ => Ok(0),
        }
    }
}

pub(crate) async fn read_pointer(log: &Log) -> Result<Option<(Pointer, String)>, StoreError> {
    let Some(raw) = log.get_meta(&pointer_name(FORM)).await? else { return Ok(None) };
    let pointer = serde_json::from_str(&raw)
        .map_err(|error| StoreError::Damaged(format!("the pointer to the read models: {error}")))?;
    Ok(Some((pointer, raw)))
}

/// Moves the pointer, if it still reads `expected`.
pub(crate) async fn move_pointer(
    log: &Log,
    expected: Option<&str>,
    pointer: Pointer,
) -> Result<bool, StoreError> {
    let raw = serde_json::to_string(&pointer).map_err(|error| StoreError::Failed(error.to_string()))?;
    log.set_meta(&pointer_name(FORM), expected, &raw).await
}

/// The live generation, made first where this form has none yet.
pub(crate) async fn open_live(
    log: &Log,
    settings: &StoreSettings,
    codec: &Codec,
) -> Result<Generation, StoreError> {
    loop {
        if let Some((pointer, _)) = read_pointer(log).await? {
            return Generation::open(settings, pointer.live).await;
        }
        // Of several servers that start at once, one builds.
        let Some(_building) = log.try_lock(&format!("build_{FORM}")).await? else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        if read_pointer(log).await?.is_some() {
            continue;
        }
        let (generation, _lock) = build(log, settings, codec, &|position| {
            tracing::info!(position, "building the read models");
        })
        .await?;
        move_pointer(log, None, Pointer { live: generation.number, next: None }).await?;
        return Ok(generation);
    }
}

/// Builds a generation nobody uses yet, close to the end of the log. The lock keeps it from being cleared away.
async fn build(
    log: &Log,
    settings: &StoreSettings,
    codec: &Codec,
    progress: &(dyn Fn(i64) + Sync),
) -> Result<(Generation, Lock), StoreError> {
    let number = new_number(log).await?;
    let lock = log
        .try_lock(&name(number))
        .await?
        .ok_or_else(|| StoreError::Failed(format!("generation {number} is being built by somebody else")))?;
    Db::drop(settings, &name(number)).await?;
    let generation = Generation::bare(settings, number, &name(number)).await?;
    let folder = Folder::new(log.clone(), codec.clone(), REBUILDING);
    catch_up(&generation, log, &folder, log.head().await?, progress).await?;
    // Over all rows at once they cost a fraction of what they cost row by row.
    schema::add_indexes(settings, &name(number), &generation.db).await?;
    loop {
        let head = log.head().await?;
        let at = catch_up(&generation, log, &folder, head, progress).await?;
        if log.head().await? - at <= CLOSE {
            return Ok((generation, lock));
        }
    }
}

async fn new_number(log: &Log) -> Result<i64, StoreError> {
    loop {
        let last = log.get_meta(LAST).await?;
        let number = last.as_deref().and_then(|last| last.parse::<i64>().ok()).unwrap_or(0) + 1;
        if log.set_meta(LAST, last.as_deref(), &number.to_string()).await? {
            return Ok(number);
        }
    }
}

/// What a rebuild did.
#[derive(Debug, Clone, Copy)]
pub struct Rebuilt {
    /// The generation that is live now.
    pub generation: i64,
    /// The position it showed when it was handed over.
    pub position: i64,
}

/// Builds a new generation from the whole log beside the live one, and swaps them; also while a server serves.
///
/// # Errors
/// The store's; `Unavailable` where a server projects and does not take the new generation over in time.
pub async fn rebuild(
    log: &Log,
    settings: &StoreSettings,
    codec: &Codec,
    progress: &(dyn Fn(i64) + Sync),
) -> Result<Rebuilt, StoreError> {
    let (generation, _lock) = build(log, settings, codec, progress).await?;
    let number = generation.number;
    let position = generation.checkpoint().await?;
    loop {
        let (expected, pointer) = match read_pointer(log).await? {
            Some((pointer, raw)) => (Some(raw), Pointer { next: Some(number), ..pointer }),
            None => (None, Pointer { live: number, next: None }),
        };
        if move_pointer(log, expected.as_deref(), pointer).await? {
            break;
        }
    }
    let deadline = tokio::time::Instant::now() + TAKEOVER;
    loop {
        match read_pointer(log).await? {
            Some((pointer, _)) if pointer.live == number => {
                return Ok(Rebuilt { generation: number, position });
            }
            Some((pointer, raw)) if pointer.next == Some(number) => {
                // Nobody projects: the swap is this process's own.
                if let Some(_lock) = log.try_lock(&projector_lock(FORM)).await? {
                    let folder = Folder::new(log.clone(), codec.clone(), REBUILDING);
                    let position = catch_up(&generation, log, &folder, log.head().await?, progress).await?;
                    if move_pointer(log, Some(&raw), Pointer { live: number, next: None }).await? {
                        Db::drop(settings, &name(pointer.live)).await?;
                        return Ok(Rebuilt { generation: number, position });
                    }
                }
            }
            _ => {
                return Err(StoreError::Failed(format!(
                    "another rebuild took the place of generation {number}"
                )));
            }
        }
        if tokio::time::Instant::now() > deadline {
            return Err(StoreError::Unavailable(format!(
                "generation {number} is built, but the server that projects has not taken it over"
            )));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Drops a generation that is live no more.
pub(crate) async fn drop_generation(settings: &StoreSettings, number: i64) {
    if let Err(error) = Db::drop(settings, &name(number)).await {
        tracing::warn!(%error, number, "an old generation of the read models could not be dropped");
    }
}

/// Clears away what interrupted rebuilds and releases that are gone left behind. For whoever projects, when it begins.
pub(crate) async fn clear_away(log: &Log, settings: &StoreSettings) -> Result<(), StoreError> {
    let last = log.get_meta(LAST).await?.and_then(|last| last.parse::<i64>().ok()).unwrap_or(0);
    for number in (last - 32).max(1)..=last {
        // The lock first: one that is being built may be in use by the time that it can be had.
        if !used(log).await?.contains(&number)
            && let Some(_lock) = log.try_lock(&name(number)).await?
            && !used(log).await?.contains(&number)
        {
            drop_generation(settings, number).await;
        }
    }
    Ok(())
}

/// Generations that a pointer names. An older release's goes once none of its servers projects any more.
async fn used(log: &Log) -> Result<Vec<i64>, StoreError> {
    let mut used = Vec::new();
    for form in 1..=FORM {
        let Some(raw) = log.get_meta(&pointer_name(form)).await? else { continue };
        let in_use = form == FORM || log.try_lock(&projector_lock(form)).await?.is_none();
        if let (true, Ok(pointer)) = (in_use, serde_json::from_str::<Pointer>(&raw)) {
            used.extend([Some(pointer.live), pointer.next].into_iter().flatten());
        }
    }
    Ok(used)
}
