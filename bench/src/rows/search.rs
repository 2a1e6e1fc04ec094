//! Searches of a long list of clients, as people type them: rare words and common ones, short ones, numbers, and words that
//! nobody has; on both backends. There is no peer: the yardstick is what a person who types takes for at once.

use crate::Failure;
use crate::database;
use crate::http;
use crate::options::{Options, folder, server_binary};
use crate::ours::{append, copy};
use crate::process::Server;
use crate::table::{Goal, Runs, Sample, grouped, latencies, limit};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use sunledger_domain::TenantId;
use sunledger_store::{Log, NewEvent, StoreSettings, StreamId, StreamWrite};
use uuid::Uuid;

/// One person types, and waits.
const CONNECTIONS: usize = 1;
/// Milliseconds that feel like none (Nielsen, Usability Engineering, 1993: a tenth of a second).
const PROMPT_MS: f64 = 100.0;
/// Clients of one append, and appends under way at a time.
const WRITES: u64 = 200;
const AT_ONCE: u64 = 32;
const FIRST: [&str; 8] = ["Ana", "João", "Conceição", "Müller", "Pedro", "Íris", "Cláudia", "Wagner"];
const LAST: [&str; 8] = ["Silva", "Souza", "Araújo", "Nascente", "Pereira", "Brandão", "Lima", "Xavier"];
/// What is searched for: `{name}`, `{phone}` (as it is written) and `{digits}` are those of a client in the middle.
const QUERIES: [(&str, &str); 11] = [
    ("a name that few have", "{name}"),
    ("a telephone's digits", "{digits}"),
    ("a telephone as written", "(11) {phone}"),
    ("its area code and its beginning", "(11) {digits:4}"),
    ("a name that an eighth has", "conceicao"),
    ("a word that all have", "exemplo"),
    ("two names", "muller souza"),
    ("two letters that many have", "jo"),
    ("a letter that all have", "a"),
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
    let (name, phone) = (surname(options.clients / 2), phone(options.clients / 2));
    let digits = phone.replace('-', "");
    let clients = grouped(options.clients as f64);
    for (what, query) in QUERIES {
        let query = query
            .replace("{name}", &name)
            .replace("{phone}", &phone)
            .replace("{digits:4}", digits.get(..4).unwrap_or_default())
            .replace("{digits}", &digits)
            .replace(' ', "%20")
            .replace('(', "%28")
            .replace(')', "%29");
        let (mut runs, path) = (Runs::default(), format!("/v1/clients?search={query}"));
        for _ in 0..options.rounds {
            let request = http::request("GET", &path, "", "");
            let make: http::Make = Arc::new(move |_| request.clone());
            let time = options.time.min(Duration::from_secs(5));
            runs.push(http::load(server, CONNECTIONS, time, make).await?);
        }
        let title = format!("{backend}, {clients} clients, search for {what}");
        let p50 = Sample::from_iter([runs.p50.median() / 1_000.0]);
        limit(&format!("{title}: p50"), &p50, "ms", Goal::AtMost(PROMPT_MS));
        latencies(&title, &runs);
    }
    Ok(())
}

/// Makes one client, and appends copies of its first event that differ in what is searched.
async fn fill(server: SocketAddr, settings: StoreSettings, clients: u64) -> Result<(), Failure> {
    let body = json!({
        "name": "NOME", "email": "correio@exemplo.example", "phone": "+55 (11) 00000-0000",
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
    let name = format!("{} {} {}", pick(FIRST, 1), pick(LAST, 8), surname(number));
    let payload = created
        .payload
        .replacen("\"number\":1,", &format!("\"number\":{number},"), 1)
        .replacen("NOME", &name, 1)
        .replacen("correio@", &format!("c{number}@"), 1)
        .replacen("00000-0000", &phone(number), 1);
    let created = NewEvent { payload, ..created.clone() };
    StreamWrite { kind: "client".into(), id: Uuid::now_v7(), expected: 0, events: vec![created] }
}

/// Numbers without a pattern, the same in every run (splitmix64).
fn scattered(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A surname of three syllables: one of 274,625.
fn surname(number: u64) -> String {
    let (consonants, vowels) = ("bcdfglmnprstv", "aeiou");
    let mut left = scattered(number);
    let mut letter = |letters: &str| {
        let count = letters.len() as u64;
        let at = usize::try_from(left % count).unwrap_or_default();
        left /= count;
        letters.get(at..=at).unwrap_or_default().to_owned()
    };
    (0..3).map(|_| letter(consonants) + &letter(vowels)).collect()
}

/// A mobile telephone's number behind its area code.
fn phone(number: u64) -> String {
    let digits = scattered(number ^ u64::MAX) % 100_000_000;
    format!("9{:04}-{:04}", digits / 10_000, digits % 10_000)
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
