//! Searches of a long list of clients, as people type them: rare words and common ones, short ones, numbers, and words that
//! nobody has; on both backends. There is no peer: the yardstick is the plain first page of the same list.

use crate::Failure;
use crate::database;
use crate::http;
use crate::options::{Options, folder, server_binary};
use crate::ours::{append, copy};
use crate::process::Server;
use crate::table::{Goal, Runs, grouped, latencies, row};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use sunledger_domain::TenantId;
use sunledger_store::{Log, NewEvent, StoreSettings, StreamId, StreamWrite};
use uuid::Uuid;

const CONNECTIONS: usize = 8;
/// Clients of one append, and appends under way at a time.
const WRITES: u64 = 200;
const AT_ONCE: u64 = 32;
const FIRST: [&str; 8] = ["Ana", "João", "Conceição", "Müller", "Pedro", "Íris", "Cláudia", "Wagner"];
const LAST: [&str; 8] = ["Silva", "Souza", "Araújo", "Nascente", "Pereira", "Brandão", "Lima", "Xavier"];
/// What is searched for; `{}` is the number of a client in the middle.
const QUERIES: [(&str, &str); 9] = [
    ("one client by its name's number", "nome{}"),
    ("a telephone's end", "{}"),
    ("a telephone as typed", "(11) {}"),
    ("a name that an eighth has", "conceicao"),
    ("a word that all have", "exemplo"),
    ("two names", "muller souza"),
    ("two letters that many have", "jo"),
    ("two letters that nobody has", "qz"),
    ("a word that nobody has", "inexistente"),
];

pub(crate) async fn measure(options: &Options) -> Result<(), Failure> {
    let binary = server_binary()?;
    let files = folder()?;
    let settings = StoreSettings::new(sunledger_store::Backend::Sqlite { folder: files.path().join("data") });
    let server = Server::start(&binary, None, files.path(), &[]).await?;
    search("SQLite", options, server.address, settings).await?;
    drop(server);
    database::with("search", async |database| {
        let folder = folder()?;
        let server = Server::start(&binary, Some(database.url()), folder.path(), &[]).await?;
        search("Postgres", options, server.address, database.settings()).await?;
        database.settle().await
    })
    .await
}

async fn search(
    backend: &str,
    options: &Options,
    server: SocketAddr,
    settings: StoreSettings,
) -> Result<(), Failure> {
    fill(server, settings, options.clients).await?;
    let middle = format!("{:09}", options.clients / 2);
    let clients = grouped(options.clients as f64);
    for (name, query) in QUERIES {
        let query = query.replace("{}", &middle).replace(' ', "%20").replace('(', "%28").replace(')', "%29");
        let (mut searched, mut plain) = (Runs::default(), Runs::default());
        for _ in 0..options.rounds {
            for (runs, path) in [
                (&mut searched, format!("/v1/clients?search={query}")),
                (&mut plain, "/v1/clients".to_owned()),
            ] {
                let request = http::request("GET", &path, "", "");
                let make: http::Make = Arc::new(move |_| request.clone());
                let time = options.time.min(Duration::from_secs(5));
                runs.push(http::load(server, CONNECTIONS, time, make).await?);
            }
        }
        let what = format!("{backend}, {clients} clients, search for {name}");
        row(&format!("{what}: requests/s"), &searched.rate, "the list", &plain.rate, Goal::AtLeast(0.1));
        latencies(&what, &searched);
    }
    Ok(())
}

/// Makes one client, and appends copies of its first event that differ in what is searched.
async fn fill(server: SocketAddr, settings: StoreSettings, clients: u64) -> Result<(), Failure> {
    let body = json!({
        "name": "NOME", "email": "correio@exemplo.example", "phone": "+55 (11) 000000000",
        "address": {"city": "Campinas", "state": "SP"},
    });
    let made =
        http::call(server, &http::request("POST", "/v1/clients", "", &body.to_string())).await?.json()?;
    let id: Uuid = made["data"]["id"].as_str().ok_or("no id")?.parse()?;
    let log = Log::open(&settings).await?;
    let stream = StreamId { tenant: TenantId::new("default")?, kind: "client".into(), id };
    let created = copy(log.read_stream(&stream, 0, 1).await?.first().ok_or("no event")?);
    let mut next = 2;
    while next <= clients {
        let mut batch = Vec::new();
        while next <= clients && (batch.len() as u64) < AT_ONCE {
            let until = (next + WRITES).min(clients + 1);
            let writes = (next..until).map(|number| client(&created, number)).collect();
            next = until;
            batch.push(tokio::spawn(append(log.clone(), TenantId::new("default")?, writes)));
        }
        for append in batch {
            append.await??;
        }
    }
    shown(server, clients).await
}

fn client(created: &NewEvent, number: u64) -> StreamWrite {
    let pick =
        |names: [&'static str; 8], by: u64| names[usize::try_from(number / by % 8).unwrap_or_default()];
    let name = format!("{} {} nome{number:09}", pick(FIRST, 1), pick(LAST, 8));
    let payload = created
        .payload
        .replacen("\"number\":1,", &format!("\"number\":{number},"), 1)
        .replacen("NOME", &name, 1)
        .replacen("correio@", &format!("c{number}@"), 1)
        .replacen("000000000", &format!("{number:09}"), 1);
    let created = NewEvent { payload, ..created.clone() };
    StreamWrite { kind: "client".into(), id: Uuid::now_v7(), expected: 0, events: vec![created] }
}

/// Waits until the server shows them all.
async fn shown(server: SocketAddr, clients: u64) -> Result<(), Failure> {
    let (mut seen, mut moved) = (0, Instant::now());
    loop {
        let request = http::request("GET", "/v1/clients?limit=1", "", "");
        let now = http::call(server, &request).await?.json()?["meta"]["total"].as_u64().unwrap_or(0);
        if now >= clients {
            return Ok(());
        }
        if now > seen {
            (seen, moved) = (now, Instant::now());
        } else if moved.elapsed() > Duration::from_secs(60) {
            return Err(format!("the list shows {now} of {clients} clients, and no more").into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
