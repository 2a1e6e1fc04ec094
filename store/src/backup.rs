//! A backup of the embedded database, beside a server that writes it.
//!
//! Each file is a copy of one moment. The log is copied last: what follows it (the webhooks' deliveries) must not stand at a
//! position that the copied log does not have. Read models are left out, since they are made again from the log.
//!
//! The files are written and checked in a folder beside the target whose name says `incomplete`, brought to the disk, and
//! only then given the target's name. So whatever has that name is whole, however a backup ends.

use crate::StoreError;
use crate::sqlite::backup as file;
use std::fs::{DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// What was backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackedUp {
    /// Events in the copied log, and so its last position.
    pub events: i64,
    /// Bytes of all files.
    pub bytes: u64,
}

/// Backs `folder` up as the new folder `target`: the log, and the [`crate::Db`]s of these names. Blocks.
///
/// # Errors
/// `Failed` where there is no log, or something is at the target; `Unavailable` where a file cannot be read or written;
/// `Damaged` where the copy is not sound. Nothing is at the target then that was not there before.
pub fn run(folder: &Path, followers: &[&str], target: &Path) -> Result<BackedUp, StoreError> {
    let log = folder.join("log.db");
    if !log.is_file() {
        return Err(StoreError::Failed(format!("there is no log in {}", folder.display())));
    }
    let parent = parent(target)?;
    free(target, &parent)?;
    let unfinished = Unfinished::begin(target)?;
    let mut copies = Vec::new();
    for name in followers.iter().map(|name| format!("{name}.db")) {
        // A ledger that was never served has none.
        if folder.join(&name).is_file() {
            let copy = unfinished.path.join(&name);
            file::copy(&folder.join(&name), &copy)?;
            file::check_copy(&copy)?;
            copies.push(copy);
        }
    }
    let copy = unfinished.path.join("log.db");
    file::copy_log(&log, &copy)?;
    let events = file::check_log_copy(&copy)?;
    copies.push(copy);
    let mut bytes = 0;
    for copy in &copies {
        bytes += sync(copy)?;
    }
    sync(&unfinished.path)?;
    unfinished.finish(target)?;
    sync(&parent)?;
    Ok(BackedUp { events, bytes })
}

/// The folder in which the target will be; made where missing.
fn parent(target: &Path) -> Result<PathBuf, StoreError> {
    let parent = match target.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) if target.file_name().is_some() => parent,
        _ => return Err(StoreError::Failed(format!("{} is no name for a backup", target.display()))),
    };
    std::fs::create_dir_all(parent).map_err(|error| unavailable(parent, &error))?;
    Ok(parent.to_owned())
}

/// Nothing is overwritten: the target is a new folder, or an empty one.
fn free(target: &Path, parent: &Path) -> Result<(), StoreError> {
    let found = match std::fs::symlink_metadata(target) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        found => found.map_err(|error| unavailable(target, &error))?,
    };
    let refused = |why: &str| Err(StoreError::Failed(format!("{} {why}", target.display())));
    if !found.is_dir() {
        return refused("is there already, and is no folder");
    }
    if std::fs::read_dir(target).map_err(|error| unavailable(target, &error))?.next().is_some() {
        return refused("is not empty; name a folder that is not there yet");
    }
    let around = std::fs::metadata(parent).map_err(|error| unavailable(parent, &error))?;
    if around.dev() != found.dev() {
        return refused("is a file system of its own; name a folder in it");
    }
    Ok(())
}

/// A backup that is not finished: gone when dropped.
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    fn begin(target: &Path) -> Result<Self, StoreError> {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(".incomplete");
        let path = target.with_file_name(name);
        // Webhooks' secrets are in it.
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => Ok(Self { path }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(StoreError::Failed(format!(
                "{} is there: another backup is being made, or one was killed; remove it then",
                path.display()
            ))),
            Err(error) => Err(unavailable(&path, &error)),
        }
    }

    /// Gives it the target's name, whole.
    fn finish(self, target: &Path) -> Result<(), StoreError> {
        std::fs::rename(&self.path, target).map_err(|error| unavailable(target, &error))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        match std::fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(path = %self.path.display(), %error, "an unfinished backup cannot be removed");
            }
            _ => {}
        }
    }
}

/// Brings a file or folder to the disk; its size.
fn sync(path: &Path) -> Result<u64, StoreError> {
    let synced = File::open(path).and_then(|file| {
        file.sync_all()?;
        file.metadata()
    });
    synced.map(|found| found.len()).map_err(|error| unavailable(path, &error))
}

fn unavailable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}
