//! A log in a temporary folder, a clock that stands, and the commands that the tests send.

mod samples;

pub(crate) use samples::{context, invoice, now, payment, today};

use jiff::Timestamp;
use std::sync::Arc;
use sunledger_commands::{Clock, Commands, Context, Idempotency, NoReadSide};
use sunledger_domain::client::{ClientCommand, ClientDraft};
use sunledger_store::{Backend, Log, StoreSettings};

pub(crate) struct FixedClock(pub(crate) Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A log of its own; the folder goes with it.
pub(crate) struct World {
    pub(crate) settings: StoreSettings,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings::new(Backend::Sqlite { folder: folder.path().to_owned() });
        Self { settings, _folder: folder }
    }

    /// A server of its own on that log, with caches of its own.
    pub(crate) async fn server(&self) -> Commands {
        let log = Log::open(&self.settings).await.unwrap();
        Commands::new(log, Arc::new(FixedClock(now())), Arc::new(NoReadSide))
    }
}

pub(crate) fn with_key(key: &str, fingerprint: u8) -> Context {
    let idempotency = Some(Idempotency { key: key.into(), fingerprint: [fingerprint; 32] });
    Context { idempotency, ..context() }
}

pub(crate) fn client(name: &str) -> ClientCommand {
    ClientCommand::Create(Box::new(ClientDraft {
        name: name.to_owned(),
        at: now(),
        ..ClientDraft::default()
    }))
}
