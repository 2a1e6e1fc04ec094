//! `sunledger backup`.

use super::Failure;
use crate::settings::Settings;
use std::path::Path;
use sunledger_store::{Backend, backup};

/// Backs the embedded database up, beside whoever writes it, and says what is in the backup.
pub(crate) async fn run(settings: &Settings, target: &Path) -> Result<(), Failure> {
    let Backend::Sqlite { folder } = settings.store().backend else {
        return Err(Failure::Usage(
            "backup is for the embedded database, and DATABASE_URL is set: use pg_basebackup with an archive of the \
             write-ahead log, or pg_dump (docs/operations.md says how)"
                .to_owned(),
        ));
    };
    let to = target.to_owned();
    let done =
        tokio::task::spawn_blocking(move || backup::run(&folder, &[sunledger_webhooks::DATABASE], &to))
            .await
            .map_err(|error| Failure::of("backing up", error))??;
    println!(
        "{} events, up to position {}, are in {}: {} bytes, checked",
        done.events,
        done.events,
        target.display(),
        done.bytes
    );
    Ok(())
}
