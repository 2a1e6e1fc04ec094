//! Locks between processes: an operating system's lock on a file beside the log, gone with the process.

use crate::StoreError;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// Tries for it; `None` where somebody has it, be it in this process.
pub(crate) fn try_lock(folder: &Path, name: &str) -> Result<Option<File>, StoreError> {
    let path = folder.join(format!("{name}.lock"));
    let failed = |error: std::io::Error| StoreError::Unavailable(format!("{}: {error}", path.display()));
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
