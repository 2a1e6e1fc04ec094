//! A server's write and read side on a log of its own: SQLite in a temporary folder, and a database in Postgres.

#[path = "../../../../commands/tests/support/samples.rs"]
mod samples;

pub(crate) use samples::{context, now};
use samples::{invoice, payment};

use jiff::Timestamp;
use std::sync::Arc;
use sunledger_commands::{Clock, Codec, Commands, Outcome};
use sunledger_domain::client::{Client, ClientCommand, ClientDraft};
use sunledger_domain::invoice::Invoice;
use sunledger_domain::value::Email;
use sunledger_projections::{Beside, Projections, Reads};
use sunledger_store::{Backend, Log, StoreSettings};
use sunledger_test_servers::{Cluster, Database};
use uuid::Uuid;

pub(crate) struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        now()
    }
}

/// A database of its own.
pub(crate) struct World {
    pub(crate) settings: StoreSettings,
    _folder: Option<tempfile::TempDir>,
    _database: Option<Database>,
}

/// One server on it.
pub(crate) struct Server {
    pub(crate) log: Log,
    pub(crate) commands: Commands,
    pub(crate) projections: Projections,
}

impl World {
    /// One world a backend.
    pub(crate) async fn all() -> Vec<World> {
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings::new(Backend::Sqlite { folder: folder.path().to_owned() });
        let sqlite = World { settings, _folder: Some(folder), _database: None };
        let database = Cluster::get().database();
        let settings = StoreSettings::new(Backend::Postgres { url: database.url() });
        vec![sqlite, World { settings, _folder: None, _database: Some(database) }]
    }

    pub(crate) async fn server(&self) -> Server {
        let log = Log::open(&self.settings).await.unwrap();
        let projections =
            Projections::start(log.clone(), self.settings.clone(), Codec::default()).await.unwrap();
        let commands = Commands::new(log.clone(), Arc::new(FixedClock), Arc::new(projections.clone()));
        Server { log, commands, projections }
    }

    /// The write side of a program beside the servers.
    pub(crate) async fn beside(&self) -> Commands {
        let log = Log::open(&self.settings).await.unwrap();
        let read_side = Arc::new(Beside::new(log.clone(), self.settings.clone()));
        Commands::new(log, Arc::new(FixedClock), read_side)
    }
}

impl Server {
    pub(crate) fn reads(&self) -> Reads {
        self.projections.reads()
    }

    pub(crate) async fn client(&self, name: &str) -> Outcome<Client> {
        let email =
            Email::parse(&format!("{}@example.com", name.split(' ').next().unwrap().to_lowercase())).ok();
        let draft = ClientDraft { name: name.to_owned(), email, at: now(), ..ClientDraft::default() };
        let command = ClientCommand::Create(Box::new(draft));
        self.commands.execute(&context(), self.commands.new_id(), command).await.unwrap()
    }

    pub(crate) async fn invoice(&self, client_id: Uuid, issue: bool) -> Outcome<Invoice> {
        self.commands.execute(&context(), self.commands.new_id(), invoice(client_id, issue)).await.unwrap()
    }

    pub(crate) async fn pay(&self, id: Uuid, amount: i64) -> Outcome<Invoice> {
        self.commands.execute(&context(), id, payment(amount)).await.unwrap()
    }
}
