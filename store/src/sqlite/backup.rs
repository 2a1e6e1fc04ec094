//! A copy of one file beside whoever writes it.

use super::check;
use super::connection::{self, Role, store_error};
use super::presence::Presence;
use super::rows;
use crate::StoreError;
use crate::check::Walk;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::path::Path;

/// Copies the log; as one of those who have it open, since it may be the first.
pub(crate) fn copy_log(from: &Path, to: &Path) -> Result<(), StoreError> {
    let _presence = Presence::take(from)?;
    copy(from, to)
}

/// Copies a file in one read transaction: writers go on meanwhile, and nothing begins anew because of them, as it would
/// if the copy were made in steps.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let source = connection::open(from, Role::Reader)?;
    let mut target = Connection::open(to).map_err(store_error)?;
    // A copy that fails is thrown away, and one that succeeds is synced as a whole.
    target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;").map_err(store_error)?;
    let step = Backup::new(&source, &mut target).and_then(|backup| backup.step(-1)).map_err(store_error)?;
    match step {
        StepResult::Done => Ok(()),
        other => Err(StoreError::Unavailable(format!("{} cannot be copied: {other:?}", from.display()))),
    }
}

/// Looks for damage in the copy, and leaves it as one file that needs no other beside it.
pub(crate) fn check_copy(path: &Path) -> Result<(), StoreError> {
    let connection = Connection::open(path).map_err(store_error)?;
    connection.execute_batch("PRAGMA synchronous = OFF;").map_err(store_error)?;
    sound(&connection, path)?;
    lone(&connection)
}

/// The same for the log's copy, with all that the log promises; how many events it has.
pub(crate) fn check_log_copy(path: &Path) -> Result<i64, StoreError> {
    let mut connection = Connection::open(path).map_err(store_error)?;
    connection.execute_batch("PRAGMA synchronous = OFF;").map_err(store_error)?;
    sound(&connection, path)?;
    let mut walk = Walk::to(super::writer::head(&connection).map_err(store_error)?);
    while let Some((after, limit)) = walk.next() {
        walk.look(&rows::read(&connection, after, limit)?)?;
    }
    let events = walk.finish(check::findings(&mut connection)?)?;
    lone(&connection)?;
    Ok(events)
}

/// SQLite's own check of the file's structure and indexes.
fn sound(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(store_error)?;
    if found == "ok" { Ok(()) } else { Err(StoreError::Damaged(format!("{}: {found}", path.display()))) }
}

/// Ends the use of a write-ahead log, with whatever stood in it moved into the file.
fn lone(connection: &Connection) -> Result<(), StoreError> {
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))
        .map_err(store_error)?;
    if mode == "delete" { Ok(()) } else { Err(StoreError::Failed(format!("the copy stays in mode {mode}"))) }
}
