//! A server's write and read side on a log of its own: SQLite in a temporary folder, and Postgres where
//! `SUNLEDGER_TEST_POSTGRES` names a server.

#[path = "../../../commands/tests/support/samples.rs"]
mod samples;

pub(crate) use samples::{context, now};
use samples::{invoice, payment};

use jiff::Timestamp;
use std::sync::Arc;
use sunledger_commands::{Clock, Codec, Commands, Outcome};
use sunledger_domain::client::{Client, ClientCommand, ClientDraft};
use sunledger_domain::invoice::Invoice;
use sunledger_domain::value::Email;
use sunledger_projections::{Projections, Reads};
use sunledger_store::{Backend, Log, StoreSettings};
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
    database: Option<(String, String)>,
}

/// One server on it.
pub(crate) struct Server {
    pub(crate) log: Log,
    pub(crate) commands: Commands,
    pub(crate) projections: Projections,
}

impl World {
    /// One world a backend that can be had.
    pub(crate) async fn all() -> Vec<World> {
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings::new(Backend::Sqlite { folder: folder.path().to_owned() });
        let mut worlds = vec![World { settings, _folder: Some(folder), database: None }];
        if let Ok(url) = std::env::var("SUNLEDGER_TEST_POSTGRES") {
            let name = format!("projections_{}", Uuid::now_v7().simple());
            admin(&url, &format!("CREATE DATABASE {name}")).await;
            let (server, _) = url.rsplit_once('/').unwrap();
            let settings = StoreSettings::new(Backend::Postgres { url: format!("{server}/{name}") });
            worlds.push(World { settings, _folder: None, database: Some((url, name)) });
        }
        worlds
    }

    pub(crate) async fn server(&self) -> Server {
        let log = Log::open(&self.settings).await.unwrap();
        let projections =
            Projections::start(log.clone(), self.settings.clone(), Codec::default()).await.unwrap();
        let commands = Commands::new(log.clone(), Arc::new(FixedClock), Arc::new(projections.clone()));
        Server { log, commands, projections }
    }

    /// Takes the database away again.
    pub(crate) async fn end(self) {
        if let Some((url, name)) = &self.database {
            admin(url, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

async fn admin(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
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
